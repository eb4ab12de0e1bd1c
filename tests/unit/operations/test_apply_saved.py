"""A saved plan is applied exactly as it was shown, or nothing of it is: whatever happened since, and beside it."""

import shutil

import pytest
from operations_bench import (
    CLUSTER,
    JOB,
    TOPIC,
    details,
    job,
    output,
    removed,
    topic,
    topics,
    wrong,
)
from saved_bench import carried, carry, elsewhere, save, untouched

from kplan.operations import state as stories
from kplan.operations.saving import load
from kplan.state.local import LocalStore
from kplan_memory.world import Injection, world

NOTE = 'note = "x"'
STALE = ["Saved plan is stale"]


def says(outcome, *parts):
    """Check that the last thing told has all of these in it."""
    assert all(part in details(outcome)[-1] for part in parts), details(outcome)


# what it is about must be as it was


def test_what_another_client_changed_is_refused(bench):
    bench.applied(CLUSTER, topic("a"), topic("b"))
    path = save(bench.declare(CLUSTER, topic("a", NOTE), topic("b", NOTE)))
    bench.world.edit(TOPIC, "a", note="edited")
    outcome = untouched(bench, path)
    assert wrong(outcome) == STALE
    says(outcome, "memory_topic.a: it is not as it was", "Nothing was applied. Plan again.")
    assert "memory_topic.b" not in details(outcome)[-1]


def test_what_can_no_longer_be_is_told_as_such(bench):
    bench.applied(CLUSTER, topic("a"))
    path = save(bench.declare(CLUSTER, topic("a", NOTE)))
    bench.world.edit(TOPIC, "a", partitions=2)
    assert wrong(untouched(bench, path)) == ["a has 2 partitions and cannot have 1"]


def test_what_the_plan_neither_declares_nor_owns_refuses_nothing(bench):
    bench.applied(CLUSTER, topic("a"))
    path = save(bench.declare(CLUSTER, topic("a", NOTE)))
    bench.world.edit(TOPIC, "a", config={"theirs": "1"})
    carried(bench, path)
    assert (bench.live("a")["note"], bench.live("a")["config"]) == ("x", {"theirs": "1"})


def test_what_changes_by_itself_refuses_nothing(bench):
    bench.applied(CLUSTER, topic("a"), topic("b"))
    path = save(bench.declare(CLUSTER, topic("a", NOTE)))
    for one in "ab":
        bench.world.edit(TOPIC, one, records=7)
    carried(bench, path)
    assert bench.live("a")["note"] == "x"
    assert bench.live("b") is None


def test_what_another_client_deleted_is_not_changed(bench):
    bench.applied(CLUSTER, topic("a"))
    path = save(bench.declare(CLUSTER, topic("a", NOTE)))
    bench.world.delete(TOPIC, "a")
    says(untouched(bench, path), "memory_topic.a: it was to update, and now it would create")


def test_what_is_gone_by_itself_is_not_deleted(bench):
    bench.applied(CLUSTER, topic("a"), topic("b"))
    path = save(bench.declare(CLUSTER))
    bench.world.delete(TOPIC, "a")
    says(untouched(bench, path), "memory_topic.a: there is nothing to delete any more")
    assert bench.world.names() == ["b"]


def test_what_another_client_made_anew_is_not_deleted(bench):
    bench.applied(CLUSTER, topic("a"), topic("b"))
    path = save(bench.declare(CLUSTER))
    bench.world.delete(TOPIC, "a")
    bench.world.create(TOPIC, "a")
    says(untouched(bench, path), "memory_topic.a: there is nothing to delete any more")


def test_what_another_client_made_is_not_taken_over(bench):
    path = save(bench.declare(CLUSTER, topic("a"), topic("b")))
    bench.world.create(TOPIC, "a")
    assert wrong(untouched(bench, path)) == ["Object exists but is not managed"]


def test_what_was_to_be_adopted_and_is_gone_is_not_created(bench):
    bench.world.create(TOPIC, "a")
    path = save(bench.declare(CLUSTER, topic("a")), adopt=("memory_topic.a",))
    bench.world.delete(TOPIC, "a")
    says(untouched(bench, path), "memory_topic.a: it was to import, and now it would create")


def test_what_was_only_to_move_and_is_gone_is_not_created(bench):
    bench.applied(CLUSTER, topic("a"))
    path = save(bench.declare(CLUSTER, topic("z", 'name = "a"')))
    bench.world.delete(TOPIC, "a")
    says(untouched(bench, path), "memory_topic.z: it was to move, and now it would create")


