"""Rules of memory_topic, beyond the laws of every provider."""

import pytest
from memory_bench import FACTS, RULES, STOP, apply, bring_about, complete, plan, read, session_on, work

from kplan.sdk.session import (
    Absent,
    Case,
    Danger,
    Do,
    Done,
    Failed,
    Found,
    Keep,
    Loss,
    Opened,
    Refuse,
    Step,
)
from kplan.sdk.values import Secret, Unknown, make_map
from kplan_memory.rules import check_cluster
from kplan_memory.types import TOPIC, TOPICS
from kplan_memory.world import World


@pytest.fixture
def here():
    return World("memory-here")


@pytest.fixture
def session(here):
    return session_on(here)


def test_defaults_of_the_cluster_fill_in_what_is_not_declared():
    endpoint = {"topic_defaults": {"partitions": 3, "config": {"a": "1", "b": "1"}}}
    declared = {"name": "t", "config": {"b": "2"}, "partitions": None}
    assert RULES.complete(TOPIC, declared, endpoint) == {
        "name": "t",
        "partitions": 3,
        "note": None,
        "config": {"a": "1", "b": "2"},
    }


def test_a_null_config_key_leaves_the_default_out():
    endpoint = {"topic_defaults": {"config": {"a": "1", "b": "1"}}}
    assert RULES.complete(TOPIC, {"name": "t", "config": {"a": None}}, endpoint)["config"] == {"b": "1"}


@pytest.mark.parametrize(
    "endpoint",
    [
        {"topic_defaults": {"config": Unknown("map(string)", ("x.y",))}},
        {"topic_defaults": {"config": make_map({"a": Unknown("string")})}},
    ],
)
def test_unknown_defaults_stay_unknown(endpoint):
    from kplan.sdk.values import UNKNOWN, marks

    completed = RULES.complete(TOPIC, {"name": "t", "config": {"b": "1"}}, endpoint)
    assert marks(completed) & UNKNOWN


def test_a_create_sends_what_is_declared_and_foresees_the_rest(session):
    _, verdict = plan(session, TOPIC, "t", complete("t", config={"a": "1"}))
    assert verdict.steps == (Step("create", {"name": "t", "partitions": 1, "config": {"a": "1"}}),)
    assert verdict.planned["id"] == Unknown("string")


def test_one_update_grows_sets_and_unsets(here, session):
    first = bring_about(session, TOPIC, "t", complete("t", partitions=2, config={"a": "1", "b": "1"}))
    desired = complete("t", partitions=4, config={"b": "2", "c": "1"}, note="n")
    _, verdict = plan(session, TOPIC, "t", desired, first.values)
    assert verdict.steps == (
        Step("grow", {"name": "t", "partitions": 4}),
        Step("alter", {"name": "t", "set": {"b": "2", "c": "1"}, "unset": ("a",), "note": "n"}),
    )
    bring_about(session, TOPIC, "t", desired, first.values)
    assert here.get(TOPIC, "t")["config"] == {"b": "2", "c": "1"}


def test_an_update_leaves_undeclared_keys_alone(here, session):
    first = bring_about(session, TOPIC, "t", complete("t", config={"a": "1"}))
    here.edit(TOPIC, "t", config={"a": "1", "theirs": "1"})
    done = bring_about(session, TOPIC, "t", complete("t"), first.values)
    assert here.get(TOPIC, "t")["config"] == {"theirs": "1"}
    assert done.values["config"] == {}


def test_adopting_unsets_nothing(here, session):
    here.create(TOPIC, "t", config={"a": "1", "b": "1"})
    _, verdict = plan(session, TOPIC, "t", complete("t", config={"a": "1"}))
    assert isinstance(verdict, Keep)
    assert verdict.planned["config"] == {"a": "1"}


def test_records_change_nothing_and_are_counted_as_lost(here, session):
    first = bring_about(session, TOPIC, "t", complete("t"))
    here.edit(TOPIC, "t", records=1200)
    assert isinstance(plan(session, TOPIC, "t", complete("t"), first.values)[1], Keep)
    _, verdict = plan(session, TOPIC, "t", None, first.values)
    assert verdict.losses == (Loss(Danger.DATA_LOSS, "topic t is deleted", "1200 records"),)


def test_every_reason_for_a_refusal_is_given(here, session):
    here.create(TOPIC, "t", partitions=6, replication_factor=3)
    _, verdict = plan(session, TOPIC, "t", complete("t", partitions=2, replication_factor=1))
    assert isinstance(verdict, Refuse)
    assert [fault.path for fault in verdict.faults] == [("partitions",), ("replication_factor",)]


