"""The story of `kplan graph`: what depends on what, among blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kplan.operations.workspace import load_configuration
from kplan.sdk.types import EndpointKind, Source

if TYPE_CHECKING:
    from kplan.operations.options import Options


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


def _kind(kind: object) -> str:
    if isinstance(kind, EndpointKind):
        return "endpoint"
    return "data" if isinstance(kind, Source) else "object"
