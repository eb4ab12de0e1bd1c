"""Expressions to values, by HCL's rules.

A secret makes what is computed from it secret, an unknown makes it unknown; a container keeps which of its elements
are. Problems carry the place of the node where they arose, counted as the node's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from kplan.lang import access, ast, operators
from kplan.lang.functions import call
from kplan.lang.problems import EvaluationError, FunctionError, ReferenceProblem
from kplan.lang.shown import shown
from kplan.lang.types import BOOL, STRING, ConversionError, convert, type_of, type_text, unify
from kplan.sdk.values import (
    SECRET,
    UNKNOWN,
    Endpoint,
    Secret,
    Unknown,
    make_list,
    make_map,
    marks,
    number,
    reveal,
    type_name,
    unknown_by,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kplan.lang.ast import Names, Node
    from kplan.sdk.values import Value

__all__ = ["EvaluationError", "ReferenceProblem", "Scope", "evaluate", "evaluate_constant"]

Locals = dict[str, Any]
_ITEM: Final = ""  # where a splat's current item is among the locals: no variable can be called that
_MOST_VALUES: Final = 5


class Scope(Protocol):
    """What references mean.

    A scope may also have `endpoint_attribute(endpoint, name) -> Value`, for reading through a handle, and
    `surroundings` (see `kplan.lang.functions.Surroundings`), for functions that read files and the environment.
    """

    def resolve(self, names: Names) -> tuple[Value, int]:
        """Give the value of a dotted reference's beginning, and how many names that took. Raises ReferenceProblem."""


class _Nowhere:
    def resolve(self, names: Names) -> tuple[Value, int]:
        raise ReferenceProblem(
            "Variables not allowed", f'"{".".join(names)}" can\'t be used here: only plain values.'
        )


def evaluate(node: Node, scope: Scope, locals_: Locals | None = None) -> Value:
    """Evaluate an expression. `locals_` are variables that go before the scope. Raises EvaluationError."""
    try:
        return _BY_KIND[node[0]](node, scope, locals_)
    except RecursionError:
        raise EvaluationError(
            "Too deeply nested", "This expression is nested too deeply to be evaluated.", node[1], node[2]
        ) from None


def evaluate_constant(node: Node) -> Value:
    """Evaluate an expression that may refer to nothing. Raises EvaluationError."""
    return evaluate(node, _Nowhere())