def test_a_stated_replication_factor_that_is_in_place_is_kept(here, session):
    here.create(TOPIC, "t", replication_factor=3)
    for factor in (3, Secret(3)):
        desired = make_map(complete("t", replication_factor=factor))
        assert not isinstance(plan(session, TOPIC, "t", desired)[1], Refuse)


def test_a_secret_value_is_compared_inside_its_mark(here, session):
    here.create(TOPIC, "t", config={"a": "hidden"}, note="hidden")
    same = make_map(complete("t", config=make_map({"a": Secret("hidden")}), note=Secret("hidden")))
    assert isinstance(plan(session, TOPIC, "t", same)[1], Keep)
    other = make_map({**same, "note": Secret("other")})
    assert plan(session, TOPIC, "t", other)[1].steps == (
        Step("alter", {"name": "t", "set": {}, "unset": (), "note": Secret("other")}),
    )


def test_a_secret_is_sent_and_an_unknown_never(here, session):
    secret = make_map(complete("s", note=Secret("hidden")))
    assert isinstance(bring_about(session, TOPIC, "s", secret), Done)
    assert here.get(TOPIC, "s")["note"] == "hidden"
    unknown = make_map(complete("u", note=Unknown("string")))
    event = bring_about(session, TOPIC, "u", unknown)
    assert isinstance(event, Failed)
    assert event.fault.code == "unknown_value"
    assert here.names() == ["s"]


def test_a_topic_made_anew_meanwhile_is_not_deleted(here, session):
    made = bring_about(session, TOPIC, "t", complete("t"))
    delete = work(session, TOPIC, "t", None, made.values)
    here.delete(TOPIC, "t")
    here.create(TOPIC, "t")
    [event] = apply(session, TOPIC, delete)
    assert isinstance(event, Failed)
    assert here.names() == ["t"]


def test_a_half_done_update_is_done_again(here, session):
    first = bring_about(session, TOPIC, "t", complete("t", config={"a": "1"}))
    desired = complete("t", partitions=4, config={"b": "1"})
    seen, verdict = plan(session, TOPIC, "t", desired, first.values)
    opened = Opened(("t",), verdict.steps, seen, verdict.planned)

    def settled():
        return RULES.settle(TOPIC, opened, read(session, TOPIC, "t", verdict.planned, first.values))

    assert settled() == "not_done"
    here.edit(TOPIC, "t", partitions=4)
    assert settled() == "redo"
    here.edit(TOPIC, "t", config={"a": "1", "b": "1"})
    assert settled() == "redo"
    here.edit(TOPIC, "t", config={"b": "1"})
    assert settled() == "done"


def test_an_unset_key_that_is_out_of_sight_is_still_set(here, session):
    """A read that knows of no prior leaves the key out of the values; the whole config is among the answers."""
    first = bring_about(session, TOPIC, "t", complete("t", config={"a": "1"}))
    seen, verdict = plan(session, TOPIC, "t", complete("t"), first.values)
    opened = Opened(("t",), verdict.steps, seen, verdict.planned)
    assert RULES.settle(TOPIC, opened, read(session, TOPIC, "t", verdict.planned)) != "done"


@pytest.mark.parametrize("verb", ["alter", "delete"])
def test_what_was_made_anew_is_no_longer_ours_to_settle(here, session, verb):
    first = bring_about(session, TOPIC, "t", complete("t"))
    desired = complete("t", note="n") if verb == "alter" else None
    seen, verdict = plan(session, TOPIC, "t", desired, first.values)
    opened = Opened(("t",), verdict.steps, seen, verdict.planned)
    here.delete(TOPIC, "t")
    here.create(TOPIC, "t", note="n")
    told = RULES.settle(TOPIC, opened, read(session, TOPIC, "t"))
    assert told == {"alter": "not_done", "delete": "done"}[verb]


def test_the_quick_way_and_the_close_look_agree(here, session):
    here.create(TOPIC, "t", config={"a": "1"})
    desired = complete("t", config={"a": "1"})
    quick, close = (
        Found(here.get(TOPIC, "t")),
        Found({**here.get(TOPIC, "t"), "config": {"a": "1", "b": "1"}}),
    )
    for seen in (quick, close):
        [verdict] = RULES.plan(TOPIC, FACTS, [Case(("t",), None, seen, desired)])
        assert isinstance(verdict, Keep)
    assert isinstance(RULES.plan(TOPIC, FACTS, [Case(("t",), None, Absent(), desired)])[0], Do)


