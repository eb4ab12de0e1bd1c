"""A Plan: pure data that can be printed, compared, saved and applied. Nothing in it is callable."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from kplan.graph.address import block_address
from kplan.sdk.values import equal
from kplan.state.model import EndpointRecord, Key, OutputRecord, Pending, StateLeaf  # noqa: TC001 - read by NamedTuple

if TYPE_CHECKING:
    from kplan.lang.diagnostics import Diagnostic
    from kplan.sdk.session import Facts, Found, Loss, Step
    from kplan.state.records import Record

Values = dict[str, Any]


class Action(Enum):
    """What happens to one object. A move is a NO_OP with a previous address; an adoption has `adopting` set."""

    NO_OP = "no-op"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    REPLACE = "replace"
    FORGET = "forget"


class Change(NamedTuple):
    """One object of the plan.

    `before` and `after` are what a reader compares (None: not there); `after` may hold Unknown and Secret.
    `steps` are the provider's, `seen` what they were planned against (None: absent); a REPLACE deletes by
    `delete_steps` first. `leaf` is what state will hold (None: nothing). `depends` are the block addresses
    whose changes come first, `prior_depends` those it had in state: their deletes wait for this change. `resume` is the token of parked work that this change takes up;
    `claimed`: an earlier create of it got no answer and may still appear, so what appears now may be ours.
    `owners` are the other addresses that a shared object goes by, `siblings` those that come first.
    """

    address: str
    action: Action
    key: Key
    endpoint: str
    before: Values | None
    after: Values | None
    leaf: StateLeaf | None
    steps: tuple[Step, ...] = ()
    delete_steps: tuple[Step, ...] = ()
    seen: Found | None = None
    previous_address: str = ""
    adopting: bool = False
    losses: tuple[Loss, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""
    depends: tuple[str, ...] = ()
    prior_depends: tuple[str, ...] = ()
    unresolved: bool = False
    consented: bool = False
    remember: bool = False
    resume: Any = None
    claimed: bool = False
    owners: tuple[str, ...] = ()
    siblings: tuple[str, ...] = ()

    @property
    def blocks(self) -> tuple[str, ...]:
        """The blocks that it belongs to, each once."""
        own = block_address(self.address)
        return tuple(dict.fromkeys((own, *map(block_address, self.owners)))) if self.owners else (own,)

    @property
    def type(self) -> str:
        """The block type."""
        return self.key.type


class OutputChange(NamedTuple):
    """A root output before and after; None before: new, None after: gone."""

    name: str
    before: OutputRecord | None
    after: OutputRecord | None

    @property
    def changed(self) -> bool:
        """Whether it differs; what is still unknown does."""
        before, after = self.before, self.after
        if before is None or after is None:
            return before is not after
        return before.sensitive != after.sensitive or not equal(before.value, after.value)


class Endpoint(NamedTuple):
    """An endpoint of this plan: where it is and what it says of itself."""

    record: EndpointRecord
    facts: Facts


class Consents(NamedTuple):
    """How much loss the user agreed to on the command line."""

    data_loss: int = 0
    deletes: int = 0


class Plan(NamedTuple):
    """What an apply would do, and what it rests on.

    `changes` are sorted by address and include the no-ops. `settled` are records that bring state up to what was
    seen (settled claims, newly met endpoints, objects found gone): written first by an apply, folded into the plan.
    `edges` are the blocks' dependencies. `excluded` are endpoints left out on request. `complete` is False when
    something could not be read: such a plan is shown and never applied. `refusals` are consents it still lacks.
    `unsettled` are changes of an earlier run that got no answer and may still take effect.
    """

    changes: tuple[Change, ...]
    outputs: tuple[OutputChange, ...]
    endpoints: dict[str, Endpoint]
    settled: tuple[Record, ...]
    edges: dict[str, tuple[str, ...]]
    diagnostics: tuple[Diagnostic, ...] = ()
    refusals: tuple[Diagnostic, ...] = ()
    excluded: tuple[str, ...] = ()
    complete: bool = True
    destroy: bool = False
    unsettled: tuple[Pending, ...] = ()

    def counts(self) -> Counts:
        """Count leaves as the summary line does."""
        tally = dict.fromkeys(Action, 0)
        adopting = 0
        for change in self.changes:
            tally[change.action] += 1
            adopting += change.adopting
        replaced = tally[Action.REPLACE]
        return Counts(
            adopting,
            tally[Action.CREATE] + replaced,
            tally[Action.UPDATE],
            tally[Action.DELETE] + replaced,
            tally[Action.FORGET],
        )

    def has_changes(self) -> bool:
        """Tell whether applying does anything that a user would call a change."""
        return any(is_change(change) for change in self.changes) or any(one.changed for one in self.outputs)


class Counts(NamedTuple):
    """The numbers of the summary line."""

    adopt: int
    add: int
    change: int
    destroy: int
    forget: int


def is_change(change: Change) -> bool:
    """Tell whether a reader has to see this change: all but a plain no-op."""
    return change.action is not Action.NO_OP or bool(change.previous_address) or change.adopting
