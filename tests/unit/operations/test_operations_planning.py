"""Strata read one after another, data asked in time, and everything found by one plan."""

from operations_bench import (
    CLUSTER,
    READS,
    TOPIC,
    actions,
    at,
    change,
    cluster,
    details,
    job,
    output,
    removed,
    topic,
    topics,
    wrong,
)

from kplan.plan.model import Action
from kplan.sdk.values import Unknown
from kplan_memory.session import MemorySession
from kplan_memory.world import Injection, world


def test_what_was_applied_needs_nothing(bench):
    outcome = bench.applied(
        CLUSTER, topic("a", "partitions = 3"), job("j", 5), output("o", "memory_topic.a.partitions")
    )
    assert outcome.tally.added == 2
    assert outcome.outputs["o"].value == 3
    assert bench.owned() == {"memory_topic.a": "a", "memory_job.j": "j"}
    assert bench.live("a")["partitions"] == 3


def test_a_plan_only_reads(bench):
    bench.applied(CLUSTER, topic("a"), topics("d"))
    bench.declare(CLUSTER, topic("a", "partitions = 2"), topic("b", "note = memory_topic.a.id"), topics("d"))
    before, journal = bench.state(), sorted(path.name for path in (bench.folder / "state").iterdir())
    bench.verbs()
    assert actions(bench.plan()) == {"memory_topic.a": "update", "memory_topic.b": "create"}
    assert set(bench.verbs()) <= READS
    assert bench.state() == before
    assert sorted(path.name for path in (bench.folder / "state").iterdir()) == journal


def test_each_stratum_is_one_read(bench):
    chain = [
        CLUSTER,
        topic("a"),
        topic("b", "note = memory_topic.a.id"),
        topic("c", "note = memory_topic.b.note"),
    ]
    bench.applied(*chain)
    bench.verbs()
    bench.plan()
    assert bench.verbs() == ["facts", "read", "read"]


def test_what_is_known_after_a_read_is_planned_with(bench):
    outcome = bench.declare(CLUSTER, topic("a"), topic("b", "note = memory_topic.a.id")).apply()
    assert change(outcome, "memory_topic.b").after["note"] == Unknown("string", ("memory_topic.a",))
    assert bench.live("b")["note"] == bench.live("a")["id"]
    again = bench.plan()
    assert change(again, "memory_topic.b").after["note"] == bench.live("a")["id"]
    assert actions(again) == {}


def test_a_null_that_the_cluster_decides_is_read_in_time(bench):
    text = [
        CLUSTER,
        topic("a", "replication_factor = null"),
        topic("b", 'note = "${memory_topic.a.replication_factor}"'),
    ]
    bench.applied(*text)
    assert bench.live("b")["note"] == "1"


def test_a_null_by_a_variable_is_read_in_time(bench):
    variable = 'variable "rf" {\n  type    = number\n  default = null\n}\n'
    two = topic("b", 'note = "${memory_topic.a.replication_factor}"')
    bench.applied(variable, CLUSTER, topic("a", "replication_factor = var.rf"), two)
    assert wrong(bench.plan(variables={"rf": "2"})) == ["a has replication factor 1 and cannot have 2"]


def test_the_id_of_an_unpinned_cluster_can_be_read(bench):
    text = [
        CLUSTER,
        topic("a", "note = memory_cluster.c.cluster_id"),
        output("o", "memory_cluster.c.cluster_id"),
    ]
    outcome = bench.applied(*text)
    assert bench.live("a")["note"] == "memory-c"
    assert outcome.outputs["o"].value == "memory-c"


def test_data_is_asked_while_planning(bench):
    bench.world.create(TOPIC, "there")
    outcome = bench.applied(
        CLUSTER, topics("d", 'prefix = "th"'), topic("a", "note = data.memory_topics.d.names[0]")
    )
    assert change(outcome, "memory_topic.a").after["note"] == "there"


