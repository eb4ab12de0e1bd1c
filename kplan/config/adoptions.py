"""`import` blocks to what is adopted: keys and ids evaluated, once for each key of a for_each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.config.expansion import items_of
from kplan.config.model import Adoption
from kplan.config.transitions import where
from kplan.graph.address import instance_address
from kplan.lang.evaluate import EvaluationError, evaluate
from kplan.lang.types import STRING, ConversionError, convert
from kplan.sdk.values import marks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan.config.evaluation import Evaluation
    from kplan.config.model import Import
    from kplan.config.scope import Scope
    from kplan.graph.address import Key
    from kplan.lang.ast import Node

WHOLE = "*"  # the id of an import that means all that a composite comes to


def adoptions(evaluation: Evaluation) -> dict[str, Adoption]:
    """Evaluate the import blocks, by the address that each adopts as; errors go to the evaluation's diagnostics."""
    found: dict[str, Adoption] = {}
    for one in evaluation.module.imports:
        try:
            for made in _each(one, evaluation.root):
                first = found.setdefault(made.to, made)
                if first is not made:
                    detail = f"{made.to} is imported {where(first.place, first.at[0])} already."
                    raise EvaluationError("Duplicate import", detail, *made.at)
        except EvaluationError as problem:
            span = problem.start, problem.end
            values = (*problem.values, *evaluation.root.said)
            evaluation.diagnostics.append(
                one.place.error(problem.summary, problem.detail, *span, values=values)
            )
        finally:
            evaluation.root.each = None
    return found


def _each(one: Import, scope: Scope) -> Iterator[Adoption]:
    if one.for_each is None:
        yield _adoption(one, scope)
        return
    node = one.for_each[3]
    items = items_of(evaluate(node, scope))
    if isinstance(items, str):
        raise EvaluationError("Invalid for_each argument", items, node[1], node[2])
    for key in sorted(items or {}):
        scope.each = key, (items or {})[key]
        yield _adoption(one, scope)


def _adoption(one: Import, scope: Scope) -> Adoption:
    to = ".".join(instance_address(name, None if key is None else _key(key, scope)) for name, key in one.keys)
    id_, node = _text(one.id[3], scope, "id"), one.id[3]
    return Adoption(to, id_, one.place, node[1], node[2], one.to[3][1:3])


def _key(node: Node, scope: Scope) -> Key:
    value = evaluate(node, scope)
    if type(value) is int:
        return value
    return _text(node, scope, "key")


def _text(node: Node, scope: Scope, what: str) -> str:
    value = evaluate(node, scope)
    if value is None or marks(value):
        detail = f"The {what} of an import must be a text, known while planning and not sensitive."
        raise EvaluationError("Invalid import", detail, node[1], node[2])
    try:
        return str(convert(value, STRING))
    except ConversionError as problem:
        detail = f"The {what} of an import must be a text: {problem.reason}."
        raise EvaluationError("Invalid import", detail, node[1], node[2]) from None
