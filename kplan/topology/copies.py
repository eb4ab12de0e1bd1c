"""Topics that a link copies to and a block declares: which of them say so, and which say so wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.config.arguments import span_of
from kplan.topology.names import Names
from kplan.topology.overlap import Overlap, means
from kplan.topology.telling import Code, failure, header, remark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan.lang.diagnostics import Diagnostic
    from kplan.topology.flows import Placed, Topic, Topology


def told_copies(topology: Topology) -> Iterator[Diagnostic]:
    """Tell of copies that are declared like any topic, and of topics that are no copies of the link that they name."""
    by_link: dict[str, list[Placed]] = {}
    for one in topology.flows:
        by_link.setdefault(one.address, []).append(one)
    plain: dict[str, dict[str, Topic]] = {}
    there: dict[str, set[str]] = {}
    for topic in topology.topics:
        instance = topic.instance
        there.setdefault(instance.endpoint, set()).add(topic.name)
        if instance.before:
            yield from _wrongly(topic, by_link, topology)
        elif not instance.parent:
            plain.setdefault(instance.endpoint, {})[topic.name] = topic
    for one in topology.flows:
        yield from _unsaid(one, plain.get(one.flow.target, {}), there.get(one.flow.source, set()))


def _unsaid(one: Placed, plain: dict[str, Topic], there: set[str]) -> Iterator[Diagnostic]:
    """Find topics that are called as the link calls its copies of what the source has."""
    flow = one.flow
    originals = Names(name.removeprefix(flow.before) for name in plain if name.startswith(flow.before))
    sources = there | (flow.found or frozenset())
    for name, _ in originals.meant(flow.topics):
        certain = name in sources or name in flow.topics.names
        if certain or (flow.before and flow.found is None):  # a name alone says little where names are kept
            yield _told(one, name, plain[f"{flow.before}{name}"])


def _told(one: Placed, name: str, topic: Topic) -> Diagnostic:
    copy, address = f"{one.flow.before}{name}", topic.instance.address
    detail = (
        f'{address} is "{copy}" on {one.flow.target}, which is what {one.address} calls its copy of "{name}" of '
        f"{one.flow.source}. The block and the link would both decide what it is."
    )
    remedy = "Remove the block."
    if topic.instance.module == one.module:
        local = one.address.removeprefix(f"{one.module}.") if one.module else one.address
        remedy = f"Write mirrored_by = {local} into the block, or remove it."
    summary, place = "A copy declared as a topic of its own", header(topic.declared)
    return remark(Code.UNDECLARED_COPY, topic.declared, address, summary, detail, place, remedy)


def _wrongly(topic: Topic, by_link: dict[str, list[Placed]], topology: Topology) -> Iterator[Diagnostic]:
    """Find what is wrong with a topic that names the link that it is a copy of."""
    instance = topic.instance
    flows = by_link.get(instance.before, ())
    if instance.before not in topology.links:
        detail = f"There is no {instance.before}."
    elif not flows or any(_is_copy(one, topic) for one in flows):
        return
    else:
        flow = next(iter(flows)).flow
        detail = (
            f'{instance.address} is "{topic.name}" on {instance.endpoint}, but {instance.before} has no copy of that name there: '
            f'it copies to {flow.target}, where names of copies begin with "{flow.before}".'
        )
        if not flow.before:
            detail = detail.replace('where names of copies begin with ""', "where copies keep their names")
    remedy = "Name the link that copies to this topic, or take mirrored_by out."
    place = span_of(topic.declared, ("mirrored_by",))
    yield failure(
        Code.NO_COPY, topic.declared, instance.address, "Not a copy of this link", detail, place, remedy
    )


def _is_copy(one: Placed, topic: Topic) -> bool:
    flow, name = one.flow, topic.name
    if flow.target != topic.instance.endpoint or not name.startswith(flow.before):
        return False
    original = name.removeprefix(flow.before)
    return original in (flow.found or ()) or means(flow.topics, original) is not Overlap.NONE
