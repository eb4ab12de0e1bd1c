"""More than three thousand expressions, held against what Terraform 1.11.4's console said to them."""

import json
import re
from pathlib import Path

import pytest
from reading import Given

from kplan.config.files import ModuleFiles
from kplan.lang.evaluate import EvaluationError, evaluate
from kplan.lang.functions import Surroundings, known
from kplan.lang.parser import parse_expression
from kplan.sdk.values import Secret, Unknown

DATA = Path(__file__).parent / "data"
GOLDEN = json.loads((DATA / "console_golden.json").read_text())
LOCALS = json.loads((DATA / "console" / "locals.json").read_text())

# Where kplan differs on purpose, by the reason that docs/expressions.md gives, with what kplan makes of it.
ON_PURPOSE = {
    "there is one kind of list and one of map, as yet": {
        "[1,2] == tolist([1,2])": "true",
        "toset([1]) == [1]": "true",
        'coalesce(null, [1], ["a"])': '["1"]',
        'lookup(tomap({a="b"}), "c", 1)': "1",
    },
    "what decides alone decides, and only what counts is asked for": {
        'false && tobool("x")': "false",
        "true ? 1 : sensitive(2)": "1",
        "terraform_data.x.output && false": "false",
        "terraform_data.x.output || true": "true",
        "alltrue([terraform_data.x.id, false])": "false",
    },
    "a mistake is told": {
        "{a=1,a=2}": "error",
        "can(nosuch(1))": "error",
        "ephemeralasnull(1)": "error",
        'cidrsubnet("10.1.2.0/24", 4, -1)': "error",
        'cidrsubnet("10.1.2.0/24", -1, 0)': "error",
        'cidrsubnet("10.1.2.0/24", -25, 0)': "error",
        'cidrsubnet("10.1.2.0/24", 4, -15)': "error",
    },
    "there is no infinity and no zero below zero": {
        "try(1/0, 2)": "2",
        "log(10, 0)": "error",
        "-0": "0",
        'tonumber("-0")': "0",
        'jsondecode("-0")': "0",
        'yamldecode("[0x1F, 0o17, 017, 0b11, 1_000, +1, -1, 0, -0, 08, 0x, 0X1F, 0B11, 0O7]")': '[31,15,17,"0b11",'
        '"1_000",1,-1,0,0,8,"0x","0X1F","0B11","0O7"]',
        'yamldecode("[1_000, +1, -1, 0, -0]")': '["1_000",1,-1,0,0]',
    },
    "the last of 17 digits of a power may differ": {"pow(2, 1.5)": "2.8284271247461903"},
    "a null is known": {
        'format("%v %v %v %v", "a", 1.5, true, null)': '"a 1.5 true null"',
        'format("%s", null)': '"null"',
        'format("%s-%s", null, 1)': '"null-1"',
        'format("%s-%s", "a", null)': '"a-null"',
        'format("%v", null)': '"null"',
        'format("%#v", null)': '"null"',
        'formatlist("%s-%s", null, "b")': '["null-b"]',
        'formatlist("%s-%s", ["a"], null)': '["a-null"]',
        'formatlist("%s", null)': '["null"]',
        'setunion([null], ["a"])': '[null,"a"]',
    },
    "texts stay as they are written": {
        r'"e\u0301" == "\u00e9"': "false",
        r'strrev("e\u0301x")': '"xe\u0301"',
        r'regex("(?i)k", "\u212a")': '"\u212a"',
    },
    "years have four digits and begin with 1": {
        'formatdate("YYYY", "0000-01-01T00:00:00Z")': "error",
        'timeadd("9999-12-31T23:59:59Z", "1s")': "error",
        'timeadd("0000-01-01T00:00:00Z", "-1s")': "error",
    },
    "there are no scripts in patterns": {r'regex("\\p{Greek}", "aβ")': "error"},
    "compressed differently": {
        'base64gzip("hello")': '"H4sIAAAAAAAA/8tIzcnJBwCGphA2BQAAAA=="',
        'base64gzip("")': '"H4sIAAAAAAAA/wMAAAAAAAAAAAA="',
    },
    "YAML 1.2's directive and escapes are read": {
        r'yamldecode("%YAML 1.2\n---\na: 1")': '{"a":1}',
        r'yamldecode("&a a: *a")': '{"a":"a"}',
        r'yamldecode("\"a\\x41\\/\\_\\e\"")': '"aA/\u00a0\\u001b"',
    },
    "Terraform's own mistakes": {
        'cidrhost("::ffff:10.0.0.0/112", 5)': '"::ffff:a00:5"',
        'matchkeys(["a","b"], ["x","y"], [terraform_data.x.id])': "unknown",
        'textencodebase64("日", "HZ-GB-2312")': '"fntIVX59"',
        "try(nosuch.a, 1)": "1",
    },
}
WANTED = {expression: ours for differing in ON_PURPOSE.values() for expression, ours in differing.items()}


