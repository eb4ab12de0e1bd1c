"""The executor over scripted sessions: what it sends, when, what it writes down before and after, and how all ends."""

import pytest
from apply_bench import (
    EXISTS,
    FAULT,
    LONG,
    LOST,
    Bench,
    Gate,
    Resolver,
    Scripted,
    SettledAs,
    change,
    leaf,
    plan,
    types,
)

from kplan.apply.events import Errored, Finished, Halted, Progress, Skipped, Starting
from kplan.apply.lanes import InlineLanes, ThreadLanes
from kplan.plan.model import Action
from kplan.sdk.session import Checkpoint, Done, Failed, Fault, Found, Parked, Step, Unreadable
from kplan.state.model import EndpointRecord, empty
from kplan.state.records import (
    Declined,
    Dropped,
    Intended,
    LostTrack,
    Met,
    Paused,
    Progressed,
    Put,
)

CREATE, UPDATE, DELETE, REPLACE = Action.CREATE, Action.UPDATE, Action.DELETE, Action.REPLACE


def kinds(records):
    return [type(one).__name__ for one in records]


def checkpoint(token, done=1, total=2):
    return lambda id_: Checkpoint(id_, token, done, total)


def holding(*leaves):
    return empty("lineage")._replace(leaves={one.key: one for one in leaves})


# What changes in state only


def test_nothing_to_do_writes_nothing():
    bench = Bench(plan(change("a", UPDATE, steps=())))
    assert bench.run() == bench.executor.run()
    assert (bench.store.lines, bench.calls, bench.ended()) == ([], [], {})


def test_what_was_settled_is_written_first_and_alone():
    met = Met(EndpointRecord("cluster.a", "cluster", "u"))
    bench = Bench(plan(change("a"), settled=(met,)))
    bench.run()
    assert bench.store.lines[0][1:] == [met]
    assert kinds(bench.store.written()) == ["Met", "Intended", "Succeeded"]


@pytest.mark.parametrize(
    ("one", "record", "tally"),
    [
        (change("a", Action.FORGET, steps=(), leaf=None), Dropped(leaf("a").key), {"forgotten": 1}),
        (change("a", Action.NO_OP, steps=(), remember=True), Put(leaf("a")), {}),
        (
            change("a", Action.NO_OP, steps=(), adopting=True, before={"name": "a", "id": "7"}),
            Put(leaf("a")._replace(computed={"id": "7"})),
            {"adopted": 1},
        ),
        (change("a", Action.NO_OP, steps=(), previous_address="topic.b"), None, {}),
        (change("a", Action.NO_OP, steps=()), None, {}),
    ],
    ids=["forgotten", "moved", "adopted", "nothing remembered", "no-op"],
)
def test_what_needs_no_call_is_written_down(one, record, tally):
    bench = Bench(plan(one))
    bench.run()
    assert bench.store.written() == ([record] if record else [])
    assert (bench.ended(), bench.calls) == (tally, [])


def test_each_that_needs_no_call_is_counted():
    forgotten = [change(name, Action.FORGET, steps=(), leaf=None) for name in "ab"]
    adopted = [change(name, Action.NO_OP, steps=(), adopting=True) for name in "cd"]
    bench = Bench(plan(*forgotten, *adopted))
    bench.run()
    assert bench.ended() == {"forgotten": 2, "adopted": 2}


def test_an_adopted_object_that_differs_is_ours_before_it_is_changed():
    bench = Bench(plan(change("a", UPDATE, adopting=True, before={"name": "a", "id": "7"})), {"a": [FAULT]})
    bench.run()
    assert kinds(bench.store.lines[0]) == ["Began", "Put"]
    assert bench.after().leaves[leaf("a").key].computed == {"id": "7"}
    assert bench.ended() == {"adopted": 1, "failed": 1}


# What is sent


def test_an_intent_is_on_disk_before_its_call_and_says_all_that_is_needed_to_settle_it():
    bench = Bench(plan(change("a", UPDATE)))
    on_disk = []
    bench.sessions["cluster.a"].before_call = lambda: on_disk.extend(bench.store.written())
    bench.run()
    ((pending,),) = (one.batch for one in on_disk)
    assert (pending.key, pending.address, pending.endpoint) == (leaf("a").key, "topic.a", "cluster.a")
    assert (pending.action, pending.steps) == ("update", (("update", {"name": "a"}),))
    assert (pending.before, pending.planned, pending.leaf) == ({"name": "a"}, {"name": "a"}, leaf("a"))
    assert (pending.since, pending.resume, pending.parked) == (1000.0, None, False)


