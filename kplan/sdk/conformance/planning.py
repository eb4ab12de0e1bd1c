"""Laws of the pure rules: same answer for same question, nothing changed, marks respected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.conformance.copies import copy, foreign, same, texts
from kplan.sdk.conformance.declaring import attribute_names, demand_words
from kplan.sdk.conformance.marking import unknown, with_mark
from kplan.sdk.conformance.rig import Violation, demand
from kplan.sdk.session import Absent, Case, Do, Keep, Refuse
from kplan.sdk.values import SECRET, UNKNOWN, Secret, marks, redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kplan.sdk.conformance.rig import Made, Rig
    from kplan.sdk.session import Found, Values, Verdict

_TELLING: Final = 5  # shorter secrets occur in other text by chance


def verdicts_come_in_order(rig: Rig) -> None:
    """Give as many verdicts as cases, each for its own case, whatever the order."""
    cases = _matrix(rig)
    forward, backward = rig.plan_all(cases), rig.plan_all(cases[::-1])
    demand(all(map(same, forward, backward[::-1])), "cases in another order get other verdicts")
    for case, verdict in zip(cases, forward, strict=True):
        alone = rig.plan(case)
        demand(same(alone, verdict), f"{case} gets {alone} alone and {verdict} in company")


def rules_are_pure(rig: Rig) -> None:
    """Decide the same in rules made anew with no session open, and leave what is given as it was."""
    cases = _matrix(rig)
    given = copy(cases)
    first = rig.plan_all(given)
    demand(same(given, cases), "plan changes the cases that it is given")
    rig.session.close()
    try:
        again = rig.subject.provider.rules().plan(rig.leaf.leaf, rig.facts, given)
    finally:
        rig.reconnect()
    demand(all(map(same, first, again)), f"asked twice, rules decide {first} and {again}")
    for desired in (case.desired for case in cases if case.desired is not None):
        kept = copy(desired)
        rig.rules.check(rig.leaf.leaf, kept)
        demand(same(kept, desired), "check changes what it is given")
        rig.complete(kept)
        demand(same(kept, desired), "complete changes what it is given")


def planned_agrees_with_what_is_declared(rig: Rig) -> None:
    """Foresee the declared values, and only attributes of the type."""
    names = attribute_names(rig.declared)
    for case in _matrix(rig):
        verdict = rig.plan(case)
        if isinstance(verdict, Refuse):
            continue
        if case.desired is None:
            demand(verdict.planned == {}, f"after a delete something is planned: {verdict}")
            continue
        rig.demand_as_declared(verdict.planned, case.desired, "planned")
        undeclared = sorted(set(verdict.planned) - names)
        demand(not undeclared, f"planned has undeclared {undeclared}")


def steps_and_plans_can_be_written_down(rig: Rig) -> None:
    """Make steps and planned values of the language's data, nothing else."""
    for case in _matrix(rig):
        verdict = rig.plan(case)
        if isinstance(verdict, Do):
            strange = [*foreign(verdict.planned, "planned"), *foreign(verdict.steps, "steps")]
            demand(not strange, f"cannot be written down: {strange}")
            demand(all(step.verb for step in verdict.steps), f"a step without a verb: {verdict.steps}")


def gone_stays_gone(rig: Rig) -> None:
    """Do nothing about what is to go and is absent."""
    verdict = rig.plan(Case(rig.identity(rig.example()), None, Absent(), None))
    kept = isinstance(verdict, Keep) and verdict.planned == {}
    demand(kept, f"absent and to go, and the verdict is {verdict}")


def impossible_is_refused_in_words(rig: Rig) -> None:
    """Refuse a change that cannot be made, with a remedy, and never turn it into a replacement."""
    assert rig.leaf.impossible is not None  # noqa: S101 - as LAWS has it; for the type checker
    made = rig.make()
    desired = rig.complete(rig.leaf.impossible(made.name))
    verdict = rig.plan(Case(made.identity, made.values, _found(rig, made, desired), desired))
    if not isinstance(verdict, Refuse):
        raise Violation(f"an impossible change gets {verdict}")
    demand(verdict.faults, "refused without a fault")
    demand_words(rig, verdict.faults)
    demand(all(fault.remedy for fault in verdict.faults), f"refused without a remedy: {verdict.faults}")