def group(expression):
    """Name the function that is called, or what kind of expression it is by its first character."""
    found = re.match(r"[a-z_0-9]+(?=\()", expression)
    return found[0] if found else f"first {expression[0]}" if expression[0] in '"[{(' else "operators"


def evaluated(expression):
    """Evaluate as JSON text; gives the mistakes instead where it can't be read."""
    node, diagnostics = parse_expression(f"jsonencode({expression})", "<console>")
    if diagnostics:
        return diagnostics
    scope = Given(
        {
            **{f"local.{name}": text for name, text in LOCALS.items()},
            "terraform_data.x.id": Unknown("string", ("x",)),
            "terraform_data.x.output": Unknown("any", ("x",)),
        },
        Surroundings(ModuleFiles(DATA / "console"), {"HOME": "/home/user"}, "2024-01-02T03:04:05Z"),
    )
    return evaluate(node, scope)


def made(expression):
    """Give it as JSON text and tell whether it is secret; "error" for an error that is worded and placed."""
    try:
        value = evaluated(expression)
    except EvaluationError as problem:
        placed = 0 <= problem.start < problem.end <= len(expression) + len("jsonencode()")
        return "error" if placed and problem.summary and problem.detail else "a poor error"
    if isinstance(value, tuple):
        return "error" if all(one.summary and one.detail for one in value) else "a poor error"
    secret = isinstance(value, Secret)
    plain = value.reveal() if secret else value
    if isinstance(plain, Unknown):  # the console doesn't tell whether one is sensitive
        return "unknown"
    return f"secret {plain}" if secret else plain


def said(answer):
    if "error" in answer or "unknown" in answer:
        return "error" if "error" in answer else "unknown"
    node, _ = parse_expression(answer["printed"].replace("${", "$${").replace("%{", "%%{"), "-")
    return ("secret " if "sensitive" in answer else "") + evaluate(node, Given({}))


GROUPS = {}
for answer in GOLDEN:
    GROUPS.setdefault(group(answer["expression"]), []).append(answer)


@pytest.mark.parametrize("name", GROUPS)
def test_expressions_give_what_terraform_s_console_gives(name):
    wanted = {one["expression"]: WANTED.get(one["expression"]) or said(one) for one in GROUPS[name]}
    assert {expression: made(expression) for expression in wanted} == wanted


def test_the_differences_on_purpose_are_differences():
    answers = {answer["expression"]: answer for answer in GOLDEN}
    for expression, ours in WANTED.items():
        assert said(answers[expression]) != ours


def test_every_function_is_asked_about_often():
    few = {name for name in known() if len(GROUPS.get(name, ())) < 7}
    assert few == {"base64gzip", "duration", "size", "env", "timestamp", "plantimestamp"}


def test_the_table_is_that_of_the_list():
    listed = (DATA / "console_expressions.txt").read_text().splitlines()
    assert [answer["expression"] for answer in GOLDEN] == listed
