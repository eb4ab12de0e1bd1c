"""The story of `kplan apply PLAN`: the plan is made again from what it took along, held against what was shown, applied.

Nothing is applied unless every change of it comes out as it was shown. What others changed beside it refuses nothing.
"""

from __future__ import annotations

import os
import time
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
from kplan.operations.workspace import open_store, remember
from kplan.plan.model import Action, Consents, Plan
from kplan.plan.saved import SavedPlan, fingerprint
from kplan.plan.saved_values import encode
from kplan.plan.secrets import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kplan.apply.lanes import Lanes
    from kplan.config.configuration import Configuration
    from kplan.config.model import Variable
    from kplan.operations.planning import Made
    from kplan.registry.types import Types
    from kplan.state.model import Key
    from kplan.state.store import Store

_SHOWN = 10
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
        with (
            store.lock("apply", options.lock_timeout),
            Live(configuration.types, run.tell, run.stop_requested) as live,
        ):
            return _apply(
                saved, At(configuration, options, run, store, live, lanes or ThreadLanes()), approve
            )
    except DiagnosticsError as problem:
        return ApplyOutcome(None, None, {}, problem.diagnostics)


def _apply(saved: SavedPlan, at: At, approve: Callable[[Plan], bool]) -> ApplyOutcome:
    remembered = remember(at.store)
    if saved.serial and remembered.state.lineage != saved.lineage:  # a plan over no state yet has no lineage to keep
        return ApplyOutcome(None, None, {}, (_another_state(at),))
    made = Planning(at.configuration, at.options, remembered.state, at.live).make()
    stale = list(_stale(saved, made, at.configuration.types))
    if stale:
        return ApplyOutcome(None, None, {}, (*made.plan.diagnostics, *stale))
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
    outputs = frozenset(one.name for one in saved.plan.outputs)
    mine, theirs = options.consents, saved.consents
    return Options(
        options.folder,
        saved.workspace,
        options.variables,
        replaces=tuple(one.address for one in changes if one.action is Action.REPLACE),
        adopt=tuple(one.address for one in changes if one.adopting),
        destroy=saved.plan.destroy,
        consents=Consents(*map(max, mine, theirs)),
        lock_timeout=options.lock_timeout,
        only=Only(frozenset(saved.fingerprints), frozenset(let_go), outputs, saved.partial),
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
    """Give the variables' values: the sensitive ones are asked for again, the others are as they were."""
    fixed = saved.again.variables
    flags, refusals = [], []
    for one in options.variables:
        if one.name in fixed:
            detail = f"-var {one.name}=…: the plan was made with a value for it, which stays. Only sensitive ones are given again."
            refusals.append(error("Value is part of the plan", detail))
        else:
            flags.append(Flag(*one))
    asked = {name: one for name, one in declared.items() if name not in fixed}
    found = gather(asked, options.folder, flags, os.environ)
    diagnostics = [
        one
        for one in found.diagnostics
        if not (one.severity is Severity.WARNING and one.summary == _UNDECLARED)  # files have the others too
    ]
    return Gathered({**fixed, **found.values}, [*refusals, *diagnostics])


def _another_state(at: At) -> Diagnostic:
    detail = (
        f"The state of workspace {at.options.workspace} here began elsewhere, or not at all: it is not the one that the "
        "plan was made over. Apply the plan where its state is, or plan again here."
    )
    return error("Saved plan of another state", detail)


def _stale(saved: SavedPlan, made: Made, types: Types) -> Iterator[Diagnostic]:
    """Find what is not as it was when the plan was made."""
    if not made.plan.complete:
        return  # said already, and better
    wrong = _other_secrets(saved, made)
    if wrong:
        detail = (
            f"A sensitive value of {_listed(wrong)} is not the one that the plan was made with. Nothing was applied. "
            "Give the same values, or plan again."
        )
        yield error("Sensitive value differs from the plan's", detail)
        return
    now = {one.key: fingerprint(one, types) for one in made.plan.changes}
    remembered = [
        saved.fingerprints[key]["address"]
        for key, prior in saved.priors.items()
        if made.leaves.get(key) != prior
    ]
    if remembered:
        detail = (
            f"Since the plan was made, another apply changed what state holds of {_listed(remembered)}, or this plan "
            f"was applied already ({_ago(saved)}). Nothing was applied. Plan again."
        )
        yield error("Saved plan is stale", detail)
        return
    moved = [_how(one, now.get(key)) for key, one in saved.fingerprints.items() if now.get(key) != one]
    if moved:
        detail = (
            "Since the plan was made, what it rests on has changed:\n"
            + "\n".join(f"  {one}" for one in sorted(moved)[:_SHOWN])
            + (f"\n  … and {len(moved) - _SHOWN} more" if len(moved) > _SHOWN else "")
            + "\nNothing was applied. Plan again."
        )
        yield error("Saved plan is stale", detail)
    yield from _outputs(saved, made)


def _other_secrets(saved: SavedPlan, made: Made) -> list[str]:
    """List the objects one of whose secrets is another, as far as can be told."""
    if not saved.secrets:
        return []
    names, found = saved.secrets["names"], made.secrets
    same = all(name in found.secrets for name in names) and (
        digest({name: found.secrets[name] for name in names}, saved.secrets["salt"])
        == saved.secrets["digest"]
    )
    if same:
        return []
    addresses = {key: one["address"] for key, one in saved.fingerprints.items()}
    owners: dict[str, Key] = found.owners
    return sorted({addresses.get(owners[name], "?") for name in names if name in owners})


def _how(was: Mapping[str, object], now: Mapping[str, object] | None) -> str:
    address, action = was["address"], was["action"]
    if now is None:
        return f"{address}: there is nothing to {action} any more"
    if now["action"] != action:
        return f"{address}: it was to {action}, and now it would {now['action']}"
    differ = [name for name in was if was[name] != now[name]]
    if "before" in differ:
        return f"{address}: it is not as it was"
    return f"{address}: it would come out otherwise ({', '.join(differ)})"


def _outputs(saved: SavedPlan, made: Made) -> Iterator[Diagnostic]:
    now = {one.name: encode(one.after.value if one.after else None) for one in made.plan.outputs}
    for one in saved.plan.outputs:
        if one.name in now and encode(one.after.value if one.after else None) != now[one.name]:
            detail = f"output.{one.name} would come out otherwise. Nothing was applied. Plan again."
            yield error("Saved plan is stale", detail)


def _listed(addresses: list[str]) -> str:
    more = f" and {len(addresses) - _SHOWN} more" if len(addresses) > _SHOWN else ""
    return ", ".join(sorted(addresses)[:_SHOWN]) + more


def _ago(saved: SavedPlan) -> str:
    minutes = int((time.time() - saved.made) // 60)
    if minutes < 1:
        return "it is less than a minute old"
    if minutes < 120:
        return f"it is {minutes} minutes old"
    return f"it is {minutes // 60} hours old"
