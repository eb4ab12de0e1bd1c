from decimal import Decimal

import pytest

from kplan.lang.shown import shown
from kplan.sdk.values import Endpoint, Secret, Unknown, make_map, make_set


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (12, "12"),
        (Decimal("1.50"), "1.50"),
        ("a\n", '"a\\n"'),
        ("${a}", '"$${a}"'),
        ((), "[]"),
        ({}, "{}"),
        (("a", 1), '["a", 1]'),
        ({"a": 1, "b-c": None}, '{ a = 1, "b-c" = null }'),
        (make_set(["b", "a"]), 'toset(["a", "b"])'),
        (Endpoint("cluster.a", "cluster"), "cluster.a"),
        (Unknown("string"), "(known after apply)"),
        (tuple(range(9)), "[0, 1, 2, 3, 4, 5, … 3 more]"),
        ({f"k{at}": at for at in range(8)}, "{ k0 = 0, k1 = 1, k2 = 2, k3 = 3, k4 = 4, k5 = 5, … 2 more }"),
        ((((((),),),),), "[[[[…]]]]"),
        ({"a": {"b": {"c": {"d": 1}}}}, "{ a = { b = { c = {…} } } }"),
    ],
)
def test_values_are_shown_as_they_would_be_written(value, text):
    assert shown(value) == text


def test_secrets_are_never_shown():
    value = make_map({"a": Secret("hunter2"), "b": (Secret({"c": "hunter2"}),)})
    assert shown(value) == "{ a = (sensitive value), b = [(sensitive value)] }"


def test_long_texts_are_cut():
    assert shown("x" * 200) == '"' + "x" * 79 + '…"'
