"""Every row of docs/expressions.md with an expression and its result is true."""

import re
from pathlib import Path

import pytest
from reading import value

from kplan.config.files import ModuleFiles
from kplan.lang.functions import Surroundings, known
from kplan.sdk.values import equal

DOCUMENT = (Path(__file__).parents[3] / "docs" / "expressions.md").read_text()
FUNCTIONS = re.findall(r"^\| `(\w+\([^`]*\))` \| ([^|]+) \| `(.+?)` \| `([^`]+)` \|$", DOCUMENT, re.MULTILINE)
ROWS = re.findall(r"^\| `((?:(?!` \|).)+)` \| `([^`]+)` \|$", DOCUMENT, re.MULTILINE)
ROWS += [(example, result) for _, _, example, result in FUNCTIONS]
AROUND = Surroundings(
    ModuleFiles(Path(__file__).parent / "data" / "document"),
    {"HOME": "/home/ada", "REGION": "eu"},
    "2024-01-31T12:00:00Z",
)


@pytest.mark.parametrize(("expression", "result"), ROWS, ids=range(len(ROWS)))
def test_a_row_is_true(expression, result):
    made = value(expression, AROUND)
    assert equal(made, value(result))
    assert type(made) is type(value(result))


def signature(found):
    names = [one.name for one in found.parameters]
    names[len(names) - found.optional :] = [f"[{name}]" for name in names[len(names) - found.optional :]]
    return f"{found.name}({', '.join([*names, *([f'{found.rest.name}...'] if found.rest else [])])})"


def test_every_function_is_in_the_document_with_its_signature():
    assert len(ROWS) > 140
    declared = {signature(found) for found in known().values()} | {"try(expressions...)", "can(expression)"}
    assert {written for written, _, _, _ in FUNCTIONS} == declared


def test_an_example_calls_its_function():
    for written, _, example, _ in FUNCTIONS:
        assert f"{written.partition('(')[0]}(" in example


def test_what_the_document_says_of_files_is_so():
    assert (AROUND.files.read("note.tpl") + "```") in DOCUMENT
    assert AROUND.files.read("team.txt") == "payments\n"
    assert [name for name, _ in AROUND.files.entries("topics")] == ["bills.json", "orders.json"]
