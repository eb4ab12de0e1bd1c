"""Replacements in two halves, claims of creates that got no answer, and what the plan could not know."""

import pytest
from apply_bench import (
    CREATE,
    EXISTS,
    FAULT,
    LOST,
    REPLACE,
    UPDATE,
    Bench,
    Resolver,
    SettledAs,
    change,
    holding,
    leaf,
    plan,
    types,
)

from kplan.apply.events import Errored, Finished
from kplan.sdk.session import Fault, Found, Parked, Step, Unreadable
from kplan.state.records import Intended, LostTrack, Put

# Replacement


def test_a_replacement_deletes_first_and_then_creates():
    bench = Bench(plan(change("a", REPLACE), change("b", REPLACE)), state=holding(leaf("a"), leaf("b")))
    bench.run()
    assert bench.calls == [("delete", ("a", "b")), ("create", ("a", "b"))]
    first, second = (one for one in bench.store.written() if isinstance(one, Intended))
    assert [(one.action, one.before, one.leaf, one.planned) for one in first.batch] == [
        ("delete", {"name": name}, None, {}) for name in "ab"
    ]
    assert [(one.action, one.before, one.leaf) for one in second.batch] == [
        ("replace", None, leaf(name)) for name in "ab"
    ]
    assert bench.after() == holding(leaf("a"), leaf("b"))
    assert bench.ended() == {"added": 2, "destroyed": 2}
    assert [type(one).__name__ for one in bench.told] == ["Starting"] * 2 + ["Finished"] * 2


def test_the_second_half_of_a_replacement_makes_anew_what_is_absent():
    bench = Bench(plan(change("a", REPLACE)), state=holding(leaf("a")))
    bench.run()
    delete, create = bench.sessions["cluster.a"].works
    assert (delete.seen, delete.planned) == (Found({"name": "a"}), {})
    assert (type(create.seen).__name__, create.planned) == ("Absent", {"name": "a"})


def test_what_needs_a_replaced_object_waits_for_both_halves():
    changes = [change("a", REPLACE), change("b")]
    bench = Bench(plan(*changes, edges={"topic.b": ("topic.a",)}), state=holding(leaf("a")))
    bench.run()
    assert bench.calls == [("delete", ("a",)), ("create", ("a",)), ("create", ("b",))]


@pytest.mark.parametrize(
    ("script", "held", "open_", "ended"),
    [
        ({"delete a": [FAULT]}, [leaf("a")], [], {"failed": 1}),
        ({"delete a": [LOST]}, [leaf("a")], [leaf("a").key], {"failed": 1}),
        ({"create a": [FAULT]}, [], [], {"failed": 1}),
        ({"create a": [LOST]}, [], [leaf("a").key], {"failed": 1}),
        ({"create a": []}, [], [leaf("a").key], {"failed": 1}),
    ],
    ids=["delete refused", "delete lost", "create refused", "create lost", "create unanswered"],
)
def test_a_replacement_that_breaks_off_leaves_what_is_known(script, held, open_, ended):
    bench = Bench(plan(change("a", REPLACE)), script, state=holding(leaf("a")))
    bench.run()
    assert list(bench.after().leaves.values()) == held
    assert list(bench.after().pending) == open_
    assert bench.ended() == ended


def test_a_replacement_stopped_between_its_halves_is_a_delete():
    bench = Bench(plan(change("a", REPLACE)), state=holding(leaf("a")), stop=lambda: bool(bench.calls))
    bench.run()
    assert bench.calls == [("delete", ("a",))]
    assert (bench.after().leaves, bench.after().pending) == ({}, {})
    assert bench.ended() == {"skipped": 1}


# Claims: an earlier create got no answer and may have happened


def claimed(name="a"):
    return change(name, claimed=True)


def test_a_claimed_object_that_exists_as_it_was_sent_is_ours():
    live = {"name": "a", "id": "7"}
    bench = Bench(plan(claimed(), change("b")), {"a": [EXISTS]}, seen={"a": Found(live)})
    bench.run()
    assert bench.after().leaves[leaf("a").key].computed == {"id": "7"}
    assert bench.after().pending == {}
    assert bench.ended() == {"added": 2}
    (_, opened, seen) = bench.executor.means.types.rules["topic"].asked[0]
    assert (opened.identity, opened.steps, opened.planned) == (
        ("a",),
        (Step("create", {"name": "a"}),),
        {"name": "a"},
    )
    assert (type(opened.seen).__name__, seen) == ("Absent", Found(live))
    assert [(ask.identity, ask.desired) for ask in bench.sessions["cluster.a"].read_asks] == [
        (("a",), {"name": "a"})
    ]


def test_what_needs_a_claimed_object_goes_on_once_it_is_found():
    bench = Bench(
        plan(claimed(), change("b"), edges={"topic.b": ("topic.a",)}),
        {"a": [EXISTS]},
        seen={"a": Found({"name": "a"})},
    )
    bench.run()
    assert bench.ended() == {"added": 2}