def test_another_cluster_at_the_same_address_is_left_alone(bench):
    path = save(bench.declare(CLUSTER, topic("a")))
    world("c").uid = "another"
    says(untouched(bench, path), "memory_topic.a: there is nothing to create any more")


def test_data_that_answers_otherwise_is_refused_where_it_shows(bench):
    seen = topics("d", 'prefix = "n"')
    copied = topic("s", 'note = join(",", data.memory_topics.d.names)')
    path = save(bench.declare(CLUSTER, seen, copied, output("o", "data.memory_topics.d.names")))
    bench.world.create(TOPIC, "n1")
    says(untouched(bench, path), "memory_topic.s: it would come out otherwise (after, steps)", "output.o: it")
    bench.world.delete(TOPIC, "n1")
    bench.world.create(TOPIC, "m1")
    carried(bench, path)
    assert bench.live("s")["note"] == ""


def test_an_output_that_would_come_out_otherwise_is_refused(bench):
    bench.applied(CLUSTER, topics("d", 'prefix = "n"'))
    path = save(
        bench.declare(CLUSTER, topics("d", 'prefix = "n"'), output("o", "data.memory_topics.d.count"))
    )
    bench.world.create(TOPIC, "n1")
    says(untouched(bench, path), "output.o: it would come out otherwise")


def test_long_lists_of_what_moved_are_cut(bench):
    many = [topic(f"t{n:02}") for n in range(12)]
    bench.applied(CLUSTER, *many)
    path = save(bench.declare(CLUSTER, *(topic(f"t{n:02}", NOTE) for n in range(12))))
    for n in range(12):
        bench.world.edit(TOPIC, f"t{n:02}", note="y")
    says(untouched(bench, path), "memory_topic.t00: it is not as it was", "… and 2 more")


# state must hold of its objects what it held


def test_a_plan_is_applied_once(bench):
    bench.applied(CLUSTER, topic("a"), topic("b"), output("o", "1"))
    changed = [CLUSTER, topic("a", NOTE), topic("n"), output("o", "2")]
    path = save(bench.declare(*changed))
    assert wrong(carry(bench, path)) == []
    says(
        untouched(bench, path),
        "or this plan was applied already (it is less than a minute old)",
        "memory_topic.a, memory_topic.b, memory_topic.n",
    )


@pytest.mark.parametrize(
    "after",
    [
        [removed("memory_topic.a", "false")],
        [],
        [topic("z", 'name = "a"')],
        [topic("a", NOTE)],
    ],
    ids=["forget", "delete", "move", "update"],
)
def test_no_kind_of_change_is_made_twice(bench, after):
    bench.applied(CLUSTER, topic("a"))
    path = save(bench.declare(CLUSTER, *after))
    carried(bench, path)
    assert wrong(untouched(bench, path)) == STALE


def test_a_newer_serial_alone_refuses_nothing(bench):
    bench.applied(CLUSTER, topic("a"), topic("b"))
    path = save(bench.declare(CLUSTER, topic("a", NOTE), topic("b")))
    for n in range(3):
        bench.applied(CLUSTER, topic("a"), topic("b", f'note = "{n}"'))
    carried(bench, path)
    assert (bench.live("a")["note"], bench.live("b")["note"]) == ("x", "2")


def test_the_second_plan_over_an_object_is_refused_whole(bench):
    bench.applied(CLUSTER, topic("a"), topic("b"), topic("c"))
    one = save(bench.declare(CLUSTER, topic("a", NOTE), topic("b", NOTE), topic("c")))
    other = save(bench.declare(CLUSTER, topic("a"), topic("b", "partitions = 2"), topic("c", NOTE)))
    carried(bench, one)
    says(untouched(bench, other), "another apply changed what state holds of memory_topic.b, or")


def test_two_first_plans_over_an_object_do_not_both_apply(bench):
    one = save(bench.declare(CLUSTER, topic("a"), topic("b")))
    other = save(bench.declare(CLUSTER, topic("a"), topic("c")))
    carried(bench, one)
    says(untouched(bench, other), "memory_topic.a, or")
    assert bench.world.names() == ["a", "b"]


