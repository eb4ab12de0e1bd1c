"""What a plan could not know is evaluated again during the apply, and must come out as it was planned."""

from operations_bench import CLUSTER, JOB, TOPIC, actions, change, details, job, output, topic, topics, wrong

from kplan.sdk.session import Danger, Done, Loss
from kplan.sdk.values import Unknown
from kplan_memory import topics as topics_rules
from kplan_memory.session import MemorySession
from kplan_memory.world import Injection

D = topics("d", 'prefix = "n"', "depends_on = [memory_topic.n]")
NAMES = 'note = join(",", data.memory_topics.d.names)'


def test_a_chain_of_unknowns_is_resolved_link_by_link(bench):
    links = [topic(f"t{n}", f'note = "after ${{memory_topic.t{n - 1}.id}}"') for n in range(1, 6)]
    bench.applied(CLUSTER, topic("t0"), *links, output("o", "memory_topic.t5.note"))
    ids = [bench.live(f"t{n}")["id"] for n in range(6)]
    assert [bench.live(f"t{n}")["note"] for n in range(1, 6)] == [f"after {id_}" for id_ in ids[:-1]]
    assert bench.state().outputs["o"].value == f"after {ids[4]}"


def test_unknowns_go_through_locals_and_whole_blocks(bench):
    keyed = topic("k", 'for_each = toset(["x", "y"])', "name = each.key")
    ids = "locals {\n  ids = [for one in memory_topic.k : one.id]\n}\n"
    bench.applied(CLUSTER, keyed, ids, topic("z", 'note = join(" ", local.ids)'))
    assert bench.live("z")["note"] == f"{bench.live('x')['id']} {bench.live('y')['id']}"


def test_each_instance_is_resolved_with_its_own_value(bench):
    keyed = topic(
        "k",
        "for_each = { x = memory_topic.a.id, y = 2, z = memory_topic.b.id }",
        "name = each.key",
        "note = each.value",
    )
    bench.applied(CLUSTER, topic("a"), topic("b"), keyed)
    assert [bench.live(one)["note"] for one in "xyz"] == [bench.live("a")["id"], "2", bench.live("b")["id"]]


def test_a_key_dropped_beside_an_unknown_is_unset(bench):
    bench.applied(CLUSTER, topic("a", 'config = { x = "1", y = "1" }', 'note = "old"'))
    outcome = bench.declare(
        CLUSTER, topic("n"), topic("a", 'config = { x = "1" }', "note = memory_topic.n.id")
    ).apply()
    assert wrong(outcome) == []
    assert bench.live("a")["config"] == {"x": "1"}
    assert not bench.plan().plan.has_changes()


def test_what_came_out_as_it_is_needs_nothing_and_lets_others_go_on(bench):
    text = [
        D,
        topic("a", NAMES),
        topic("b", 'note = "b ${memory_topic.a.note}"'),
        output("o", "memory_topic.b.note"),
    ]
    bench.applied(CLUSTER, topic("n"), *text)
    bench.world.effects.clear()
    outcome = bench.applied(CLUSTER, topic("n", 'note = "x"'), *text)
    assert set(actions(outcome)) == {f"memory_topic.{one}" for one in "abn"}
    assert [effect.identity for effect in bench.world.effects] == [("n",)]
    assert (outcome.tally.changed, outcome.tally.skipped, outcome.tally.failed) == (3, 0, 0)
    assert outcome.outputs["o"].value == "b n"


def test_what_was_known_must_come_out_equal(bench):
    bench.applied(CLUSTER, topic("a"))
    uses = topic("b", "note = memory_topic.n.id", "partitions = memory_topic.a.replication_factor")
    bench.declare(CLUSTER, topic("a", 'note = "new"'), topic("n"), uses)

    def meddle(_):
        bench.world.edit(TOPIC, "a", replication_factor=3)
        return True

    outcome = bench.apply(meddle)
    assert wrong(outcome) == ["Apply differs from the plan"]
    assert details(outcome) == [
        "memory_topic.b on memory_cluster.c: memory_topic.b came out other than planned in: partitions. Plan again."
    ]
    assert bench.live("b") is None
    assert wrong(bench.apply()) == []
    assert bench.live("b")["partitions"] == 3


