"""What a block may say of a connector, found out before anything is contacted."""

import pytest
from connectors import CONFIG, RULES, SINK, declared, faults

from kplan.sdk.values import Secret, Unknown, make_map
from kplan_connect.types import CONNECTOR

ROUTE = {"label": "route", "type": "T", "config": {"regex": "x"}}


def test_a_connector_is_written_canonically():
    assert declared(state="paused", transform=({"label": "a", "type": "T"},), tasks_max=None) == {
        "name": "archive",
        "class": SINK,
        "config": CONFIG,
        "transform": ({"label": "a", "type": "T", "config": {}},),
        "state": "PAUSED",
        "sensitive_config": None,
        "offsets_on_destroy": "keep",
    }


def test_a_null_in_config_is_a_key_that_is_not_there():
    assert declared(config={"topics": "orders", "file": None})["config"] == {"topics": "orders"}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"name": "primary->dr.MirrorSourceConnector"},
        {"name": "with blanks: and; signs #1?"},
        {"tasks_max": 7, "state": "STOPPED", "offsets_on_destroy": "reset"},
        {"sensitive_config": Secret({"password": "x"}), "sensitive_config_version": 2},
        {"sensitive_config": make_map({"transforms.mask.salt": Secret("x")})},
        {"config": Unknown("map(string)"), "state": Unknown("string"), "class": Unknown("string")},
        {"config": {"key.converter": "x", "pk.fields": "id", "aws.access.key.id": "AKIA"}},
        {"config": {"password": "${file:/etc/connect/db.properties:password}"}},
        {"config": {"sasl.jaas.config": 'Login required username="a" password="${file:/x:y}";'}},
        {"config": {"password": ""}},
        {"config": {"api.key": "no secret"}, "allow_plain": ("api.key",)},
        {"config": {"password": Unknown("string")}},
        {"config": {"password": "x"}, "allow_plain": Unknown("list(string)")},
        {"transform": (ROUTE, {**ROUTE, "label": "again"})},
    ],
)
def test_right_is(more):
    assert faults(**more) == []


@pytest.mark.parametrize(
    ("more", "code", "path"),
    [
        ({"name": ""}, "invalid_name", ("name",)),
        ({"name": " a"}, "invalid_name", ("name",)),
        ({"name": ".."}, "invalid_name", ("name",)),
        ({"name": "a/b"}, "invalid_name", ("name",)),
        ({"name": "100%"}, "invalid_name", ("name",)),
        ({"name": "a\\b"}, "invalid_name", ("name",)),
        ({"name": "a{b}"}, "invalid_name", ("name",)),
        ({"class": ""}, "empty_class", ("class",)),
        ({"state": "RUNS"}, "invalid_state", ("state",)),
        ({"offsets_on_destroy": "lose"}, "invalid_offsets_on_destroy", ("offsets_on_destroy",)),
        ({"tasks_max": 0}, "invalid_tasks_max", ("tasks_max",)),
        ({"tasks_max": 1.5}, "invalid_tasks_max", ("tasks_max",)),
        ({"sensitive_config_version": 1}, "unused_version", ("sensitive_config_version",)),
        ({"config": {"name": "x"}}, "own_key", ("config", "name")),
        ({"config": {"connector.class": "x"}}, "own_key", ("config", "connector.class")),
        ({"config": {"tasks.max": "2"}}, "own_key", ("config", "tasks.max")),
        ({"config": {"transforms": "a"}}, "own_key", ("config", "transforms")),
        ({"config": {"transforms.a.type": "T"}}, "own_key", ("config", "transforms.a.type")),
        ({"sensitive_config": Secret({"tasks.max": "2"})}, "own_key", ("sensitive_config",)),
        ({"sensitive_config": Secret({"transforms.a.type": "T"})}, "own_key", ("sensitive_config",)),
        ({"transform": ({**ROUTE, "config": {"type": "T"}},)}, "own_key", ("transform", 0, "config", "type")),
        ({"transform": (ROUTE, ROUTE)}, "duplicate_label", ("transform", 1)),
        ({"sensitive_config": Secret({"topics": "x"})}, "key_twice", ("config", "topics")),
        ({"config": {"database.password": "x"}}, "secret_in_plain_text", ("config", "database.password")),
        ({"config": {"url": "db://me:pw@host/"}}, "secret_in_plain_text", ("config", "url")),
    ],
)
def test_wrong_is_at_its_place(more, code, path):
    assert faults(**more) == [(code, path)]


def test_a_transformation_may_hold_a_secret_no_more_than_config():
    mask = {"label": "mask", "type": "T", "config": {"api.key": "x"}}
    assert faults(transform=(mask,)) == [("secret_in_plain_text", ("transform", 0, "config", "api.key"))]
    assert faults(transform=(mask,), allow_plain=("transforms.mask.api.key",)) == []


def test_no_value_is_said_of_a_secret_in_plain_text():
    [fault] = RULES.check(CONNECTOR, declared(config={"password": "hunter2"}))
    assert "hunter2" not in str(fault)
    assert 'allow_plain = ["password"]' in fault.remedy


def test_a_fence_lets_in_what_begins_so():
    endpoint = {"manages": {"connector_prefixes": ("billing-", "orders")}}
    assert RULES.fenced_out(CONNECTOR, ("orders-archive",), endpoint) == ""
    assert "has no prefix of audit (it has billing-, orders)" in RULES.fenced_out(
        CONNECTOR, ("audit",), endpoint
    )
    assert RULES.fenced_out(CONNECTOR, ("audit",), {}) == ""
