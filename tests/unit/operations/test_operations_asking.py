"""Composites that ask before they are expanded, and whose parts need each other, through whole plans and applies."""

import pytest
from operations_bench import (
    JOB,
    MEMBER,
    TOPIC,
    actions,
    change,
    cluster,
    details,
    removed,
    team,
    topic,
    wrong,
)

from kplan.operations.live import Live
from kplan.operations.validate import validate
from kplan_memory.world import Injection, world

TWO = cluster("a") + cluster("b")


def on_a(label: str, *lines: str) -> str:
    return topic(label, *lines, on="memory_cluster.a")


def relay(*lines: str, source: str = "memory_cluster.a", target: str = "memory_cluster.b") -> str:
    inner = "".join(f"  {line}\n" for line in (f"source = {source}", f"target = {target}", *lines))
    return f'memory_relay "r" {{\n{inner}}}\n'


def copies() -> list[str]:
    return world("b").names(TOPIC)


def done_to(name: str) -> list[str]:
    """List what was done to a cluster since the last look."""
    effects = world(name).effects
    done = [f"{one.verb} {one.identity[0]}" for one in effects]
    effects.clear()
    return done


def test_it_comes_to_what_is_there_when_it_asks(bench):
    world("a").create(TOPIC, "orders")
    world("a").create(TOPIC, "other")
    bench.applied(TWO, relay('prefix = "ord"'))
    assert copies() == ["a.orders"]
    assert bench.owned() == {
        "memory_relay.r/job": "relay-a",
        "memory_relay.r/topic:orders": "a.orders",
    }


def test_it_sees_what_the_same_plan_makes(bench):
    outcome = bench.declare(TWO, on_a("orders"), relay()).plan()
    assert set(actions(outcome)) == {
        "memory_topic.orders",
        "memory_relay.r/topic:orders",
        "memory_relay.r/job",
    }
    bench.applied(TWO, on_a("orders"), relay())
    assert copies() == ["a.orders"]


def test_what_is_to_be_told_of_a_part_stands_beside_its_change_and_nowhere_else(bench):
    def told(outcome):
        return {one.address: one.notes for one in outcome.plan.changes if one.notes}

    assert told(bench.declare(TWO, relay()).plan()) == {}
    world("a").create(TOPIC, "orders")
    expected = {"memory_relay.r/job": ("what is in the topics is not copied",)}
    assert told(bench.declare(TWO, relay()).plan()) == expected
    bench.applied(TWO, relay())
    assert told(bench.plan()) == {}
    world("a").create(TOPIC, "other")
    assert told(bench.plan()) == expected


def test_what_comes_and_goes_at_the_source_comes_and_goes_with_the_next_plan(bench):
    bench.applied(TWO, relay())
    assert copies() == []
    world("a").create(TOPIC, "new")
    bench.applied(TWO, relay())
    assert copies() == ["a.new"]
    world("a").delete(TOPIC, "new")
    bench.applied(TWO, relay())
    assert copies() == []


def test_a_part_waits_for_the_parts_that_it_needs_and_goes_before_them(bench):
    for name in ("x", "y"):
        world("a").create(TOPIC, name)
    bench.applied(TWO, relay())
    assert done_to("b") == ["create a.x", "create a.y", "create relay-a"]
    outcome = bench.apply(destroy=True)
    assert outcome.tally.destroyed == 3
    assert done_to("b") == ["delete relay-a", "delete a.x", "delete a.y"]


def test_a_part_is_skipped_when_one_that_it_needs_fails(bench):
    for name in ("x", "y"):
        world("a").create(TOPIC, name)
    world("b").inject(Injection("refuse", "create", "a.y"))
    outcome = bench.declare(TWO, relay()).apply()
    assert (outcome.tally.added, outcome.tally.failed, outcome.tally.skipped) == (1, 1, 1)
    assert (copies(), world("b").names(JOB)) == (["a.x"], [])
    assert bench.apply().tally.added == 2


def test_a_part_stays_when_one_that_needs_it_could_not_go(bench):
    world("a").create(TOPIC, "x")
    bench.applied(TWO, relay())
    world("b").inject(Injection("refuse", "delete", "relay-a"))
    outcome = bench.declare(TWO).apply()
    assert (outcome.tally.failed, outcome.tally.skipped, copies()) == (1, 1, ["a.x"])
    assert bench.apply().tally.destroyed == 2


def test_it_asks_once_though_it_is_evaluated_again(bench):
    text = relay('prefix = memory_topic.t.note == null ? "" : "none"', "depends_on = [memory_topic.t]")
    bench.applied(TWO, on_a("t"), text)
    assert copies() == ["a.t"]


def test_without_contact_it_is_only_checked(bench):
    bench.declare(TWO, relay())
    assert validate(bench.options()) == ()
    assert world("a").calls == []
    bench.declare(TWO, relay(target="memory_cluster.a"))
    assert [one.summary for one in validate(bench.options())] == ["A cluster can't be copied to itself."]


