"""Entries of filters that mean no topic: neither one that is there, nor one that this configuration makes or copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.config.arguments import span_of
from kplan.sdk.flows import Filter
from kplan.topology.names import Names
from kplan.topology.telling import Code, remark

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kplan.lang.diagnostics import Diagnostic
    from kplan.sdk.flows import Unmet
    from kplan.topology.flows import Placed, Topology

_MISSING = {
    "names": "is called so",
    "prefixes": "has a name that begins so",
    "patterns": "has a name that it means",
}


def told_unmet(topology: Topology) -> Iterator[Diagnostic]:
    """Tell of each at its place; what is only to come counts as there."""
    if not any(one.flow.unmet for one in topology.flows):
        return
    coming = {source: Names(names) for source, names in _coming(topology).items()}
    for one in topology.flows:
        names = coming[one.flow.source]
        for entry in one.flow.unmet:
            kind = str(entry.path[1])
            if next(names.meant(Filter(**{kind: (entry.entry,)})), None) is None:
                yield _told(one, entry, kind)


def _coming(topology: Topology) -> Mapping[str, set[str]]:
    """Find what topics this configuration makes on clusters, and what its links copy there."""
    declared: dict[str, set[str]] = {}
    for topic in topology.topics:
        declared.setdefault(topic.instance.endpoint, set()).add(topic.name)
    found = {each: {*declared.get(each, ())} for one in topology.flows for each in one.flow[:2]}
    there = {source: Names(names) for source, names in declared.items()}
    for one in topology.flows:
        flow = one.flow
        here = there.get(flow.source)
        meant = {name for name, _ in here.meant(flow.topics)} if here else set()
        found[flow.target].update(f"{flow.before}{name}" for name in meant | (flow.found or frozenset()))
    return found


def _told(one: Placed, entry: Unmet, kind: str) -> Diagnostic:
    hint = f' Did you mean "{entry.nearest}"?' if entry.nearest else ""
    detail = f'{kind} has "{entry.entry}", but no topic of {one.flow.source} {_MISSING[kind]} now.{hint}'
    remedy = (
        "Correct it, or take it out. If the topics come later, nothing is to be done: they are copied then."
    )
    place = span_of(one.declared, entry.path)
    return remark(Code.NO_MATCH, one.declared, one.address, "A filter matches nothing", detail, place, remedy)
