"""The story of `kplan apply` and `kplan destroy`: plan, approve, carry out, remember."""

from __future__ import annotations

import time
import uuid
from secrets import token_hex
from typing import TYPE_CHECKING, NamedTuple

from kplan.apply.journal import Journal
from kplan.apply.lanes import ThreadLanes
from kplan.apply.run import Executor, Means
from kplan.config.checks import assertions
from kplan.lang.diagnostics import DiagnosticsError, error, has_errors
from kplan.operations.failures import failures
from kplan.operations.live import Live, UntilStopped
from kplan.operations.options import ApplyOutcome, Options, Run
from kplan.operations.planning import Planning
from kplan.operations.resolve import Reevaluation
from kplan.operations.workspace import knowing, load_configuration, open_store, remember
from kplan.plan.finish import evaluate_outputs, known_outputs
from kplan.plan.model import OutputChange
from kplan.plan.secrets import digested, forgotten
from kplan.state.records import Digested, Outputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from kplan.apply.lanes import Lanes
    from kplan.config.configuration import Configuration
    from kplan.lang.diagnostics import Diagnostic
    from kplan.operations.planning import Made
    from kplan.operations.workspace import Remembered
    from kplan.plan.model import Plan
    from kplan.state.model import Key
    from kplan.state.store import Store


FRESH_SECONDS = 60.0  # an approval that took longer is held against a plan made anew


class At(NamedTuple):
    """What every step of the story works with."""

    configuration: Configuration
    options: Options
    run: Run
    store: Store
    live: Live
    lanes: Lanes


def apply(
    options: Options,
    run: Run,
    approve: Callable[[Plan], bool],
    lanes: Lanes | None = None,
    store: Store | None = None,
) -> ApplyOutcome:
    """Plan and, once approved, apply. `approve` is asked with the lock held.

    Tests give `lanes` and a `store` of their own, to stop the run at each step.
    """
    try:
        configuration = load_configuration(options)
        store = store or open_store(options, configuration.module.backend_path)
        word = "destroy" if options.destroy else "apply"
        with store.lock(word, options.lock_timeout):
            remembered = remember(store)
            configuration = knowing(configuration, remembered.state)
            with Live(configuration.types, run.tell, run.stop_requested) as live:
                at = At(configuration, options, run, store, live, lanes or ThreadLanes())
                return _apply(at, remembered, approve)
    except DiagnosticsError as problem:
        return ApplyOutcome(None, None, {}, problem.diagnostics)


def _apply(at: At, remembered: Remembered, approve: Callable[[Plan], bool]) -> ApplyOutcome:
    made = Planning(at.configuration, at.options, remembered.state, at.live).make()
    against = refused(made.plan)
    if against is not None:
        return against
    asked = time.monotonic()
    if not approve(made.plan):
        return ApplyOutcome(made.plan, None, {}, made.plan.diagnostics, declined=True)
    if time.monotonic() - asked > FRESH_SECONDS:
        anew = Planning(at.configuration, at.options, remembered.state, at.live).make()
        moved = _moved(made.plan, anew.plan)
        if moved:
            return ApplyOutcome(made.plan, None, {}, (*made.plan.diagnostics, _stale(moved)))
        made = anew
    return carry_out(at, made, remembered)


def refused(plan: Plan) -> ApplyOutcome | None:
    """Say what speaks against applying a plan, if anything does."""
    if has_errors(plan.diagnostics) or not plan.complete:
        return ApplyOutcome(plan, None, {}, plan.diagnostics)
    if plan.refusals:
        return ApplyOutcome(plan, None, {}, (*plan.diagnostics, *plan.refusals))
    return None


def _moved(approved: Plan, anew: Plan) -> list[str]:
    """List addresses whose change is no longer what was approved."""
    before = {(one.address, one.key): (one.action, one.steps, one.before) for one in approved.changes}
    after = {(one.address, one.key): (one.action, one.steps, one.before) for one in anew.changes}
    return sorted({name[0] for name in before.keys() | after.keys() if before.get(name) != after.get(name)})


def _stale(moved: list[str]) -> Diagnostic:
    shown = ", ".join(moved[:10]) + (f" and {len(moved) - 10} more" if len(moved) > 10 else "")
    detail = (
        f"While the approval was awaited, live objects changed: {shown}. Nothing was applied; plan again."
    )
    return error("Plan is stale", detail)


def carry_out(at: At, made: Made, remembered: Remembered) -> ApplyOutcome:
    """Carry out a plan and remember what came of it."""
    journal = Journal(at.store, remembered.state, uuid.uuid4().hex[:12], time.time(), fresh=remembered.fresh)
    means = Means(
        at.live.session,
        at.configuration.types,
        journal,
        Reevaluation(at.configuration, made, at.live),
        at.lanes,
        UntilStopped(at.run.stop_requested),
        at.run.tell,
        time.time,
        time.monotonic,
    )
    executor = Executor(made.plan, means)
    doubtful = forgotten(journal.draft.secret_digests, made.secrets)
    if doubtful is not None:
        journal.note(Digested(doubtful))
    tally = executor.run()
    _remember_secrets(made, remembered, journal, executor.carried, at.options)
    diagnostics = [
        *made.plan.diagnostics,
        *failures(executor.faults, tally, at.configuration.module.declared),
    ]
    if not at.options.is_partial:
        _remember_outputs(made, journal, at.options, diagnostics)
        if not at.options.destroy:
            diagnostics = [one for one in diagnostics if not one.summary.startswith("Check block assertion")]
            diagnostics += assertions(made.evaluation, undecided=False)
    state = journal.close()
    return ApplyOutcome(made.plan, tally, state.outputs, tuple(diagnostics))


def _remember_secrets(
    made: Made, remembered: Remembered, journal: Journal, carried: set[Key], options: Options
) -> None:
    """Digest the secrets that are in effect now: those that were sent, and those that nobody changed."""
    unchanged = {key for key in made.secrets.owners.values() if key not in made.secrets.rotated}
    held = journal.draft.leaves.keys()
    in_effect = [key for key in (*unchanged, *carried) if key in held]
    before, salt = remembered.state.secret_digests, token_hex(16)
    partial = options.is_partial or options.only is not None
    digests = digested(before, made.secrets, in_effect, salt, partial=partial)
    if digests != journal.draft.secret_digests:
        journal.note(Digested(digests))


def _remember_outputs(made: Made, journal: Journal, options: Options, diagnostics: list[Diagnostic]) -> None:
    before = len(made.evaluation.diagnostics)
    outputs = {} if options.destroy else known_outputs(evaluate_outputs(made.evaluation))
    diagnostics.extend(made.evaluation.diagnostics[before:])
    held = journal.draft.outputs
    if options.only is not None:  # the others were not shown
        kept = {name: one for name, one in held.items() if name not in options.only.outputs}
        outputs = {**kept, **{name: one for name, one in outputs.items() if name in options.only.outputs}}
    if any(OutputChange(name, held.get(name), outputs.get(name)).changed for name in {*held, *outputs}):
        journal.note(Outputs(outputs))