def test_another_lineage_is_refused(bench):
    bench.applied(CLUSTER, topic("a"))
    path = save(bench.declare(CLUSTER, topic("a", NOTE)))
    empty = elsewhere(bench)
    shutil.rmtree(empty / "state")
    assert wrong(untouched(bench, path, empty)) == ["Saved plan of another state"]
    shutil.rmtree(bench.folder / "state")
    bench.declare(CLUSTER, topic("a")).apply(adopt=("*",))
    outcome = untouched(bench, path)
    says(outcome, "The state of workspace default here began elsewhere, or not at all")


def test_the_plan_of_a_workspace_is_applied_to_it(bench):
    bench.applied(CLUSTER, topic("a"))
    path = save(bench.declare(CLUSTER, topic("b", "note = kplan.workspace")), workspace="dev")
    assert wrong(carry(bench, path)) == []
    assert bench.live("b")["note"] == "dev"
    assert bench.owned() == {"memory_topic.a": "a"}
    assert len(LocalStore(bench.folder / "state", "dev").load().snapshot.leaves) == 1


def test_what_was_forgotten_meanwhile_is_refused(bench):
    bench.applied(CLUSTER, topic("a"))
    path = save(bench.declare(CLUSTER, topic("a", NOTE)))
    stories.remove(bench.options(), ("memory_topic.a",))
    assert wrong(untouched(bench, path)) == ["Object exists but is not managed"]


# what earlier runs left open


def test_a_create_without_an_answer_is_settled_first(bench):
    bench.world.inject(Injection("lost_before", "create", "a"))
    bench.declare(CLUSTER, topic("a"), topic("b")).apply()
    path = save(bench)
    assert [one.claimed for one in load(path).plan.changes] == [True]
    carried(bench, path)
    assert bench.world.names() == ["a", "b"]
    assert bench.state().pending == {}


def test_a_create_that_came_true_since_is_not_made_again(bench):
    bench.world.inject(Injection("late", "create", "a", reads=4))
    bench.declare(CLUSTER, topic("a")).apply()
    path = save(bench)
    while bench.live("a") is None:
        bench.plan()
    says(untouched(bench, path), "memory_topic.a: it was to create, and now it would stay as it is")


def test_parked_work_goes_on_by_a_saved_plan(bench):
    bench.applied(CLUSTER, job("j", 2))
    asked = iter(range(1000))
    bench.declare(CLUSTER, job("j", 60)).apply(stop=lambda: next(asked) > 5)
    assert bench.world.get(JOB, "j")["position"] < 60
    path = save(bench)
    carried(bench, path)
    assert bench.world.get(JOB, "j")["position"] == 60
    assert bench.state().pending == {}


def test_work_that_went_on_since_is_not_begun_again(bench):
    bench.applied(CLUSTER, job("j", 2))
    asked = iter(range(1000))
    bench.declare(CLUSTER, job("j", 60)).apply(stop=lambda: next(asked) > 5)
    path = save(bench)
    bench.apply()
    assert wrong(untouched(bench, path)) == STALE


# what it reaches


def test_a_cluster_that_was_left_out_is_left_alone(bench):
    two = 'memory_cluster "e" {\n  for_each = toset(["c", "d"])\n  name = each.key\n}\n'
    each = topic("t", "for_each = memory_cluster.e", 'name = "t"', on="each.value")
    world("d").inject(Injection("down", times=-1))
    path = save(bench.declare(two, each), exclude_clusters=('memory_cluster.e["d"]',))
    world("d").calls.clear()
    carried(bench, path)
    assert (world("c").names(), world("d").calls) == (["t"], [])


def test_reasons_are_those_that_were_shown(bench):
    many = [topic("k", 'for_each = toset(["x", "y"])', "name = each.key")]
    (bench.folder / "m").mkdir()
    inner = topic("in", 'for_each = toset(["p", "q"])', "name = each.key", on="var.on")
    (bench.folder / "m" / "main.kplan.hcl").write_text('variable "on" {\n}\n' + inner)
    call = 'module "m" {\n  source = "./m"\n  on = memory_cluster.c\n}\n'
    bench.applied(CLUSTER, *many, call)
    (bench.folder / "m" / "main.kplan.hcl").write_text(
        'variable "on" {\n}\n' + topic("other", 'name = "o"', on="var.on")
    )
    bench.declare(CLUSTER, topic("k", 'for_each = toset(["x"])', "name = each.key"), call).apply(
        targets=("module.m.memory_topic.other",)
    )
    path = save(bench)
    shown = {one.address: one.reason for one in load(path).plan.changes}
    outcome = carried(bench, path)
    assert {one.address: one.reason for one in outcome.plan.changes} == shown
    assert len(set(shown.values())) == 3
