"""Some four hundred texts, held against what Terraform 1.11.4 says to them: accepted or not, where not, and values."""

import json
from pathlib import Path

import pytest
from syntax_golden import texts

from kplan.lang import ast
from kplan.lang.evaluate import evaluate
from kplan.lang.parser import parse, parse_expression
from kplan.lang.source import Source

GOLDEN = json.loads((Path(__file__).parent / "data" / "syntax_golden.json").read_text())
TEXTS = texts()
ACCEPTED = [answer for answer in GOLDEN if answer["accepted"]]
REFUSED = [answer for answer in GOLDEN if not answer["accepted"]]

# What Terraform's syntax lets through and kplan tells at once.
TOLD_SOONER = {
    "a function of a namespace that there is not": "Call to unknown function",  # there are no namespaces
    "a function of the provider namespace": "Call to unknown function",
    "spaces around the signs of a namespace": "Missing newline after argument",
    "a key given twice in an object": "Duplicate object key",  # Terraform takes the last one and says nothing
    "an object with a dotted key": "Ambiguous attribute key",  # an error of Terraform's too, when evaluated
    "an equals sign before a block": "Unsupported argument",  # as Terraform's `validate` has it
    "an argument at the top": "Unsupported argument",
}

# Where the words or the line differ from Terraform's, because these say more or point closer to the cause.
OTHERWISE = {
    # what the construct is called
    "a heredoc marker that begins with a digit": ("Invalid heredoc introduction", 2),
    "a heredoc without a line end after its introduction": ("Invalid heredoc introduction", 2),
    "a heredoc with a space before its marker": ("Invalid heredoc introduction", 2),
    "a heredoc with a quoted marker": ("Invalid heredoc introduction", 2),
    "a directive that there is not": ("Invalid template directive", 2),
    "a directive of else if": ("Extra characters after template directive", 2),
    "a directive of for without in": ("Invalid 'for' expression", 2),
    # the opening of what is never closed, where Terraform has the place where it noticed
    "a heredoc never closed": ("Unterminated heredoc", 2),
    "a heredoc with a marker in another case": ("Unterminated heredoc", 2),
    "a comment never closed": ("Unterminated comment", 2),
    "a list never closed": ('Unclosed "["', 2),
    "a list closed by a brace": ('Unclosed "["', 2),
    "a list closed by a parenthesis": ('Unclosed "["', 2),
    "a call never closed": ('Unclosed "("', 2),
    "an interpolation never closed": ("Unclosed template interpolation sequence", 2),
    "an index never closed": ('Unclosed "["', 2),
    "parentheses never closed": ('Unclosed "("', 2),
    "a brace alone": ("Unclosed configuration block", 1),
    "a missing closing bracket before another argument": ('Unclosed "["', 2),
    # the bracket that closes nothing
    "a list closed twice": ('Unexpected "]"', 2),
    "an interpolation closed by another bracket": ('Unexpected "]"', 2),
    "a parenthesis too many": ('Unexpected ")"', 2),
    "a closing brace too many": ('Unexpected "}"', 4),
    "a closing bracket alone": ('Unexpected "]"', 1),
    "a stray bracket in a block": ('Unexpected "]"', 3),
    # the line that can't begin so: the one before it is whole
    "a traversal over lines outside parentheses": ("Invalid expression", 4),
    "a line that begins with and": ("Invalid expression", 3),
    "a line that begins with plus": ("Invalid expression", 3),
    "a line that begins with minus": ("Invalid expression", 3),
    "a line that begins with a colon": ("Invalid expression", 3),
    "a line that begins with an equals sign": ("Invalid expression", 3),
    "a line that begins with a dash after an empty line": ("Invalid expression", 4),
    # what is meant for what
    "a block of one line with two arguments": ("Unexpected comma after argument", 1),
    "a block in a block of one line": ("Invalid single-argument block definition", 1),
    "the brace on the next line": ("Invalid block definition", 1),
    "a heredoc in a block of one line": ("Invalid single-argument block definition", 1),
    "an object without a value": ("Missing attribute value", 2),
    "an argument with a colon": ("Invalid argument definition", 2),
    "an argument with a dotted name": ("Invalid argument name", 2),
    "a colon after a block's name": ("Invalid argument definition", 1),
    "a file of YAML": ("Invalid argument definition", 1),
    "a dotted block name": ("Invalid argument name", 1),
    "a number with two dots in a row": ("Invalid attribute name", 2),
}


