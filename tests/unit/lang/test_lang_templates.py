"""Heredocs, strip markers and directives, held against what Terraform 1.11.4 made of the same text."""

import json
from pathlib import Path

import pytest
from reading import attributes, refusals, value

from kplan.lang.evaluate import evaluate
from kplan.lang.parser import parse
from kplan.lang.source import Source

DATA = Path(__file__).parent / "data"
GOLDEN = json.loads((DATA / "templates.json").read_text())
PARSED = parse(Source("templates.hcl", (DATA / "templates.hcl").read_text()), None)


class Locals:
    def __init__(self):
        self.nodes = {one[0]: one[3] for one in PARSED[0].blocks[0][1][4]}

    def resolve(self, names):
        return evaluate(self.nodes[names[1]], self), 2


def test_the_file_is_read_whole():
    assert PARSED[1] == ()
    assert Locals().nodes.keys() == GOLDEN.keys()


@pytest.mark.parametrize("name", GOLDEN)
def test_every_template_is_what_terraform_makes_of_it(name):
    scope = Locals()
    made = evaluate(scope.nodes[name], scope)
    assert (list(made) if isinstance(made, tuple) else made) == GOLDEN[name]


def test_carriage_returns_before_line_ends_are_kept_in_heredocs_and_are_nothing_elsewhere():
    read = attributes("x = 1\r\ny = <<EOT\r\na\r\nEOT\r\nz = 2\r")
    assert [one[3] for one in read.values()] == [1, "a\r\n", 2]


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ('"%{ if a }b"', ("Unexpected end of template", 2, 6, "%{ if a }")),
        ('"%{ for a in b }c"', ("Unexpected end of template", 2, 6, "%{ for a in b }")),
        ('"%{ endif }"', ("Unexpected endif directive", 2, 6, "%{ endif }")),
        ('"%{ else }"', ("Unexpected else directive", 2, 6, "%{ else }")),
        ('"%{ if a }%{ endfor }"', ("Unexpected endfor directive", 2, 15, "%{ endfor }")),
        ('"%{ if a }%{ else }%{ else }%{ endif }"', ("Unexpected else directive", 2, 24, "%{ else }")),
        ('"%{ for a in b }%{ else }%{ endfor }"', ("Unexpected else directive", 2, 21, "%{ else }")),
        ('"%{ while a }"', ("Invalid template directive", 2, 9, "while")),
        ('"%{ if }"', ("Invalid expression", 2, 12, "}")),
        ('"${a b}"', ("Extra characters after interpolation expression", 2, 10, "b")),
        ('"${}"', ("Invalid expression", 2, 8, "}")),
        ("<<EOT x\nabc\nEOT", ("Invalid heredoc introduction", 2, 5, "<")),
        ('"${a ~ }"', ("Invalid character", 2, 10, "~")),
    ],
)
def test_mistakes_in_templates_are_told_where_they_are(text, refusal):
    assert refusals(f"b {{\nx = {text}\n}}\n") == [refusal]


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ('"${a', ("Unclosed template interpolation sequence", 2, 6, "${")),
        ('"${ [a }"', ('Unclosed "["', 2, 9, "[")),
        ("<<EOT\nabc\n EOTx\n}\n", ("Unterminated heredoc", 2, 5, "<<EOT")),
        ('"a', ("Unterminated template string", 2, 5, '"')),
        ("/* a\n}\n", ("Unterminated comment", 2, 5, "/*")),
    ],
)
def test_what_is_never_closed_is_told_at_its_opening(text, refusal):
    assert refusals(f"b {{\nx = {text}") == [refusal]


def test_a_marker_after_a_sequence_on_its_line_ends_no_heredoc():
    assert value("<<EOT\nline\n${a}EOT\nEOT\n", a="x") == "line\nxEOT\n"


def test_a_directive_s_parts_evaluate_lazily_and_in_order():
    assert value('"%{ if a == 1 }one%{ else }${missing}%{ endif }"', a=1) == "one"
    assert value('"%{ for k, v in a }${k}${v}%{ endfor }"', a={"y": 2, "x": 1}) == "x1y2"
