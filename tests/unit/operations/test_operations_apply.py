"""From a plan that was approved to what is remembered; who clusters are."""

import pytest
from operations_bench import CLUSTER, TOPIC, actions, at, cluster, details, job, output, topic, topics, wrong

from kplan.lang.diagnostics import Severity
from kplan.operations.live import READ_SECONDS
from kplan.plan.model import Consents
from kplan_memory.world import Injection, world


def test_what_is_not_approved_is_not_done(bench):
    bench.declare(CLUSTER, topic("a"))
    outcome = bench.apply(lambda _: False)
    assert (outcome.declined, outcome.tally) == (True, None)
    assert actions(outcome) == {"memory_topic.a": "create"}
    assert bench.world.effects == []
    assert bench.state().serial == 0


def test_who_approves_sees_the_plan(bench):
    seen = []
    bench.declare(CLUSTER, topic("a")).apply(lambda plan: bool(seen.append(plan)) or True)
    assert [change.address for change in seen[0].changes] == ["memory_topic.a"]


def test_an_approval_that_took_long_is_held_against_the_world_as_it_is(bench):
    bench.applied(CLUSTER, topic("a"))
    bench.declare(CLUSTER, topic("a", "partitions = 3"), topic("b"))

    def late(meddle):
        def approve(_):
            bench.clock.now += 61
            meddle()
            return True

        return approve

    outcome = bench.apply(late(lambda: bench.world.edit(TOPIC, "a", partitions=2)))
    assert wrong(outcome) == ["Plan is stale"]
    assert details(outcome) == [
        "While the approval was awaited, live objects changed: memory_topic.a. Nothing was applied; plan again."
    ]
    assert bench.live("b") is None
    assert bench.apply(late(lambda: None)).tally.added == 1
    assert bench.live("a")["partitions"] == 3


def test_an_approval_in_time_needs_no_second_look(bench):
    bench.applied(CLUSTER, topic("a"))
    bench.declare(CLUSTER, topic("a", "partitions = 3"))
    bench.verbs()

    def approve(_):
        bench.clock.now += 59
        return True

    bench.apply(approve)
    assert bench.verbs() == ["facts", "read", "grow"]


def test_a_plan_without_its_consents_is_not_applied(bench):
    bench.applied(CLUSTER, topic("a"), topic("b"))
    bench.declare(CLUSTER)
    outcome = bench.apply(consents=Consents(1, 0))
    assert wrong(outcome) == [
        "Data loss needs consent",
        "Data loss needs consent",
    ]  # told, and why not applied
    assert outcome.tally is None
    assert bench.world.names() == ["a", "b"]
    assert bench.apply(consents=Consents(2, 0)).tally.destroyed == 2


def test_an_incomplete_plan_is_shown_and_not_applied(bench):
    bench.world.inject(Injection("unreadable", name="a", times=-1))
    outcome = bench.declare(CLUSTER, topic("a"), topic("b")).apply()
    assert wrong(outcome) == ["memory_topic a could not be read"]
    assert outcome.tally is None
    assert actions(outcome) == {"memory_topic.b": "create"}
    assert bench.world.effects == []


def test_warnings_come_with_the_outcome(bench):
    bench.declare(CLUSTER, topic("a"))
    (bench.folder / "kplan.kplanvars.hcl").write_text("x = 1\n")
    outcome = bench.apply()
    assert [one.severity for one in outcome.diagnostics] == [Severity.WARNING]
    assert outcome.tally.added == 1


def test_what_could_not_be_done_is_told_and_the_rest_done(bench):
    bench.world.inject(Injection("refuse", "create", "a"))
    text = [CLUSTER, topic("a"), topic("b"), topic("c", "depends_on = [memory_topic.a]")]
    outcome = bench.declare(*text).apply()
    assert wrong(outcome) == ["the cluster refused to create a"]
    assert (outcome.tally.added, outcome.tally.failed, outcome.tally.skipped) == (1, 1, 1)
    assert bench.owned() == {"memory_topic.b": "b"}
    assert bench.apply().tally.added == 2


