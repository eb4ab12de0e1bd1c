"""What the executor sends and when, what it writes down first, and what runs side by side."""

import pytest
from apply_bench import (
    CREATE,
    DELETE,
    FAULT,
    LONG,
    LOST,
    REPLACE,
    UPDATE,
    Bench,
    Gate,
    Scripted,
    change,
    checkpoint,
    kinds,
    leaf,
    plan,
    types,
)

from kplan.apply.events import Finished
from kplan.apply.lanes import ThreadLanes
from kplan.plan.model import Action
from kplan.sdk.session import Done, Found, Step
from kplan.sdk.types import Attribute, Is
from kplan.state.model import EndpointRecord
from kplan.state.records import Dropped, Met, Put

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


def test_which_version_of_a_secret_an_adopted_object_has_is_not_known_before_it_is_sent():
    known = types()
    secretive = known.leaves["topic"]._replace(attributes=(Attribute("pin", "string", "", Is.WRITE_ONLY),))
    known.leaves["topic"] = secretive
    versioned = leaf("a")._replace(attributes={"name": "a", "pin": None, "pin_version": 3})
    adopted = change("a", UPDATE, adopting=True, leaf=versioned)
    failed = Bench(plan(adopted), {"a": [FAULT]}, types_=known)
    failed.run()
    assert failed.after().leaves[leaf("a").key].attributes == {"name": "a", "pin": None, "pin_version": None}
    done = Bench(plan(adopted), types_=known)
    done.run()
    assert done.after().leaves[leaf("a").key] == versioned


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
