"""How much a run covers: -target, -exclude-cluster, --adopt, import blocks, and clusters that are gone."""

import pytest
from operations_bench import (
    CLUSTER,
    TOPIC,
    actions,
    at,
    change,
    cluster,
    details,
    imported,
    job,
    output,
    removed,
    topic,
    topics,
    wrong,
)

from kplan_memory.world import Injection, world

CHAIN = [
    CLUSTER,
    topic("a"),
    topic("b", "note = memory_topic.a.id"),
    topic("c", "note = memory_topic.b.id"),
    topic("z"),
]
KEYED = topic("k", "for_each = { x = 1, y = 2 }", "name = each.key", "partitions = each.value")


def test_a_target_brings_what_it_needs(bench):
    bench.declare(*CHAIN)
    assert set(actions(bench.plan(targets=("memory_topic.b",)))) == {"memory_topic.a", "memory_topic.b"}
    assert set(actions(bench.plan(targets=("memory_topic.a", "memory_topic.z")))) == {
        "memory_topic.a",
        "memory_topic.z",
    }
    assert actions(bench.plan(targets=("memory_cluster.c",))) == {}


def test_a_target_by_key_leaves_its_siblings(bench):
    bench.declare(CLUSTER, KEYED)
    assert set(actions(bench.plan(targets=('memory_topic.k["x"]',)))) == {'memory_topic.k["x"]'}
    assert set(actions(bench.plan(targets=("memory_topic.k[x]",)))) == {'memory_topic.k["x"]'}
    assert set(actions(bench.plan(targets=("memory_topic.k",)))) == {
        'memory_topic.k["x"]',
        'memory_topic.k["y"]',
    }


def test_a_block_that_another_target_needs_comes_whole(bench):
    needing = topic("b", 'note = memory_topic.k["y"].name')
    bench.declare(CLUSTER, KEYED, needing)
    both = ('memory_topic.k["x"]', "memory_topic.b")
    assert set(actions(bench.plan(targets=both))) == {
        'memory_topic.k["x"]',
        'memory_topic.k["y"]',
        "memory_topic.b",
    }


def test_a_target_leaves_outputs_and_other_objects_as_they_are(bench):
    bench.applied(CLUSTER, topic("a"), topic("z"), output("o", "memory_topic.a.partitions"))
    bench.declare(CLUSTER, topic("a", "partitions = 2"), output("o", "memory_topic.a.partitions"))
    outcome = bench.apply(targets=("memory_topic.a",))
    assert (outcome.tally.changed, outcome.tally.destroyed) == (1, 0)
    assert outcome.plan.outputs == ()
    assert bench.state().outputs["o"].value == 1
    assert actions(bench.plan()) == {"memory_topic.z": "delete"}


def test_a_target_may_be_what_is_no_longer_declared(bench):
    bench.applied(CLUSTER, topic("a"), topic("b"), KEYED)
    bench.declare(CLUSTER, topic("c"))
    assert actions(bench.plan(targets=("memory_topic.b",))) == {"memory_topic.b": "delete"}
    assert actions(bench.plan(targets=('memory_topic.k["x"]',))) == {'memory_topic.k["x"]': "delete"}
    assert set(actions(bench.plan(targets=("memory_topic.k",)))) == {
        'memory_topic.k["x"]',
        'memory_topic.k["y"]',
    }


@pytest.mark.parametrize(
    ("target", "hint"),
    [
        ("memory_topic.aa", ' Did you mean "memory_topic.a"?'),
        ("memory_topic.q.q", None),
        ('memory_topic.k["z"]', ' Did you mean "memory_topic.k["x"]"?'),
        ("output.o", ""),
        ("nothing", None),
    ],
)
def test_a_target_that_is_nothing_is_told(bench, target, hint):
    bench.declare(CLUSTER, topic("a"), KEYED, output("o", "1"))
    outcome = bench.plan(targets=(target,))
    if hint is None:
        assert wrong(outcome) == ["Invalid address"]
        assert details(outcome)[0].startswith(f"-target={target}: that is no address")
        return
    assert wrong(outcome) == ["No such address"]
    assert details(outcome)[0].startswith(
        f"-target={target} matches nothing that is declared or in state.{hint}"
    )
    assert not outcome.plan.complete


