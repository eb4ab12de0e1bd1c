"""The story of `kplan validate`: everything that can be found wrong without contacting anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.config.evaluation import Evaluation
from kplan.lang.diagnostics import DiagnosticsError, sort_and_dedupe
from kplan.operations.workspace import load_configuration
from kplan.plan.finish import evaluate_outputs
from kplan.sdk.types import EndpointKind, Leaf, Source

if TYPE_CHECKING:
    from kplan.lang.diagnostics import Diagnostic
    from kplan.operations.options import Options


def validate(options: Options) -> tuple[Diagnostic, ...]:
    """Load and evaluate a configuration; what a live system decides stays unknown."""
    try:
        configuration = load_configuration(options)
    except DiagnosticsError as problem:
        return problem.diagnostics
    module = configuration.module
    evaluation = Evaluation(module, configuration.types, configuration.variables, configuration.edges)
    for node in configuration.order:
        declared = module.declared.get(node)
        if declared is None:
            if node.startswith("local."):
                evaluation.scope.local(node.removeprefix("local."))
        elif isinstance(declared.kind, EndpointKind):
            evaluation.endpoints(declared)
        elif isinstance(declared.kind, Leaf):
            evaluation.leaves(declared)
        elif isinstance(declared.kind, Source):
            evaluation.queries(declared)
            evaluation.scope.answers.pop(node, None)
    evaluate_outputs(evaluation)
    return sort_and_dedupe([*configuration.warnings, *evaluation.diagnostics])
