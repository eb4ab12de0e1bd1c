"""The flows of a configuration and the topics that they are about, gathered from what was evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kplan.sdk.flows import Flow, Flowing
from kplan.sdk.types import Composite

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.config.evaluation import Evaluation
    from kplan.config.model import Declared, EndpointInstance, Instance
    from kplan.sdk.session import Values

    Answered = Mapping[str, Sequence[Values]]  # what was answered, by the address of the link that asked

TOPIC: Final = "topic"


class Placed(NamedTuple):
    """A flow, and the link that declares it, in the module whose address is `module`."""

    flow: Flow
    address: str
    declared: Declared
    module: str = ""


class Topic(NamedTuple):
    """A topic of the configuration, and the block that declares it or yields it."""

    instance: Instance
    declared: Declared

    @property
    def name(self) -> str:
        """What it is called on its cluster."""
        return self.instance.identity[0]


class Topology(NamedTuple):
    """Flows, topics and clusters. `links` are the addresses of all composites."""

    flows: tuple[Placed, ...]
    topics: tuple[Topic, ...] = ()
    endpoints: Mapping[str, EndpointInstance] = {}
    links: frozenset[str] = frozenset()


def gathered(evaluation: Evaluation, answered: Answered) -> Topology:
    """Gather what is known of all links; `answered` is empty where nobody was asked."""
    declared = evaluation.module.declared
    scopes = [scope for scopes in evaluation.scopes.values() for scope in scopes]
    placed = tuple(_flows(evaluation, answered))
    if not placed:
        return Topology(())
    topics = tuple(
        Topic(one, declared[one.block])
        for scope in scopes
        for one in scope.every_leaf()
        if one.leaf.name == TOPIC
    )
    links = frozenset(
        one.address for scope in scopes for found in scope.composed.values() for one in found.values()
    )
    return Topology(placed, topics, evaluation.shared.handles, links)


def _flows(evaluation: Evaluation, answered: Answered) -> Iterator[Placed]:
    resources, rules = evaluation.types.resources, evaluation.types.rules
    endpoints = {address: one.settings for address, one in evaluation.shared.handles.items()}
    flowing = {
        name: known
        for name, kind in resources.items()
        if isinstance(kind, Composite) and isinstance(known := rules[name], Flowing)
    }
    for scopes in evaluation.scopes.values():
        for scope in scopes:
            for block, found in scope.composed.items():
                declared = evaluation.module.declared[block]
                asked = flowing.get(declared.kind.name)
                if asked is None:
                    continue
                for one in found.values():
                    told = answered.get(one.address)
                    for flow in asked.flows(declared.kind.name, one.desired, endpoints, told):
                        yield Placed(flow, one.address, declared, scope.address)
