"""Five hundred expressions, held against what Terraform 1.11.4's console printed."""

import json
from pathlib import Path

import pytest

from kplan.lang.evaluate import EvaluationError, evaluate_constant
from kplan.lang.parser import parse_expression
from kplan.sdk.values import Secret

GOLDEN = json.loads((Path(__file__).parent / "data" / "console_golden.json").read_text())

# Where kplan differs on purpose; docs/expressions.md says why.
ON_PURPOSE = {
    "1/3": "0." + "3" * 154,
    "[1,2] == tolist([1,2])": "true",
    'false && tobool("x")': "false",
    'format("%v %v %v %v", "a", 1.5, true, null)': '"a 1.5 true null"',
    'format("%s", null)': '"null"',
    "try(1/0, 2)": "2",
    "true ? 1 : sensitive(2)": "1",
    "{a=1,a=2}": None,
}


def made(expression):
    """Evaluate as JSON text; None for an error, which is worded and placed."""
    node, diagnostics = parse_expression(f"jsonencode({expression})", "<console>")
    if diagnostics:
        return None
    try:
        value = evaluate_constant(node)
    except EvaluationError as problem:
        placed = 0 <= problem.start < problem.end <= len(expression) + len("jsonencode()")
        return None if placed and problem.summary and problem.detail else "a poor error"
    return "(sensitive)" if isinstance(value, Secret) else value


def printed(answer):
    if "error" in answer:
        return None
    if "sensitive" in answer:
        return "(sensitive)"
    node, _ = parse_expression(answer["printed"].replace("${", "$${").replace("%{", "%%{"), "<golden>")
    return evaluate_constant(node)


@pytest.mark.parametrize("answer", GOLDEN, ids=lambda answer: answer["expression"])
def test_expressions_give_what_terraform_s_console_gives(answer):
    expression = answer["expression"]
    wanted = ON_PURPOSE[expression] if expression in ON_PURPOSE else printed(answer)
    assert made(expression) == wanted


def test_the_differences_on_purpose_are_differences():
    answers = {answer["expression"]: answer for answer in GOLDEN}
    for expression, ours in ON_PURPOSE.items():
        answer = answers[expression]
        assert "known after apply" in answer.get("printed", "") or printed(answer) != ours
