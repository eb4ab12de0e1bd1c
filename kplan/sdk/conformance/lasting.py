"""Laws of long work: it checkpoints, parks on request, and resumes where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.sdk.conformance.rig import Made, Patience, Violation, demand, watched
from kplan.sdk.session import Absent, Case, Checkpoint, Danger, Do, Done, Found, Keep, Opened, Parked, Work

if TYPE_CHECKING:
    from collections.abc import Callable

    from kplan.sdk.conformance.rig import Rig
    from kplan.sdk.session import Event, Values


def long_work_says_so_and_checkpoints(rig: Rig) -> None:
    """Count LONG among a long change's losses, and report its progress up to its total."""
    work = _work(rig, rig.make())
    events = rig.events([work])
    marks_passed = [event for event in events if isinstance(event, Checkpoint)]
    demand(len(marks_passed) > 2, f"long work with {len(marks_passed)} checkpoints")
    demand(isinstance(events[-1], Done), f"long work ends in {events[-1]}")
    last = marks_passed[-1]
    demand(last.done == last.total, f"long work ends at {last.done} of {last.total}")


def long_work_parks_and_resumes(rig: Rig) -> None:
    """Park after a checkpoint when asked to stop; go on from the token, and don't begin again."""
    made = rig.make()
    work, stop = _work(rig, made), Patience()
    passed: list[Checkpoint] = []
    last: Event | None = None
    for event in watched([work], rig.session.apply(rig.leaf.leaf, [work], stop)):
        last = event
        if isinstance(event, Checkpoint):
            passed.append(event)
            stop.stopping = True
    demand(isinstance(last, Parked), f"asked to stop, and long work ends in {last}")
    demand(passed, "parked without a checkpoint")
    _resume(rig, made, work, passed[-1])


def long_work_survives_a_crash(rig: Rig) -> None:
    """Survive being cut off after a checkpoint, or before that was written down: tell it moves, and resume."""
    for lost in (0, 1):
        made = rig.make()
        work = _work(rig, made)
        events = watched([work], rig.session.apply(rig.leaf.leaf, [work], Patience()))
        passed = [_checkpoint(next(events)) for _ in range(2)]
        rig.reconnect()
        _resume(rig, made, work, passed[-1 - lost])


def _resume(rig: Rig, made: Made, work: Work, last: Checkpoint) -> None:
    desired = _changed(rig, made)
    seen = rig.read(work.identity, desired, made.values)
    if isinstance(seen, Absent):
        raise Violation(f"cut off, and absent: {work.identity}")
    demand(seen.moving, f"cut off half-way, and nothing moves: {seen}")
    opened = Opened(work.identity, work.steps, work.seen, work.planned, last.token)
    told = rig.rules.settle(rig.leaf.leaf, opened, seen)
    demand(told == "redo", f"cut off half-way, and settled as {told}")
    verdict = rig.plan(Case(work.identity, made.values, seen, desired))
    demand(isinstance(verdict, Do), f"half-way, and the verdict is {verdict}")
    events = rig.events([work._replace(resume=last.token)])
    passed = [event for event in events if isinstance(event, Checkpoint)]
    demand(isinstance(events[-1], Done), f"resumed, it ends in {events[-1]}")
    demand(all(one.done > last.done for one in passed), f"resumed at {last.done}, it passes {passed} again")
    demand(
        all(one.total == last.total for one in passed),
        f"resumed, its total of {last.total} is another: {passed}",
    )
    _demand_arrived(rig, made, desired)


def _demand_arrived(rig: Rig, made: Made, desired: Values) -> None:
    seen = rig.read(made.identity, desired, made.values)
    demand(isinstance(seen, Found) and not seen.moving, f"arrived, and still moving: {seen}")
    verdict = rig.plan(Case(made.identity, made.values, seen, desired))
    demand(isinstance(verdict, Keep), f"arrived, and the verdict is {verdict}")


def _changed(rig: Rig, made: Made) -> Values:
    return rig.complete(rig.leaf.changed(made.name))


def _work(rig: Rig, made: Made) -> Work:
    desired = _changed(rig, made)
    seen = rig.read(made.identity, desired, made.values)
    verdict = rig.do(Case(made.identity, made.values, seen, desired))
    demand(
        any(loss.danger is Danger.LONG for loss in verdict.losses),
        f"long work that doesn't say so: {verdict}",
    )
    return Work("work", made.identity, verdict.steps, seen, verdict.planned)


def _checkpoint(event: Event) -> Checkpoint:
    if not isinstance(event, Checkpoint):
        raise Violation(f"long work begins with {event} where a checkpoint is due")
    return event


LAWS: dict[Callable[[Rig], None], str] = {
    long_work_says_so_and_checkpoints: "long",
    long_work_parks_and_resumes: "long",
    long_work_survives_a_crash: "long",
}
