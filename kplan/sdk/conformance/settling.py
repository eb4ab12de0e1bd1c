"""Laws of settling: what an intent without an answer came to is told from what is seen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kplan.sdk.conformance.marking import with_mark
from kplan.sdk.conformance.rig import demand
from kplan.sdk.session import Absent, Case, Do, Opened, Step
from kplan.sdk.values import UNKNOWN, Secret, make_map, marks, redact

if TYPE_CHECKING:
    from collections.abc import Callable

    from kplan.sdk.conformance.rig import Made, Rig
    from kplan.sdk.session import Found, Settlement


def create_is_settled(rig: Rig) -> None:
    """Tell a create that was not done (absent still) from one that was (there as planned)."""
    made = rig.make()
    _demand(rig, made, Absent(), "not_done", "redo")
    _demand(rig, made, rig.see_again(made), "done")


def create_is_not_claimed_from_another(rig: Rig) -> None:
    """Take for somebody else's what is there, but not as planned."""
    other = rig.make(rig.leaf.changed)
    desired = rig.complete(rig.leaf.example(other.name))
    intent = rig.do(Case(other.identity, None, Absent(), desired))
    _demand(rig, other._replace(verdict=intent), rig.see_again(other), "stop", "not_done")


def update_is_settled(rig: Rig) -> None:
    """Tell an update that was not done (as before) from one that was (as planned)."""
    changed = rig.change(rig.make())
    _demand(rig, changed, changed.before, "not_done", "redo")
    _demand(rig, changed, rig.see_again(changed), "done")


def hidden_update_is_not_done_too_soon(rig: Rig) -> None:
    """Never call an update of a secret done where nothing has changed: the secret was not written down."""
    made = rig.make()
    changed = rig.complete(rig.leaf.changed(made.name))
    for attribute, hidden in with_mark(rig.declared, changed, Secret):
        desired = make_map({**made.desired, attribute: hidden[attribute]})
        seen = rig.read(made.identity, desired, made.values)
        verdict = rig.plan(Case(made.identity, made.values, seen, desired))
        if isinstance(verdict, Do):
            steps = tuple(_written(step) for step in verdict.steps)
            opened = Opened(made.identity, steps, seen, redact(verdict.planned))
            told = rig.rules.settle(rig.leaf.leaf, opened, seen)
            demand(
                told in ("not_done", "redo"), f"nothing has changed, {attribute} is secret: settled as {told}"
            )


def delete_is_settled(rig: Rig) -> None:
    """Tell a delete that was not done (there still) from one that was (absent)."""
    gone = rig.delete(rig.make())
    _demand(rig, gone, gone.before, "not_done", "redo")
    _demand(rig, gone, rig.see_again(gone), "done")


def lost_object_is_not_a_done_update(rig: Rig) -> None:
    """Never call an update done where the object is absent."""
    changed = rig.change(rig.make())
    _demand(rig, changed, Absent(), "not_done", "redo", "stop")


def _demand(rig: Rig, made: Made, seen: Found | Absent, *right: Settlement) -> None:
    """Demand a settlement, also from steps that were written down and read again."""
    fresh = Opened(made.identity, made.verdict.steps, made.before, made.verdict.planned)
    for opened in (fresh, fresh._replace(steps=tuple(_written(step) for step in made.verdict.steps))):
        told = rig.rules.settle(rig.leaf.leaf, opened, seen)
        verbs = "+".join(step.verb for step in opened.steps)
        demand(told in right, f"{verbs} of {made.before}, now {seen}, is settled as {told}; right is {right}")


def _written(step: Step) -> Step:
    """Give a step as it comes back from the journal: without secrets, and lists for tuples."""
    args = redact(step.args)
    return step if marks(args) & UNKNOWN else Step(step.verb, json.loads(json.dumps(args, default=str)))


LAWS: dict[Callable[[Rig], None], str] = {
    create_is_settled: "",
    create_is_not_claimed_from_another: "",
    update_is_settled: "",
    delete_is_settled: "",
    hidden_update_is_not_done_too_soon: "",
    lost_object_is_not_a_done_update: "",
}
