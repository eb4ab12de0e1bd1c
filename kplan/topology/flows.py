"""The flows of a configuration, gathered from its evaluated links."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kplan.sdk.session import Flow, Flowing
from kplan.sdk.types import Composite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan.config.evaluation import Evaluation
    from kplan.config.model import Declared


class Placed(NamedTuple):
    """A flow, and the link that declares it."""

    flow: Flow
    address: str
    declared: Declared


def flows(evaluation: Evaluation) -> Iterator[Placed]:
    """Step through the flows of all links that are known."""
    resources, rules = evaluation.types.resources, evaluation.types.rules
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
                    for flow in asked.flows(declared.kind.name, one.desired):
                        yield Placed(flow, one.address, declared)
