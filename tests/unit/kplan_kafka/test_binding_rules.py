"""Bindings decided and settled: each is there or not."""

import pytest

from kplan.sdk.session import Absent, Case, Do, Facts, Found, Keep, Opened, Step
from kplan_kafka import PROVIDER
from kplan_kafka.access_types import BINDING, IDENTITY

VALUES = dict(zip(IDENTITY, ("User:a", "READ", "topic", "orders", "literal", "allow", "*"), strict=True))
WHO = tuple(VALUES.values())
RULES = PROVIDER.rules()


def decided(*cases):
    return list(RULES.plan(BINDING, Facts("cluster-1", {}), cases))


def test_a_binding_is_made_kept_or_taken_away():
    cases = [
        Case(WHO, None, Absent(), VALUES),
        Case(WHO, VALUES, Found(VALUES), VALUES),
        Case(WHO, VALUES, Found(VALUES), None),
        Case(WHO, VALUES, Absent(), VALUES),
    ]
    assert decided(*cases) == [
        Do(VALUES, (Step("create", VALUES),)),
        Keep(VALUES),
        Do({}, (Step("delete", VALUES),)),
        Do(VALUES, (Step("create", VALUES),)),
    ]


def test_taking_access_away_loses_no_data():
    [gone] = decided(Case(WHO, VALUES, Found(VALUES), None))
    assert gone.losses == ()


@pytest.mark.parametrize(
    ("verb", "seen", "settlement"),
    [
        ("create", Found(VALUES), "done"),
        ("create", Absent(), "not_done"),
        ("delete", Absent(), "done"),
        ("delete", Found(VALUES), "not_done"),
    ],
)
def test_an_intent_is_settled_by_whether_the_binding_is_there(verb, seen, settlement):
    opened = Opened(WHO, (Step(verb, VALUES),), Absent(), VALUES)
    assert RULES.settle(BINDING, opened, seen) == settlement


def test_a_binding_is_declared_whole_and_has_nothing_to_complete_or_check():
    assert RULES.complete(BINDING, VALUES, {}) is VALUES
    assert RULES.check(BINDING, VALUES) == ()


def test_a_binding_is_fenced_by_its_principal():
    assert RULES.fenced_out(BINDING, WHO, {"manages": {"principal_prefixes": ("User:a",)}}) == ""
    assert "User:a" in RULES.fenced_out(BINDING, WHO, {"manages": {"principal_prefixes": ("User:b",)}})
