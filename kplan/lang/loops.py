"""for expressions and splats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kplan.lang import access
from kplan.lang.dispatch import ITEM, Locals, Scope, evaluated, key_of, problem, truth_of
from kplan.lang.shown import shown
from kplan.sdk.values import SECRET, Secret, Unknown, make_list, make_map, marks, reveal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan.lang.ast import Node
    from kplan.sdk.values import Value


def splat(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    """Evaluate a splat: its body for each item of a list or set, or for the one value, or for none where null."""
    source = evaluated(node[3], scope, locals_)
    bound: Locals = dict(locals_) if locals_ else {}

    def each(value: Value) -> Value:
        bound[ITEM] = value
        return evaluated(node[4], scope, bound)

    plain = source.reveal() if isinstance(source, Secret) else source
    if isinstance(plain, Unknown):
        result: Value = Unknown("any", plain.by)
    elif plain is None:
        result = ()
    elif isinstance(source, Secret):
        items = plain if isinstance(plain, tuple) else (plain,)
        result = reveal(make_list([each(Secret(item)) for item in items]))  # so that errors tell nothing
    elif isinstance(plain, tuple):
        result = make_list([each(item) for item in plain])
    else:
        result = make_list([each(plain)])
    return Secret(result) if isinstance(source, Secret) else result


def item(_node: Node, _scope: Scope, locals_: Locals | None) -> Value:
    """Give the current item of the innermost splat."""
    assert locals_ is not None  # noqa: S101 - only a splat's body has such a node
    return locals_[ITEM]


class _Loop:
    """The rounds of a for expression: its variables bound, its condition asked."""

    def __init__(self, node: Node, condition: Node | None, scope: Scope, locals_: Locals | None) -> None:
        self.node = node
        self.condition = condition
        self.scope = scope
        self.bound: Locals = dict(locals_) if locals_ else {}
        collection = evaluated(node[5], scope, locals_)
        self.hidden = self.secret = isinstance(collection, Secret)
        self.collection = collection.reveal() if isinstance(collection, Secret) else collection
        self.outer = locals_
        self.unknown: Unknown | None = self.collection if isinstance(self.collection, Unknown) else None

    def rounds(self) -> Iterator[None]:
        if self.unknown is not None:
            return
        key_name, value_name = self.node[3], self.node[4]
        try:
            for key, value in access.pairs(self.collection):
                if self.hidden:
                    key, value = Secret(key), Secret(value)  # noqa: PLW2901 - so that errors tell nothing
                if key_name is not None:
                    self.bound[key_name] = key
                self.bound[value_name] = value
                if self.condition is None or self.admits(self.condition):
                    yield
        except access.AccessError as refused:
            raise problem(refused.summary, refused.detail, self.node[5], self.scope, self.outer) from None

    def admits(self, condition: Node) -> bool:
        value = evaluated(condition, self.scope, self.bound)
        self.secret = self.secret or bool(marks(value) & SECRET)
        truth = truth_of(value, condition, self.scope, self.bound, "condition")
        if isinstance(truth, Unknown):
            self.unknown = truth
            return False
        return bool(truth)

    def result(self, made: Value) -> Value:
        found: Value = made if self.unknown is None else Unknown("any", self.unknown.by)
        return Secret(reveal(found)) if self.secret else found


def for_list(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    """Evaluate a for expression that gives a list."""
    loop = _Loop(node, node[7], scope, locals_)
    return loop.result(make_list([evaluated(node[6], scope, loop.bound) for _ in loop.rounds()]))


def for_map(node: Node, scope: Scope, locals_: Locals | None) -> Value:
    """Evaluate a for expression that gives a map."""
    loop = _Loop(node, node[8], scope, locals_)
    grouped = node[9]
    made: dict[str, Any] = {}
    for _ in loop.rounds():
        given = evaluated(node[6], scope, loop.bound)
        loop.secret = loop.secret or bool(marks(given) & SECRET)
        key = key_of(given, node[6], scope, loop.bound)
        if isinstance(key, Unknown):
            loop.unknown = key
            continue
        value = evaluated(node[7], scope, loop.bound)
        if grouped:
            made.setdefault(key, []).append(value)
        elif key in made:
            raise problem(
                "Duplicate object key",
                f"Two different items produced the key {shown(given)} in this 'for' expression. If duplicates are "
                "expected, use the ellipsis (...) after the value expression to enable grouping by key.",
                node[6],
                scope,
                loop.bound,
            )
        else:
            made[key] = value
    return loop.result(make_map({key: make_list(items) for key, items in made.items()} if grouped else made))
