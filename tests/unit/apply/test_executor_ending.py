"""How changes end: done, failed, lost, by sessions that keep their promises and by those that do not."""

import pytest
from apply_bench import (
    CREATE,
    DELETE,
    FAULT,
    LONG,
    LOST,
    UPDATE,
    Bench,
    change,
    checkpoint,
    holding,
    leaf,
    plan,
)

from kplan.apply.events import Errored, Finished, Skipped, Starting
from kplan.apply.lanes import InlineLanes, ThreadLanes
from kplan.sdk.session import Checkpoint, Done, Failed, Parked
from kplan.state.records import Declined, LostTrack

# How a change ends


def test_what_was_done_is_in_state_with_what_the_live_system_decided():
    bench = Bench(plan(change("a")), {"a": [{"name": "a", "id": "7", "note": None}]})
    bench.run()
    assert bench.after().leaves == {leaf("a").key: leaf("a")._replace(computed={"id": "7"})}
    assert bench.after().pending == {}
    assert bench.resolver.learned == [("topic.a", {"name": "a", "id": "7", "note": None})]


def test_what_was_made_and_does_not_work_is_in_state_and_a_failure_to_what_needs_it():
    edges = {"topic.b": ("topic.a",)}
    broken = {"a": [lambda id_: Done(id_, {"name": "a", "id": "7"}, FAULT)]}
    bench = Bench(plan(change("a"), change("b"), edges=edges), broken)
    bench.run()
    assert bench.after() == holding(leaf("a")._replace(computed={"id": "7"}))
    assert bench.said(Errored) == [Errored("topic.a", CREATE, FAULT)]
    assert bench.said(Skipped) == [Skipped("topic.b", CREATE, "topic.a")]
    assert (bench.said(Finished), bench.ended()) == ([], {"failed": 1, "skipped": 1})
    assert bench.executor.carried == {leaf("a").key}


def test_what_was_deleted_is_not_in_state_and_nothing_is_learned_of_it():
    bench = Bench(plan(change("a", DELETE)), state=holding(leaf("a")))
    bench.run()
    assert (bench.after().leaves, bench.after().pending) == ({}, {})
    assert (bench.resolver.learned, bench.ended()) == ([], {"destroyed": 1})


def test_a_change_begins_and_ends_in_what_is_told():
    bench = Bench(plan(change("a"), change("b")), {"b": [FAULT]})
    bench.run()
    assert bench.told == [
        Starting("topic.a", CREATE),
        Starting("topic.b", CREATE),
        Finished("topic.a", CREATE, 1.0),
        Errored("topic.b", CREATE, FAULT),
    ]


def test_a_failure_leaves_state_as_it_was_and_skips_what_needs_it_only():
    changes = [change("a", UPDATE), change("b"), change("c"), change("d")]
    edges = {"topic.b": ("topic.a",), "topic.c": ("topic.b",)}
    bench = Bench(plan(*changes, edges=edges), {"a": [FAULT]}, state=holding(leaf("a")))
    bench.run()
    assert bench.after() == holding(leaf("a"), leaf("d"))
    assert bench.ended() == {"added": 1, "failed": 1, "skipped": 2}
    assert bench.said(Skipped) == [
        Skipped("topic.b", CREATE, "topic.a"),
        Skipped("topic.c", CREATE, "topic.a"),
    ]
    assert bench.executor.faults == [(changes[0], FAULT)]
    assert Declined(leaf("a").key) in bench.store.written()


def test_an_unknown_outcome_stays_a_claim_and_skips_what_needs_it():
    changes = [change("a"), change("b")]
    bench = Bench(plan(*changes, edges={"topic.b": ("topic.a",)}), {"a": [LOST]})
    bench.run()
    assert list(bench.after().pending) == [leaf("a").key]
    assert bench.store.written()[-1] == LostTrack(leaf("a").key)
    assert bench.ended() == {"failed": 1, "skipped": 1}


def test_a_refusal_that_may_pass_is_no_claim():
    bench = Bench(plan(change("a")), {"a": [FAULT._replace(retry="later")]})
    bench.run()
    assert bench.after().pending == {}


def test_every_one_of_several_is_counted():
    updates = [change(name, UPDATE) for name in "ab"]
    long = [change(name, UPDATE, losses=(LONG,)) for name in "cdef"]
    begun = [checkpoint(1), Parked]
    bench = Bench(plan(*updates, *long), {"c": begun, "d": begun, "e": [Parked], "f": [Parked]})
    bench.run()
    assert bench.ended() == {"changed": 2, "parked": 2, "skipped": 2}


