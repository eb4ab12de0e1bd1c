"""What a plan has decided so far, for composites that are expanded with it in view: looked through once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from kplan.sdk.filters import Listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kplan.sdk.session import Identity, Outcome

_Where = tuple[str, str]  # a leaf type, and an endpoint's address


class Planned(Sequence["Outcome"]):
    """Outcomes, in the plan's order; those of a type on an endpoint are sorted out once, whoever asks."""

    def __init__(self, outcomes: Iterable[Outcome] = ()) -> None:
        """Take what is decided."""
        self._all = tuple(outcomes)
        self._of: dict[_Where, dict[Identity, Outcome]] = {}
        self._names: dict[_Where, Listing] = {}

    def __len__(self) -> int:
        return len(self._all)

    @overload
    def __getitem__(self, at: int) -> Outcome: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Outcome]: ...
    def __getitem__(self, at: int | slice) -> Outcome | Sequence[Outcome]:
        return self._all[at]

    def of(self, leaf: str, endpoint: str) -> Mapping[Identity, Outcome]:
        """Give the outcomes of a type on an endpoint, by identity."""
        if not self._of:
            for one in self._all:
                self._of.setdefault((one.leaf, one.endpoint), {})[one.identity] = one
        return self._of.get((leaf, endpoint), {})

    def names(self, leaf: str, endpoint: str) -> Listing:
        """Give the names of what will be there of a type on an endpoint, for filters; it is known by its name alone."""
        where = leaf, endpoint
        if where not in self._names:
            self._names[where] = Listing(one.identity[0] for one in self.of(*where).values() if one.there)
        return self._names[where]