def _evaluated(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    return _BY_KIND[node[0]](node, scope, locals_)


def _problem(
    summary: str, detail: str, node: Node, scope: Scope, locals_: Locals | None, whole: Node | None = None
) -> EvaluationError:
    """Make an error at a node with the values of what is named in it, or in the whole."""
    found: dict[str, str] = {}
    for names, _, _ in ast.references(whole or node):
        if len(found) == _MOST_VALUES:
            break
        try:
            found[".".join(names)] = shown(_ref((ast.REF, 0, 0, names), scope, locals_))
        except EvaluationError:
            continue
    return EvaluationError(summary, detail, node[1], node[2], tuple(found.items()))


def _literal(node: Node, _scope: Scope, _locals: Locals | None) -> Value:
    return node[3]


def _number(node: Node, _scope: Scope, _locals: Locals | None) -> Value:
    try:
        return number(node[3])
    except ValueError:
        raise EvaluationError(
            "Invalid number literal", "This number is too large.", node[1], node[2]
        ) from None


def _ref(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    names = node[3]
    if locals_ is not None and names[0] in locals_:
        value, used = locals_[names[0]], 1
    else:
        try:
            value, used = scope.resolve(names)
        except ReferenceProblem as problem:
            raise EvaluationError(problem.summary, problem.detail, node[1], node[2]) from None
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
    except (access.AccessError, ReferenceProblem) as problem:
        raise EvaluationError(problem.summary, problem.detail, node[1], node[2]) from None


def _attr(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    return _attribute_of(_evaluated(node[3], scope, locals_), node[4], node, scope)


def _index(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    base = _evaluated(node[3], scope, locals_)
    key = _evaluated(node[4], scope, locals_)
    try:
        return access.element(base, key)
    except access.AccessError as problem:
        raise _problem(problem.summary, problem.detail, node[4], scope, locals_, node) from None


def _list(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    return make_list([_BY_KIND[item[0]](item, scope, locals_) for item in node[3]])


def _object(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    made: dict[str, Value] = {}
    secret = False
    unknown: Value = None
    for key, item in node[3]:
        name = key[3] if key[0] == ast.LITERAL and type(key[3]) is str else _evaluated(key, scope, locals_)
        value = _BY_KIND[item[0]](item, scope, locals_)
        if type(name) is not str:
            secret = secret or bool(marks(name) & SECRET)
            name = _key(name, key, scope, locals_)
            if isinstance(name, Unknown):
                unknown = name
                continue
        made[name] = value
    result = make_map(made) if unknown is None else Unknown("any", unknown.by)
    return Secret(result) if secret else result


def _key(value: Value, node: Node, scope: Scope, locals_: Locals | None) -> Value:
    """Make a key of a value: a string or Unknown."""
    plain = reveal(value)
    if plain is None:
        raise _problem("Null value as key", "Can't use a null value as a key.", node, scope, locals_)
    try:
        return convert(plain, STRING)
    except ConversionError as problem:
        raise _problem(
            "Incorrect key type", f"Can't use this value as a key: {problem.reason}.", node, scope, locals_
        ) from None


def _template(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    parts = []
    for part in node[3]:
        value = _BY_KIND[part[0]](part, scope, locals_)
        if type(value) is not str:
            value = _text(value, part, scope, locals_)
        parts.append(value)
    return _joined(parts)


def _text(value: Value, node: Node, scope: Scope, locals_: Locals | None) -> Value:
    if reveal(value) is None:
        raise _problem(
            "Invalid template interpolation value",
            "The expression result is null. Cannot include a null value in a string template.",
            node,
            scope,
            locals_,
        )
    try:
        return convert(value, STRING)
    except ConversionError as problem:
        raise _problem(
            "Invalid template interpolation value",
            f"Cannot include the given value in a string template: {problem.reason}, and this is a {type_name(value)}.",
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
    items = _evaluated(node[3], scope, locals_)
    if isinstance(items, Secret):
        inner = items.reveal()
        return Secret(Unknown("string", inner.by) if isinstance(inner, Unknown) else reveal(_joined(inner)))
    return Unknown("string", items.by) if isinstance(items, Unknown) else _joined(items)


def _splat(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    source = _evaluated(node[3], scope, locals_)
    bound: Locals = dict(locals_) if locals_ else {}

    def each(value: Value) -> Value:
        bound[_ITEM] = value
        return _evaluated(node[4], scope, bound)

    plain = source.reveal() if isinstance(source, Secret) else source
    if isinstance(plain, Unknown):
        result: Value = Unknown("any", plain.by)
    elif plain is None:
        result = ()
    elif isinstance(plain, tuple):
        result = make_list([each(item) for item in plain])
    else:
        result = make_list([each(plain)])
    return Secret(result) if isinstance(source, Secret) else result


def _item(_node: Node, _scope: Scope, locals_: Locals | None) -> Value:
    assert locals_ is not None  # noqa: S101 - only a splat's body has such a node
    return locals_[_ITEM]


def _unary(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    try:
        return operators.unary(node[3], _evaluated(node[4], scope, locals_))
    except operators.OperandError as problem:
        raise _problem(problem.summary, problem.detail, node[4], scope, locals_) from None


def _binary(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    sign = node[3]
    left = _evaluated(node[4], scope, locals_)
    if operators.decided(sign, left):
        return left
    right = _evaluated(node[5], scope, locals_)
    try:
        return operators.binary(sign, left, right)
    except operators.OperandError as problem:
        at = {"left": node[4], "right": node[5]}.get(problem.side, node)
        raise _problem(problem.summary, problem.detail, at, scope, locals_, node) from None


def _cond(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    given = _evaluated(node[3], scope, locals_)
    condition = _truth(given, node[3], scope, locals_, "condition")
    if isinstance(condition, Unknown):
        yes, no = (_evaluated(branch, scope, locals_) for branch in node[4:6])
        common = unify((type_of(yes), type_of(no)))
        result: Value = Unknown("any" if common is None else type_text(common), condition.by)
        secret = marks(given) | marks(yes) | marks(no)
    else:
        chosen, other = (node[4], node[5]) if condition else (node[5], node[4])
        result = _unified(_evaluated(chosen, scope, locals_), node, other, scope, locals_)
        secret = marks(given)
    return Secret(result) if secret & SECRET else result


def _unified(value: Value, node: Node, other: Node, scope: Scope, locals_: Locals | None) -> Value:
    """Convert a conditional's result to the type that both branches share, as far as the other one is known."""
    try:
        against = _evaluated(other, scope, locals_)
    except EvaluationError:
        return value
    if against is None or (type(value) is type(against) and isinstance(value, (str, bool, int))):
        return value
    common = unify((type_of(value), type_of(against)))
    if common is None:
        yes, no = (value, against) if other is node[5] else (against, value)
        raise _problem(
            "Inconsistent conditional result types",
            f"The true and false result expressions must have consistent types. The 'true' value is a "
            f"{type_name(yes)}, but the 'false' value is a {type_name(no)}.",
            node,
            scope,
            locals_,
        )
    return convert(value, common)


def _truth(value: Value, node: Node, scope: Scope, locals_: Locals | None, what: str) -> Any:
    """Make a bool or an Unknown of a condition's value."""
    plain = reveal(value)
    if plain is None:
        raise _problem(
            f"Null {what}",
            f"The {what} value is null. It must be either true or false.",
            node,
            scope,
            locals_,
        )
    try:
        return convert(plain, BOOL)
    except ConversionError as problem:
        raise _problem(
            f"Incorrect {what} type",
            f"The {what} expression must be of type bool: {problem.reason}.",
            node,
            scope,
            locals_,
        ) from None


class _Loop:
    """The rounds of a for expression: its variables bound, its condition asked."""

    def __init__(self, node: Node, condition: Node | None, scope: Scope, locals_: Locals | None) -> None:
        self.node = node
        self.condition = condition
        self.scope = scope
        self.bound: Locals = dict(locals_) if locals_ else {}
        collection = _evaluated(node[5], scope, locals_)
        self.secret = isinstance(collection, Secret)
        self.collection = collection.reveal() if isinstance(collection, Secret) else collection
        self.outer = locals_
        self.unknown: Unknown | None = self.collection if isinstance(self.collection, Unknown) else None

    def rounds(self) -> Iterator[None]:
        if self.unknown is not None:
            return
        key_name, value_name = self.node[3], self.node[4]
        try:
            for key, value in access.pairs(self.collection):
                if key_name is not None:
                    self.bound[key_name] = key
                self.bound[value_name] = value
                if self.condition is None or self.admits(self.condition):
                    yield
        except access.AccessError as problem:
            raise _problem(problem.summary, problem.detail, self.node[5], self.scope, self.outer) from None

    def admits(self, condition: Node) -> bool:
        value = _evaluated(condition, self.scope, self.bound)
        self.secret = self.secret or bool(marks(value) & SECRET)
        truth = _truth(value, condition, self.scope, self.bound, "condition")
        if isinstance(truth, Unknown):
            self.unknown = truth
            return False
        return bool(truth)

    def result(self, made: Value) -> Value:
        found: Value = made if self.unknown is None else Unknown("any", self.unknown.by)
        return Secret(found) if self.secret else found


def _for_list(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    loop = _Loop(node, node[7], scope, locals_)
    return loop.result(make_list([_evaluated(node[6], scope, loop.bound) for _ in loop.rounds()]))


def _for_map(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    loop = _Loop(node, node[8], scope, locals_)
    grouped = node[9]
    made: dict[str, Any] = {}
    for _ in loop.rounds():
        given = _evaluated(node[6], scope, loop.bound)
        loop.secret = loop.secret or bool(marks(given) & SECRET)
        key = _key(given, node[6], scope, loop.bound)
        if isinstance(key, Unknown):
            loop.unknown = key
            continue
        value = _evaluated(node[7], scope, loop.bound)
        if grouped:
            made.setdefault(key, []).append(value)
        elif key in made:
            raise _problem(
                "Duplicate object key",
                f"Two different items produced the key {'(sensitive value)' if loop.secret else shown(given)} in this 'for' expression. If duplicates are "
                "expected, use the ellipsis (...) after the value expression to enable grouping by key.",
                node[6],
                scope,
                loop.bound,
            )
        else:
            made[key] = value
    return loop.result(make_map({key: make_list(items) for key, items in made.items()} if grouped else made))


def _call(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    try:
        return call(
            node, lambda argument: _evaluated(argument, scope, locals_), getattr(scope, "surroundings", None)
        )
    except FunctionError as problem:
        at = node if problem.argument is None else node[4][min(problem.argument, len(node[4]) - 1)]
        if problem.on_name:
            at = (ast.CALL, node[1], node[1] + len(node[3]))
            raise EvaluationError(problem.summary, problem.detail, at[1], at[2]) from None
        raise _problem(problem.summary, problem.detail, at, scope, locals_) from None


_BY_KIND: Final[tuple[Callable[[Node, Scope, Locals | None], Value], ...]] = (
    _literal,
    _number,
    _template,
    _join,
    _list,
    _object,
    _ref,
    _attr,
    _index,
    _splat,
    _item,
    _call,
    _unary,
    _binary,
    _cond,
    _for_list,
    _for_map,
)