def test_a_work_says_what_was_seen_and_what_is_planned():
    bench = Bench(plan(change("a", UPDATE, resume=5)))
    bench.run()
    (work,) = bench.sessions["cluster.a"].works
    assert (work.identity, work.steps, work.seen) == (
        ("a",),
        (Step("update", {"name": "a"}),),
        Found({"name": "a"}),
    )
    assert (work.planned, work.resume) == ({"name": "a"}, 5)


def test_a_call_is_of_one_type_and_may_be_asked_to_stop():
    bench = Bench(plan(change("a"), change("l", CREATE, "link")), types_=types(link=90))
    bench.run()
    (session,) = bench.sessions.values()
    assert session.types == ["topic", "link"]
    assert all(stop is bench.executor.means.stop for stop in session.stops)


def test_what_is_ready_goes_together_in_order_of_the_plan():
    bench = Bench(plan(*(change(name) for name in "cab")))
    bench.run()
    assert bench.calls == [("create", ("c", "a", "b"))]
    assert kinds(bench.store.written()) == ["Intended", "Succeeded", "Succeeded", "Succeeded"]
    assert bench.ended() == {"added": 3}


@pytest.mark.parametrize(("limit", "sizes"), [(1, [1] * 5), (2, [2, 2, 1]), (4, [4, 1]), (5, [5]), (6, [5])])
def test_a_batch_is_cut_at_the_limit_of_a_call(limit, sizes):
    bench = Bench(plan(*(change(name) for name in "abcde")), types_=types(batch=limit))
    bench.run()
    assert [len(names) for _, names in bench.calls] == sizes
    assert [name for _, names in bench.calls for name in names] == list("abcde")


def test_ready_changes_with_the_same_verb_go_together_whatever_stands_between_them():
    bench = Bench(plan(change("a"), change("b", UPDATE), change("c"), change("d", UPDATE)))
    bench.run()
    assert len(bench.calls) == 2


def test_different_actions_are_different_calls_and_deletes_are_last():
    changes = [
        change("a", DELETE),
        change("b", CREATE),
        change("c", UPDATE),
        change("d", CREATE),
        change("e", DELETE),
    ]
    bench = Bench(plan(*changes))
    bench.run()
    assert bench.calls == [("create", ("b", "d")), ("update", ("c",)), ("delete", ("a", "e"))]
    assert bench.ended() == {"added": 2, "changed": 1, "destroyed": 2}


def test_a_lower_rank_goes_first_and_deletes_go_the_other_way():
    ranks = {"user": 10, "link": 90}
    ups = [change("l", CREATE, "link"), change("t", CREATE, "topic"), change("u", CREATE, "user")]
    downs = [change(f"old_{one.key.identity[0]}", DELETE, one.type) for one in ups]
    bench = Bench(plan(*ups, *downs), types_=types(**ranks))
    bench.run()
    names = [names[0] for _, names in bench.calls]
    assert names == ["u", "t", "l", "old_l", "old_t", "old_u"]


def test_a_rank_waits_until_all_of_the_one_before_have_ended_even_those_that_are_not_ready():
    changes = [change("t1"), change("t2"), change("l", CREATE, "link")]
    bench = Bench(plan(*changes, edges={"topic.t2": ("topic.t1",)}), types_=types(link=90))
    bench.run()
    assert [names for _, names in bench.calls] == [("t1",), ("t2",), ("l",)]


def test_ranks_of_one_endpoint_do_not_hold_up_another():
    changes = [change("t1", endpoint="cluster.a"), change("l", CREATE, "link", endpoint="cluster.b")]
    order = []
    sessions = {name: Scripted() for name in ("cluster.a", "cluster.b")}
    for name, session in sessions.items():
        session.before_call = lambda name=name: order.append(name)
    bench = Bench(plan(*changes), types_=types(link=90), sessions=sessions)
    bench.run()
    assert sorted(order) == ["cluster.a", "cluster.b"]
    assert bench.ended() == {"added": 2}


