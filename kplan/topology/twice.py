"""What two links of one pair of clusters both take, for copies of one name."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from kplan.topology.overlap import Overlap, overlap
from kplan.topology.takers import Takers
from kplan.topology.telling import Code, failure, header

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kplan.lang.diagnostics import Diagnostic
    from kplan.sdk.flows import Filter
    from kplan.topology.flows import Placed


def told_twice(flows: Sequence[Placed]) -> Iterator[Diagnostic]:
    """Tell of topics and groups that would be copied twice, at the second of the links."""
    pairs: dict[tuple[str, str, bool], list[Placed]] = {}
    for one in flows:  # copies of two names are right, as while consumers move from one to the other
        pairs.setdefault((one.flow.source, one.flow.target, one.flow.unchanged), []).append(one)
    for (source, target, _), links in sorted(pairs.items()):
        for what in ("topics", "groups"):
            filters: list[Filter] = [getattr(one.flow, what) for one in links]
            for first, second in _near(filters):
                met, name = overlap(filters[first], filters[second])
                if met is Overlap.CERTAIN:
                    yield _told(links[first], links[second], what, name, (source, target))


def _near(filters: Sequence[Filter]) -> list[tuple[int, int]]:
    """Find the pairs that could meet, without holding each against each."""
    takers = Takers(filters)
    found = {pair for text in takers.texts for pair in combinations(sorted(takers.before(text)), 2)}
    return sorted(found)


def _told(first: Placed, second: Placed, what: str, name: str, ends: tuple[str, str]) -> Diagnostic:
    detail = (
        f'{first.address} and {second.address} both take {what} such as "{name}" from {ends[0]} to {ends[1]}: '
        "they would be copied twice."
    )
    remedy = f"Let each of the links take {what} of its own."
    place = header(second.declared)
    return failure(
        Code.TWICE, second.declared, second.address, "Two links copy the same", detail, place, remedy
    )
