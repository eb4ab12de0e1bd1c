"""One block's arguments in a scope: evaluated, converted, and mistakes located; they go to the scope's diagnostics."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kplan.config.scope import LABELS
from kplan.lang import ast
from kplan.lang.dispatch import named_values
from kplan.lang.evaluate import EvaluationError, evaluate
from kplan.lang.types import ConversionError, convert
from kplan.sdk.values import SECRET, UNKNOWN, Secret, Unknown, Value, make_list, make_map, marks, marks_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kplan.config.model import Call, Declared
    from kplan.config.schema import Schema
    from kplan.config.scope import Scope
    from kplan.lang.ast import Attribute, Block
    from kplan.lang.diagnostics import Diagnostic
    from kplan.sdk.session import Fault

_LITERAL = ast.LITERAL
_PLACEHOLDER = re.compile(r"\$\{[A-Za-z][\w.-]*:[^{}]+\}")


def values_of(scope: Scope, declared: Declared) -> dict[str, Value] | None:
    """Evaluate and convert a block's arguments; null and absent are the same. None after an error."""
    return _values(
        scope, declared, declared.schema, declared.attributes.values(), declared.nested, declared.block
    )


def _values(
    scope: Scope,
    declared: Declared,
    schema: Schema,
    attributes: Iterable[Attribute],
    nested: dict[str, Block],
    parent: Block,
) -> dict[str, Value] | None:
    values: dict[str, Value] = {}
    failed = False
    types = schema.types
    for attribute in attributes:
        name, node = attribute[0], attribute[3]
        try:
            value = node[3] if node[0] == _LITERAL else evaluate(node, scope)
            if value is None:
                failed = _missing(scope, declared, schema, attribute) or failed
                continue
            made = values[name] = convert(value, types[name], "")
            if isinstance(made, tuple) and None in made:
                failed = True
                detail = f'"{name}" has an element that is null. Leave it out.'
                tell(scope, declared, "Null value found in list", detail, node[1:3])
        except EvaluationError as problem:
            failed = True
            _evaluation_error(scope, declared, problem)
        except ConversionError as problem:
            failed = True
            detail = f'Inappropriate value for attribute "{name}": {problem.detail}'
            named = tuple({**dict(named_values(node, scope)), **dict(scope.said)}.items())
            tell(scope, declared, "Incorrect attribute value type", detail, node[1:3], values=named)
    if schema.sensitive:
        _refuse_open_secrets(scope, declared, schema, values, attributes)
    if marks_in(values.values()) & SECRET:
        failed = _misplaced_secrets(scope, declared, schema, values, attributes) or failed
    for name, block in nested.items():
        if name in schema.many:
            listed = [_inner(scope, declared, schema, one) for one in parent[5] if one[0] == name]
            failed = None in listed or failed
            values[name] = make_list(listed)
            continue
        inner = _inner(scope, declared, schema, block)
        failed = inner is None or failed
        values[name] = inner
    return None if failed else values


def _inner(scope: Scope, declared: Declared, schema: Schema, block: Block) -> Value:
    """Evaluate a nested block to an object; None after an error."""
    inner_schema = schema.blocks[block[0]]
    known = [one for one in block[4] if one[0] in inner_schema.settable]
    blocks = {one[0]: one for one in block[5] if one[0] in inner_schema.blocks}
    values = _values(scope, declared, inner_schema, known, blocks, block)
    if values is None:
        return None
    label = {"label": block[1][0]} if block[0] in schema.many and block[1] else {}
    return make_map({**label, **values})


def _missing(scope: Scope, declared: Declared, schema: Schema, attribute: Attribute) -> bool:
    """Tell of a null where a value is required."""
    name, node = attribute[0], attribute[3]
    if name in schema.required:
        detail = f'The argument "{name}" is required, so it can\'t be null.'
        tell(scope, declared, "Missing required argument", detail, node[1:3])
    return name in schema.required


def value_of(scope: Scope, declared: Declared | Call, attribute: Attribute) -> Value:
    """Evaluate one of the engine's own arguments; an Unknown after an error."""
    try:
        return evaluate(attribute[3], scope)
    except EvaluationError as problem:
        _evaluation_error(scope, declared, problem)
        return Unknown()


def labels_of(scope: Scope, declared: Declared) -> dict[str, Value]:
    """Evaluate a block's labels."""
    if declared.labels is None:
        return {}
    value = value_of(scope, declared, declared.labels)
    try:
        converted = convert(value, LABELS, "")
    except ConversionError as problem:
        span = declared.labels[3][1:3]
        tell(scope, declared, "Incorrect attribute value type", f"labels: {problem.detail}", span)
        return {}
    return converted if isinstance(converted, dict) else {}


