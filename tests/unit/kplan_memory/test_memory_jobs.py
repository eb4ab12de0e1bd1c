"""Rules of memory_job and its long work."""

import pytest
from memory_bench import RULES, STOP, Patience, apply, bring_about, plan, read, session_on, work

from kplan.sdk.session import Absent, Checkpoint, Done, Failed, Found, Keep, Opened, Parked, Step
from kplan.sdk.values import Secret, Unknown, make_map
from kplan_memory.types import JOB
from kplan_memory.world import Effect, Injection, World


@pytest.fixture
def here():
    made = World("memory-here")
    made.create(JOB, "j", target=0)
    return made


@pytest.fixture
def session(here):
    return session_on(here)


def to(target):
    return {"name": "j", "target": target}


def test_each_step_of_a_move_is_one_effect_and_one_checkpoint(here, session):
    events = apply(session, JOB, work(session, JOB, "j", to(3)))
    assert [type(event) for event in events] == [Checkpoint] * 3 + [Done]
    assert [(event.done, event.total) for event in events[:-1]] == [(1, 3), (2, 3), (3, 3)]
    assert here.effects == [Effect("move", JOB, ("j",))] * 3


def test_a_move_goes_down_too(session):
    bring_about(session, JOB, "j", to(-2))
    assert read(session, JOB, "j") == Found(to(-2))


def test_a_long_move_has_at_most_a_hundred_checkpoints(session):
    events = apply(session, JOB, work(session, JOB, "j", to(1005)))
    assert len(events) <= 101
    assert events[-1] == Done("j", to(1005))


def test_a_parked_move_tells_where_it_is(here, session):
    job = work(session, JOB, "j", to(5))
    events = apply(session, JOB, job, stop=Patience(calls=3))
    assert [type(event) for event in events] == [Checkpoint, Checkpoint, Parked]
    assert read(session, JOB, "j") == Found(to(2), None, "moving to 5, now at 2")


def test_no_step_of_a_resumed_move_is_made_twice(here, session):
    job = work(session, JOB, "j", to(5))
    parked = apply(session, JOB, job, stop=Patience(calls=3))
    rest = apply(session, JOB, job._replace(resume=parked[-2].token))
    assert [event.done for event in rest[:-1]] == [3, 4, 5]
    assert len(here.effects) == 5


def test_a_move_may_be_sent_elsewhere_half_way(session):
    job = work(session, JOB, "j", to(5))
    apply(session, JOB, job, stop=Patience(calls=3))
    assert bring_about(session, JOB, "j", to(0)) == Done("j", to(0))
    assert read(session, JOB, "j").moving == ""


def test_back_at_the_start_in_motion_is_not_in_place(here, session):
    here.edit(JOB, "j", position=0, goal=5)
    assert not isinstance(plan(session, JOB, "j", to(0))[1], Keep)
    assert bring_about(session, JOB, "j", to(0)) == Done("j", to(0))
    assert read(session, JOB, "j").moving == ""


@pytest.mark.parametrize(
    ("position", "goal", "settled"),
    [
        (0, 0, "not_done"),
        (0, 5, "redo"),
        (3, 5, "redo"),
        (5, 5, "done"),
        (3, 3, "redo"),
        (9, 9, "stop"),
        (-1, 5, "stop"),
        (5, 9, "redo"),
    ],
)
def test_a_move_is_settled_by_where_the_job_is(here, session, position, goal, settled):
    seen, verdict = plan(session, JOB, "j", to(5))
    here.edit(JOB, "j", position=position, goal=goal)
    opened = Opened(("j",), verdict.steps, seen, verdict.planned, {"start": 0, "position": 1})
    assert RULES.settle(JOB, opened, read(session, JOB, "j")) == settled


@pytest.mark.parametrize(
    ("verb", "settled"), [("create", "not_done"), ("move", "not_done"), ("delete", "done")]
)
def test_an_absent_job_was_deleted_at_most(verb, settled):
    before = Absent() if verb == "create" else Found(to(0))
    opened = Opened(("j",), (Step(verb, {"name": "j", "to": 5, "target": 5}),), before, to(5))
    assert RULES.settle(JOB, opened, Absent()) == settled


def test_a_job_that_is_there_is_not_deleted():
    opened = Opened(("j",), (Step("delete", {"name": "j"}),), Found(to(0)), {})
    assert RULES.settle(JOB, opened, Found(to(0))) == "not_done"


def test_a_move_of_a_job_that_is_gone_fails(here, session):
    job = work(session, JOB, "j", to(5))
    here.delete(JOB, "j")
    [event] = apply(session, JOB, job)
    assert isinstance(event, Failed)


def test_a_disturbed_move_fails_where_it_is(here, session):
    job = work(session, JOB, "j", to(3))
    here.inject(Injection("lost_after", verb="move"))
    [event] = apply(session, JOB, job)
    assert event.fault.retry == "outcome_unknown"
    assert here.get(JOB, "j")["position"] == 1


def test_a_secret_target_in_place_is_kept(session):
    assert isinstance(plan(session, JOB, "j", make_map(to(Secret(0))))[1], Keep)


def test_targets_unknown_or_secret_pass_and_others_must_be_whole():
    for target in (Unknown("number"), Secret("x"), 3):
        assert not RULES.check(JOB, make_map(to(target)))
    assert [fault.path for fault in RULES.check(JOB, to("far"))] == [("target",)]


def test_an_unknown_target_is_not_sent(here, session):
    event = bring_about(session, JOB, "j", make_map(to(Unknown("number"))))
    assert isinstance(event, Failed)
    assert here.effects == []


def test_a_world_that_is_down_moves_nothing(here, session):
    job = work(session, JOB, "j", to(3))
    here.inject(Injection("down", verb="move"))
    [event] = apply(session, JOB, job)
    assert event.fault.retry == "later"


def test_parked_before_the_first_step_sends_nothing(here, session):
    job = work(session, JOB, "j", to(3))
    assert apply(session, JOB, job, stop=Patience(calls=0)) == [Parked("j")]
    assert here.effects == []
    assert session.facts(STOP).uid == "memory-here"
