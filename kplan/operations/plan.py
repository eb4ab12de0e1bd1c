"""The story of `kplan plan`: load, lock, remember, look, decide. Nothing is written but a plan that is to be saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.lang.diagnostics import DiagnosticsError
from kplan.operations.live import Live
from kplan.operations.options import Options, PlanOutcome, Run
from kplan.operations.planning import Planning
from kplan.operations.workspace import knowing, load_configuration, open_store, remember

if TYPE_CHECKING:
    from pathlib import Path

    from kplan.operations.planning import Made


def plan(options: Options, run: Run, out: Path | None = None) -> PlanOutcome:
    """Make a plan. Errors of the configuration leave no plan; what could not be read leaves an incomplete one.

    `out`: where to save it, if it can be applied.
    """
    try:
        configuration = load_configuration(options)
        store = open_store(options, configuration.module.backend_path)
        with store.lock("plan", options.lock_timeout):
            state = remember(store).state
            configuration = knowing(configuration, state)
            with Live(configuration.types, run.tell, run.stop_requested) as live:
                made: Made = Planning(configuration, options, state, live).make()
            if out is not None and made.plan.complete:
                from kplan.operations.saving import save

                save(made, configuration, options, state, out)
    except DiagnosticsError as problem:
        return PlanOutcome(None, problem.diagnostics)
    return PlanOutcome(made.plan, made.plan.diagnostics)