def test_every_one_of_a_batch_ends_as_it_does():
    bench = Bench(plan(*map(change, "abc")), {"a": [FAULT], "c": [LOST]})
    bench.run()
    assert (list(bench.after().leaves), list(bench.after().pending)) == ([leaf("b").key], [leaf("c").key])
    assert bench.ended() == {"added": 1, "failed": 2}


# Sessions that do not keep their promises


def test_a_session_that_raises_leaves_what_it_did_not_answer_unknown():
    bench = Bench(plan(*map(change, "abc")), {"b": [RuntimeError("boom")]})
    bench.run()
    assert list(bench.after().leaves) == [leaf("a").key]
    assert list(bench.after().pending) == [leaf("b").key, leaf("c").key]
    assert bench.ended() == {"added": 1, "failed": 2}
    (_, fault), (_, other) = bench.executor.faults
    assert fault == other
    assert (fault.code, fault.summary, fault.retry) == (
        "provider_error",
        "The provider failed",
        "outcome_unknown",
    )
    assert fault.detail == (
        "Whether the change took effect is not known (it raised RuntimeError); the next run finds out."
    )
    assert [one for one in bench.store.written() if isinstance(one, LostTrack)] == [
        LostTrack(leaf("b").key),
        LostTrack(leaf("c").key),
    ]


def test_a_session_that_raises_before_it_begins_leaves_all_unknown():
    bench = Bench(plan(*map(change, "ab")))

    def boom():
        raise OSError

    bench.sessions["cluster.a"].before_call = boom
    bench.run()
    assert len(bench.after().pending) == 2


def test_a_session_that_gives_no_answer_leaves_it_unknown():
    bench = Bench(plan(*map(change, "ab")), {"a": []})
    bench.run()
    assert (list(bench.after().leaves), list(bench.after().pending)) == ([leaf("b").key], [leaf("a").key])
    assert "not known (it gave no answer); the" in bench.executor.faults[0][1].detail


class Resting(InlineLanes):
    """Notes the lanes that are let go on."""

    def __init__(self):
        super().__init__()
        self.went_on = []

    def go_on(self, lane):
        self.went_on.append(lane)


@pytest.mark.parametrize(
    "answers",
    [[{"name": "a"}, checkpoint(1)], [lambda _: Checkpoint("99", 1, 1, 2), {"name": "a"}]],
    ids=["late", "nobody's"],
)
def test_a_checkpoint_for_nobody_does_not_keep_its_lane_waiting(answers):
    lanes = Resting()
    bench = Bench(plan(change("a")), {"a": answers}, lanes=lanes)
    bench.run()
    assert (lanes.went_on, bench.ended()) == ([("cluster.a", "topic", "")], {"added": 1})


def test_long_work_has_a_lane_of_its_own():
    lanes = Resting()
    changes = [change("a", UPDATE, losses=(LONG,)), change("b", UPDATE)]
    bench = Bench(plan(*changes), {"a": [checkpoint(1), {}], "b": [checkpoint(1), {}]}, lanes=lanes)
    bench.run()
    assert lanes.went_on == [("cluster.a", "topic", ""), ("cluster.a", "topic", "long")]


@pytest.mark.parametrize("lanes", [None, ThreadLanes()], ids=["inline", "threads"])
@pytest.mark.parametrize(
    "more",
    [
        lambda id_: Done(id_, {"name": "other"}),
        lambda id_: Failed(id_, FAULT),
        Parked,
        lambda _: Done("99", {}),
        lambda _: Failed("nobody", FAULT),
    ],
    ids=["done", "failed", "parked", "unknown done", "unknown failed"],
)
def test_a_second_answer_and_an_answer_for_nobody_change_nothing(lanes, more):
    bench = Bench(plan(*map(change, "ab")), {"a": [{"name": "a"}, more]}, lanes=lanes)
    bench.run()
    assert bench.ended() == {"added": 2}
    assert bench.after() == holding(leaf("a"), leaf("b"))


def test_a_second_done_does_not_turn_a_failure_round():
    bench = Bench(plan(change("a")), {"a": [FAULT, {"name": "a"}]})
    bench.run()
    assert (bench.ended(), bench.after().leaves) == ({"failed": 1}, {})
