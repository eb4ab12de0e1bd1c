"""Where records may be: topics and clusters labelled with a residency, and links that copy elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kplan.topology.names import Names
from kplan.topology.overlap import Overlap
from kplan.topology.telling import Code, failure, header, remark

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kplan.lang.diagnostics import Diagnostic
    from kplan.topology.flows import Placed, Topic, Topology

LABEL: Final = "residency"
ANYWHERE: Final = "any"
_SUMMARY: Final = "Copied out of its residency"
_NO_WAY_BACK: Final = "What was copied once can't be called back."


def told_residency(topology: Topology) -> Iterator[Diagnostic]:
    """Tell of topics that a link would copy to a cluster with another residency, or with none."""
    labelled: dict[str, dict[str, Topic]] = {}
    for topic in topology.topics:
        if _of(topic.instance.labels):
            labelled.setdefault(topic.instance.endpoint, {})[topic.name] = topic
    names = {endpoint: Names(topics) for endpoint, topics in labelled.items()}
    for one in topology.flows:
        own = labelled.get(one.flow.source, {})
        met = dict(names[one.flow.source].meant(one.flow.topics)) if own else {}
        met |= {name: Overlap.CERTAIN for name in one.flow.found or () if name in own}
        yield from _link(one, topology, {name: (own[name], sure) for name, sure in sorted(met.items())})


def _link(one: Placed, topology: Topology, topics: dict[str, tuple[Topic, Overlap]]) -> Iterator[Diagnostic]:
    flow = one.flow
    here, there = (_of(topology.endpoints[each].labels) for each in (flow.source, flow.target))
    if here and all(name in topics for name in flow.topics.names) and not _open(one):
        here = ""  # each of its topics says itself
    if not there:
        bound = [name for name, (topic, _) in topics.items() if _of(topic.instance.labels) != ANYWHERE]
        if here or bound:
            labelled = here or _of(topics[bound[0]][0].instance.labels)
            yield _without(one, labelled, "" if here else bound[0])
        return
    if here and here != there:
        yield _cluster(one, here, there)
    for topic, sure in topics.values():
        if _of(topic.instance.labels) not in {there, ANYWHERE}:
            yield _topic(one, topic, there, sure)


def _open(one: Placed) -> bool:
    """Whether a link takes topics that it doesn't name."""
    return bool(one.flow.topics.prefixes or one.flow.topics.patterns)


def _of(labels: Mapping[str, object]) -> str:
    """Give a residency; "" where there is none, or it isn't known yet."""
    label = labels.get(LABEL)
    return label if isinstance(label, str) else ""


def _without(one: Placed, here: str, name: str) -> Diagnostic:
    what = f'topics such as "{name}"' if name else "topics"
    detail = (
        f'{one.address} copies {what} with the residency "{here}" from {one.flow.source} to {one.flow.target}, which has no such '
        "label."
    )
    remedy = f'Write labels = {{ {LABEL} = "…" }} into {one.flow.target}, so that it can be told.'
    place = header(one.declared)
    return remark(Code.RESIDENCY, one.declared, one.address, "Residency not known", detail, place, remedy)


def _cluster(one: Placed, here: str, there: str) -> Diagnostic:
    flow = one.flow
    example = next((each for each in (*flow.topics.names, *flow.topics.prefixes, *flow.topics.patterns)), "")
    detail = (
        f'{one.address} copies topics such as "{example}" from {flow.source} (residency "{here}") to {flow.target} (residency '
        f'"{there}"). {_NO_WAY_BACK}'
    )
    remedy = (
        "Copy to another cluster, or change the label. Topics with a label of their own count by that, if the link takes them "
        f'by name; {LABEL} = "{ANYWHERE}" lets one go anywhere.'
    )
    place = header(one.declared)
    return failure(Code.RESIDENCY, one.declared, one.address, _SUMMARY, detail, place, remedy)


def _topic(one: Placed, topic: Topic, there: str, sure: Overlap) -> Diagnostic:
    own, address = _of(topic.instance.labels), topic.instance.address
    detail = (
        f'{address} has the residency "{own}", and {one.address} {"copies" if sure is Overlap.CERTAIN else "perhaps copies"} it to '
        f'{one.flow.target}, which has "{there}". {_NO_WAY_BACK}'
    )
    remedy = f'Leave it out of the link with exclude_names = ["{topic.name}"], or change the label.'
    labels = topic.declared.labels
    place = labels[3][1:3] if labels is not None else header(topic.declared)
    tell = failure if sure is Overlap.CERTAIN else remark
    return tell(Code.RESIDENCY, topic.declared, address, _SUMMARY, detail, (place[0], place[1]), remedy)