@pytest.mark.parametrize("verdict", ["not_done", "redo", "stop"])
def test_a_claimed_object_that_is_something_else_is_not_ours(verdict):
    bench = Bench(
        plan(claimed()), {"a": [EXISTS]}, seen={"a": Found({})}, types_=types(rules=SettledAs(verdict))
    )
    bench.run()
    assert (bench.after().leaves, bench.after().pending) == ({}, {})
    assert bench.ended() == {"failed": 1}
    assert bench.executor.faults == [(bench.executor.changes[0], EXISTS)]


def test_an_object_that_exists_without_a_claim_is_not_ours():
    bench = Bench(plan(change("a")), {"a": [EXISTS]}, seen={"a": Found({"name": "a"})})
    bench.run()
    assert (bench.after().leaves, bench.after().pending) == ({}, {})
    assert (bench.ended(), bench.sessions["cluster.a"].read_asks) == ({"failed": 1}, [])


def test_a_claimed_create_that_fails_otherwise_and_gets_no_answer_is_still_a_claim():
    bench = Bench(plan(claimed()), {"a": [LOST]})
    bench.run()
    assert list(bench.after().pending) == [leaf("a").key]


@pytest.mark.parametrize(
    ("answers", "live"),
    [
        ([FAULT], None),
        ([FAULT._replace(retry="later")], None),
        ([Parked], None),
        ([EXISTS], Unreadable(FAULT)),
        ([EXISTS], OSError("gone")),
    ],
    ids=["refused", "refused for now", "parked", "exists but unreadable", "exists but the read fails"],
)
def test_a_claim_outlives_a_create_that_says_nothing_about_it(answers, live):
    bench = Bench(plan(claimed()), {"a": answers}, seen={"a": live})
    bench.run()
    assert list(bench.after().pending) == [leaf("a").key]
    assert bench.store.written()[-1] == LostTrack(leaf("a").key)
    said = [fault for _, fault in bench.executor.faults]
    assert said == ([] if answers == [Parked] else answers)


def test_what_exists_under_a_claim_is_looked_at_like_any_other():
    bench = Bench(plan(claimed()), {"a": [EXISTS]}, seen={"a": Found({"name": "a"})})
    bench.run()
    (session,) = bench.sessions.values()
    assert session.types == ["topic", "topic"]
    assert all(stop is bench.executor.means.stop for stop in session.stops)
    assert bench.said(Finished) == [Finished("topic.a", CREATE, 1.0)]


# What the plan could not know


def test_what_was_unknown_is_evaluated_again_just_before_it_is_sent():
    known = change("b")._replace(steps=(Step("create", {"name": "b", "note": "7"}),))
    bench = Bench(
        plan(change("a"), change("b", unresolved=True), edges={"topic.b": ("topic.a",)}),
        resolver=Resolver({"topic.b": known}),
    )
    bench.run()
    assert bench.sessions["cluster.a"].works[1].steps == known.steps
    assert bench.resolver.asked == ["topic.b"]
    assert bench.ended() == {"added": 2}


def test_what_comes_out_otherwise_than_planned_fails_before_it_is_sent():
    bench = Bench(
        plan(change("b", unresolved=True), change("c"), edges={"topic.c": ("topic.b",)}),
        resolver=Resolver({"topic.b": FAULT}),
    )
    bench.run()
    assert (bench.calls, bench.store.written()) == ([], [])
    assert bench.ended() == {"failed": 1, "skipped": 1}
    assert bench.executor.faults == [(bench.executor.changes[0], FAULT)]
    assert bench.said(Errored) == [Errored("topic.b", CREATE, FAULT)]


def test_what_turns_out_to_need_nothing_is_remembered_and_lets_others_begin():
    kept = change("b", UPDATE)._replace(steps=())
    changes = [change("b", UPDATE, unresolved=True), change("c")]
    bench = Bench(plan(*changes, edges={"topic.c": ("topic.b",)}), resolver=Resolver({"topic.b": kept}))
    bench.run()
    assert bench.calls == [("create", ("c",))]
    assert bench.store.written()[0] == Put(leaf("b"))
    assert bench.ended() == {"added": 1, "changed": 1}


def test_a_replacement_that_was_unknown_is_evaluated_once_before_it_deletes():
    bench = Bench(plan(change("a", REPLACE, unresolved=True)), state=holding(leaf("a")))
    bench.run()
    assert bench.resolver.asked == ["topic.a"]
    assert bench.ended() == {"added": 1, "destroyed": 1}


def test_a_plan_is_left_as_it_is():
    one = plan(change("a", unresolved=True))
    before = repr(one)
    Bench(one).run()
    assert repr(one) == before


def test_a_fault_of_an_unknown_kind_is_a_failure():
    bench = Bench(plan(change("a")), {"a": [Fault("odd", "Odd", retry="later")]})
    bench.run()
    assert bench.said(Errored) == [Errored("topic.a", CREATE, Fault("odd", "Odd", retry="later"))]