def test_destroy_of_a_target_takes_along_what_depends_on_it(bench):
    bench.applied(*CHAIN)
    assert set(actions(bench.plan(destroy=True, targets=("memory_topic.b",)))) == {
        "memory_topic.b",
        "memory_topic.c",
    }
    assert set(actions(bench.plan(destroy=True, targets=("memory_topic.z",)))) == {"memory_topic.z"}
    assert set(actions(bench.plan(destroy=True, targets=("memory_cluster.c",)))) == {
        f"memory_topic.{one}" for one in "abcz"
    }
    outcome = bench.apply(destroy=True, targets=("memory_topic.a",))
    assert outcome.tally.destroyed == 3
    assert bench.owned() == {"memory_topic.z": "z"}


def test_destroy_of_an_instance_leaves_its_siblings_and_takes_who_needs_the_block(bench):
    bench.applied(CLUSTER, KEYED, topic("b", 'note = memory_topic.k["y"].name'))
    found = actions(bench.plan(destroy=True, targets=('memory_topic.k["x"]',)))
    assert set(found) == {'memory_topic.k["x"]', "memory_topic.b"}


def test_replace_must_be_declared(bench):
    bench.applied(CLUSTER, topic("a"), KEYED)
    for wanted in ("memory_topic.k", "memory_topic.b", 'memory_topic.k["z"]'):
        outcome = bench.plan(replaces=(wanted,))
        assert wrong(outcome) == ["No such address"]
        assert details(outcome)[0].startswith(f"-replace={wanted} matches nothing")
    assert actions(bench.plan(replaces=("memory_topic.k[x]",))) == {'memory_topic.k["x"]': "replace"}
    assert wrong(bench.plan(replaces=("x",))) == ["Invalid address"]


A, B = cluster("a"), cluster("b")
ON_A, ON_B = "memory_cluster.a", "memory_cluster.b"


def test_an_excluded_cluster_is_left_out_with_what_depends_on_it(bench):
    text = [
        A,
        B,
        topic("here", on=ON_A),
        topic("there", on=ON_B),
        topic("by_name", "note = memory_topic.here.name", on=ON_B),
        topic("by_id", "note = memory_topic.here.id", on=ON_B),
        topic("named", 'name = "n-${memory_topic.here.id}"', on=ON_B),
        topic("far", "note = memory_topic.by_id.id", on=ON_B),
    ]
    bench.declare(*text)
    outcome = bench.apply(exclude_clusters=("memory_cluster.a",))
    assert wrong(outcome) == []
    assert outcome.plan.excluded == ("memory_cluster.a",)
    assert actions(outcome) == {"memory_topic.there": "create"}
    assert world("a").calls == []
    bench.apply(targets=("memory_topic.here",))
    assert bench.apply().tally.added == 4
    assert actions(bench.plan(exclude_clusters=("memory_cluster.a",))) == {}
    assert bench.owned().keys() == {
        f"memory_topic.{one}" for one in ("here", "there", "by_name", "by_id", "named", "far")
    }


def test_what_depends_on_data_of_an_excluded_cluster_is_left_out(bench):
    world("a").create(TOPIC, "x")
    text = [
        A,
        B,
        topics("d", on=ON_A),
        topic("k", "for_each = toset(data.memory_topics.d.names)", 'name = "k-${each.key}"', on=ON_B),
        topic("n", "note = data.memory_topics.d.names[0]", on=ON_B),
        topic("free", on=ON_B),
    ]
    bench.declare(*text)
    assert actions(bench.plan(exclude_clusters=("memory_cluster.a",))) == {"memory_topic.free": "create"}
    bench.apply()
    assert actions(bench.plan(exclude_clusters=("memory_cluster.a",))) == {}