def test_a_dependency_against_the_ranks_is_no_deadlock():
    changes = [change("l", CREATE, "link"), change("t", CREATE), change("u", CREATE, "user")]
    edges = {"user.u": ("topic.t",), "topic.t": ("link.l",)}
    bench = Bench(plan(*changes, edges=edges), types_=types(user=10, link=90))
    bench.run()
    assert [names[0] for _, names in bench.calls] == ["l", "t", "u"]
    assert bench.ended() == {"added": 3}


def test_ranks_go_on_after_failures_and_skips():
    changes = [change("t1"), change("t2"), change("l", CREATE, "link")]
    bench = Bench(plan(*changes, edges={"topic.t2": ("topic.t1",)}), {"t1": [FAULT]}, types_=types(link=90))
    bench.run()
    assert bench.ended() == {"added": 1, "failed": 1, "skipped": 1}


def test_long_work_runs_in_a_lane_of_its_own_and_holds_up_no_rank():
    changes = [change("slow", UPDATE, losses=(LONG,)), change("quick", UPDATE), change("l", CREATE, "link")]
    bench = Bench(plan(*changes), {"slow": [checkpoint(n) for n in range(9)] + [{}]}, types_=types(link=90))
    bench.run()
    assert bench.calls == [("update", ("quick",)), ("update", ("slow",)), ("create", ("l",))]
    addresses = [one.address for one in bench.said(Finished)]
    assert addresses == ["topic.quick", "link.l", "topic.slow"]


# Side by side


def test_endpoints_are_worked_on_side_by_side():
    gate = Gate(2)
    sessions = {name: Scripted() for name in ("cluster.a", "cluster.b")}
    for session in sessions.values():
        session.before_call = gate
    bench = Bench(
        plan(change("a", endpoint="cluster.a"), change("b", endpoint="cluster.b")),
        sessions=sessions,
        lanes=ThreadLanes(),
    )
    bench.run()
    assert bench.ended() == {"added": 2}


def test_types_of_one_rank_are_worked_on_side_by_side_on_one_endpoint():
    bench = Bench(
        plan(change("a"), change("b", CREATE, "other")), types_=types(other=40), lanes=ThreadLanes()
    )
    bench.sessions["cluster.a"].before_call = Gate(2)
    bench.run()
    assert bench.ended() == {"added": 2}


def test_one_batch_is_in_flight_for_an_endpoint_and_type():
    under_way, most = [], []

    def begin():
        under_way.append(1)
        most.append(len(under_way))

    def end(id_):
        under_way.pop()
        return Done(id_, {})

    names = "abcdef"
    bench = Bench(
        plan(*map(change, names)), {name: [end] for name in names}, types_=types(batch=1), lanes=ThreadLanes()
    )
    bench.sessions["cluster.a"].before_call = begin
    bench.run()
    assert most == [1] * 6
    assert bench.ended() == {"added": 6}


def test_threads_and_the_one_thread_of_tests_do_the_same():
    def outcome(lanes):
        changes = [
            change(name, action) for name, action in zip("abcdef", [CREATE, UPDATE, REPLACE] * 2, strict=True)
        ]
        bench = Bench(
            plan(*changes), {"b": [FAULT], "d": [LOST], "delete c": [checkpoint(1), {}]}, lanes=lanes
        )
        bench.run()
        return bench.tally, bench.after(), bench.calls

    assert outcome(None) == outcome(ThreadLanes())


# How a change ends


def test_what_was_done_is_in_state_with_what_the_live_system_decided():
    bench = Bench(plan(change("a")), {"a": [{"name": "a", "id": "7", "note": None}]})
    bench.run()
    assert bench.after().leaves == {leaf("a").key: leaf("a")._replace(computed={"id": "7"})}
    assert bench.after().pending == {}
    assert bench.resolver.learned == [("topic.a", {"name": "a", "id": "7", "note": None})]


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


# Long work