def test_what_would_cost_more_than_was_shown_is_refused(bench, monkeypatch):
    text = [CLUSTER, topic("n"), topic("a", "note = memory_topic.n.id")]
    bench.applied(CLUSTER, topic("a"))
    plan = topics_rules.plan

    def dearer(cases):
        return [
            verdict._replace(losses=(Loss(Danger.DATA_LOSS, "all of it is lost"),))
            if case.desired["note"] == "memory-c-2"
            else verdict
            for case, verdict in zip(cases, plan(cases), strict=True)
        ]

    monkeypatch.setattr(topics_rules, "plan", dearer)
    outcome = bench.declare(*text).apply()
    assert details(outcome) == [
        (
            "memory_topic.a on memory_cluster.c: memory_topic.a would now cost what the plan did not show: all of it is lost. "
            "Plan again."
        )
    ]
    assert bench.live("a")["note"] is None


def test_long_work_may_have_a_goal_that_is_known_late(bench):
    late = 'memory_job "j" {\n  cluster = memory_cluster.c\n  target  = length(memory_topic.n.id)\n}\n'
    bench.applied(CLUSTER, job("j", 5))
    bench.applied(CLUSTER, topic("n"), late)
    assert bench.world.get(JOB, "j")["position"] == len(bench.live("n")["id"])


def test_what_the_rules_refuse_once_it_is_known_fails_alone(bench):
    bad = topic("bad", "partitions = length(memory_topic.n.id) - 100")
    outcome = bench.declare(
        CLUSTER, topic("n"), topic("good"), bad, topic("after", "note = memory_topic.bad.name")
    ).apply()
    assert outcome.tally == outcome.tally._replace(added=2, failed=1, skipped=1)
    assert bench.world.names() == ["good", "n"]
    assert wrong(outcome)[0].startswith("partitions must be a whole number of at least 1")


def test_a_failure_leaves_who_needs_it_undone_and_unknown(bench):
    bench.world.inject(Injection("refuse", "create", "a"))
    text = [
        CLUSTER,
        topic("a"),
        topic("b", "note = memory_topic.a.id"),
        output("o", "memory_topic.a.id"),
        output("p", "1"),
    ]
    outcome = bench.declare(*text).apply()
    assert (outcome.tally.failed, outcome.tally.skipped) == (1, 1)
    assert {name: one.value for name, one in bench.state().outputs.items()} == {"p": 1}
    assert bench.apply().tally.added == 2


def test_questions_are_asked_in_order_of_what_they_need(bench):
    first = topics("z_first", "depends_on = [memory_topic.n]", 'prefix = "n"')
    second = topics("a_second", "prefix = data.memory_topics.z_first.names[0]")
    user = topic("u", 'note = join(",", data.memory_topics.a_second.names)')
    outcome = bench.declare(CLUSTER, topic("n"), second, first, user).apply()
    assert wrong(outcome) == []
    assert bench.live("u")["note"] == "n"


def test_each_answer_belongs_to_its_key(bench):
    keyed = topics(
        "d",
        'for_each = { "a" = "n", "a#" = "q", "a!" = "r" }',
        "prefix = each.value",
        "depends_on = [memory_topic.n]",
    )
    every = '[for k in ["a", "a!", "a#"] : "${k}:${data.memory_topics.d[k].prefix}:${join(",", data.memory_topics.d[k].names)}"]'
    outcome = bench.declare(CLUSTER, topic("n"), keyed, topic("u", f'note = join(" ", {every})')).apply()
    assert wrong(outcome) == []
    assert bench.live("u")["note"] == "a:n:n a!:r: a#:q:"


def test_what_depends_on_a_question_that_waits_waits_too(bench):
    first = topics("first", "depends_on = [memory_topic.n]", 'prefix = "n"')
    keyed = topics(
        "d", 'for_each = { stated = "k", asked = data.memory_topics.first.names[0] }', "prefix = each.value"
    )
    by_order = topics("o", "depends_on = [data.memory_topics.first]")
    user = topic(
        "u", 'note = join(" ", [for one in data.memory_topics.d : one.count], data.memory_topics.o.names)'
    )
    outcome = bench.declare(CLUSTER, topic("n"), first, keyed, by_order, user).plan()
    assert [call.verb for call in bench.world.calls].count("query") == 0
    assert change(outcome, "memory_topic.u").unresolved
    assert wrong(bench.apply()) == []
    assert bench.live("u")["note"] == "1 0 n"
    assert [call.verb for call in bench.world.calls].count("query") == 3  # both of d together


