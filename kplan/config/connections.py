"""Variables that come to nothing but clusters' settings: how to connect is no part of what a plan does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.graph.order import reverse
from kplan.sdk.types import EndpointKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.config.configuration import Configuration
    from kplan.config.model import Condition
    from kplan.config.units import Unit
    from kplan.lang.ast import Attribute, Reference


def for_connections(configuration: Configuration, needed: set[str]) -> set[str]:
    """Name the root module's variables from which no object, data or output of those needed comes.

    What is read of a cluster, such as its name, is as the cluster's block says, and shows in the objects that use it.
    """
    uses: dict[str, set[str]] = {name: set() for name in configuration.module.variables}
    for node, references in _written(configuration.units[0]):
        for names, *_ in references:
            if names[0] == "var" and len(names) > 1 and names[1] in uses and node in needed:
                uses[names[1]].add(node)
    dependants = reverse({node: configuration.links.get(node, ()) for node in needed})
    return {name for name, nodes in uses.items() if not _matter(configuration, nodes, dependants)}


def _matter(configuration: Configuration, nodes: set[str], dependants: Mapping[str, Sequence[str]]) -> bool:
    """Tell whether an object, data or an output of the root module comes from these nodes, but through a cluster."""
    declared = configuration.module.declared
    waiting, seen = list(nodes), set(nodes)
    while waiting:
        node = waiting.pop()
        if node.startswith("output."):
            return True
        if node in declared:
            if not isinstance(declared[node].kind, EndpointKind):
                return True
            continue
        new = [one for one in dependants.get(node, ()) if one not in seen]
        seen.update(new)
        waiting += new
    return False


def _written(root: Unit) -> Iterator[tuple[str, Sequence[Reference]]]:
    """Step through the nodes in which expressions of the root module end up, with what those refer to."""
    module = root.module
    for address, declared in root.declared.items():
        yield address, declared.references
    for name, local in module.locals.items():
        yield f"local.{name}", local.attribute[4]
    for name, output in module.outputs.items():
        yield f"output.{name}", [*output.value[4], *_of_conditions(output.preconditions)]
    for name, call in module.calls.items():
        yield f"module.{name}", [*_of(call.for_each), *_of(call.counted)]
        for variable, given in call.inputs.items():
            yield f"module.{name}.var.{variable}", given[4]


def _of(attribute: Attribute | None) -> Sequence[Reference]:
    return attribute[4] if attribute is not None else ()


def _of_conditions(conditions: Sequence[Condition]) -> Iterator[Reference]:
    for one in conditions:
        yield from (*one.condition[4], *one.message[4])
