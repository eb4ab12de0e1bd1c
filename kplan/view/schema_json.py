"""Block types as JSON Schema, in the shape that HCL has in JSON: type, then labels, then the block's body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kplan.lang.types import parse_type
from kplan.sdk.types import Is

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kplan.operations.schema import Catalogue, Described
    from kplan.sdk.types import Attribute, NestedBlock

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_EXPRESSION: Final = {"$ref": "#/$defs/expression"}
_PRIMITIVES: Final = {"string": "string", "number": "number", "bool": "boolean"}


def schema_json(catalogue: Catalogue, only: str = "") -> dict[str, Any]:
    """Write the schema of a whole configuration, or of one block type's body."""
    made = {
        "$schema": _DIALECT,
        "$defs": {
            "expression": {
                "description": "An expression, as a template: it is worked out when kplan runs.",
                "type": "string",
                "pattern": r"[$%]\{",
            }
        },
    }
    if only:
        found = next(one for one in catalogue.blocks if _path(one) == only or one.name == only)
        return {**made, "title": only, **_body_of(found, catalogue.kinds)}
    properties: dict[str, Any] = {}
    data: dict[str, Any] = {}
    for one in catalogue.blocks:
        schema = _labelled(_body_of(one, catalogue.kinds), len(one.labels))
        if one.kind == "data":
            data[one.name] = schema
        else:
            properties[one.name] = schema
    if data:
        properties["data"] = {"type": "object", "properties": data, "additionalProperties": False}
    title = {"title": "kplan configuration", "type": "object"}
    return {**made, **title, "properties": properties, "additionalProperties": False}


def _path(one: Described) -> str:
    return f"data.{one.name}" if one.kind == "data" else one.name


def _labelled(body: dict[str, Any], labels: int) -> dict[str, Any]:
    for _ in range(labels):
        body = {"type": "object", "additionalProperties": body}
    return body if labels else _one_or_many(body)


def _one_or_many(body: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [body, {"type": "array", "items": body}]}


def _body_of(one: Described, kinds: frozenset[str]) -> dict[str, Any]:
    return _body(one.doc, (*one.attributes, *one.own), one.blocks, kinds, more=one.open)


def _body(
    doc: str,
    attributes: Iterable[Attribute],
    blocks: Iterable[NestedBlock],
    kinds: frozenset[str],
    *,
    more: bool = False,
) -> dict[str, Any]:
    settable = [one for one in attributes if Is.CONFIG in one.flags]
    properties = {one.name: _attribute(one, kinds) for one in settable}
    for block in blocks:
        inner = _body(block.doc, block.attributes, block.blocks, kinds)
        named = {"type": "object", "additionalProperties": inner}
        if block.many:
            properties[block.name] = _one_or_many(named)
            continue
        labelled = {"anyOf": [inner, named]}
        properties[block.name] = _one_or_many(labelled if block.name == "backend" else inner)
    made: dict[str, Any] = {"type": "object"}
    if doc:
        made["description"] = doc
    made["properties"] = properties
    required = [one.name for one in settable if Is.REQUIRED in one.flags]
    if required:
        made["required"] = required
    made["additionalProperties"] = more
    return made


def _attribute(one: Attribute, kinds: frozenset[str]) -> dict[str, Any]:
    if one.type in {"type", "address"}:
        schema: dict[str, Any] = {"type": "string"}
    elif Is.BEFORE in one.flags:
        schema = _EXPRESSION
    else:
        schema = _type(parse_type(one.type, kinds))
    described = " ".join(text for text in (one.doc, one.changing and f"Changing it: {one.changing}") if text)
    return {**schema, "description": described} if described else schema


def _type(kind: tuple[Any, ...]) -> dict[str, Any]:
    """Map a type constraint; an expression may stand for any value."""
    match kind[0]:
        case "any":
            return {}
        case "string" | "number" | "bool":
            other = ["string", "number", "boolean"] if kind[0] == "string" else [_PRIMITIVES[kind[0]]]
            return {"anyOf": [{"type": [*other, "null"]}, _EXPRESSION]}
        case "handle":
            return _EXPRESSION
        case "list" | "set":
            listed = {"type": "array", "items": _type(kind[1])}
            return {"anyOf": [listed, _EXPRESSION]}
        case "map":
            mapped = {"type": "object", "additionalProperties": _type(kind[1])}
            return {"anyOf": [mapped, _EXPRESSION]}
        case "tuple":
            return {"anyOf": [{"type": "array", "prefixItems": [_type(one) for one in kind[1]]}, _EXPRESSION]}
        case _:
            entries = {name: _type(of) for name, of, _, _ in kind[1]}
            required = [name for name, _, optional, _ in kind[1] if not optional]
            return {"anyOf": [{"type": "object", "properties": entries, "required": required}, _EXPRESSION]}
