"""What a run is asked to do, as flags say it, and what it needs from whoever runs it."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - read by NamedTuple
from pathlib import Path  # noqa: TC003
from typing import TYPE_CHECKING, NamedTuple

from kplan.plan.model import Consents, Plan

if TYPE_CHECKING:
    from kplan.apply.events import Event, Tally
    from kplan.lang.diagnostics import Diagnostic
    from kplan.state.model import Key, OutputRecord


class VariableFlag(NamedTuple):
    """A `-var 'name=text'` (file "") or a `-var-file=file`, in command-line order."""

    name: str
    text: str
    file: str = ""


class Options(NamedTuple):
    """The flags of plan, apply and destroy. Addresses and patterns are as typed."""

    folder: Path
    workspace: str = "default"
    variables: tuple[VariableFlag, ...] = ()
    targets: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    exclude_clusters: tuple[str, ...] = ()
    adopt: tuple[str, ...] = ()
    refresh: bool = True
    destroy: bool = False
    consents: Consents = Consents()
    lock_timeout: float = 0.0
    only: Only | None = None

    @property
    def is_partial(self) -> bool:
        """Whether the run looks at a part of the configuration."""
        return bool(self.targets or self.exclude_clusters)


class Only(NamedTuple):
    """What a saved plan is about: making it again decides on nothing else.

    `keys`: the objects that it changes; `remembered`: those of which only something is to be remembered; `let_go`:
    addresses that give up a shared one; `outputs`: those it changes.
    """

    keys: frozenset[Key]
    remembered: frozenset[Key]
    let_go: frozenset[str]
    outputs: frozenset[str]


class Run(NamedTuple):
    """What a run needs from its caller: someone to tell, and a way to hear that it should stop."""

    tell: Callable[[Event], None]
    stop_requested: Callable[[], bool]


class PlanOutcome(NamedTuple):
    """A plan, or the reasons why there is none. Warnings are in `diagnostics` too; errors mean no plan to apply."""

    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...]


class ApplyOutcome(NamedTuple):
    """What an apply came to. `plan` None: it never came to planning; `tally` None: nothing was applied."""

    plan: Plan | None
    tally: Tally | None
    outputs: dict[str, OutputRecord]
    diagnostics: tuple[Diagnostic, ...]
    declined: bool = False