def test_data_has_its_arguments_and_its_cluster(bench):
    text = [CLUSTER, topics("d", 'prefix = "x"'), output("p", "data.memory_topics.d.prefix")]
    outcome = bench.applied(
        *text, output("c", "data.memory_topics.d.cluster.name"), output("n", "data.memory_topics.d.count")
    )
    assert {name: one.value for name, one in outcome.outputs.items()} == {"p": "x", "c": "c", "n": 0}


def test_keys_may_come_from_data(bench):
    bench.world.create(TOPIC, "x")
    text = [
        CLUSTER,
        topics("d", 'prefix = "x"'),
        topic("a", "for_each = toset(data.memory_topics.d.names)", 'name = "a-${each.key}"'),
    ]
    bench.applied(*text)
    assert bench.owned() == {'memory_topic.a["x"]': "a-x"}


def test_data_waits_for_what_it_depends_on_to_be_changed(bench):
    text = [
        CLUSTER,
        topic("a"),
        topics("d", "depends_on = [memory_topic.a]"),
        topic("b", 'note = join(",", data.memory_topics.d.names)'),
    ]
    outcome = bench.declare(*text).apply()
    assert wrong(outcome) == []
    assert change(outcome, "memory_topic.b").after["note"] == Unknown("string", ("data.memory_topics.d",))
    assert bench.live("b")["note"] == "a"
    assert actions(bench.plan()) == {"memory_topic.b": "update"}  # the answer names b too by now


def test_data_that_refers_to_what_changes_waits_without_depends_on(bench):
    text = [CLUSTER, topic("a"), "locals {\n  n = memory_topic.a.name\n}\n", topics("d", "prefix = local.n")]
    bench.applied(*text, topic("z", 'note = join(",", data.memory_topics.d.names)'))
    assert bench.live("z")["note"] == "a"


def test_data_that_depends_on_nothing_new_is_asked_at_once(bench):
    text = [CLUSTER, topic("a"), topics("d", "prefix = memory_topic.a.name")]
    bench.applied(*text)
    bench.declare(*text, topic("b", "note = data.memory_topics.d.names[0]"))
    assert change(bench.plan(), "memory_topic.b").after["note"] == "a"


def test_data_that_gets_no_answer_is_told_and_makes_the_plan_incomplete(bench):
    bench.applied(CLUSTER, topic("a"))
    bench.world.inject(Injection("down", "query"))
    outcome = bench.declare(
        CLUSTER, topic("a", "partitions = 2"), topics("d"), topic("b", "note = data.memory_topics.d.names[0]")
    ).plan()
    assert wrong(outcome) == ["no connection to the cluster"]
    assert details(outcome) == ["data.memory_topics.d has no answer."]
    assert at(outcome) == ['data "memory_topics" "d"']
    assert not outcome.plan.complete


def test_data_is_not_asked_about_what_is_not_known(bench):
    bench.world.create(TOPIC, "a")
    outcome = bench.declare(CLUSTER, topic("a"), topics("d", "prefix = memory_topic.a.id")).plan()
    assert wrong(outcome) == ["Object exists but is not managed"]
    assert "query" not in bench.verbs()


def test_what_an_answer_leaves_out_is_null(bench, monkeypatch):
    monkeypatch.setattr(MemorySession, "query", lambda *_: [{"names": ("x",)}])
    outcome = bench.applied(CLUSTER, topics("d"), output("o", "data.memory_topics.d"))
    assert outcome.outputs["o"].value == {
        "cluster": "memory_cluster.c",
        "prefix": None,
        "names": ("x",),
        "count": None,
    }


def test_errors_of_a_later_stratum_are_told_without_a_plan(bench):
    text = [
        CLUSTER,
        topic("a"),
        topic("b", "partitions = length(memory_topic.a.id) - length(memory_topic.a.id)"),
    ]
    bench.applied(CLUSTER, topic("a"))
    outcome = bench.declare(*text).plan()
    assert outcome.plan is None
    assert wrong(outcome) == ["partitions must be a whole number of at least 1, not 0."]


