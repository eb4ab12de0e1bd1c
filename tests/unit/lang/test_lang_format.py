"""The canonical layout is terraform fmt's, changes white space only, and changes it once."""

import json
import sys
from pathlib import Path

import pytest

from kplan.lang.ast import ParsedFile
from kplan.lang.format import formatted
from kplan.lang.layout import lines_of
from kplan.lang.parser import parse
from kplan.lang.source import Source
from kplan.lang.tokens import SyntaxProblem

HERE = Path(__file__).parent
GOLDEN = json.loads((HERE / "data" / "fmt_golden.json").read_text())
ROOT = HERE.parents[2]


def bare(node):
    """A syntax tree without offsets."""
    if not isinstance(node, tuple):
        return node
    if len(node) > 2 and type(node[0]) is int and type(node[1]) is int and type(node[2]) is int:
        return (node[0], *map(bare, node[3:]))
    return tuple(bare(item) for item in node if type(item) is not int)


def blocks(text):
    parsed, problems = parse(Source("x", text), None)
    assert isinstance(parsed, ParsedFile)
    return [_attributes(block) for _, block in parsed.blocks], [one.summary for one in problems]


def _attributes(block):
    inner = {one[0]: bare(one[3]) for one in block[4]}
    return block[0], block[1], inner, [_attributes(one) for one in block[5]]


def comments(text):
    return [line.comment.strip() for line in lines_of(text) if line.comment]


@pytest.mark.parametrize("case", GOLDEN, ids=range(len(GOLDEN)))
def test_it_is_what_terraform_fmt_makes(case):
    assert formatted(case["text"]) == case["formatted"]


@pytest.mark.parametrize("case", GOLDEN, ids=range(len(GOLDEN)))
def test_a_second_time_changes_nothing_and_the_first_no_meaning(case):
    text = case["text"]
    once = formatted(text)
    assert formatted(once) == once
    assert comments(once) == comments(text)
    wrapped = "b {\n{}\n}\n"
    assert blocks(wrapped.replace("{}", once)) == blocks(wrapped.replace("{}", text))


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ('type = "list"\n', 'type = "list"\n'),  # Terraform rewrites what its own old versions wrote
        ('f = "${"${a}"}"\n', "f = a\n"),  # terraform fmt takes one layer off each time
        ("\ufeffa=1\n", "a = 1\n"),
        ("a=1\r\nb {\r\nc=2\r\n}\r\n", "a = 1\r\nb {\r\n  c = 2\r\n}\r\n"),
        ("a=1 # c\r\n", "a = 1 # c\r\n"),
        ("a=1", "a = 1"),
        ("", ""),
        ("\n\n", "\n\n"),
        ("a = <<EOT\n", None),
        ('a = "x\n', None),
        ("a = {\n", None),
        ("a = $\n", None),
        ("a = 'x'\n", None),
    ],
)
def test_corners(text, made):
    if made is None:
        with pytest.raises(SyntaxProblem):
            formatted(text)
    else:
        assert formatted(text) == made


@pytest.mark.parametrize("path", sorted((ROOT / "examples").rglob("*.hcl")), ids=lambda path: path.name)
def test_the_examples_are_formatted(path):
    assert formatted(path.read_text()) == path.read_text()


SHAPES = {
    "entries": lambda n: "m = {\n" + "k=1\n" * n + "}\n",
    "one line": lambda n: "a = [" + "1," * n + "]\n",
    "comments": lambda n: "a=1 # c\n" * n,
    "templates": lambda n: 'a = "' + "${ x }" * n + '"\n',
    "depth": lambda n: "a = " + "(" * n + "1" + ")" * n + "\n",
}


def calls(text):
    """Count the calls that formatting makes."""
    counted = 0

    def count(*_):
        nonlocal counted
        counted += 1

    sys.setprofile(count)
    try:
        formatted(text)
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_linear(shape):
    make = SHAPES[shape]
    assert calls(make(1600)) < 12 * calls(make(200))