def unknown_stays_unknown(rig: Rig) -> None:
    """Plan on whatever attribute is unknown, never as if it were known."""
    made = rig.make()
    for attribute, desired in with_mark(rig.declared, made.desired, unknown):
        faults = tuple(rig.rules.check(rig.leaf.leaf, desired))
        demand(not faults, f"check finds {faults} where {attribute} is unknown")
        for verdict in _absent_and_found(rig, made, desired):
            if not isinstance(verdict, Do):
                raise Violation(f"{attribute} is unknown, and the verdict is {verdict}")
            planned = verdict.planned.get(attribute)
            demand(marks(planned) & UNKNOWN, f"{attribute} is unknown, and planned as {planned!r}")


def secrets_stay_inside(rig: Rig) -> None:
    """Show the text of whatever attribute is secret in no step, plan, loss, note or fault."""
    made = rig.make()
    for attribute, desired in with_mark(rig.declared, made.desired, Secret):
        _demand_unseen(desired, tuple(rig.rules.check(rig.leaf.leaf, desired)), f"check of {attribute}")
        for verdict in _absent_and_found(rig, made, desired):
            told = verdict.faults if isinstance(verdict, Refuse) else verdict
            if not isinstance(verdict, Keep):
                _demand_unseen(desired, told, f"the verdict on a secret {attribute}")
            if isinstance(verdict, Do):
                held = marks(verdict.planned.get(attribute)) & SECRET
                demand(held, f"{attribute} is secret, and planned without the mark")


def _absent_and_found(rig: Rig, made: Made, desired: Values) -> list[Verdict]:
    """Plan an object as a create, and as a change of what was made."""
    found = Case(made.identity, made.values, _found(rig, made, desired), desired)
    return [rig.plan(Case(made.identity, None, Absent(), desired)), rig.plan(found)]


def _found(rig: Rig, made: Made, desired: Values) -> Found:
    seen = rig.read(made.identity, desired, made.values)
    if isinstance(seen, Absent):
        raise Violation(f"{made.identity} has just been made and is absent")
    return seen


def _demand_unseen(desired: Values, told: Any, where: str) -> None:
    for secret in _secrets(desired):
        if len(secret) >= _TELLING:
            shown = [text for text in texts(_redacted(told)) if secret in text]
            demand(not shown, f"{where} shows a secret")


def _redacted(told: Any) -> Any:
    """Put None where secrets are, inside named tuples too."""
    if isinstance(told, list) or type(told) is tuple or hasattr(told, "_fields"):
        return tuple(_redacted(item) for item in told)
    return redact(told)


def _secrets(value: Any) -> Iterator[str]:
    if isinstance(value, Secret):
        inner = value.reveal()
        yield from (str(item) for item in (inner.values() if isinstance(inner, dict) else (inner,)))
    elif isinstance(value, dict):
        for item in value.values():
            yield from _secrets(item)


def _matrix(rig: Rig) -> list[Case]:
    """Give a case of each sort: to keep, to update, to delete, to create, gone already."""
    kept, updated, deleted = rig.make(), rig.make(), rig.make()
    changed = rig.complete(rig.leaf.changed(updated.name))
    new = rig.example()
    return [
        Case(kept.identity, kept.values, rig.see_again(kept), kept.desired),
        Case(updated.identity, updated.values, _found(rig, updated, changed), changed),
        Case(deleted.identity, deleted.values, rig.see_again(deleted), None),
        Case(rig.identity(new), None, Absent(), new),
        Case(rig.identity(rig.example()), kept.values, Absent(), None),
    ]


LAWS: dict[Callable[[Rig], None], str] = {
    verdicts_come_in_order: "",
    rules_are_pure: "",
    planned_agrees_with_what_is_declared: "",
    steps_and_plans_can_be_written_down: "",
    gone_stays_gone: "",
    impossible_is_refused_in_words: "impossible",
    unknown_stays_unknown: "",
    secrets_stay_inside: "",
}
