"""What flags and blocks ask for beside the objects themselves: to adopt, to replace, to let go, to destroy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.graph.address import matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kplan.config.model import Removed
    from kplan.state.model import Key, StateLeaf


class Intent:
    """What flags and blocks ask for beside the objects themselves, as sets of instance addresses."""

    def __init__(
        self,
        adopt: Mapping[str, str],
        replace: frozenset[str],
        removed: Iterable[Removed],
        *,
        destroy: bool = False,
        only: frozenset[Key] | None = None,
    ) -> None:
        """Take `adopt` as address to the id that an import block names ("" from --adopt); `only`: a saved plan's objects."""
        self.adopt, self.replace, self.destroy = adopt, replace, destroy
        self.removed = tuple(removed)
        self._only = only

    def is_beside(self, key: Key) -> bool:
        """Tell whether a saved plan doesn't change an object: it may be read, and nothing about it speaks against the plan."""
        return self._only is not None and key not in self._only

    def removal(self, leaf: StateLeaf) -> Removed | None:
        """Find the removed block that speaks of an object: by its address, its block, or its whole endpoint."""
        meant = [
            one
            for one in self.removed
            if any(matches(address, one.address) for address in (*leaf.owners, leaf.endpoint))
        ]
        return min(meant, key=lambda one: one.destroy, default=None)  # who lets it be wins