def test_errors_of_the_first_stratum_are_told_before_anything_is_contacted(bench):
    bench.declare(CLUSTER, topic("a", "partitions = 0"), topic("b", "note = 1 / 0"))
    outcome = bench.plan()
    assert wrong(outcome) == ["partitions must be a whole number of at least 1, not 0.", "Division by zero"]
    assert bench.verbs() == []


def test_without_refresh_what_is_remembered_is_believed(bench):
    bench.applied(CLUSTER, topic("a", "partitions = 2"), topic("b"))
    bench.world.edit(TOPIC, "a", partitions=5)
    bench.world.delete(TOPIC, "b")
    bench.verbs()
    assert actions(bench.plan(refresh=False)) == {}
    assert bench.verbs() == ["facts"]
    assert wrong(bench.plan()) == ["a has 5 partitions and cannot have 2"]
    bench.declare(CLUSTER, topic("a", "partitions = 3"), topic("n"))
    outcome = bench.plan(refresh=False)
    assert actions(outcome) == {
        "memory_topic.a": "update",
        "memory_topic.b": "delete",
        "memory_topic.n": "create",
    }
    assert [call.identities for call in bench.world.calls if call.verb == "read"][-1] == (("n",),)


def test_what_is_gone_is_forgotten_and_its_cluster_too(bench):
    bench.applied(CLUSTER, cluster("d"), topic("a"), topic("b", on="memory_cluster.d"))
    assert set(bench.state().endpoints) == {"memory_cluster.c", "memory_cluster.d"}
    bench.applied(CLUSTER, cluster("d"), topic("a"))
    assert bench.owned() == {"memory_topic.a": "a"}
    bench.applied(CLUSTER, topic("a", "partitions = 2"))
    assert set(bench.state().endpoints) == {"memory_cluster.c"}


def test_a_cluster_under_another_address_is_the_same_cluster(bench):
    bench.applied(CLUSTER, topic("a"))
    bench.declare(cluster("renamed", 'name = "c"'), topic("a", on="memory_cluster.renamed"))
    outcome = bench.apply()
    assert wrong(outcome) == []
    assert actions(outcome) == {}
    leaf = next(iter(bench.state().leaves.values()))
    assert leaf.endpoint == "memory_cluster.renamed"
    assert set(bench.state().endpoints) == {"memory_cluster.renamed"}


def test_an_address_is_a_label_of_an_object(bench):
    bench.applied(CLUSTER, topic("a", 'name = "x"'), topic("b", 'name = "y"'))
    bench.verbs()
    swapped = [CLUSTER, topic("b", 'name = "x"'), topic("k", "for_each = { y = 1 }", "name = each.key")]
    outcome = bench.declare(*swapped).plan()
    moved = {one.address: one.previous_address for one in outcome.plan.changes}
    assert moved == {"memory_topic.b": "memory_topic.a", 'memory_topic.k["y"]': "memory_topic.b"}
    bench.apply()
    assert not set(bench.verbs()) - READS
    assert bench.owned() == {"memory_topic.b": "x", 'memory_topic.k["y"]': "y"}


def test_two_addresses_for_one_object_are_told(bench):
    outcome = bench.declare(CLUSTER, topic("a", 'name = "x"'), topic("b", 'name = "x"')).plan()
    assert wrong(outcome) == ["Two addresses for one object"]
    assert details(outcome) == [
        'memory_topic.a and memory_topic.b are both memory_topic "x" on memory_cluster.c. Declare it once.'
    ]


def test_a_replacement_is_a_delete_and_a_create(bench):
    text = [CLUSTER, topic("a", "partitions = 3"), topic("b", "note = memory_topic.a.id")]
    bench.applied(*text)
    bench.world.edit(TOPIC, "a", records=9)
    old = bench.live("a")["id"]
    outcome = bench.apply(replaces=("memory_topic.a",))
    assert wrong(outcome) == []
    replaced = change(outcome, "memory_topic.a")
    assert (replaced.action, replaced.reason) == (Action.REPLACE, "requested by -replace")
    assert [loss.amount for loss in replaced.losses] == ["9 records"]
    assert (outcome.tally.added, outcome.tally.destroyed, outcome.tally.changed) == (1, 1, 1)
    assert bench.live("a")["id"] != old
    assert bench.live("b")["note"] == bench.live("a")["id"]
    assert actions(bench.plan()) == {}


