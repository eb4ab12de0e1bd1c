"""The story of `kplan graph`: what depends on what among blocks, or what is copied from where to where."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kplan.config.rehearsal import rehearse
from kplan.lang.diagnostics import DiagnosticsError, has_errors, sort_and_dedupe
from kplan.operations.workspace import load_configuration
from kplan.sdk.types import EndpointKind, Source
from kplan.topology.circles import circles
from kplan.topology.flows import gathered

if TYPE_CHECKING:
    from kplan.operations.options import Options
    from kplan.sdk.flows import Filter
    from kplan.sdk.session import Values


class Node(NamedTuple):
    """A block of the graph; `kind` is "endpoint", "data" or "object"."""

    address: str
    kind: str
    module: str


class Graph(NamedTuple):
    """Blocks in order of address; an edge leads from a block to one that it needs."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]


def graph(options: Options) -> Graph:
    """Draw the dependencies of a configuration. Raises its errors as DiagnosticsError; a circle is one."""
    configuration = load_configuration(options)
    declared = configuration.module.declared
    nodes = tuple(Node(one, _kind(declared[one].kind), declared[one].module) for one in sorted(declared))
    edges = tuple(
        (one.address, needed) for one in nodes for needed in sorted(configuration.edges.get(one.address, ()))
    )
    return Graph(nodes, edges)


class Cluster(NamedTuple):
    """An endpoint that links copy from or to; `where` is its region, if it says one."""

    address: str
    where: str


class Copying(NamedTuple):
    """A link's arrow. `what`: entries of its filter, literal names as they are; `round`: it is part of a circle."""

    source: str
    target: str
    link: str
    what: tuple[str, ...]
    unchanged: bool
    round: bool


class FlowMap(NamedTuple):
    """Clusters and links, in order of address."""

    clusters: tuple[Cluster, ...]
    links: tuple[Copying, ...]


def map_of_flows(options: Options) -> FlowMap:
    """Draw what links copy from where to where. Raises the configuration's errors as DiagnosticsError."""
    evaluation = rehearse(load_configuration(options))
    if has_errors(evaluation.diagnostics):
        raise DiagnosticsError(sort_and_dedupe(evaluation.diagnostics))
    topology = gathered(evaluation, {})
    going_round = {each.address for one in circles(topology.flows) for each in one.links}
    links = [
        Copying(
            one.flow.source,
            one.flow.target,
            one.address,
            _entries(one.flow.topics),
            one.flow.unchanged,
            one.address in going_round,
        )
        for one in topology.flows
    ]
    ends = sorted({end for one in links for end in (one.source, one.target)})
    clusters = tuple(Cluster(one, _region(topology.endpoints[one].settings)) for one in ends)
    return FlowMap(clusters, tuple(sorted(links, key=lambda one: one.link)))


def _entries(topics: Filter) -> tuple[str, ...]:
    return (*topics.names, *(f"{one}*" for one in topics.prefixes), *(f"/{one}/" for one in topics.patterns))


def _region(settings: Values) -> str:
    region = settings.get("region")
    return region if isinstance(region, str) else ""


def _kind(kind: object) -> str:
    if isinstance(kind, EndpointKind):
        return "endpoint"
    return "data" if isinstance(kind, Source) else "object"
