"""The story of `kplan validate`: everything that can be found wrong without contacting anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.config.rehearsal import rehearse
from kplan.lang.diagnostics import DiagnosticsError, sort_and_dedupe
from kplan.operations.workspace import load_configuration
from kplan.plan.finish import evaluate_outputs
from kplan.topology.checks import findings
from kplan.topology.flows import gathered

if TYPE_CHECKING:
    from kplan.lang.diagnostics import Diagnostic
    from kplan.operations.options import Options


def validate(options: Options) -> tuple[Diagnostic, ...]:
    """Load and evaluate a configuration; what a live system decides stays unknown."""
    try:
        configuration = load_configuration(options)
    except DiagnosticsError as problem:
        return problem.diagnostics
    evaluation = rehearse(configuration)
    evaluate_outputs(evaluation)
    topology = findings(gathered(evaluation, {}))
    return sort_and_dedupe([*configuration.warnings, *evaluation.diagnostics, *topology])
