"""Every row of docs/expressions.md with an expression and its result is true."""

import re
from pathlib import Path

import pytest
from reading import value

from kplan.lang.functions import known
from kplan.sdk.values import equal

DOCUMENT = (Path(__file__).parents[3] / "docs" / "expressions.md").read_text()
ROWS = re.findall(r"^\| `(.+?)` \| `([^`]+)` \|$", DOCUMENT, re.MULTILINE)


@pytest.mark.parametrize(("expression", "result"), ROWS, ids=[expression for expression, _ in ROWS])
def test_a_row_is_true(expression, result):
    made = value(expression)
    assert equal(made, value(result))
    assert type(made) is type(value(result))


def test_every_function_is_in_the_document():
    assert len(ROWS) > 90
    for name in [*known(), "try", "can"]:
        assert f"{name}(" in DOCUMENT, name
