"""Which of many filters may mean a text, without holding it against each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.sdk.filters import beginning
from kplan.topology.overlap import pattern_beginning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kplan.sdk.flows import Filter


class Takers:
    """Filters by what they take, each by its number. `texts` are their names and beginnings."""

    def __init__(self, filters: Sequence[Filter]) -> None:
        """Lay filters out by their names, and by what their beginnings and patterns begin with."""
        self._said: dict[str, set[int]] = {}
        self._begun: dict[str, set[int]] = {}
        texts: dict[str, None] = {}
        for number, one in enumerate(filters):
            texts.update(dict.fromkeys((*one.names, *one.prefixes)))
            for name in one.names:
                self._said.setdefault(name, set()).add(number)
            for begun in (*one.prefixes, *map(pattern_beginning, one.patterns)):
                self._begun.setdefault(begun, set()).add(number)
        self.texts = texts.keys()
        self._sorted = sorted(self._begun)

    def before(self, text: str) -> set[int]:
        """Find those that take the text as a name, or begin as it does and go no further."""
        found = set(self._said.get(text, ()))
        for end in range(len(text) + 1):
            found |= self._begun.get(text[:end], set())
        return found

    def near(self, text: str) -> set[int]:
        """Find those too that begin with the text and go further."""
        found = self.before(text)
        return found.union(*(self._begun[one] for one in beginning(self._sorted, text)))
