"""Plans of several branches: what others do beside a saved plan refuses nothing, over the same object the second is refused."""

from operations_bench import CLUSTER, JOB, MEMBER, TOPIC, details, output, team, topic, topics, wrong
from saved_bench import carried, carry, save, untouched

from kplan.operations import state as stories
from kplan_memory.world import Injection

NOTE = 'note = "x"'
STALE = ["Saved plan is stale"]


def says(outcome, *parts):
    """Check that the last thing told has all of these in it."""
    assert all(part in details(outcome)[-1] for part in parts), details(outcome)


def branches(bench, base, one, other):
    """Plan from two configurations over one state, then apply both."""
    bench.applied(*base)
    plans = [save(bench.declare(*blocks)) for blocks in (one, other)]
    return [carried(bench, path) for path in plans]


def test_branches_over_other_objects_both_apply(bench):
    a, b, c = topic("a"), topic("b"), topic("c")
    branches(
        bench,
        [CLUSTER, a, b, c],
        [CLUSTER, topic("a", NOTE), b, topic("n")],
        [CLUSTER, a, topic("b", NOTE), c, topic("m")],
    )
    assert bench.world.names() == ["a", "b", "m", "n"]
    assert (bench.live("a")["note"], bench.live("b")["note"]) == ("x", "x")


def test_an_instance_beside_may_have_become_what_this_branch_could_not_make_it(bench):
    def each(ones, x):
        return topic("k", f"for_each = {{ x = {x}, {ones} }}", "name = each.key", "partitions = each.value")

    branches(
        bench, [CLUSTER, each("y = 1", 1)], [CLUSTER, each("y = 1", 5)], [CLUSTER, each("y = 1, z = 1", 1)]
    )
    assert [bench.live(one)["partitions"] for one in "xyz"] == [5, 1, 1]


def test_what_an_object_needs_may_have_changed_where_it_does_not_show(bench):
    uses = topic("b", 'note = "${memory_topic.a.name} ${memory_topic.a.id}"')
    branches(
        bench,
        [CLUSTER, topic("a"), topic("b")],
        [CLUSTER, topic("a", "partitions = 5"), topic("b")],
        [CLUSTER, topic("a"), uses],
    )
    assert bench.live("b")["note"] == f"a {bench.live('a')['id']}"
    assert bench.live("a")["partitions"] == 5


def test_what_an_object_shows_of_another_must_be_as_it_was(bench):
    bench.applied(CLUSTER, topic("a"), topic("b"))
    path = save(bench.declare(CLUSTER, topic("a"), topic("b", "note = memory_topic.a.id")))
    bench.world.delete(TOPIC, "a")
    says(untouched(bench, path), "memory_topic.b: it would come out otherwise (after, steps)")


def test_data_that_a_change_beside_would_have_kept_waiting_is_asked(bench):
    data = topics("d", 'prefix = "n"', "depends_on = [memory_topic.n]")
    branches(
        bench,
        [CLUSTER, topic("n"), data, topic("b")],
        [CLUSTER, topic("n", NOTE), data, topic("b")],
        [CLUSTER, topic("n"), data, topic("b", 'note = join(",", data.memory_topics.d.names)')],
    )
    assert (bench.live("n")["note"], bench.live("b")["note"]) == ("x", "n")


def test_what_is_no_longer_ours_beside_it_is_no_matter(bench):
    many = topic("k", 'for_each = toset(["x", "y", "z"])', "name = each.key", NOTE)
    bench.applied(CLUSTER, topic("k", 'for_each = toset(["x", "y", "z"])', "name = each.key"))
    bench.world.edit(TOPIC, "x", note="x")
    bench.world.edit(TOPIC, "y", note="x")
    path = save(bench.declare(CLUSTER, many))
    stories.remove(bench.options(), ('memory_topic.k["x"]',))
    bench.world.delete(TOPIC, "y")
    bench.world.create(TOPIC, "y")
    carried(bench, path)
    assert (bench.live("z")["note"], bench.live("y")["note"]) == ("x", None)


