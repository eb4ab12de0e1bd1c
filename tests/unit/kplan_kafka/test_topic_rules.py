"""A declared topic before contact: completed, checked and fenced in."""

from decimal import Decimal

import pytest

from kplan.sdk.values import SECRET, UNKNOWN, Secret, Unknown, make_map, marks
from kplan_kafka.topic_rules import check, complete, fenced_out

UNDECIDED = Unknown("string", ("topic.other",))


def paths(faults) -> list[tuple[object, ...]]:
    return [fault.path for fault in faults]


def test_declared_wins_over_defaults_key_by_key():
    endpoint = {
        "topic_defaults": {
            "partitions": 6,
            "replication_factor": 3,
            "config": {"min.insync.replicas": "2", "retention.ms": "1d"},
        }
    }
    desired = {"name": "orders", "partitions": 12, "config": {"retention.ms": "7d"}}
    assert complete(desired, endpoint) == {
        "name": "orders",
        "partitions": 12,
        "replication_factor": 3,
        "config": {"min.insync.replicas": "2", "retention.ms": "604800000"},
    }
    assert desired == {"name": "orders", "partitions": 12, "config": {"retention.ms": "7d"}}


@pytest.mark.parametrize("endpoint", [{}, {"topic_defaults": None}, {"topic_defaults": {"config": None}}])
def test_without_defaults_only_config_is_filled_in(endpoint):
    assert complete({"name": "orders"}, endpoint) == {"name": "orders", "config": {}}


def test_a_null_value_declares_nothing_and_lifts_a_default():
    endpoint = {"topic_defaults": {"config": {"retention.ms": "1d"}}}
    assert complete({"name": "a", "config": {"retention.ms": None}}, endpoint)["config"] == {}
    assert complete({"name": "a", "partitions": None}, endpoint)["partitions"] is None


def test_values_that_are_not_text_yet_become_text():
    config = {"preallocate": True, "segment.ms": 1000, "min.cleanable.dirty.ratio": Decimal("0.50")}
    expected = {"preallocate": "true", "segment.ms": "1000", "min.cleanable.dirty.ratio": "0.5"}
    assert complete({"name": "a", "config": config}, {})["config"] == expected


def test_malformed_values_stay_for_check_to_find():
    assert complete({"name": "a", "config": {"retention.ms": "soon"}}, {})["config"] == {
        "retention.ms": "soon"
    }


def test_unknown_and_secret_values_pass_with_their_marks():
    config = make_map({"retention.ms": UNDECIDED, "segment.ms": Secret("1h"), "flush.ms": "1s"})
    completed = complete(make_map({"name": "a", "config": config}), {})
    assert marks(completed) == UNKNOWN | SECRET
    assert completed["config"]["retention.ms"] == UNDECIDED
    assert completed["config"]["segment.ms"] == Secret("3600000")
    assert completed["config"]["flush.ms"] == "1000"


def test_a_config_that_is_unknown_or_secret_as_a_whole_passes():
    defaults = {"topic_defaults": {"config": {"flush.ms": "1s"}}}
    assert complete(make_map({"name": "a", "config": UNDECIDED}), defaults)["config"] == UNDECIDED
    hidden = complete(make_map({"name": "a", "config": Secret({"segment.ms": "1h"})}), defaults)["config"]
    assert hidden == Secret({"flush.ms": "1000", "segment.ms": "3600000"})
    unknown_default = {"topic_defaults": make_map({"config": UNDECIDED})}
    assert complete({"name": "a", "config": {"flush.ms": "1s"}}, unknown_default)["config"] == UNDECIDED


@pytest.mark.parametrize("name", ["a", "orders", "A.b_c-9", "x" * 249, "__mine", "_", "..."])
def test_legal_names(name):
    assert check({"name": name}) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "empty"),
        (".", "folders"),
        ("..", "folders"),
        ("a b", "' '"),
        ("a/b:a", "'/', ':'"),
        ("é", "'é'"),
        ("a\n", r"'\n'"),
        ("x" * 250, "250 characters"),
    ],
)
def test_illegal_names(name, words):
    [fault] = check({"name": name})
    assert (fault.code, fault.path) == ("invalid_topic_name", ("name",))
    assert words in f"{fault.summary} {fault.detail}"
    assert ("empty" in fault.summary) is (name == "")
    assert fault.remedy


@pytest.mark.parametrize("count", ["partitions", "replication_factor"])
@pytest.mark.parametrize("value", [0, -1, Decimal("1.5"), True, "3", Secret(0)])
def test_counts_are_whole_and_positive(count, value):
    [fault] = check(make_map({"name": "a", count: value}))
    assert fault.path == (count,)
    assert "whole number" in fault.detail
    assert ("sensitive" in fault.summary) is isinstance(value, Secret)


@pytest.mark.parametrize("value", [1, 100_000, None, Unknown("number"), Secret(3), Secret(Unknown("number"))])
def test_counts_that_pass(value):
    assert check(make_map({"name": "a", "partitions": value})) == []


def test_every_malformed_value_is_found_at_once_with_its_path():
    config = {"retention.ms": "one day", "cleanup.policy": "keep", "flush.ms": "1s", "preallocate": "maybe"}
    faults = check({"name": "a", "config": config})
    expected = [("config", "retention.ms"), ("config", "cleanup.policy"), ("config", "preallocate")]
    assert paths(faults) == expected
    assert all(fault.path[1] in fault.summary and fault.remedy for fault in faults)


def test_keys_that_kafka_takes_for_one_collide():
    [fault] = check({"name": "a", "config": {"retention.ms": "1000", " Retention.ms": "1000"}})
    assert (fault.code, fault.path) == ("duplicate_config_key", ("config", " Retention.ms"))
    assert "retention.ms" in fault.remedy


def test_marked_values_are_not_judged():
    config = make_map({"retention.ms": UNDECIDED, "segment.ms": Secret("nonsense")})
    assert check(make_map({"name": Unknown("string"), "config": config})) == []
    assert check(make_map({"name": "a", "config": UNDECIDED})) == []


@pytest.mark.parametrize(
    ("manages", "name", "inside"),
    [
        (None, "orders", True),
        ({}, "orders", True),
        ({"topic_prefixes": None}, "orders", True),
        ({"topic_prefixes": ("orders", "payments.")}, "orders", True),
        ({"topic_prefixes": ("orders", "payments.")}, "orders-2", True),
        ({"topic_prefixes": ("orders", "payments.")}, "payments.in", True),
        ({"topic_prefixes": ("orders", "payments.")}, "payments", False),
        ({"topic_prefixes": ("orders", "payments.")}, "my-orders", False),
        ({"topic_prefixes": ()}, "orders", False),
        ({"principal_prefixes": ("User:a",)}, "orders", True),
    ],
)
def test_fence(manages, name, inside):
    why = fenced_out(name, {"manages": manages})
    assert (why == "") is inside
    assert inside or name in why