def test_what_was_stopped_goes_on_later(bench):
    bench.applied(CLUSTER, job("j", 0))
    bench.declare(CLUSTER, job("j", 5), topic("a"))
    asked = iter([False] * 6)
    outcome = bench.apply(stop=lambda: next(asked, True))
    assert "Stopped before the end" in wrong(outcome)
    bench.apply()
    assert bench.world.get("memory_job", "j")["position"] == 5
    assert not bench.plan().plan.has_changes()


def test_outputs_are_remembered_as_they_are_after_the_apply(bench):
    made = [CLUSTER, topic("a"), "locals {\n  id = memory_topic.a.id\n}\n"]
    given = [
        output("id", "memory_topic.a.id"),
        output("all", "[for one in [memory_topic.a] : one.name]"),
        output("l", "local.id"),
    ]
    outcome = bench.applied(*made, *given)
    id_ = bench.live("a")["id"]
    assert {name: one.value for name, one in outcome.outputs.items()} == {"id": id_, "l": id_, "all": ("a",)}


def test_an_output_that_can_not_be_evaluated_is_told(bench):
    bench.declare(CLUSTER, topic("a"), output("o", "memory_topic.a.config.none"))
    outcome = bench.apply()
    assert wrong(outcome) == ["Unsupported attribute"]
    assert outcome.tally is None


def test_an_empty_configuration_of_a_known_cluster_deletes(bench):
    bench.applied(CLUSTER, topic("a"))
    assert actions(bench.declare(CLUSTER).plan()) == {"memory_topic.a": "delete"}


def test_a_cluster_must_be_the_one_that_is_pinned(bench):
    outcome = bench.declare(cluster("c", 'cluster_id = "other"'), topic("a")).plan()
    assert wrong(outcome) == ["Not the cluster that was declared"]
    assert at(outcome) == ['"other"']
    assert details(outcome)[0].startswith(
        "memory_cluster.c answers as memory-c, but its block says that it is other."
    )
    assert actions(outcome) == {}
    bench.applied(cluster("c", 'cluster_id = "memory-c"'), topic("a"))


def test_a_cluster_must_be_the_one_that_was_met(bench):
    bench.applied(CLUSTER, topic("a"))
    bench.world.uid = "other"
    bench.world.objects[TOPIC].clear()
    outcome = bench.apply()
    assert wrong(outcome) == ["Not the cluster that kplan knows"]
    assert "kplan state replace-endpoint 'memory_cluster.c'" in details(outcome)[0]
    assert (actions(outcome), outcome.tally) == ({}, None)
    assert wrong(bench.apply(destroy=True)) == ["Not the cluster that kplan knows"]


def test_a_claim_alone_binds_to_a_cluster(bench):
    bench.world.inject(Injection("lost_before", "create", "a"))
    bench.declare(CLUSTER, topic("a")).apply()
    bench.world.uid = "other"
    assert wrong(bench.plan()) == ["Not the cluster that kplan knows"]


def test_a_cluster_with_nothing_on_it_may_be_another_one_next_time(bench):
    bench.applied(CLUSTER)
    bench.world.uid = "other"
    bench.applied(CLUSTER, topic("a"))
    assert bench.state().endpoints["memory_cluster.c"].uid == "other"


def test_one_cluster_is_declared_once(bench):
    world("d").uid = "memory-c"
    outcome = bench.declare(CLUSTER, cluster("d"), topic("a")).plan()
    assert wrong(outcome) == ["The same cluster is declared twice"]
    assert at(outcome) == ['memory_cluster "d"']
    assert details(outcome) == [
        (
            "memory_cluster.d and memory_cluster.c are the same live memory_cluster (memory-c). Declare it once, so that every "
            "object on it has one owner."
        )
    ]


def test_a_cluster_that_does_not_answer_is_named_with_the_way_around_it(bench):
    bench.world.inject(Injection("down", times=-1))
    outcome = bench.declare(CLUSTER, cluster("d"), topic("a"), topic("b", on="memory_cluster.d")).plan()
    assert wrong(outcome) == ["no connection to the cluster"]
    assert details(outcome) == ["Nothing can be said of memory_cluster.c."]
    assert (
        outcome.diagnostics[0].remedy
        == "To plan without memory_cluster.c, pass -exclude-cluster='memory_cluster.c'."
    )
    assert actions(outcome) == {"memory_topic.b": "create"}
    assert bench.apply(exclude_clusters=("memory_cluster.c",)).tally.added == 1


