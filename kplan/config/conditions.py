"""Conditions that must hold: of preconditions, postconditions, validations, outputs and checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kplan.config.model import Condition
from kplan.lang import ast
from kplan.lang.dispatch import named_values
from kplan.lang.evaluate import EvaluationError, evaluate
from kplan.lang.types import BOOL, STRING, ConversionError, convert
from kplan.sdk.values import SECRET, UNKNOWN, marks, reveal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kplan.config.model import Place
    from kplan.lang.ast import Block, Node
    from kplan.lang.diagnostics import Diagnostic
    from kplan.lang.evaluate import Scope

_HIDDEN = "The error message depends on a sensitive value, so it is not shown."


def conditions_of(block: Block, name: str) -> tuple[Condition, ...]:
    """Collect a block's condition blocks of one type; those that lack an argument were told of already."""
    found = []
    for inner in ast.blocks_of(block, name):
        condition, message = (ast.attribute_of(inner, part) for part in ("condition", "error_message"))
        if condition is not None and message is not None:
            found.append(Condition(inner, condition, message))
    return tuple(found)


class Words(NamedTuple):
    """How a broken condition is told. `hidden`: nothing of its values is to be shown."""

    summary: str
    warns: bool = False
    hidden: bool = False
    values: tuple[tuple[str, str], ...] = ()


class Judged(NamedTuple):
    """What came of conditions. `undecided`: some of them wait for what only an apply decides."""

    diagnostics: tuple[Diagnostic, ...]
    undecided: bool


def judge(
    conditions: Iterable[Condition],
    place: Place,
    scope: Scope,
    words: Words,
    locals_: dict[str, Any] | None = None,
) -> Judged:
    """Evaluate conditions in a scope and word those that don't hold; `locals_` are names such as `self`."""
    diagnostics: list[Diagnostic] = []
    undecided = False
    for one in conditions:
        try:
            truth = _truth(one.condition[ast.EXPRESSION], scope, locals_)
            if truth is None:
                undecided = True
            elif not truth:
                diagnostics.append(_broken(one, place, scope, words, locals_))
        except EvaluationError as problem:
            diagnostics.append(_told(place, problem, words))
    return Judged(tuple(diagnostics), undecided)


def _truth(node: Node, scope: Scope, locals_: dict[str, Any] | None) -> bool | None:
    """Evaluate a condition; None where only an apply decides it."""
    value = reveal(evaluate(node, scope, locals_))
    if marks(value) & UNKNOWN:
        return None
    if value is None:
        raise _unsuitable("the result is null", node)
    try:
        return bool(convert(value, BOOL))
    except ConversionError as problem:
        raise _unsuitable(problem.reason, node) from None


def _unsuitable(why: str, node: Node) -> EvaluationError:
    detail = f"A condition must be either true or false: {why}."
    return EvaluationError("Invalid condition result", detail, node[1], node[2])


def _broken(
    one: Condition, place: Place, scope: Scope, words: Words, locals_: dict[str, Any] | None
) -> Diagnostic:
    node = one.message[ast.EXPRESSION]
    value = evaluate(node, scope, locals_)
    if marks(value) & SECRET:
        text = _HIDDEN
    elif marks(value) & UNKNOWN:
        text = "The error message depends on what is known only after an apply."
    else:
        try:
            text = str(convert(value, STRING) or "").strip()
        except ConversionError:
            raise EvaluationError(
                "Invalid error message", "The error message must be a text.", node[1], node[2]
            ) from None
    start, end = one.condition[ast.EXPRESSION][1:3]
    shown = () if words.hidden else named_values(one.condition[ast.EXPRESSION], scope, locals_)
    values = (*shown, *words.values)
    tell = place.warning if words.warns else place.error
    return tell(words.summary, text or "The condition does not hold.", start, end, values=values)


def _told(place: Place, problem: EvaluationError, words: Words) -> Diagnostic:
    values = (*problem.values, *words.values)
    tell = place.warning if words.warns else place.error
    return tell(problem.summary, problem.detail, problem.start, problem.end, values=values)
