"""Blocks that such arguments name, evaluated: an address, as the named block itself is not evaluated by then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.config.before import named_type
from kplan.graph.address import instance_address
from kplan.lang import ast
from kplan.lang.evaluate import EvaluationError, evaluate

if TYPE_CHECKING:
    from kplan.config.model import Declared
    from kplan.config.scope import Scope
    from kplan.lang.ast import Node
    from kplan.sdk.values import Value


def named_before(scope: Scope, declared: Declared, desired: dict[str, Value]) -> str:
    """Give the address of the instance that a block names, "" for none, and take the argument out of its values."""
    found = ""
    for name in sorted(declared.schema.before):
        value, written = desired.pop(name, None), declared.attributes.get(name)
        if written is None or value is None:
            continue
        named = _address(scope, written[3], named_type(declared.kind, name))
        if isinstance(named, str):
            found = scope.inside(named) if named else ""
            continue
        detail = f'"{name}" {_wanted(scope, written[3], named_type(declared.kind, name))}'
        start, end = written[3][1:3]
        scope.diagnostics.append(
            declared.place.error("Invalid reference", detail, start, end, values=scope.said)
        )
    return found


def _address(scope: Scope, node: Node, kind: str) -> str | None:
    """Read `kind.NAME` or `kind.NAME[KEY]` as an address within the module; None if it is neither, "" if that was told."""
    key: Value = None
    base = node
    if node[0] == ast.INDEX:
        base = node[3]
        try:
            key = evaluate(node[4], scope)
        except EvaluationError:  # told with the block's values
            return None
        if isinstance(key, bool) or not isinstance(key, (str, int)):
            return None
    if base[0] != ast.REF or base[3][0] != kind or len(base[3]) != 2:
        return None
    local = ".".join(base[3])
    found = scope.unit.declared.get(local)
    if found is None:
        return ""
    if found.repeats is not (node[0] == ast.INDEX):
        return None
    return instance_address(local, key)


def _wanted(scope: Scope, node: Node, kind: str) -> str:
    base = node[3] if node[0] == ast.INDEX else node
    named = scope.unit.declared.get(".".join(base[3][:2])) if base[0] == ast.REF else None
    if named is not None and named.kind.name == kind and len(base[3]) == 2:
        if named.repeats and node[0] != ast.INDEX:
            return f"must name one instance of {named.local}, as `{named.local}[each.key]`."
        if not named.repeats:
            return f"must name {named.local} without a key: there is one instance of it."
        return "must name an instance by a key that is known while planning."
    return f"must name a {kind} block of this module, as `{kind}.NAME`."
