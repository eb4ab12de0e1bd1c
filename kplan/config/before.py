"""Arguments that name a composite's block which comes after the object: read as names, as its block is not evaluated by then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.graph.address import instance_address
from kplan.lang import ast
from kplan.lang.evaluate import EvaluationError, evaluate
from kplan.sdk.types import Is, attribute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan.config.model import Declared
    from kplan.config.scope import Scope
    from kplan.lang.ast import Attribute, Node, Reference
    from kplan.registry.types import Types
    from kplan.sdk.types import BlockType
    from kplan.sdk.values import Value


def attributes_before(types: Types) -> dict[str, dict[str, str]]:
    """List such arguments by block type, each with the type of the block that it names."""
    return {
        name: {one.name: one.type for one in kind.attributes if Is.BEFORE in one.flags}
        for name, kind in types.resources.items()
        if any(Is.BEFORE in one.flags for one in kind.attributes)
    }


def values_in(kind: BlockType, written: Attribute) -> list[Reference]:
    """List what such an argument refers to beside the block that it names."""
    named = _type_of(kind, written[0])
    return [one for one in written[4] if one[0][0] != named]


def blocks_in(declared: Declared) -> Iterator[Reference]:
    """Step through the blocks that a block's arguments name so."""
    for name in declared.schema.before & declared.attributes.keys():
        named = _type_of(declared.kind, name)
        yield from (one for one in declared.attributes[name][4] if one[0][0] == named)


def named_before(scope: Scope, declared: Declared, desired: dict[str, Value]) -> str:
    """Give the address of the instance that a block names, "" for none, and take the argument out of its values."""
    found = ""
    for name in sorted(declared.schema.before):
        value, written = desired.pop(name, None), declared.attributes.get(name)
        if written is None or value is None:
            continue
        named = _address(scope, written[3], _type_of(declared.kind, name))
        if isinstance(named, str):
            found = scope.inside(named) if named else ""
            continue
        detail = f'"{name}" {_wanted(scope, written[3], _type_of(declared.kind, name))}'
        start, end = written[3][1:3]
        scope.diagnostics.append(
            declared.place.error("Invalid reference", detail, start, end, values=scope.said)
        )
    return found


def _type_of(kind: BlockType, name: str) -> str:
    found = attribute(kind, name)
    assert found is not None  # noqa: S101 - a name of the type's schema
    return found.type


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