def test_a_query_names_the_topics_that_start_so(here, session):
    for name in ("orders.b", "orders.a", "other"):
        here.create(TOPIC, name)
    orders, everything = session.query(TOPICS, [{"prefix": "orders."}, {"prefix": None}], STOP)
    assert orders == {
        "prefix": "orders.",
        "names": ("orders.a", "orders.b"),
        "count": 2,
    }
    assert everything["count"] == 3


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"world": ""}, ("world",)),
        ({"topic_defaults": {"partitions": 0}}, ("topic_defaults", "partitions")),
        ({"topic_defaults": {"config": {"a": 1}}}, ("topic_defaults", "config", "a")),
    ],
)
def test_a_cluster_that_cannot_be_is_found_before_contact(settings, path):
    assert [fault.path for fault in check_cluster(settings)] == [path]


def test_a_cluster_without_anything_is_fine():
    assert (
        check_cluster({"name": "x", "world": None, "topic_defaults": {"partitions": None, "config": None}})
        == []
    )


@pytest.mark.parametrize(
    ("fence", "inside"),
    [
        (None, True),
        ({}, True),
        ({"topic_prefixes": ("orders",)}, True),
        ({"topic_prefixes": ("x",)}, False),
        ({"topic_prefixes": ()}, False),
    ],
)
def test_the_fence_is_by_prefix(fence, inside):
    assert (RULES.fenced_out(TOPIC, ("orders.a",), {"manages": fence}) == "") is inside


def test_a_read_gives_the_config_keys_that_somebody_declared(here, session):
    here.create(TOPIC, "t", config={"ours": "1", "formerly": "1", "theirs": "1"})
    desired, prior = {"config": {"ours": "2"}}, {"config": {"formerly": "1"}}
    seen = read(session, TOPIC, "t", desired, prior)
    assert seen.values["config"] == {"ours": "1", "formerly": "1"}
    assert seen.answers == {"ours": "1", "formerly": "1", "theirs": "1"}
    assert read(session, TOPIC, "t").values["config"] == seen.answers


@pytest.mark.parametrize(
    ("there", "settled"),
    [
        ({"partitions": 2, "config": {"a": "1"}}, "done"),
        ({"partitions": 3, "config": {"a": "1"}}, "stop"),
        ({"partitions": 2, "config": {"a": "2"}}, "stop"),
        ({"partitions": 2, "config": {}}, "stop"),
        ({"partitions": 2, "config": {"a": "1"}, "note": "theirs"}, "stop"),
        ({"partitions": 2, "config": {"a": "1"}, "records": 7}, "done"),
    ],
)
def test_a_create_is_ours_only_if_it_is_as_sent(here, session, there, settled):
    desired = complete("t", partitions=2, config={"a": "1"})
    seen, verdict = plan(session, TOPIC, "t", desired)
    here.create(TOPIC, "t", **there)
    opened = Opened(("t",), verdict.steps, seen, verdict.planned)
    assert RULES.settle(TOPIC, opened, read(session, TOPIC, "t", verdict.planned)) == settled


def test_a_secret_config_value_that_was_not_written_down_says_nothing(here, session):
    here.create(TOPIC, "t", config={"a": "hidden", "b": "1"})
    steps = (Step("create", {"name": "t", "partitions": 1, "config": {"a": None, "b": "1"}}),)
    planned = {"name": "t", "partitions": 1, "note": None, "config": {"a": None, "b": "1"}}
    assert RULES.settle(TOPIC, Opened(("t",), steps, Absent(), planned), read(session, TOPIC, "t")) == "done"
    other = {**planned, "config": {"a": None, "b": "2"}}
    assert RULES.settle(TOPIC, Opened(("t",), steps, Absent(), other), read(session, TOPIC, "t")) == "stop"


@pytest.mark.parametrize(("length", "faults"), [(1, 0), (249, 0), (250, 1)])
def test_names_are_as_long_as_kafkas(length, faults):
    assert len(RULES.check(TOPIC, complete("x" * length))) == faults


def test_growing_to_what_is_there_does_no_harm(here, session):
    first = bring_about(session, TOPIC, "t", complete("t", partitions=2))
    grow = work(session, TOPIC, "t", complete("t", partitions=4), first.values)
    here.edit(TOPIC, "t", partitions=4)
    assert isinstance(apply(session, TOPIC, grow)[0], Done)
    here.edit(TOPIC, "t", partitions=5)
    assert isinstance(apply(session, TOPIC, grow)[0], Failed)


def test_a_topic_that_is_there_is_not_deleted(here, session):
    first = bring_about(session, TOPIC, "t", complete("t"))
    seen, verdict = plan(session, TOPIC, "t", None, first.values)
    assert RULES.settle(TOPIC, Opened(("t",), verdict.steps, seen, {}), seen) == "not_done"