def test_an_object_whose_block_went_is_still_deleted_with_a_cluster_excluded(bench):
    bench.applied(A, B, topic("here", on=ON_A), topic("gone", on=ON_B))
    bench.declare(A, B, topic("here", on=ON_A))
    assert actions(bench.plan(exclude_clusters=("memory_cluster.a",))) == {"memory_topic.gone": "delete"}


def test_one_cluster_of_many_is_excluded_by_key(bench):
    edge = cluster("e", 'for_each = toset(["x", "y"])')
    each = 'memory_topic "t" {\n  for_each = memory_cluster.e\n  cluster  = each.value\n}\n'
    bench.declare(edge, each)
    assert set(actions(bench.plan(exclude_clusters=('memory_cluster.e["x"]',)))) == {'memory_topic.t["y"]'}
    assert actions(bench.plan(exclude_clusters=("memory_cluster.e",))) == {}


def test_a_cluster_to_exclude_must_be_there(bench):
    outcome = bench.declare(CLUSTER, topic("a")).plan(exclude_clusters=("memory_cluster.d",))
    assert wrong(outcome) == ["No such address"]
    expected = '-exclude-cluster=memory_cluster.d matches nothing that is declared or in state. Did you mean "memory_cluster.c"?'
    assert details(outcome) == [expected]


def test_what_depends_on_a_cluster_that_does_not_answer_is_not_guessed_at(bench):
    bench.declare(A, B, topic("here", on=ON_A), topic("named", 'name = "n-${memory_topic.here.id}"', on=ON_B))
    bench.apply(targets=("memory_topic.here",))
    bench.apply()
    world("a").inject(Injection("down", times=-1))
    outcome = bench.plan()
    assert wrong(outcome) == ["no connection to the cluster"]
    assert actions(outcome) == {}
    assert not outcome.plan.complete


def test_objects_of_a_cluster_that_is_gone_are_told_or_let_go(bench):
    bench.applied(A, B, topic("t", on=ON_A), topic("u", on=ON_B))
    bench.declare(B, topic("u", on=ON_B))
    outcome = bench.plan()
    assert wrong(outcome) == ["Cluster removed while state holds its objects"]
    assert details(outcome)[0].startswith(
        "The block of memory_cluster.a is gone, but state still holds 1 object on it: memory_topic.t."
    )
    assert "    from = memory_cluster.a\n" in details(outcome)[0]
    deleted = bench.declare(B, topic("u", on=ON_B), removed("memory_cluster.a", "true")).plan()
    assert wrong(deleted) == ["Cluster removed while state holds its objects"]
    outcome = bench.declare(B, topic("u", on=ON_B), removed("memory_cluster.a", "false")).apply()
    assert outcome.tally.forgotten == 1
    assert bench.owned() == {"memory_topic.u": "u"}
    assert world("a").names() == ["t"]


def test_a_key_of_clusters_that_is_gone_is_named_by_key(bench):
    def edge(keys: str) -> list[str]:
        each = 'memory_topic "t" {\n  for_each = memory_cluster.e\n  cluster  = each.value\n}\n'
        return [cluster("e", f"for_each = toset({keys})", "name = each.key"), each]

    bench.applied(*edge('["a", "b"]'))
    detail = details(bench.declare(*edge('["a"]')).plan())[0]
    assert '    from = memory_cluster.e["b"]\n' in detail
    bench.applied(*edge('["a"]'), removed('memory_cluster.e["b"]', "false"))
    assert bench.owned() == {'memory_topic.t["a"]': "t"}


def test_many_homeless_objects_are_counted(bench):
    bench.applied(A, B, *[topic(f"t{n}", on=ON_A) for n in range(8)])
    detail = details(bench.declare(B).plan())[0]
    assert (
        "8 objects on it: memory_topic.t0, memory_topic.t1, memory_topic.t2, memory_topic.t3, memory_topic.t4 and 3 more."
        in detail
    )


