"""Kafka's errors in words."""

import pytest

from kplan_kafka import errors
from kplan_kafka.cluster import NoContact
from kplan_kafka.endpoint import Address
from kplan_kafka.unreachable import Unreachable

HERE = Address("kafka1", 9092)
# As Kafka 4.3.1 said it, when its one broker had hung for four seconds.
FENCED = (
    "Unable to replicate the partition 1 time(s): All brokers are currently fenced, or have all their log directories "
    "cordoned."
)


@pytest.mark.parametrize(
    ("code", "message", "expected", "path", "retry"),
    [
        (36, "Topic 'a' already exists.", "already_exists", (), "no"),
        (38, "larger than available brokers", "invalid_replication_factor", ("replication_factor",), "no"),
        (38, FENCED, "brokers_fenced", (), "later"),
        (37, "", "invalid_partitions", ("partitions",), "no"),
        (17, "collides", "invalid_topic_name", ("name",), "no"),
        (7, None, "timed_out", (), "outcome_unknown"),
        (89, None, "throttled", (), "later"),
        (41, None, "no_controller", (), "later"),
        (29, None, "not_authorized", (), "no"),
        (100, None, "recreated", (), "no"),
        (
            40,
            "Invalid value x for configuration retention.ms: Not a number",
            "invalid_config",
            ("config", "retention.ms"),
            "no",
        ),
        (40, "Unknown topic config name: retention.mz", "invalid_config", ("config", "retention.mz"), "no"),
        (40, "nothing that names a key", "invalid_config", ("config",), "no"),
        (44, "Excessively large number of partitions per request.", "policy_violation", (), "no"),
    ],
)
def test_codes(code, message, expected, path, retry):
    fault = errors.of_code(code, "create topic a", message)
    assert (fault.code, fault.path, fault.retry) == (expected, path, retry)
    assert fault.summary.startswith("cannot create topic a: ")
    assert fault.detail == (message or "")


def test_a_code_that_is_not_listed_has_kafkas_own_name():
    fault = errors.of_code(87, "create topic a")
    assert fault.code == "kafka_87"
    assert "invalid record" in fault.summary.lower()


@pytest.mark.parametrize("code", [29, 87])
def test_a_remedy_of_the_callers_comes_first(code):
    assert errors.of_code(code, "create topic a", None, "do this").remedy == "do this"


def test_passing_errors_are_those_by_which_nothing_was_done():
    assert {errors.of_code(code, "").code for code in errors.PASSING} >= {"throttled", "no_controller"}
    assert errors.TIMED_OUT not in errors.PASSING
    assert errors.is_passing(38, FENCED)
    assert not errors.is_passing(38, "larger than available brokers")
    assert errors.is_passing(errors.THROTTLED, None)
    assert not errors.is_passing(errors.TOPIC_EXISTS, FENCED)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (60, "reassignment_in_progress"),
        (73, "deletion_disabled"),
        (-1, "server_error"),
        (3, "not_found"),
        (42, "invalid_request"),
    ],
)
def test_codes_with_a_remedy_or_a_word(code, expected):
    fault = errors.of_code(code, "change topic a", "said so")
    assert fault.code == expected
    assert fault.detail == "said so"


@pytest.mark.parametrize(
    ("sent", "write", "retry"),
    [
        (True, True, "outcome_unknown"),
        (False, True, "later"),
        (True, False, "later"),
        (False, False, "later"),
    ],
)
def test_only_a_write_that_had_left_may_have_taken_effect(sent, write, retry):
    lost = NoContact([Unreachable(HERE, "no answer", sent=sent)])
    assert errors.of_unreachable(lost, "delete topics", write=write).retry == retry


def test_one_broker_that_cannot_be_reached_is_named_with_its_cause():
    fault = errors.of_no_contact([Unreachable(HERE, "connection refused", hint="Is it down?")])
    assert fault.summary == "broker kafka1:9092: connection refused"
    assert fault.remedy == "Is it down?"
    assert fault.path == ("bootstrap_servers",)


def test_each_of_several_brokers_is_named():
    failures = [
        Unreachable(HERE, "connection refused"),
        Unreachable(Address("kafka2", 1), "no answer within 8 s"),
    ]
    fault = errors.of_no_contact(failures)
    assert fault.detail == "kafka1:9092: connection refused\nkafka2:1: no answer within 8 s"
    assert fault.remedy
