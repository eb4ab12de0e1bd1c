"""The story of `kplan apply PLAN`: the plan is made again from what it took along, held against what was shown, applied.

Nothing is applied unless every change of it comes out as it was shown. What others changed beside it refuses nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kplan.apply.lanes import ThreadLanes
from kplan.config.extract import restored
from kplan.config.files import ModuleFiles
from kplan.config.load import assemble
from kplan.config.variables import Flag, Gathered, gather
from kplan.lang.diagnostics import Diagnostic, DiagnosticsError, Severity, error
from kplan.lang.functions import Surroundings
from kplan.operations.apply import At, carry_out, refused
from kplan.operations.live import Live
from kplan.operations.options import ApplyOutcome, Only, Options, Run
from kplan.operations.planning import Planning
from kplan.operations.stale import Held
from kplan.operations.workspace import knowing, open_store, remember
from kplan.plan.model import Action, Consents, Plan, is_change

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kplan.apply.lanes import Lanes
    from kplan.config.configuration import Configuration
    from kplan.config.model import Variable
    from kplan.operations.workspace import Remembered
    from kplan.plan.saved import SavedPlan
    from kplan.state.store import Store

_UNDECLARED = "Value for undeclared variable"


def apply_saved(
    saved: SavedPlan,
    options: Options,
    run: Run,
    approve: Callable[[Plan], bool],
    lanes: Lanes | None = None,
    store: Store | None = None,
) -> ApplyOutcome:
    """Apply a saved plan. `options` has the folder, the values of sensitive variables, and what is consented to besides."""
    try:
        options = _options(saved, options)
        configuration = _configuration(saved, options)
        store = store or open_store(options, saved.backend_path)
        with store.lock("apply", options.lock_timeout):
            remembered = remember(store)
            configuration = knowing(configuration, remembered.state)
            with Live(configuration.types, run.tell, run.stop_requested) as live:
                at = At(configuration, options, run, store, live, lanes or ThreadLanes())
                return _apply(saved, at, remembered, approve)
    except DiagnosticsError as problem:
        return ApplyOutcome(None, None, {}, problem.diagnostics)


def _apply(saved: SavedPlan, at: At, remembered: Remembered, approve: Callable[[Plan], bool]) -> ApplyOutcome:
    has_lineage = saved.serial > 0  # a plan over no state yet has none to keep
    if has_lineage and remembered.state.lineage != saved.lineage:
        return ApplyOutcome(None, None, {}, (_another_state(at),))
    made = Planning(at.configuration, at.options, remembered.state, at.live).make()
    held = Held(saved, made, remembered.state, at.configuration.types)
    stale = tuple(held.stale())
    if stale or not made.plan.complete:  # what would be done now is nothing to show
        return ApplyOutcome(None, None, {}, (*made.plan.diagnostics, *stale))
    made = made._replace(plan=held.plan())
    against = refused(made.plan)
    if against is not None:
        return against
    if not approve(made.plan):
        return ApplyOutcome(made.plan, None, {}, made.plan.diagnostics, declined=True)
    return carry_out(at, made, remembered)


def _options(saved: SavedPlan, options: Options) -> Options:
    """Say for Planning what the saved plan is about."""
    changes = saved.plan.changes
    let_go = {
        owner
        for one in changes
        for prior in (saved.priors[one.key],)
        if prior is not None
        for owner in prior.owners
        if owner not in (one.address, *one.owners) or one.action in (Action.DELETE, Action.FORGET)
    }
    shown = frozenset(one.key for one in changes if is_change(one))
    outputs = frozenset(one.name for one in saved.plan.outputs)
    mine, theirs = options.consents, saved.consents
    return Options(
        options.folder,
        saved.workspace,
        options.variables,
        targets=saved.targets,
        exclude_clusters=saved.plan.excluded,
        replaces=tuple(one.address for one in changes if one.action is Action.REPLACE),
        adopt=tuple(one.address for one in changes if one.adopting),
        destroy=saved.plan.destroy,
        consents=Consents(*map(max, mine, theirs)),
        lock_timeout=options.lock_timeout,
        only=Only(shown, frozenset(saved.priors) - shown, frozenset(let_go), outputs),
    )


def _configuration(saved: SavedPlan, options: Options) -> Configuration:
    again = saved.again
    surroundings = Surroundings(ModuleFiles(options.folder, again.seen), os.environ, again.began)
    return assemble(
        restored(again.pieces),
        options.folder,
        lambda declared: _values(saved, options, declared),
        surroundings,
        saved.workspace,
        whole=False,
    )


def _values(saved: SavedPlan, options: Options, declared: Mapping[str, Variable]) -> Gathered:
    """Give the variables' values: the sensitive ones are asked for again, the others are as they were.

    Those that only clusters' blocks use may be given again.
    """
    again = saved.again
    may_be_given = (*again.asked, *again.open)
    flags, refusals = [], []
    for one in options.variables:
        if not one.file and one.name not in may_be_given:
            refusals.append(_part_of_it(one.name, may_be_given))
        elif one.file or one.name in declared:
            flags.append(Flag(*one))
    open_ = {name: again.variables[name] for name in again.open}
    fixed = {name: value for name, value in again.variables.items() if name not in open_}
    asked = {name: one for name, one in declared.items() if name not in fixed}
    found = gather(asked, options.folder, flags, os.environ, open_)
    diagnostics = [
        one
        for one in found.diagnostics
        if not (one.severity is Severity.WARNING and one.summary == _UNDECLARED)  # files have the others too
    ]
    return Gathered({**fixed, **found.values}, [*refusals, *diagnostics])


def _part_of_it(name: str, may_be_given: tuple[str, ...]) -> Diagnostic:
    which = f"but for these: {', '.join(sorted(may_be_given))}" if may_be_given else "and takes no others"
    detail = f"-var {name}=…: a saved plan has the values that it was made with, {which}."
    return error("Value is part of the plan", detail)


def _another_state(at: At) -> Diagnostic:
    detail = (
        f"The state of workspace {at.options.workspace} here began elsewhere, or not at all: it is not the one that the "
        "plan was made over. Apply the plan where its state is, or plan again here."
    )
    return error("Saved plan of another state", detail)
