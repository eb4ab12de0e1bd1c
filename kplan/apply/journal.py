"""The journal of one run: records folded into the draft and kept by the store, written together where they can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.state.records import Began, Draft, Record

if TYPE_CHECKING:
    from kplan.state.model import State
    from kplan.state.store import Store


class Journal:
    """Writes records ahead of effects.

    `write` returns once everything is on disk. `note` may wait for the next `write`: it is for results, which a
    crash only makes the next run find out again.
    """

    def __init__(self, store: Store, state: State, run: str, now: float, *, fresh: bool = True) -> None:
        """Begin on a state; `fresh`: the store's journal is empty, so it must first name what it builds on."""
        self._store = store
        self.draft = Draft(state)
        self._waiting: list[Record] = [Began(state.lineage, state.serial, run, now)] if fresh else []
        self.written = not fresh

    def note(self, *records: Record) -> None:
        """Fold records; they reach the disk with the next `write`."""
        for record in records:
            self.draft.fold(record)
        self._waiting.extend(records)

    def write(self, *records: Record) -> None:
        """Fold records and put everything noted on disk."""
        self.note(*records)
        if any(not isinstance(one, Began) for one in self._waiting):
            self._store.append(self._waiting)
            self._waiting = []
            self.written = True

    def close(self) -> State:
        """Make what was folded the new snapshot, if anything was; gives the state as it is now."""
        self.write()
        if not self.written:
            return self.draft.state()
        return self._store.compact(self.draft.state())