@pytest.mark.parametrize(
    ("patterns", "adopted"),
    [
        (("memory_topic.*",), {"memory_topic.a", 'memory_topic.k["x"]', 'memory_topic.k["y"]'}),
        (("*",), {"memory_topic.a", 'memory_topic.k["x"]', 'memory_topic.k["y"]'}),
        (("memory_topic.a",), {"memory_topic.a"}),
        (("memory_topic.k",), {'memory_topic.k["x"]', 'memory_topic.k["y"]'}),
        (('memory_topic.k["x"]',), {'memory_topic.k["x"]'}),
        (("memory_topic.k[x]",), {'memory_topic.k["x"]'}),
        (("memory_topic.k[*]",), {'memory_topic.k["x"]', 'memory_topic.k["y"]'}),
        (("memory_topic.?",), {"memory_topic.a"}),
        (("memory_topic.a", "memory_topic.k[y]"), {"memory_topic.a", 'memory_topic.k["y"]'}),
    ],
)
def test_a_pattern_adopts_what_it_meets(bench, patterns, adopted):
    for name in ("a", "x", "y"):
        bench.world.create(TOPIC, name)
    outcome = bench.declare(CLUSTER, topic("a"), KEYED).plan(adopt=patterns)
    assert {one.address for one in outcome.plan.changes if one.adopting} == adopted


def test_adopting_changes_nothing_by_itself(bench):
    bench.world.create(TOPIC, "a", partitions=2)
    bench.declare(CLUSTER, topic("a", "partitions = 2"))
    assert wrong(bench.plan()) == ["Object exists but is not managed"]
    outcome = bench.apply(adopt=("memory_topic.a",))
    assert (outcome.tally.adopted, outcome.tally.changed) == (1, 0)
    assert bench.world.effects == []
    assert not bench.plan().plan.has_changes()


def test_a_pattern_that_meets_nothing_is_told(bench):
    outcome = bench.declare(CLUSTER, topic("a")).plan(adopt=("memory_topic.b*",))
    assert wrong(outcome) == ["No such address"]
    assert details(outcome)[0].startswith("--adopt=memory_topic.b* matches nothing")


def test_an_import_block_adopts_and_differences_are_updates(bench):
    bench.world.create(TOPIC, "a", partitions=2)
    outcome = bench.declare(CLUSTER, topic("a", "partitions = 3"), imported("memory_topic.a", "a")).apply()
    assert (outcome.tally.adopted, outcome.tally.changed) == (1, 1)
    assert bench.live("a")["partitions"] == 3
    assert not bench.plan().plan.has_changes()  # the block may stay


@pytest.mark.parametrize(
    ("text", "summary", "underlined"),
    [
        (
            [topic("a"), imported("memory_topic.a", "a")],
            "Cannot import non-existent object",
            'memory_topic "a"',
        ),
        ([topic("a"), imported("memory_topic.a", "b")], "Import of another object", '"b"'),
        ([KEYED, imported('memory_topic.k["z"]', "z")], "Import to undeclared address", '"z"'),
    ],
)
def test_an_import_that_can_not_be_is_told(bench, text, summary, underlined):
    bench.world.create(TOPIC, "b")
    outcome = bench.declare(CLUSTER, *text).plan()
    assert summary in wrong(outcome)
    assert at(outcome)[wrong(outcome).index(summary)] == underlined
    assert not outcome.plan.complete


def test_an_import_out_of_reach_waits(bench):
    bench.world.create(TOPIC, "a")
    bench.declare(CLUSTER, topic("a"), topic("z"), imported("memory_topic.a", "a"))
    outcome = bench.plan(targets=("memory_topic.z",))
    assert wrong(outcome) == []
    assert set(actions(outcome)) == {"memory_topic.z"}
    assert wrong(bench.plan(destroy=True)) == []


def test_types_of_one_cluster_are_read_side_by_side_with_jobs(bench):
    bench.applied(CLUSTER, topic("a"), job("j", 1))
    bench.declare(CLUSTER, topic("a"), job("j", 3))
    assert change(bench.plan(targets=("memory_job.j",)), "memory_job.j").action.value == "update"
