"""Rules of memory_job: a change of target is long work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.sdk.session import Absent, Danger, Do, Fault, Keep, Loss, Step
from kplan.sdk.values import Secret, equal, make_map, marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kplan.sdk.session import Case, Found, Opened, Settlement, Values, Verdict


def check(desired: Values) -> Sequence[Fault]:
    """Find a target that is no whole number."""
    target = desired.get("target")
    if marks(target) or type(target) is int:
        return ()
    return (
        Fault("bad_target", "A job's target is a whole number.", remedy="Write it so.", path=("target",)),
    )


def plan(case: Case) -> Verdict:
    """Create, move, delete or keep one job."""
    name = case.identity[0]
    if case.desired is None:
        return Keep({}) if isinstance(case.seen, Absent) else Do({}, (Step("delete", {"name": name}),))
    target = case.desired.get("target")
    planned = make_map({"name": name, "target": target})
    if isinstance(case.seen, Absent):
        return Do(planned, (Step("create", planned),))
    at = case.seen.values["target"]
    if equal(target, Secret(at) if isinstance(target, Secret) else at) and not case.seen.moving:
        return Keep(case.seen.values)
    amount = f"{abs(target - at)} steps" if isinstance(target, int) else ""
    loss = Loss(Danger.LONG, f"{name} moves to its new target", amount)
    return Do(planned, (Step("move", make_map({"name": name, "to": target})),), (loss,))


def settle(opened: Opened, seen: Found | Absent) -> Settlement:
    """Compare with the step's target; a job on its way there goes on."""
    step, absent = opened.steps[0], isinstance(seen, Absent)
    match step.verb:
        case "delete":
            return "done" if absent else "not_done"
        case "create":
            if isinstance(seen, Absent):
                return "not_done"
            return "done" if seen.values["target"] == step.args["target"] else "stop"
        case _:
            return _moved(opened, seen)


def _moved(opened: Opened, seen: Found | Absent) -> Settlement:
    if isinstance(seen, Absent) or isinstance(opened.seen, Absent):
        return "not_done"
    to, at, was = opened.steps[0].args["to"], seen.values["target"], opened.seen.values["target"]
    if at == was and not seen.moving:
        return "not_done"
    if to is None:
        return "redo"  # it was secret, and not written down
    if at == to and not seen.moving:
        return "done"
    return "redo" if min(was, to) <= at <= max(was, to) else "stop"
