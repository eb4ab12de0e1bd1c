"""Circles of flows that keep names, in which records would be copied for ever."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from kplan.graph.order import components, order
from kplan.topology.overlap import Overlap, candidates, means_unknown
from kplan.topology.takers import Takers
from kplan.topology.telling import Code, failure, header, remark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kplan.lang.diagnostics import Diagnostic
    from kplan.topology.flows import Placed


class Circle(NamedTuple):
    """Links that lead round; `way` are the clusters, the first one again at its end, `by` what goes round."""

    links: tuple[Placed, ...]
    way: tuple[str, ...]
    met: Overlap
    by: str


def circles(flows: Sequence[Placed]) -> list[Circle]:
    """Find circles in which one topic can go all the way round: nothing tells a copy from an original there.

    What perhaps goes round is left out where something certainly does.
    """
    keeping = _going_round([one for one in flows if one.flow.unchanged])
    found: dict[frozenset[str], Circle] = {}
    certain: set[tuple[str, ...]] = set()
    filters = [one.flow.topics for one in keeping]
    takers = Takers(filters)
    for by, test in candidates(filters):
        numbers = range(len(keeping)) if test is means_unknown else sorted(takers.near(by))
        near = [keeping[number] for number in numbers]
        levels = [(one, test(one.flow.topics)) for one in near]
        for least in (Overlap.CERTAIN, Overlap.PERHAPS):
            for links, way in _ways([one for one, met in levels if met >= least]):
                same = frozenset(one.address for one in links)
                before = found.get(same)
                if before is None or before.met < least:
                    found[same] = Circle(links, way, least, by)
                if least is Overlap.CERTAIN:
                    certain.add(way)
    return [one for one in found.values() if one.met is Overlap.CERTAIN or one.way not in certain]


def _going_round(flows: Sequence[Placed]) -> list[Placed]:
    """Leave out what leads to where nothing comes back from."""
    parts = components(_edges(flows))
    return [one for one in flows if parts[one.flow.source] == parts[one.flow.target]]


def _edges(flows: Sequence[Placed]) -> dict[str, list[str]]:
    edges: dict[str, list[str]] = {}
    for one in flows:
        edges.setdefault(one.flow.source, []).append(one.flow.target)
        edges.setdefault(one.flow.target, [])
    return edges


def _ways(flows: Sequence[Placed]) -> Iterator[tuple[tuple[Placed, ...], tuple[str, ...]]]:
    first: dict[tuple[str, str], Placed] = {}
    for one in flows:
        first.setdefault((one.flow.source, one.flow.target), one)
    for way in order(_edges(flows))[1]:
        yield tuple(first[step] for step in pairwise(way)), tuple(way)


def told_circles(flows: Sequence[Placed]) -> Iterator[Diagnostic]:
    """Tell of circles at the first link of each."""
    for one in circles(flows):
        certain, first = one.met is Overlap.CERTAIN, one.links[0]
        links = ", ".join(each.address for each in one.links)
        detail = (
            f'These links copy topics such as "{one.by}" in a circle without changing names: {" → ".join(one.way)} ({links}). '
            "Nothing tells a copy from an original there, so records would be copied for ever."
        )
        if not certain:
            detail = (
                f"If one topic is meant by all of these links, it is copied in a circle without changing names: "
                f'{" → ".join(one.way)} ({links}). Whether "{one.by}" means such a topic can\'t be told. Nothing tells a copy from '
                "an original there, so records would be copied for ever."
            )
        remedy = 'Let one of the links take other topics, or name copies with naming = "prefixed".'
        tell = failure if certain else remark
        summary = "Replication in a circle" if certain else "Replication perhaps in a circle"
        yield tell(
            Code.CIRCLE, first.declared, first.address, summary, detail, header(first.declared), remedy
        )
