"""The store interface: load, append, compact, lock. Never a path."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from kplan.state.model import State
    from kplan.state.records import Record


class StateProblem(Exception):  # noqa: N818 - a diagnostic to be, not a fault of the program
    """State can't be used as it is; `summary` and `detail` tell the user what is wrong and the way out."""

    def __init__(self, summary: str, detail: str) -> None:
        """Say what is wrong, and the way out."""
        super().__init__(summary)
        self.summary, self.detail = summary, detail


class Loaded(NamedTuple):
    """What a store holds: a snapshot (None: nothing yet) and the records appended since."""

    snapshot: State | None
    records: list[Record]


class Store(Protocol):
    """Where state lives. Everything but `load` and `lock` is called with the lock held; a failure raises StateProblem."""

    def load(self) -> Loaded:
        """Read the snapshot and the journal; without the lock, as they were at one moment of a run that goes on meanwhile."""

    def append(self, records: Sequence[Record]) -> None:
        """Add records to the journal; they survive a crash once this returns."""

    def compact(self, state: State) -> State:
        """Make `state`, its serial raised, the snapshot, and empty the journal. Returns it as written."""

    def lock(self, operation: str, timeout: float) -> AbstractContextManager[None]:
        """Hold the workspace for one run; wait up to `timeout` seconds for it."""
