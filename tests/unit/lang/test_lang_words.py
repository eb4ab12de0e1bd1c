"""What is said of every mistake in the tables, whole: summary, detail and the place. `make golden` writes it anew."""

import os
import re

import pytest
from test_lang_console import DATA, GOLDEN, evaluated
from test_lang_syntax import REFUSED, TEXTS
from test_lang_syntax_errors import MISTAKES

from kplan.lang.evaluate import EvaluationError
from kplan.lang.parser import parse
from kplan.lang.source import Source

PAGE = DATA / "words.txt"
ASKED = re.compile(r"[a-z]\w*(?=\()|")


def of_text(text):
    _, found = parse(Source("f", text), None)
    return [(one.start, one.end, one.summary, one.detail) for one in found]


def of_expression(expression):
    try:
        found = evaluated(expression)
    except EvaluationError as problem:
        return [(problem.start, problem.end, problem.summary, problem.detail)]
    return (
        [(one.start, one.end, one.summary, one.detail) for one in found] if isinstance(found, tuple) else []
    )


def mistakes():
    """Group all texts that are mistakes, with what is to be asked of each: by title, by function."""
    groups = {"written": {text: (of_text, f"b {{\n{text}\n}}\n") for text, _ in MISTAKES}}
    groups["syntax"] = {answer["title"]: (of_text, TEXTS[answer["title"]]) for answer in REFUSED}
    for answer in GOLDEN:
        if "error" in answer:
            text = answer["expression"]
            name = ASKED.match(text)[0] or "expressions"
            if name != "jsondecode":  # its words are those of Python's reader, and change with it
                groups.setdefault(name, {})[text] = (of_expression, text)
    return groups


GROUPS = mistakes()


def said(name):
    lines = [f"## {name}"]
    for title, (words, text) in GROUPS[name].items():
        lines.append(f"> {title!r}")
        for start, end, summary, detail in words(text):
            lines.append(f"  {start}-{end} {summary}: {detail}".replace("\n", "\n    "))
    return "\n".join(lines) + "\n"


def test_it_is_written_anew_only_on_purpose():
    if os.environ.get("KPLAN_GOLDEN") == "write":
        PAGE.write_text("".join(map(said, GROUPS)))
    assert list(written()) == list(GROUPS)


def written():
    return {text.partition("\n")[0]: f"## {text}" for text in PAGE.read_text().split("## ")[1:]}


@pytest.mark.parametrize("name", GROUPS)
def test_the_words_are_those_that_were_read(name):
    assert said(name) == written()[name]
