"""Evaluates a whole configuration with nothing contacted: what a live system decides stays unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.config.adoptions import adoptions
from kplan.config.evaluation import Evaluation
from kplan.sdk.types import Composite, EndpointKind, Leaf, Source

if TYPE_CHECKING:
    from kplan.config.configuration import Configuration


def rehearse(configuration: Configuration) -> Evaluation:
    """Evaluate every local and block in order; the errors found are in the evaluation's diagnostics."""
    module = configuration.module
    evaluation = Evaluation(configuration, live=False)
    for node in configuration.order:
        declared = module.declared.get(node)
        if declared is None:
            evaluation.value(node)
        elif isinstance(declared.kind, EndpointKind):
            evaluation.endpoints(declared)
        elif isinstance(declared.kind, (Leaf, Composite)):
            evaluation.leaves(declared)
        elif isinstance(declared.kind, Source):
            evaluation.queries(declared)
            for scope in evaluation.scopes.get(declared.module, ()):
                scope.answers.pop(node, None)
    adoptions(evaluation)
    return evaluation
