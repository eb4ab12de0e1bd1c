"""Long work, its checkpoints and its parking; and stopping."""

from apply_bench import (
    CREATE,
    LONG,
    UPDATE,
    Bench,
    change,
    checkpoint,
    kinds,
    leaf,
    plan,
    types,
)

from kplan.apply.events import Halted, Progress, Skipped
from kplan.apply.lanes import ThreadLanes
from kplan.sdk.session import Checkpoint, Done, Parked
from kplan.state.records import Dropped, Paused, Progressed

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