def test_what_can_not_be_asked_is_told_at_its_block(bench):
    world("a").inject(Injection("down", "query", times=-1))
    outcome = bench.declare(TWO, relay()).plan()
    assert wrong(outcome) == ["no connection to the cluster"]
    assert details(outcome)[0].startswith("memory_relay.r")
    assert not (outcome.plan and outcome.plan.complete)


def test_a_question_that_an_apply_would_have_to_decide_is_an_error(bench):
    outcome = bench.declare(TWO, on_a("t"), relay("prefix = memory_topic.t.id")).plan()
    assert wrong(outcome) == ["Invalid prefix"]
    assert "memory_topic.t decides it later" in details(outcome)[0]


@pytest.mark.parametrize("left_out", ["a", "b"])
def test_with_a_cluster_left_out_all_of_it_stays_as_it_is(bench, left_out):
    world("a").create(TOPIC, "x")
    bench.applied(TWO, relay())
    world("a").create(TOPIC, "y")
    outcome = bench.apply(exclude_clusters=(f"memory_cluster.{left_out}",))
    assert (wrong(outcome), actions(outcome), copies()) == ([], {}, ["a.x"])
    assert len(bench.owned()) == 2


def test_what_lasts_is_taken_over_and_stays(bench):
    """What an engine has made before is adopted unasked, and what it holds is not lost with the block."""
    world("a").create(TOPIC, "x")
    world("b").create(TOPIC, "a.x")
    before = world("b").get(TOPIC, "a.x")
    assert wrong(bench.declare(TWO, relay()).plan()) == ["Object exists but is not managed"]
    bench.applied(TWO, relay("lasting = true"))
    assert "memory_relay.r/topic:x" in bench.owned()
    outcome = bench.declare(TWO).apply()
    assert (outcome.tally.destroyed, outcome.tally.forgotten, bench.owned()) == (1, 1, {})
    assert world("b").get(TOPIC, "a.x") == before
    assert change(outcome, "memory_relay.r/topic:x").reason == "memory_relay.r leaves it there"


def test_what_lasts_stays_when_everything_is_destroyed(bench):
    world("a").create(TOPIC, "x")
    bench.applied(TWO, relay("lasting = true"))
    outcome = bench.apply(destroy=True)
    assert (outcome.tally.destroyed, outcome.tally.forgotten, copies()) == (1, 1, ["a.x"])


def test_what_lasts_goes_where_a_removed_block_says_so(bench):
    world("a").create(TOPIC, "x")
    bench.applied(TWO, relay("lasting = true"))
    outcome = bench.declare(TWO, removed("memory_relay.r", "true")).apply()
    assert (outcome.tally.destroyed, outcome.tally.forgotten, copies()) == (2, 0, [])


def test_a_composite_among_its_parts_comes_to_what_that_comes_to(bench):
    bench.applied(TWO, relay('watchers = ["ann", "bob"]'))
    assert world("b").names(MEMBER) == ["ann", "bob"]
    assert set(bench.owned()) == {
        "memory_relay.r/watch/b/ann",
        "memory_relay.r/watch/b/bob",
        "memory_relay.r/job",
    }
    assert done_to("b") == ["create ann", "create bob", "create relay-a"]
    bench.applied(TWO, relay('watchers = ["ann"]'), team("t", "bob", on="memory_cluster.b"))
    assert world("b").names(MEMBER) == ["ann", "bob"]
    bench.apply(destroy=True)
    assert done_to("b")[0] == "delete relay-a"


def test_who_needs_a_composite_among_the_parts_needs_all_of_it(bench):
    world("b").inject(Injection("refuse", "create", "bob"))
    outcome = bench.declare(TWO, relay('watchers = ["ann", "bob"]')).apply()
    assert (outcome.tally.added, outcome.tally.failed, outcome.tally.skipped) == (1, 1, 1)
    assert world("b").names(JOB) == []


def test_what_is_wrong_with_a_composite_among_the_parts_is_told(bench):
    assert wrong(bench.declare(TWO, relay('watchers = [""]')).plan()) == ["A member has no name."]


def declared(label: str, name: str, *lines: str) -> str:
    """Write a copy that a block declares, in place of the relay."""
    return topic(label, f'name = "{name}"', "relayed_by = memory_relay.r", *lines, on="memory_cluster.b")


def test_a_copy_that_a_block_declares_is_not_made_by_the_relay_and_comes_before_its_other_parts(bench):
    for name in ("x", "y"):
        world("a").create(TOPIC, name)
    outcome = bench.applied(TWO, relay(), declared("z_copy", "a.x"))
    assert outcome.tally.added == 3
    assert done_to("b") == ["create a.x", "create a.y", "create relay-a"]
    assert bench.owned() == {
        "memory_topic.z_copy": "a.x",
        "memory_relay.r/topic:y": "a.y",
        "memory_relay.r/job": "relay-a",
    }
    bench.apply(destroy=True)
    assert done_to("b") == ["delete relay-a", "delete a.y", "delete a.x"]