def test_a_replacement_can_do_what_an_update_can_not(bench):
    bench.applied(CLUSTER, topic("a", "partitions = 3"))
    bench.declare(CLUSTER, topic("a", "partitions = 2"))
    assert wrong(bench.plan()) == ["a has 3 partitions and cannot have 2"]
    outcome = bench.apply(replaces=("memory_topic.a",))
    assert [one for one in wrong(outcome) if "partitions" not in one] == []


def test_a_removed_block_consents_or_lets_go(bench):
    bench.applied(CLUSTER, topic("kept"), topic("gone"))
    text = [CLUSTER, removed("memory_topic.kept", "false"), removed("memory_topic.gone", "true")]
    from kplan.plan.model import Consents

    outcome = bench.declare(*text).apply(consents=Consents())
    assert wrong(outcome) == []
    assert (outcome.tally.forgotten, outcome.tally.destroyed) == (1, 1)
    assert bench.world.names() == ["kept"]
    assert bench.owned() == {}


def test_a_removed_block_for_an_instance_that_is_there_contradicts(bench):
    keyed = topic("k", 'for_each = toset(["x", "y"])', "name = each.key")
    outcome = bench.declare(CLUSTER, keyed, removed('memory_topic.k["x"]', "false")).plan()
    assert wrong(outcome) == ["Removed block is still declared"]
    assert at(outcome) == ['memory_topic.k["x"]']


def test_destroy_takes_everything_and_asks_for_nothing_else(bench):
    bench.applied(
        CLUSTER,
        topic("a"),
        topic("b", "note = memory_topic.a.id"),
        topics("d"),
        output("o", "memory_topic.a.id"),
    )
    outcome = bench.apply(destroy=True)
    assert outcome.tally.destroyed == 2
    assert bench.world.names() == []
    state = bench.state()
    assert (state.leaves, state.outputs) == ({}, {})
    assert [one.name for one in outcome.plan.outputs if one.after is None] == ["o"]
    deletes = [effect.identity[0] for effect in bench.world.effects if effect.verb == "delete"]
    assert deletes == ["b", "a"]


def test_an_endpoint_that_is_decided_later_is_told(bench):
    text = [CLUSTER, topic("a"), cluster("d", "world = memory_topic.a.id"), topic("b", on="memory_cluster.d")]
    outcome = bench.declare(*text).plan()
    assert wrong(outcome) == ["Endpoint not known while planning"]
    assert details(outcome) == [
        "memory_cluster.d can't be contacted: its settings depend on something that is not applied yet."
    ]


def test_worlds_are_kept_apart(bench):
    bench.applied(
        cluster("a"),
        cluster("b"),
        topic("t", "for_each = { one = memory_cluster.a, two = memory_cluster.b }", on="each.value"),
    )
    assert (world("a").names(), world("b").names()) == (["t"], ["t"])
    assert bench.owned() == {'memory_topic.t["one"]': "t", 'memory_topic.t["two"]': "t"}


def test_names_and_keys_that_only_the_apply_decides_are_refused(bench):
    named = topic("b", "name = memory_topic.a.id")
    keyed = topic("k", "for_each = toset([memory_topic.a.id])", 'name = "k-${each.key}"')
    text = [CLUSTER, topic("a"), named, keyed]
    outcome = bench.declare(*text).plan()
    assert wrong(outcome) == ["Invalid identity", "Invalid for_each argument"]
    assert "they depend on memory_topic.a." in details(outcome)[1]
    bench.declare(*text).apply(targets=("memory_topic.a",))
    assert set(actions(bench.plan())) == {"memory_topic.b", 'memory_topic.k["memory-c-1"]'}
