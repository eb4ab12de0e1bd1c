"""Laws of applying: what was planned comes true, once, for each object of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kplan.sdk.conformance.marking import unknown, with_mark
from kplan.sdk.conformance.rig import Made, Patience, demand, fresh_name
from kplan.sdk.session import Absent, Ask, Case, Do, Done, Failed, Found, Keep, Parked, Work
from kplan.sdk.values import UNKNOWN, Secret, equal, marks

if TYPE_CHECKING:
    from collections.abc import Callable

    from kplan.sdk.conformance.rig import Rig

_BATCH: Final = 7


def created_is_as_planned(rig: Rig) -> None:
    """End a create with what was planned, and read the same at once."""
    _demand_as_planned(rig, rig.make())


def updated_is_as_planned(rig: Rig) -> None:
    """End an update with what was planned, and read the same at once."""
    _demand_as_planned(rig, rig.change(rig.make()))


def second_plan_is_empty(rig: Rig) -> None:
    """Leave nothing to do right after a create and right after an update."""
    made = rig.make()
    verdict = rig.plan_again(made)
    demand(isinstance(verdict, Keep), f"right after a create the verdict is {verdict}")
    changed = rig.change(made)
    verdict = rig.plan_again(changed)
    demand(isinstance(verdict, Keep), f"right after an update the verdict is {verdict}")


def another_session_sees_the_same(rig: Rig) -> None:
    """Show what was made to a session that is opened later."""
    made = rig.make()
    rig.reconnect()
    verdict = rig.plan_again(made)
    demand(isinstance(verdict, Keep), f"in another session the verdict is {verdict}")


def deleted_is_absent(rig: Rig) -> None:
    """Say what a delete costs, end it with nothing, and find nothing at once."""
    gone = rig.delete(rig.make())
    demand(gone.values == {}, f"a delete ends with {gone.values}")
    seen = rig.see_again(gone)
    demand(isinstance(seen, Absent), f"deleted, and reads {seen}")
    costs = frozenset(loss.danger for loss in gone.verdict.losses)
    demand(costs == rig.leaf.delete_costs, f"a delete costs {costs} where {rig.leaf.delete_costs} is right")


def deleting_what_is_gone_does_no_harm(rig: Rig) -> None:
    """End a delete that comes too late, and leave the object absent."""
    made = rig.make()
    case = Case(made.identity, made.values, rig.see_again(made), None)
    verdict = rig.do(case)
    rig.finish(case, verdict)
    rig.events([_work("late", case, verdict)])
    demand(isinstance(rig.see_again(made), Absent), "deleted twice, and there again")


def batch_ends_each_once(rig: Rig) -> None:
    """Take many objects in one call: create them, find all in one read, delete them."""
    many = min(_BATCH, rig.declared.batch)
    wished = [rig.example() for _ in range(many)]
    cases = [Case(rig.identity(desired), None, Absent(), desired) for desired in wished]
    made = _all_done(rig, cases)
    asks = [Ask(case.identity, case.desired, made[case.identity]) for case in cases]
    seen = rig.read_all(asks)
    going = []
    for ask, desired in zip(asks, wished, strict=True):
        here = seen[ask.identity]
        demand(isinstance(here, Found), f"created in a batch, and reads {here}")
        if isinstance(here, Found):
            rig.demand_as_declared(here.values, desired, "created in a batch")
            going.append(Case(ask.identity, ask.prior, here, None))
    _all_done(rig, going)
    left = [one for one in rig.read_all(asks).values() if not isinstance(one, Absent)]
    demand(not left, f"deleted in a batch, and still there: {left}")


def creating_what_exists_spares_its_siblings(rig: Rig) -> None:
    """Fail to create what came to exist meanwhile, and let the rest of its batch through."""
    meanwhile, sibling = rig.example(), rig.example()
    cases = [Case(rig.identity(desired), None, Absent(), desired) for desired in (meanwhile, sibling)]
    works = [_work(str(at), case, rig.do(case)) for at, case in enumerate(cases)]
    rig.finish(cases[0], rig.do(cases[0]))
    ends = {event.id: event for event in rig.events(works)}
    demand(isinstance(ends["0"], Failed), f"created twice, and the second ends in {ends['0']}")
    demand(isinstance(ends["1"], Done), f"a sibling of a failed create ends in {ends['1']}")
    if isinstance(ends["0"], Failed):
        demand(ends["0"].fault.code == "already_exists", f"creating what exists fails with {ends['0'].fault}")
        demand(ends["0"].fault.code and ends["0"].fault.summary, "a fault without words")


def unknown_is_never_sent(rig: Rig) -> None:
    """Fail what still holds an unknown, and send nothing of it."""
    declared = rig.example()
    for attribute, desired in with_mark(rig.declared, declared, unknown):
        case = Case(rig.identity(desired), None, Absent(), desired)
        [end] = rig.events([_work("work", case, rig.do(case))])
        demand(isinstance(end, Failed), f"{attribute} is unknown, and the apply ends in {end}")
        seen = rig.read(case.identity, declared, None)
        demand(isinstance(seen, Absent), f"{attribute} is unknown, and was sent all the same: {seen}")


def secrets_are_sent(rig: Rig) -> None:
    """Send what is inside a secret: afterwards the object is as it would be without the mark."""
    for mark in range(len(list(with_mark(rig.declared, rig.example(), Secret)))):
        name = fresh_name()
        plain = rig.complete(rig.leaf.example(name))
        attribute, desired = list(with_mark(rig.declared, plain, Secret))[mark]
        case = Case(rig.identity(desired), None, Absent(), desired)
        verdict = rig.plan(case)
        if isinstance(verdict, Do):
            rig.finish(case, verdict)
            again = rig.plan(Case(case.identity, None, rig.read(case.identity, plain, None), plain))
            demand(
                isinstance(again, Keep), f"{attribute} was secret; without the mark the verdict is {again}"
            )


def stop_before_the_start_parks(rig: Rig) -> None:
    """Send nothing when asked to stop before the start."""
    desired = rig.example()
    case = Case(rig.identity(desired), None, Absent(), desired)
    events = rig.events([_work("work", case, rig.do(case))], Patience(stopping=True))
    demand(all(isinstance(event, Parked) for event in events), f"asked to stop, and the events are {events}")
    seen = rig.read(case.identity, desired, None)
    demand(isinstance(seen, Absent), f"asked to stop, and made all the same: {seen}")


def empty_batch_is_fine(rig: Rig) -> None:
    """Give no events without work."""
    demand(rig.events([]) == [], "events without work")


def _demand_as_planned(rig: Rig, made: Made) -> None:
    for name, planned in made.verdict.planned.items():
        if (
            planned is not None
            and not marks(planned) & UNKNOWN
            and name in rig.comparable(made.verdict.planned)
        ):
            has = made.values.get(name)
            demand(equal(has, planned), f"{name} was planned as {planned!r} and is {has!r}")
    rig.demand_as_declared(made.values, made.desired, "applied")
    undecided = [name for name, value in made.values.items() if marks(value) & UNKNOWN]
    demand(not undecided, f"unknown even after the apply: {undecided}")
    missing = set(rig.comparable(made.verdict.planned)) - set(made.values)
    demand(not missing, f"planned, and not told after the apply: {sorted(missing)}")
    seen = rig.see_again(made)
    now = rig.comparable(seen.values) if isinstance(seen, Found) else {}
    told = rig.comparable(made.values)
    demand(now == told, f"the apply ends with {told}, and a read gives {now}")


def _work(id_: str, case: Case, verdict: Do) -> Work:
    return Work(id_, case.identity, verdict.steps, case.seen, verdict.planned)


def _all_done(rig: Rig, cases: list[Case]) -> dict[tuple[str, ...], dict[str, object]]:
    """Carry out a batch; give what each object is then."""
    works = []
    for at, (case, verdict) in enumerate(zip(cases, rig.plan_all(cases), strict=True)):
        demand(isinstance(verdict, Do), f"something needs doing about {case}, and the verdict is {verdict}")
        if isinstance(verdict, Do):
            works.append(_work(str(at), case, verdict))
    ends = {event.id: event for event in rig.events(works)}
    made = {}
    for work in works:
        end = ends[work.id]
        demand(isinstance(end, Done), f"one of a batch ends in {end}")
        if isinstance(end, Done):
            made[work.identity] = end.values
    return made


LAWS: dict[Callable[[Rig], None], str] = {
    created_is_as_planned: "",
    updated_is_as_planned: "",
    second_plan_is_empty: "",
    another_session_sees_the_same: "",
    deleted_is_absent: "",
    deleting_what_is_gone_does_no_harm: "",
    batch_ends_each_once: "",
    creating_what_exists_spares_its_siblings: "",
    unknown_is_never_sent: "",
    secrets_are_sent: "",
    stop_before_the_start_parks: "",
    empty_batch_is_fine: "",
}