def test_who_comes_after_a_declared_copy_is_skipped_where_it_fails(bench):
    world("a").create(TOPIC, "x")
    world("b").inject(Injection("refuse", "create", "a.x"))
    outcome = bench.declare(TWO, relay(), declared("copy", "a.x")).apply()
    assert (outcome.tally.failed, outcome.tally.skipped, world("b").names(JOB)) == (1, 1, [])


def test_between_the_relay_and_a_block_of_its_own_a_copy_only_moves(bench):
    world("a").create(TOPIC, "x")
    bench.applied(TWO, relay())
    outcome = bench.applied(TWO, relay(), declared("copy", "a.x"))
    assert (outcome.tally.added, outcome.tally.destroyed) == (0, 0)
    assert bench.owned()["memory_topic.copy"] == "a.x"
    bench.applied(TWO, relay())
    assert bench.owned()["memory_relay.r/topic:x"] == "a.x"
    assert "delete a.x" not in done_to("b")


def test_a_declared_copy_that_is_there_already_is_taken_over(bench):
    world("a").create(TOPIC, "x")
    world("b").create(TOPIC, "a.x")
    bench.applied(TWO, relay(), declared("copy", "a.x"))
    assert bench.owned()["memory_topic.copy"] == "a.x"


def test_instances_name_instances(bench):
    many = relay().replace("\n", '\n  for_each = toset(["k"])\n', 1)
    by_key = declared("copy", "a.x", 'for_each = toset(["k"])').replace("relay.r", "relay.r[each.key]")
    world("a").create(TOPIC, "x")
    bench.applied(TWO, many, by_key)
    assert set(bench.owned()) == {'memory_topic.copy["k"]', 'memory_relay.r["k"]/job'}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('"r"', '"relayed_by" must name a memory_relay block of this module, as `memory_relay.NAME`.'),
        ("memory_topic.other", "must name a memory_relay block of this module"),
        ("memory_relay.r.source", "must name a memory_relay block of this module"),
        ("local.r", "must name a memory_relay block of this module"),
        ('memory_relay.r["k"]', "must name memory_relay.r without a key"),
        ("memory_relay.s", "No block memory_relay.s is declared"),
    ],
)
def test_a_wrong_name_is_told_once(bench, written, said):
    text = declared("copy", "a.x").replace("memory_relay.r", written)
    locals_ = "locals {\n  r = memory_relay.r\n}\n" if "local" in written else ""
    bench.declare(TWO, relay(), on_a("other"), text, locals_)
    [one] = validate(bench.options())
    assert said in one.detail
    assert one.source.text[one.start : one.end] == written


def test_an_instance_must_be_named_where_there_are_several(bench):
    many = relay().replace("\n", '\n  for_each = toset(["k"])\n', 1)
    bench.declare(TWO, many, declared("copy", "a.x"))
    assert "must name one instance of memory_relay.r" in validate(bench.options())[0].detail


def test_a_relay_can_not_come_before_and_after(bench):
    bench.declare(TWO, relay(), declared("copy", "a.x", "note = memory_relay.r.prefix"))
    [one] = validate(bench.options())
    assert "memory_relay.r" in one.detail
    assert "memory_topic.copy" in one.detail


def test_what_names_a_relay_has_no_value(bench):
    bench.declare(
        TWO,
        relay(),
        declared("copy", "a.x"),
        topic("t", "note = memory_topic.copy.relayed_by", on="memory_cluster.a"),
    )
    assert 'has no attribute "relayed_by"' in validate(bench.options())[0].detail


def test_all_that_ask_ask_together(bench, monkeypatch):
    world("a").create(TOPIC, "orders")
    asked: list[int] = []
    query = Live.query

    def counted(live, queries):
        listed = list(queries)
        asked.append(len(listed))
        return query(live, listed)

    monkeypatch.setattr(Live, "query", counted)
    others = "".join(relay(f'prefix = "{one}"').replace('"r"', f'"{one}"') for one in ("ord", "x", "y"))
    outcome = bench.declare(TWO, others).plan()
    assert asked == [3]
    assert "memory_relay.ord/topic:orders" in actions(outcome)


def test_what_needs_something_of_one_that_asks_is_evaluated_after_it(bench):
    world("a").create(TOPIC, "orders")
    text = (
        TWO
        + relay('prefix = "ord"')
        + "locals {\n  p = memory_relay.r.prefix\n}\n"
        + topic("t", 'name = "${local.p}-x"', on="memory_cluster.b")
    )
    outcome = bench.declare(text).plan()
    assert change(outcome, "memory_topic.t").after["name"] == "ord-x"
