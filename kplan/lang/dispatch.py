"""What the evaluation of every kind of node shares: the way to the others, conditions, keys, and problems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from kplan.lang import ast
from kplan.lang.problems import EvaluationError
from kplan.lang.shown import shown
from kplan.lang.types import BOOL, STRING, ConversionError, convert
from kplan.sdk.values import reveal

if TYPE_CHECKING:
    from collections.abc import Callable

    from kplan.lang.ast import Names, Node
    from kplan.sdk.values import Value

Locals = dict[str, Any]
ITEM: Final = ""  # where a splat's current item is among the locals: no variable can be called that
_MOST_VALUES: Final = 5


class Scope(Protocol):
    """What references mean.

    A scope may also have `endpoint_attribute(endpoint, name) -> Value`, for reading through a handle, and
    `surroundings` (see `kplan.lang.functions.Surroundings`), for functions that read files and the environment.
    """

    def resolve(self, names: Names) -> tuple[Value, int]:
        """Give the value of a dotted reference's beginning, and how many names that took. Raises ReferenceProblem."""


BY_KIND: Final[list[Callable[[Node, Scope, Locals | None], Value]]] = []  # filled by kplan.lang.evaluate


def evaluated(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    """Evaluate a node of any kind."""
    return BY_KIND[node[0]](node, scope, locals_)


def problem(
    summary: str, detail: str, node: Node, scope: Scope, locals_: Locals | None, whole: Node | None = None
) -> EvaluationError:
    """Make an error at a node with the values of what is named in it, or in the whole."""
    return EvaluationError(summary, detail, node[1], node[2], named_values(whole or node, scope, locals_))


def named_values(node: Node, scope: Scope, locals_: Locals | None = None) -> tuple[tuple[str, str], ...]:
    """Show the values of what an expression names, secrets hidden."""
    found: dict[str, str] = {}
    for names, _, _ in ast.references(node):
        if len(found) == _MOST_VALUES:
            break
        try:
            found[".".join(names)] = shown(evaluated((ast.REF, 0, 0, names), scope, locals_))
        except EvaluationError:
            continue
    return tuple(found.items())


def key_of(value: Value, node: Node, scope: Scope, locals_: Locals | None) -> Value:
    """Make a key of a value: a string or Unknown."""
    plain = reveal(value)
    if plain is None:
        raise problem("Null value as key", "Can't use a null value as a key.", node, scope, locals_)
    try:
        return convert(plain, STRING)
    except ConversionError as refused:
        raise problem(
            "Incorrect key type", f"Can't use this value as a key: {refused.reason}.", node, scope, locals_
        ) from None


def truth_of(value: Value, node: Node, scope: Scope, locals_: Locals | None, what: str) -> Any:
    """Make a bool or an Unknown of a condition's value."""
    plain = reveal(value)
    if plain is None:
        raise problem(
            f"Null {what}",
            f"The {what} value is null. It must be either true or false.",
            node,
            scope,
            locals_,
        )
    try:
        return convert(plain, BOOL)
    except ConversionError as refused:
        raise problem(
            f"Incorrect {what} type",
            f"The {what} expression must be of type bool: {refused.reason}.",
            node,
            scope,
            locals_,
        ) from None
