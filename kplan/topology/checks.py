"""What can't be right about the flows of a configuration: findings with the link where they stand."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from kplan.graph.order import order
from kplan.topology.overlap import Overlap, overlap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kplan.lang.diagnostics import Diagnostic
    from kplan.topology.flows import Placed


def findings(flows: Sequence[Placed]) -> Iterator[Diagnostic]:
    """Find records that would go round for ever, and what would be copied twice."""
    yield from _circles(flows)
    yield from _twice(flows)


def _circles(flows: Sequence[Placed]) -> Iterator[Diagnostic]:
    """Find circles of flows that keep names: nothing tells a copy from an original there."""
    keeping = [one for one in flows if one.flow.unchanged]
    edges: dict[str, list[str]] = {}
    for one in keeping:
        edges.setdefault(one.flow.source, []).append(one.flow.target)
        edges.setdefault(one.flow.target, [])
    for path in order(edges)[1]:
        steps = list(pairwise(path))
        links = [next(one for one in keeping if (one.flow.source, one.flow.target) == step) for step in steps]
        met, name = _all_meet(links)
        if met is Overlap.NONE:
            continue
        first = links[0]
        way = " → ".join(path)
        what = f'topics such as "{name}"' if name else "topics"
        detail = (
            f"These links copy {what} in a circle without changing names: {way} ({', '.join(one.address for one in links)}). "
            "Nothing tells a copy from an original there, so records would be copied for ever."
        )
        remedy = 'Let one of the links take other topics, or name copies with naming = "prefixed".'
        tell = first.declared.place.error if met is Overlap.CERTAIN else first.declared.place.warning
        block = first.declared.block
        summary = "Replication in a circle" if met is Overlap.CERTAIN else "Replication perhaps in a circle"
        yield tell(summary, detail, block[2], block[3], remedy=remedy)


def _all_meet(links: Sequence[Placed]) -> tuple[Overlap, str]:
    """Say whether one topic can go all the way round."""
    met, name = Overlap.CERTAIN, ""
    for one, then in zip(links, [*links[1:], links[0]], strict=True):
        how, shared = overlap(one.flow.topics, then.flow.topics)
        if how is Overlap.NONE:
            return how, ""
        if how is Overlap.PERHAPS:
            met = how
        name = name or shared
    return met, name


def _twice(flows: Sequence[Placed]) -> Iterator[Diagnostic]:
    """Find topics and groups that two links of one pair both take, for copies of one name."""
    pairs: dict[tuple[str, str], list[Placed]] = {}
    for one in flows:
        pairs.setdefault((one.flow.source, one.flow.target), []).append(one)
    for (source, target), links in sorted(pairs.items()):
        for first, second in combinations(links, 2):
            if first.flow.unchanged is not second.flow.unchanged:
                continue  # copies of two names, as while consumers move from one to the other
            for what in ("topics", "groups"):
                met, name = overlap(getattr(first.flow, what), getattr(second.flow, what))
                if met is not Overlap.CERTAIN:
                    continue
                detail = (
                    f'{first.address} and {second.address} both take {what} such as "{name}" from {source} to {target}: '
                    "they would be copied twice."
                )
                block = second.declared.block
                remedy = f"Let each of the links take {what} of its own."
                yield second.declared.place.error(
                    "Two links copy the same", detail, block[2], block[3], remedy=remedy
                )
