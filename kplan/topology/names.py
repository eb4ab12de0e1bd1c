"""Which of many names a filter means, without holding each name against each of its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.sdk.filters import beginning
from kplan.topology.overlap import Overlap, means

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kplan.sdk.flows import Filter


class Names:
    """Names in order, to be asked again and again."""

    def __init__(self, names: Iterable[str]) -> None:
        """Take names, each once."""
        self._listed = sorted(names)
        self._known = frozenset(self._listed)

    def meant(self, one: Filter) -> Iterator[tuple[str, Overlap]]:
        """Step through the names that a filter means, or perhaps means."""
        if one.patterns:
            near: Iterable[str] = self._listed
        else:
            begun = [name for text in one.prefixes for name in beginning(self._listed, text)]
            near = dict.fromkeys([*(name for name in one.names if name in self._known), *begun])
        for name in near:
            met = means(one, name)
            if met is not Overlap.NONE:
                yield name, met