# An unclosed block takes the next one in; whatever comes after that is read.
SWALLOWS = {"a missing closing brace"}


@pytest.mark.parametrize("answer", ACCEPTED, ids=lambda answer: answer["title"])
def test_what_terraform_accepts_is_accepted_with_the_values_it_has(answer):
    parsed, found = parse(Source("f", TEXTS[answer["title"]]), None)
    if answer["title"] in TOLD_SOONER:
        assert [one.summary for one in found] == [TOLD_SOONER[answer["title"]]]
        return
    assert found == ()
    if "values" in answer:
        assert values(parsed.blocks[0][1]) == answer["values"]


class Locals:
    def __init__(self, block):
        self.nodes = {one[0]: one[3] for one in block[ast.ATTRIBUTES]}

    def resolve(self, names):
        return evaluate(self.nodes[names[1]], self), 2


def values(block):
    """Evaluate a block's arguments, as JSON has them."""
    scope = Locals(block)
    asked = ", ".join(f"{name} = local.{name}" for name in scope.nodes)
    node, found = parse_expression(f"jsonencode({{{asked}}})", "<asked>")
    assert found == ()
    return json.loads(evaluate(node, scope))


@pytest.mark.parametrize("answer", REFUSED, ids=lambda answer: answer["title"])
def test_what_terraform_refuses_is_refused_in_its_words_and_on_its_line(answer):
    text = TEXTS[answer["title"]]
    source = Source("f", text)
    _, found = parse(source, None)
    first = found[0]
    assert first.detail.endswith((".", "?", "…"))
    assert text[first.start : first.end].strip("\n")
    said = (first.summary, source.position(first.start)[0])
    assert said == OTHERWISE.get(answer["title"], (answer["refused"], answer["line"]))


@pytest.mark.parametrize("answer", REFUSED, ids=lambda answer: answer["title"])
def test_a_block_after_the_mistake_is_still_read(answer):
    text = TEXTS[answer["title"]] + '\nafter "it" {\n  x = 1\n}\n'
    parsed, found = parse(Source("f", text), None)
    assert found
    last = parsed.blocks[-1][1] if parsed.blocks else None
    if answer["title"] in SWALLOWS:
        assert last is None
        assert "indented" in found[0].detail or "is inside it" in found[0].detail
        return
    assert last is not None
    assert (last[ast.TYPE], last[ast.LABELS], len(last[ast.ATTRIBUTES])) == ("after", ("it",), 1)


@pytest.mark.parametrize("answer", REFUSED, ids=lambda answer: answer["title"])
def test_a_block_before_the_mistake_is_read_and_the_mistake_is_told_alike(answer):
    text = TEXTS[answer["title"]].removeprefix("\ufeff")
    before = 'before "it" {\n  x = 1\n}\nline {}\n'
    parsed, found = parse(Source("f", before + text), None)
    _, alone = parse(Source("f", text), None)
    assert [block[ast.TYPE] for _, block in parsed.blocks][:2] == ["before", "line"]
    assert [(one.summary, one.start - len(before), one.end - len(before)) for one in found] == [
        (one.summary, one.start, one.end) for one in alone
    ]


def test_the_differences_are_differences():
    answers = {answer["title"]: answer for answer in GOLDEN}
    assert answers.keys() == TEXTS.keys()
    for title, said in OTHERWISE.items():
        assert said != (answers[title]["refused"], answers[title]["line"])
    assert all(answers[title]["accepted"] for title in TOLD_SOONER)
    assert len(ACCEPTED) > 150
    assert len(REFUSED) > 200