def test_a_provider_that_leaves_out_an_answer_is_told(bench, monkeypatch):
    from kplan_memory.session import MemorySession

    read = MemorySession.read

    def forgetful(session, leaf, asks, stop):
        return {
            identity: seen for identity, seen in read(session, leaf, asks, stop).items() if identity != ("a",)
        }

    monkeypatch.setattr(MemorySession, "read", forgetful)
    outcome = bench.declare(CLUSTER, topic("a"), topic("b")).plan()
    assert wrong(outcome) == ["Provider gave no answer"]
    assert not outcome.plan.complete


def test_a_slow_cluster_is_waited_for_and_one_that_hangs_is_not(bench):
    slept = []
    bench.world.sleep = slept.append
    bench.world.inject(Injection("slow", "read", seconds=5))
    assert wrong(bench.declare(CLUSTER, topic("a")).plan()) == []
    assert slept == [5]
    bench.world.inject(Injection("slow", "read", seconds=10_000))
    assert wrong(bench.plan()) == ["the cluster did not answer in time"]
    assert slept[1] <= READ_SECONDS


def test_sessions_are_closed_whatever_happens(bench, monkeypatch):
    from kplan_memory.session import MemorySession

    closed = []
    monkeypatch.setattr(MemorySession, "close", lambda session: closed.append(session.world.uid))
    bench.declare(CLUSTER, cluster("d"), topic("a"), topics("t")).plan()
    assert sorted(closed) == ["memory-c", "memory-d"]
    bench.declare(
        CLUSTER, topic("a"), topic("b", "partitions = length(memory_topic.a.id) - length(memory_topic.a.id)")
    )
    bench.apply()
    assert len(closed) == 3


@pytest.mark.parametrize("count", [1, 12])
def test_many_clusters_are_contacted_side_by_side(bench, count):
    text = [
        cluster(
            "e", f"for_each = toset([for n in range({count}) : tostring(n)])", 'name = "many-${each.key}"'
        )
    ]
    bench.declare(*text, 'memory_topic "t" {\n  for_each = memory_cluster.e\n  cluster  = each.value\n}\n')
    outcome = bench.apply()
    assert outcome.tally.added == count
    assert [world(f"many-{n}").names() for n in range(count)] == [["t"]] * count
    bench.apply(destroy=True)


def promised(condition: str) -> str:
    inner = f'    postcondition {{\n      condition = {condition}\n      error_message = "not so"\n    }}\n'
    return topic("a").removesuffix("}\n") + "  lifecycle {\n" + inner + "  }\n}\n"


def test_a_postcondition_that_only_the_apply_decides_is_judged_then(bench):
    text = [CLUSTER, promised('self.id == "another"'), topic("b", "note = memory_topic.a.id")]
    planned = bench.declare(*text).plan()
    assert wrong(planned) == []
    outcome = bench.apply()
    assert wrong(outcome) == ["Resource postcondition failed"]
    assert "not so" in outcome.diagnostics[0].detail
    assert (outcome.tally.added, outcome.tally.skipped, outcome.tally.failed) == (1, 1, 0)
    assert bench.owned() == {"memory_topic.a": "a"}  # it is there, and remembered
    assert bench.live("b") is None
    assert wrong(bench.plan()) == ["Resource postcondition failed"]
    assert wrong(bench.applied(CLUSTER, promised('startswith(self.id, "")'), text[2])) == []


def test_a_precondition_that_only_the_apply_decides_is_judged_before_anything_is_sent(bench):
    inner = (
        '    precondition {\n      condition = memory_topic.a.id == "x"\n      error_message = "no"\n    }\n'
    )
    guarded = topic("b").removesuffix("}\n") + "  lifecycle {\n" + inner + "  }\n}\n"
    assert wrong(bench.declare(CLUSTER, topic("a"), guarded).plan()) == []
    outcome = bench.apply()
    assert wrong(outcome) == ["Resource precondition failed"]
    assert bench.owned() == {"memory_topic.a": "a"}
    assert bench.live("b") is None
