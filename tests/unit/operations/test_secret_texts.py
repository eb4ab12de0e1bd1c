"""Secrets as texts, and what holds one."""

import pytest

from kplan.operations.secret_texts import holds, texts_in
from kplan.sdk.values import Secret, make_list, make_map


def test_texts_of_secrets_are_found_wherever_they_are():
    value = make_map(
        {
            "a": "open",
            "b": make_list([Secret("one"), Secret(make_map({"k": "two", "n": 3}))]),
            "c": Secret(""),
        }
    )
    assert texts_in([value, "open", Secret(None)]) == {"one", "two"}


@pytest.mark.parametrize(
    ("value", "held"),
    [("hunter2", True), ("my hunter2!", True), (make_list(["a", "hunter2"]), True), (make_map({"k": "abc"}), True),
     ("xabcx", False), (7, False), (None, False)],
)  # fmt: skip
def test_a_plain_value_that_holds_a_secret_is_one(value, held):
    assert holds(value, {"hunter2", "abc"}) is held