def test_questions_of_one_kind_are_asked_together(bench):
    names = ", ".join(f'"n{number}"' for number in range(50))
    many = topics("d", f"for_each = toset([{names}])", "prefix = each.key")
    bench.applied(CLUSTER, many, topics("e"), output("o", "length(data.memory_topics.d)"))
    assert [call.verb for call in bench.world.calls].count(
        "query"
    ) == 2  # one for the apply, one for the plan after


def test_a_question_is_asked_once(bench):
    users = [topic(f"u{n}", NAMES) for n in range(5)]
    bench.declare(CLUSTER, topic("n"), D, *users).apply()
    assert [call.verb for call in bench.world.calls].count("query") == 1


def test_a_question_without_an_answer_fails_who_waited_for_it(bench):
    bench.world.inject(Injection("down", "query"))
    outcome = bench.declare(CLUSTER, topic("n"), D, topic("u", NAMES), topic("v", NAMES)).apply()
    assert wrong(outcome) == ["no connection to the cluster"]
    assert (outcome.tally.added, outcome.tally.failed) == (2, 1)


def test_what_depends_on_something_not_applied_is_still_unknown(bench):
    bench.world.inject(Injection("refuse", "create", "n"))
    text = [CLUSTER, topic("n"), "locals {\n  id = memory_topic.n.id\n}\n", topic("u", "note = local.id")]
    outcome = bench.declare(*text).apply()
    assert (outcome.tally.failed, outcome.tally.skipped) == (1, 1)
    assert change(outcome, "memory_topic.u").after["note"] == Unknown("string", ("memory_topic.n",))


def test_a_replaced_object_is_made_with_what_is_known_then(bench):
    text = [CLUSTER, topic("n"), topic("u", "note = memory_topic.n.id", 'config = { x = "1" }')]
    bench.applied(*text)
    outcome = bench.apply(replaces=("memory_topic.n", "memory_topic.u"))
    assert wrong(outcome) == []
    assert bench.live("u")["note"] == bench.live("n")["id"]
    assert bench.live("u")["config"] == {"x": "1"}
    assert not bench.plan().plan.has_changes()


def test_what_a_provider_forgot_to_tell_stays_unknown(bench, monkeypatch):
    apply = MemorySession.apply

    def forgetful(session, leaf, work, stop):
        for event in apply(session, leaf, work, stop):
            yield (
                event._replace(values={k: v for k, v in event.values.items() if k != "id"})
                if isinstance(event, Done)
                else event
            )

    monkeypatch.setattr(MemorySession, "apply", forgetful)
    outcome = bench.declare(CLUSTER, topic("n"), topic("u", "note = memory_topic.n.id")).apply()
    assert wrong(outcome) == ["Still not known"]
    assert (outcome.tally.added, outcome.tally.failed) == (1, 1)
    assert bench.live("u") is None


def test_what_can_not_be_evaluated_once_it_is_known_fails_alone(bench):
    bad = topic("bad", "partitions = 1 / (length(memory_topic.n.id) - length(memory_topic.n.id))")
    outcome = bench.declare(CLUSTER, topic("n"), topic("good"), bad).apply()
    assert wrong(outcome) == ["Division by zero"]
    assert (outcome.tally.added, outcome.tally.failed) == (2, 1)


def test_labels_are_known_once_what_they_are_made_of_is(bench):
    labelled = topic("a", "labels = { id = memory_topic.n.id }")
    uses = topic("u", "note = memory_topic.a.labels.id")
    given = [output("o", "memory_topic.a.labels"), output("w", "memory_topic.a.labels.id")]
    bench.applied(CLUSTER, topic("a"))
    outcome = bench.applied(CLUSTER, topic("n"), labelled, uses, *given, output("all", "memory_topic.a"))
    id_ = bench.live("n")["id"]
    assert bench.live("u")["note"] == id_
    assert outcome.outputs["o"].value == outcome.outputs["all"].value["labels"] == {"id": id_}
    assert outcome.outputs["w"].value == id_