def test_what_an_earlier_run_left_beside_it_for_a_person_to_decide_is_no_matter(bench):
    def each(x, y):
        values = f"for_each = {{ x = {x}, y = {y} }}"
        return f'memory_job "k" {{\n  {values}\n  cluster = memory_cluster.c\n  name = each.key\n  target = each.value\n}}\n'

    bench.applied(CLUSTER, each(1, 1))
    path = save(bench.declare(CLUSTER, each(1, 2)))
    bench.world.inject(Injection("lost_before", "", "x"))
    bench.declare(CLUSTER, each(3, 1)).apply()
    bench.world.edit(JOB, "x", target=50, position=50)
    assert wrong(bench.plan()) == ["An interrupted change needs a decision"]
    outcome = carry(bench, path)
    assert (wrong(outcome), bench.world.get(JOB, "y")["position"]) == ([], 2)


def test_a_promise_of_an_object_beside_it_is_no_matter(bench):
    def each(y, limit):
        promise = f"lifecycle {{\n    postcondition {{\n      condition = self.partitions < {limit}\n"
        promise += '      error_message = "too many"\n    }\n  }'
        values = f"for_each = {{ x = null, y = {y} }}"
        return topic(
            "k",
            values,
            "name = each.key",
            "note = each.value",
            'partitions = each.key == "x" ? local.x : 1',
            promise,
        )

    x = "locals {{\n  x = {}\n}}\n".format
    bench.applied(CLUSTER, each("null", 9), x(1))
    path = save(
        bench.declare(
            CLUSTER, each("2", 3), x("length(data.memory_topics.d.names)"), topics("d", 'prefix = "x"')
        )
    )
    for one in ("x1", "x2"):
        bench.world.create(TOPIC, one)
    carried(bench, path)
    assert (bench.live("y")["note"], bench.live("x")["partitions"]) == ("2", 1)


def test_protection_of_what_is_only_remembered_is_no_matter(bench):
    keep = "lifecycle {\n    prevent_destroy = true\n  }"
    bench.applied(CLUSTER, team("a", "ann"), team("b", "ann", keep))
    bench.declare(CLUSTER, team("a", "bob"), team("b", "ann", keep))
    path = save(bench, targets=("memory_team.a",))  # ann is let go by a, and b is not looked at
    stories.remove(bench.options(), ("memory_team.b",))
    carried(bench, path)
    assert bench.world.names(MEMBER) == ["ann", "bob"]


def test_teams_of_branches_both_get_their_members(bench):
    branches(
        bench,
        [CLUSTER, team("a", "ann"), team("b", "bob")],
        [CLUSTER, team("a", "ann cid"), team("b", "bob")],
        [CLUSTER, team("a", "ann"), team("b", "bob dan")],
    )
    assert bench.world.names(MEMBER) == ["ann", "bob", "cid", "dan"]


def test_a_member_that_both_branches_name_is_refused_to_the_second(bench):
    bench.applied(CLUSTER, team("a", "ann"), team("b", "bob"))
    one = save(bench.declare(CLUSTER, team("a", "ann cid"), team("b", "bob")))
    other = save(bench.declare(CLUSTER, team("a", "ann"), team("b", "bob cid")))
    carried(bench, one)
    assert wrong(untouched(bench, other)) == STALE


def test_a_member_is_not_taken_from_a_team_that_came_to_have_it(bench):
    bench.applied(CLUSTER, team("a", "ann bob"))
    goes = save(bench.declare(CLUSTER, team("a", "ann")))
    stays = save(bench.declare(CLUSTER, team("a", "ann bob"), team("b", "bob")))
    carried(bench, stays)
    assert wrong(untouched(bench, goes)) == STALE
    assert bench.world.names(MEMBER) == ["ann", "bob"]


def test_what_was_only_to_be_remembered_gives_way_to_what_others_did(bench):
    bench.applied(CLUSTER, topic("a"), topic("b"), topic("c"))
    after = "depends_on = [memory_topic.a]"
    path = save(bench.declare(CLUSTER, topic("a"), topic("b", after), topic("c", NOTE)))
    bench.applied(CLUSTER, topic("a"), topic("b", NOTE), topic("c"))
    carried(bench, path)
    assert (bench.live("b")["note"], bench.live("c")["note"]) == ("x", "x")
    assert stories.show(bench.options(), "memory_topic.b").dependencies == ("memory_cluster.c",)


def test_outputs_of_branches_are_those_of_the_last(bench):
    branches(
        bench,
        [CLUSTER, output("o", "1"), output("p", "1")],
        [CLUSTER, topic("a"), output("o", "2"), output("p", "1")],
        [CLUSTER, topic("b"), output("o", "1"), output("p", "3"), output("q", "memory_topic.b.name")],
    )
    assert {name: one.value for name, one in bench.state().outputs.items()} == {"o": 2, "p": 3, "q": "b"}
