"""Expressions to values, by HCL's rules.

A secret makes what is computed from it secret, an unknown makes it unknown; a container keeps which of its elements
are. Problems carry the place of the node where they arose, counted as the node's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.lang import access, ast, loops, operators
from kplan.lang.dispatch import BY_KIND, Locals, Scope, evaluated, key_of, problem, truth_of
from kplan.lang.functions import call
from kplan.lang.precision import precise
from kplan.lang.problems import EvaluationError, FunctionError, ReferenceProblem
from kplan.lang.types import STRING, ConversionError, convert, type_of, type_text, unify
from kplan.sdk.values import (
    SECRET,
    UNKNOWN,
    Endpoint,
    Secret,
    Unknown,
    make_list,
    make_map,
    marks,
    reveal,
    type_name,
    unknown_by,
)

if TYPE_CHECKING:
    from kplan.lang.ast import Names, Node
    from kplan.sdk.values import Value

__all__ = ["EvaluationError", "ReferenceProblem", "Scope", "evaluate", "evaluate_constant"]


class _Nowhere:
    def resolve(self, names: Names) -> tuple[Value, int]:
        raise ReferenceProblem(
            "Variables not allowed", f'"{".".join(names)}" can\'t be used here: only plain values.'
        )


def evaluate(node: Node, scope: Scope, locals_: Locals | None = None) -> Value:
    """Evaluate an expression. `locals_` are variables that go before the scope. Raises EvaluationError."""
    try:
        return BY_KIND[node[0]](node, scope, locals_)
    except RecursionError:
        raise EvaluationError(
            "Too deeply nested", "This expression is nested too deeply to be evaluated.", node[1], node[2]
        ) from None


def evaluate_constant(node: Node) -> Value:
    """Evaluate an expression that may refer to nothing. Raises EvaluationError."""
    return evaluate(node, _Nowhere())


def _literal(node: Node, _scope: Scope, _locals: Locals | None) -> Value:
    return node[3]


def _number(node: Node, _scope: Scope, _locals: Locals | None) -> Value:
    try:
        return precise(node[3])
    except ValueError:
        raise EvaluationError(
            "Invalid number literal", "This number is too large or too small.", node[1], node[2]
        ) from None


def _ref(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    names = node[3]
    if locals_ is not None and names[0] in locals_:
        value, used = locals_[names[0]], 1
    else:
        try:
            value, used = scope.resolve(names)
        except ReferenceProblem as refused:
            raise EvaluationError(refused.summary, refused.detail, node[1], node[2]) from None
    for name in names[used:]:
        value = _attribute_of(value, name, node, scope)
    return value


def _attribute_of(value: Value, name: str, node: Node, scope: Scope) -> Value:
    try:
        if isinstance(value, Endpoint):
            read = getattr(scope, "endpoint_attribute", None)
            if read is None:
                raise ReferenceProblem(
                    "Unsupported attribute", f'"{name}" can\'t be read of {value.address} here.'
                )
            return read(value, name)
        return access.attribute(value, name)
    except (access.AccessError, ReferenceProblem) as refused:
        raise EvaluationError(refused.summary, refused.detail, node[1], node[2]) from None


def _attr(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    return _attribute_of(evaluated(node[3], scope, locals_), node[4], node, scope)


def _index(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    base = evaluated(node[3], scope, locals_)
    key = evaluated(node[4], scope, locals_)
    try:
        return access.element(base, key)
    except access.AccessError as refused:
        raise problem(refused.summary, refused.detail, node[4], scope, locals_, node) from None


def _list(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    return make_list([BY_KIND[item[0]](item, scope, locals_) for item in node[3]])


def _object(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    made: dict[str, Value] = {}
    secret = False
    unknown: Value = None
    for key, item in node[3]:
        name = key[3] if key[0] == ast.LITERAL and type(key[3]) is str else evaluated(key, scope, locals_)
        value = BY_KIND[item[0]](item, scope, locals_)
        if type(name) is not str:
            secret = secret or bool(marks(name) & SECRET)
            name = key_of(name, key, scope, locals_)
            if isinstance(name, Unknown):
                unknown = name
                continue
        made[name] = value
    result = make_map(made) if unknown is None else Unknown("any", unknown.by)
    return Secret(result) if secret else result


def _template(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    parts = []
    for part in node[3]:
        value = BY_KIND[part[0]](part, scope, locals_)
        if type(value) is not str:
            value = _text(value, part, scope, locals_)
        parts.append(value)
    return _joined(parts)


def _text(value: Value, node: Node, scope: Scope, locals_: Locals | None) -> Value:
    if reveal(value) is None:
        raise problem(
            "Invalid template interpolation value",
            "The expression result is null. Cannot include a null value in a string template.",
            node,
            scope,
            locals_,
        )
    try:
        return convert(value, STRING)
    except ConversionError as refused:
        raise problem(
            "Invalid template interpolation value",
            f"Cannot include the given value in a string template: {refused.reason}, and this is a {type_name(value)}.",
            node,
            scope,
            locals_,
        ) from None


def _joined(parts: list[Value] | tuple[Value, ...]) -> Value:
    """Join texts, each a string, a Secret or an Unknown."""
    held = 0
    for part in parts:
        held |= marks(part)
    if not held:
        return "".join(parts)
    plain = [reveal(part) for part in parts]
    result: Value = Unknown("string", unknown_by(make_list(plain))) if held & UNKNOWN else "".join(plain)
    return Secret(result) if held & SECRET else result


def _join(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    items = evaluated(node[3], scope, locals_)
    if isinstance(items, Secret):
        inner = items.reveal()
        return Secret(Unknown("string", inner.by) if isinstance(inner, Unknown) else reveal(_joined(inner)))
    return Unknown("string", items.by) if isinstance(items, Unknown) else _joined(items)


def _unary(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    try:
        return operators.unary(node[3], evaluated(node[4], scope, locals_))
    except operators.OperandError as refused:
        raise problem(refused.summary, refused.detail, node[4], scope, locals_) from None


def _binary(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    sign = node[3]
    left = evaluated(node[4], scope, locals_)
    if operators.decided(sign, left):
        return left
    right = evaluated(node[5], scope, locals_)
    try:
        return operators.binary(sign, left, right)
    except operators.OperandError as refused:
        at = {"left": node[4], "right": node[5]}.get(refused.side, node)
        raise problem(refused.summary, refused.detail, at, scope, locals_, node) from None


def _cond(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    given = evaluated(node[3], scope, locals_)
    condition = truth_of(given, node[3], scope, locals_, "condition")
    if isinstance(condition, Unknown):
        yes, no = (evaluated(branch, scope, locals_) for branch in node[4:6])
        common = unify((type_of(yes), type_of(no)))
        result: Value = Unknown("any" if common is None else type_text(common), condition.by)
        secret = marks(given) | marks(yes) | marks(no)
    else:
        chosen, other = (node[4], node[5]) if condition else (node[5], node[4])
        result = _unified(evaluated(chosen, scope, locals_), node, other, scope, locals_)
        secret = marks(given)
    return Secret(result) if secret & SECRET else result


def _unified(value: Value, node: Node, other: Node, scope: Scope, locals_: Locals | None) -> Value:
    """Convert a conditional's result to the type that both branches share, as far as the other one is known."""
    try:
        against = evaluated(other, scope, locals_)
    except EvaluationError:
        return value
    if against is None or (type(value) is type(against) and isinstance(value, (str, bool, int))):
        return value
    common = unify((type_of(value), type_of(against)))
    if common is None:
        yes, no = (value, against) if other is node[5] else (against, value)
        raise problem(
            "Inconsistent conditional result types",
            f"The true and false result expressions must have consistent types. The 'true' value is a "
            f"{type_name(yes)}, but the 'false' value is a {type_name(no)}.",
            node,
            scope,
            locals_,
        )
    return convert(value, common)


def _call(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    try:
        return call(
            node, lambda argument: evaluated(argument, scope, locals_), getattr(scope, "surroundings", None)
        )
    except FunctionError as refused:
        at = node if refused.argument is None else node[4][min(refused.argument, len(node[4]) - 1)]
        if refused.on_name:
            at = (ast.CALL, node[1], node[1] + len(node[3]))
            raise EvaluationError(refused.summary, refused.detail, at[1], at[2]) from None
        raise problem(refused.summary, refused.detail, at, scope, locals_) from None


BY_KIND[:] = [
    _literal,
    _number,
    _template,
    _join,
    _list,
    _object,
    _ref,
    _attr,
    _index,
    loops.splat,
    loops.item,
    _call,
    _unary,
    _binary,
    _cond,
    loops.for_list,
    loops.for_map,
]