def flag_of(scope: Scope, declared: Declared, attribute: Attribute | None) -> bool:
    """Evaluate a flag that must be known while planning."""
    if attribute is None:
        return False
    value = value_of(scope, declared, attribute)
    if isinstance(value, Unknown) and not value.by:
        return True  # follows from another error
    if not isinstance(value, bool):
        detail = f'"{attribute[0]}" must be true or false, known while planning.'
        tell(scope, declared, "Unsuitable value", detail, attribute[3][1:3])
        return True
    return value


def _misplaced_secrets(
    scope: Scope,
    declared: Declared,
    schema: Schema,
    values: dict[str, Value],
    attributes: Iterable[Attribute],
) -> bool:
    """Refuse secrets in arguments that are stored and shown."""
    found = [
        one for one in attributes if marks(values.get(one[0])) & SECRET and one[0] not in schema.sensitive
    ]
    for attribute in found:
        detail = (
            f'"{attribute[0]}" is stored and shown in plain text, so it can\'t take a sensitive value. If it is no '
            "secret, say so with nonsensitive(…)."
        )
        tell(scope, declared, "Sensitive value not allowed", detail, attribute[3][1:3])
    return bool(found)


def _refuse_open_secrets(
    scope: Scope,
    declared: Declared,
    schema: Schema,
    values: dict[str, Value],
    attributes: Iterable[Attribute],
) -> None:
    """Refuse what stands in the open where a secret belongs: files are kept, shared and reviewed.

    From here on it is a secret, so that whatever else is wrong with the block is told in the same run.
    """
    found = [
        one
        for one in attributes
        if one[0] in schema.sensitive
        and one[0] in values
        and not marks(values[one[0]]) & (SECRET | UNKNOWN)
        and not _is_placeholder(values[one[0]])
    ]
    for attribute in found:
        detail = (
            f'"{attribute[0]}" takes a sensitive value only: a variable that is declared sensitive, env("NAME"), or '
            'sensitive(file("…")). Written into a file it would be known to all who may read that.'
        )
        told = declared.place.error("Secret in plain text", detail, *attribute[3][1:3])
        scope.diagnostics.append(told._replace(source=declared.place.source.blank()))
        values[attribute[0]] = Secret(values[attribute[0]])


def _is_placeholder(value: Value) -> bool:
    """Tell whether a text only says where a secret is, for who is given it to look up: `${file:/etc/connect.properties:x}`."""
    return isinstance(value, str) and bool(_PLACEHOLDER.fullmatch(value))


def _evaluation_error(scope: Scope, declared: Declared | Call, problem: EvaluationError) -> None:
    values = tuple({**dict(problem.values), **dict(scope.said)}.items())
    tell(scope, declared, problem.summary, problem.detail, (problem.start, problem.end), values=values)


def tell(
    scope: Scope, declared: Declared | Call, summary: str, detail: str, span: tuple[int, int], **more: Any
) -> None:
    """Tell a mistake in a block."""
    scope.diagnostics.append(declared.place.error(summary, detail, *span, **more))


def tell_faults(scope: Scope, declared: Declared, faults: Iterable[Fault]) -> None:
    """Tell what a provider finds wrong with a block."""
    for fault in faults:
        scope.diagnostics.append(located(declared, fault, scope.said))


def span_of(declared: Declared, path: tuple[str | int, ...]) -> tuple[int, int]:
    """Find the most precise part of a block that a path names; its header if it names nothing written there."""
    attributes: Callable[[str], Any] = declared.attributes.get
    block = declared.block
    rest = list(path)
    while rest and rest[0] in declared.nested and block is declared.block:
        name = str(rest.pop(0))
        block = declared.nested[name]
        number = next(iter(rest), None)
        if name in declared.schema.many and isinstance(number, int):
            block = [one for one in declared.block[5] if one[0] == name][number]
            rest.pop(0)
        inner = {one[0]: one for one in block[4]}
        attributes = inner.get
    attribute = attributes(str(rest[0])) if rest else None
    if attribute is None:
        return block[2], block[3]
    node = attribute[3]
    for step in rest[1:]:
        if node[0] == ast.LIST and isinstance(step, int) and step < len(node[3]):
            node = node[3][step]
            continue
        if node[0] != ast.OBJECT:
            break
        entry = next((value for key, value in node[3] if key[0] == _LITERAL and key[3] == step), None)
        if entry is None:
            break
        node = entry
    return node[1], node[2]


def located(declared: Declared, fault: Fault, values: tuple[tuple[str, str], ...] = ()) -> Diagnostic:
    """Put a provider's fault where in the block it belongs."""
    start, end = span_of(declared, fault.path)
    return declared.place.error(fault.summary, fault.detail, start, end, remedy=fault.remedy, values=values)