def test_a_checkpoint_is_on_disk_before_the_work_goes_on():
    on_disk = []

    def look(id_):
        on_disk.append([one for one in bench.store.written() if isinstance(one, Progressed)])
        return Done(id_, {"name": "a"})

    bench = Bench(
        plan(change("a", UPDATE, losses=(LONG,))), {"a": [checkpoint(3), checkpoint(4, 2, 2), look]}
    )
    bench.run()
    key = leaf("a").key
    assert on_disk == [[Progressed(key, 3), Progressed(key, 4)]]
    assert bench.said(Progress) == [Progress("topic.a", 1, 2), Progress("topic.a", 2, 2)]
    assert bench.ended() == {"changed": 1}


def test_work_in_threads_rests_at_its_checkpoint_until_it_is_on_disk():
    seen = []

    def look(id_):
        seen.append(kinds(bench.store.written()))
        return Checkpoint(id_, 2, 2, 2)

    bench = Bench(
        plan(change("a", UPDATE, losses=(LONG,))),
        {"a": [checkpoint(1), look, {"name": "a"}]},
        lanes=ThreadLanes(),
    )
    bench.run()
    assert seen == [["Intended", "Progressed"]]
    assert bench.ended() == {"changed": 1}


def test_parked_work_is_kept_with_its_token_and_what_needs_it_is_skipped():
    changes = [change("a", UPDATE, losses=(LONG,)), change("b")]
    bench = Bench(plan(*changes, edges={"topic.b": ("topic.a",)}), {"a": [checkpoint({"at": 3}), Parked]})
    bench.run()
    pending = bench.after().pending[leaf("a").key]
    assert (pending.resume, pending.parked) == ({"at": 3}, True)
    assert bench.ended() == {"parked": 1, "skipped": 1}
    assert bench.said(Halted) == [Halted("topic.a")]
    assert bench.store.written()[-1] == Paused(leaf("a").key)


def test_work_parked_before_it_began_never_happened():
    bench = Bench(plan(change("a", UPDATE, losses=(LONG,))), {"a": [Parked]})
    bench.run()
    assert bench.after().pending == {}
    assert (bench.ended(), bench.said(Skipped)) == ({"skipped": 1}, [Skipped("topic.a", UPDATE, "")])


def test_parked_work_goes_on_from_its_token_and_may_be_parked_again_at_once():
    bench = Bench(plan(change("a", UPDATE, losses=(LONG,), resume={"at": 3})), {"a": [Parked]})
    bench.run()
    assert bench.sessions["cluster.a"].works[0].resume == {"at": 3}
    pending = bench.after().pending[leaf("a").key]
    assert (pending.resume, pending.parked) == ({"at": 3}, True)
    assert bench.ended() == {"parked": 1}


# Stopping


def test_a_stop_lets_what_is_under_way_end_and_starts_nothing_more():
    changes = [change(name) for name in "abcd"] + [change("z", CREATE, "link")]
    bench = Bench(
        plan(*changes, edges={"topic.d": ("topic.a",)}),
        types_=types(batch=2, link=90),
        stop=lambda: bool(bench.calls),
    )
    bench.run()
    assert bench.calls == [("create", ("a", "b"))]
    assert bench.ended() == {"added": 2, "skipped": 3}
    assert {(one.because, one.action) for one in bench.said(Skipped)} == {("", CREATE)}
    assert sorted(one.address for one in bench.said(Skipped)) == ["link.z", "topic.c", "topic.d"]


def test_a_stop_before_anything_begins_still_writes_what_was_settled():
    bench = Bench(plan(change("a"), settled=(Dropped(leaf("x").key),)), stop=lambda: True)
    bench.run()
    assert (bench.calls, bench.ended()) == ([], {"skipped": 1})
    assert bench.store.written() == [Dropped(leaf("x").key)]


def test_a_stop_tells_each_change_that_waits_for_another_once():
    changes = [
        change("a", endpoint="cluster.a"),
        change("b", endpoint="cluster.b"),
        change("c", endpoint="cluster.b"),
    ]
    edges = {"topic.c": ("topic.a", "topic.b")}
    bench = Bench(plan(*changes, edges=edges), stop=lambda: True)
    bench.run()
    assert sorted(one.address for one in bench.said(Skipped)) == ["topic.a", "topic.b", "topic.c"]
    assert bench.ended() == {"skipped": 3}


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
