"""The story of `kplan apply` and `kplan destroy`: plan, approve, carry out, remember."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from kplan.apply.journal import Journal
from kplan.apply.lanes import Lanes, ThreadLanes
from kplan.apply.run import Executor, Means
from kplan.lang.diagnostics import DiagnosticsError, error, has_errors
from kplan.operations.live import Live, UntilStopped
from kplan.operations.options import ApplyOutcome, Options, Run
from kplan.operations.planning import Planning
from kplan.operations.resolve import Reevaluation
from kplan.operations.workspace import Remembered, load_configuration, open_store, remember
from kplan.plan.finish import evaluate_outputs, known_outputs
from kplan.state.records import Outputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from kplan.apply.events import Tally
    from kplan.config.load import Configuration
    from kplan.lang.diagnostics import Diagnostic
    from kplan.operations.planning import Made
    from kplan.plan.model import Plan
    from kplan.state.model import State
    from kplan.state.store import Store


def apply(
    options: Options, run: Run, approve: Callable[[Plan], bool], lanes: Lanes | None = None
) -> ApplyOutcome:
    """Plan and, once approved, apply. `approve` is asked with the lock held; `lanes` replaces threads in tests."""
    try:
        configuration = load_configuration(options)
        store = open_store(options, configuration.module.backend_path)
        word = "destroy" if options.destroy else "apply"
        with (
            store.lock(word, options.lock_timeout),
            Live(configuration.types, run.tell, run.stop_requested) as live,
        ):
            remembered = remember(store)
            made = Planning(configuration, options, remembered.state, live).make()
            refused = _refused(made.plan)
            if refused is not None:
                return refused
            if not approve(made.plan):
                return ApplyOutcome(made.plan, None, {}, made.plan.diagnostics, declined=True)
            return _carry_out(
                configuration, options, run, made, remembered, store, live, lanes or ThreadLanes()
            )
    except DiagnosticsError as problem:
        return ApplyOutcome(None, None, {}, problem.diagnostics)


def _refused(plan: Plan) -> ApplyOutcome | None:
    if has_errors(plan.diagnostics) or not plan.complete:
        return ApplyOutcome(plan, None, {}, plan.diagnostics)
    if plan.refusals:
        return ApplyOutcome(plan, None, {}, (*plan.diagnostics, *plan.refusals))
    return None


def _carry_out(
    configuration: Configuration,
    options: Options,
    run: Run,
    made: Made,
    remembered: Remembered,
    store: Store,
    live: Live,
    lanes: Lanes,
) -> ApplyOutcome:
    journal = Journal(store, remembered.state, uuid.uuid4().hex[:12], time.time(), fresh=remembered.fresh)
    resolver = Reevaluation(configuration, made, live)
    stop = UntilStopped(run.stop_requested)
    means = Means(
        live.sessions,
        configuration.types,
        journal,
        resolver,
        lanes,
        stop,
        run.tell,
        time.time,
        time.monotonic,
    )
    executor = Executor(made.plan, means)
    tally = executor.run()
    partial = bool(options.targets or options.exclude_clusters)
    diagnostics = [*made.plan.diagnostics, *_failures(executor, tally)]
    if not partial:
        _remember_outputs(made, journal, options, diagnostics)
    state = journal.close()
    return ApplyOutcome(made.plan, tally, state.outputs, tuple(diagnostics))


def _remember_outputs(made: Made, journal: Journal, options: Options, diagnostics: list[Diagnostic]) -> None:
    made.evaluation.scope.forget_unknowns()
    before = len(made.evaluation.diagnostics)
    outputs = {} if options.destroy else known_outputs(evaluate_outputs(made.evaluation))
    diagnostics.extend(made.evaluation.diagnostics[before:])
    if outputs != journal.draft.outputs:
        journal.note(Outputs(outputs))


def _failures(executor: Executor, tally: Tally) -> list[Diagnostic]:
    found = []
    for change, fault in executor.faults:
        lost = (
            " Whether it took effect is not known; the next run finds out."
            if fault.retry == "outcome_unknown"
            else ""
        )
        detail = f"{change.address} on {change.endpoint}: {fault.detail or fault.summary}{lost}"
        found.append(error(fault.summary, detail, remedy=fault.remedy))
    if tally.parked:
        count = f"{tally.parked} long change{'s were' if tally.parked > 1 else ' was'}"
        found.append(
            error(
                "Stopped before the end",
                f"{count} parked at the last checkpoint; the next apply goes on there.",
            )
        )
    elif tally.skipped and not executor.faults:
        found.append(error("Stopped before the end", "Run apply again to carry out the rest."))
    return found


def current_state(store: Store) -> State:
    """Read state as it is now."""
    return remember(store).state
