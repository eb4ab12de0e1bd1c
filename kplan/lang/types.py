"""Conversion of values to type constraints, by Terraform's rules and nearly in its words."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from kplan.lang.constraints import (
    ANY,
    BOOL,
    NUMBER,
    STRING,
    Type,
    TypeProblem,
    friendly,
    parse_type,
    required,
    type_text,
)
from kplan.lang.diagnostics import did_you_mean
from kplan.lang.precision import precise
from kplan.sdk.values import (
    Endpoint,
    Secret,
    SetValue,
    Unknown,
    make_list,
    make_map,
    make_set,
    number_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from kplan.sdk.values import Value

__all__ = [
    "ANY",
    "BOOL",
    "NUMBER",
    "STRING",
    "ConversionError",
    "Type",
    "TypeProblem",
    "convert",
    "friendly",
    "parse_type",
    "type_of",
    "type_text",
    "unify",
]

_EXACT: Final[dict[str, type]] = {"string": str, "number": int, "bool": bool}
_ONLY: Final = {kind: frozenset({exact}) for kind, exact in _EXACT.items()}
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_NONE: Final[frozenset[type]] = frozenset()


class ConversionError(Exception):
    """A value that can't be of a type; never names the value, which may be secret.

    `reason` is a phrase (`element "x": a number is required`), `path` where inside the value (`["x"].size`).
    """

    def __init__(self, reason: str, path: str = "", of: str = "") -> None:
        """Say what is wrong; `of` names what was to be converted."""
        self.reason = reason
        self.path = path
        self.summary = "Incorrect value type"
        self.detail = f"Inappropriate value for {of}: {reason}." if of else f"{reason}."
        super().__init__(self.detail)


def convert(value: Value, wanted: Type, path: str = "") -> Value:
    """Convert a value, or give the same object back if nothing changes. `path` names it in the error's detail.

    Raises ConversionError. Unknowns pass where their type may fit; secrets convert inside their mark.
    """
    kind = wanted[0]
    if type(value) is _EXACT.get(kind):
        return value
    if (
        type(value) is dict
        and kind == "map"
        and set(map(type, value.values())) <= _ONLY.get(wanted[1][0], _NONE)
    ):
        return value
    try:
        return _convert(value, wanted)
    except ConversionError as problem:
        raise ConversionError(problem.reason, problem.path, path) from None


def _convert(value: Value, wanted: Type) -> Value:
    kind = wanted[0]
    if value is None or kind == "any" or type(value) is _EXACT.get(kind):
        return value
    if isinstance(value, Unknown):
        return _unknown(value, wanted)
    if isinstance(value, Secret):
        inner = value.reveal()
        try:
            made = _convert(inner, wanted)
        except ConversionError:  # its words may name what is inside
            raise ConversionError(required(wanted)) from None
        return value if made is inner else Secret(made)
    return _BY_KIND[kind](value, wanted)


def _unknown(value: Unknown, wanted: Type) -> Unknown:
    given = parse_type(value.type, () if value.type in {"any", "set(any)"} else _kinds_in(value.type))
    if not _may_fit(given, wanted):
        raise ConversionError(required(wanted))
    return value if given == wanted else Unknown(type_text(wanted), value.by)


def _kinds_in(text: str) -> tuple[str, ...]:
    """List the words of a type's text: an unknown's type was valid when it was made, so each may be a kind."""
    words = "".join(letter if letter.isalnum() or letter in "_-" else " " for letter in text).split()
    builtin = {"any", "string", "number", "bool", "list", "set", "map", "object", "tuple", "optional"}
    return tuple(word for word in words if word not in builtin)


def _may_fit(given: Type, wanted: Type) -> bool:
    if "any" in {given[0], wanted[0]} or given == wanted:
        return True
    if given[0] in _EXACT and wanted[0] in _EXACT:
        return "string" in {given[0], wanted[0]}
    listed = {"list", "set", "tuple"}
    mapped = {"map", "object"}
    return {given[0], wanted[0]} <= listed or {given[0], wanted[0]} <= mapped


def _string(value: Value, wanted: Type) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return number_text(value)
    raise ConversionError(required(wanted))


def _number(value: Value, wanted: Type) -> Value:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str):
        try:
            return precise(value) if _DECIMAL.match(value) else _refused(wanted)
        except ValueError:
            pass
    return _refused(wanted)


def _bool(value: Value, wanted: Type) -> bool:
    match value:
        case "true" | "1" if isinstance(value, str):
            return True
        case "false" | "0" if isinstance(value, str):
            return False
        case str() if value.lower() in {"true", "false"}:
            raise ConversionError(
                f'a bool is required; to convert from string, use lowercase "{value.lower()}"'
            )
        case _:
            return bool(_refused(wanted))


def _refused(wanted: Type) -> Any:
    raise ConversionError(required(wanted))


def _handle(value: Value, wanted: Type) -> Value:
    return value if isinstance(value, Endpoint) and value.kind == wanted[1] else _refused(wanted)


def _list(value: Value, wanted: Type) -> Value:
    items = _elements(value, wanted)
    if items is value and not isinstance(value, SetValue):
        return value
    return make_list(items)


def _set(value: Value, wanted: Type) -> Value:
    items = _elements(value, wanted)
    return value if items is value and isinstance(value, SetValue) else make_set(items)


def _elements(value: Value, wanted: Type) -> Any:
    """Convert a list's items; the list itself if nothing changed."""
    if not isinstance(value, tuple):
        raise ConversionError(required(wanted))
    of = wanted[1]
    if of == ANY:
        of = _common(value, f"all {wanted[0]} elements must have the same type")
    if of[0] in _EXACT and set(map(type, value)) <= _ONLY[of[0]]:
        return value
    made = [_element(str(at), item, of) for at, item in enumerate(value)]
    return made if any(new is not old for new, old in zip(made, value, strict=True)) else value


def _element(name: str, item: Value, of: Type) -> Value:
    try:
        return _convert(item, of)
    except ConversionError as problem:
        raise ConversionError(f"element {name}: {problem.reason}", f"[{name}]{problem.path}") from None


def _map(value: Value, wanted: Type) -> Value:
    if not isinstance(value, dict):
        raise ConversionError(required(wanted))
    of = wanted[1]
    if of == ANY:
        of = _common(value.values(), "all map elements must have the same type")
    made = {key: _element(f'"{key}"', item, of) for key, item in value.items()}
    return make_map(made) if any(made[key] is not item for key, item in value.items()) else value


def _common(items: Any, refusal: str) -> Type:
    found = unify(tuple(type_of(item) for item in items))
    if found is None:
        raise ConversionError(refusal)
    return found


def _tuple(value: Value, wanted: Type) -> Value:
    if not isinstance(value, tuple) or isinstance(value, SetValue):
        raise ConversionError(required(wanted))
    if len(value) != len(wanted[1]):
        raise ConversionError(f"a tuple of {len(wanted[1])} elements is required, and this has {len(value)}")
    made = [_element(str(at), item, of) for at, (item, of) in enumerate(zip(value, wanted[1], strict=True))]
    return make_list(made) if any(new is not old for new, old in zip(made, value, strict=True)) else value


def _object(value: Value, wanted: Type) -> Value:
    if not isinstance(value, dict):
        raise ConversionError(required(wanted))
    made: dict[str, Value] = {}
    changed = len(value) != len(wanted[1])
    for name, of, optional, default in wanted[1]:
        given = value.get(name)
        if given is None and name not in value and not optional:
            others = [key for key in value if all(key != one[0] for one in wanted[1])]
            raise ConversionError(f'attribute "{name}" is required' + _instead(name, others), f".{name}")
        try:
            made[name] = default if given is None and optional else _convert(given, of)
        except ConversionError as problem:
            raise ConversionError(f'attribute "{name}": {problem.reason}', f".{name}{problem.path}") from None
        changed = changed or name not in value or made[name] is not given
    return make_map(made) if changed else value


def _instead(name: str, others: list[str]) -> str:
    hint = did_you_mean(name, others)
    return f"; there is {hint[14:-1]}" if hint else ""


_BY_KIND: Final[dict[str, Callable[[Value, Type], Value]]] = {
    "string": _string,
    "number": _number,
    "bool": _bool,
    "handle": _handle,
    "list": _list,
    "set": _set,
    "map": _map,
    "tuple": _tuple,
    "object": _object,
}


def type_of(value: Value) -> Type:
    """Tell a value's type: lists are tuples and maps are objects, as what is written between brackets is."""
    if value is None:
        return ANY
    if isinstance(value, Secret):
        return type_of(value.reveal())
    if isinstance(value, Unknown):
        return parse_type(value.type, _kinds_in(value.type))
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, (int, Decimal)):
        return NUMBER
    if isinstance(value, str):
        return STRING
    if isinstance(value, Endpoint):
        return ("handle", value.kind)
    if isinstance(value, SetValue):
        return ("set", unify(tuple(map(type_of, value))) or ANY)
    if isinstance(value, dict):
        return ("object", tuple((key, type_of(item), False, None) for key, item in value.items()))
    return ("tuple", tuple(map(type_of, value)))


def unify(types: tuple[Type, ...]) -> Type | None:
    """Find the one type that all of them convert to; ANY for none or only nulls, None where there is no such type."""
    wanted = [one for one in dict.fromkeys(types) if one != ANY]
    if not wanted:
        return ANY
    if len(wanted) == 1:
        return wanted[0]
    kinds = {one[0] for one in wanted}
    if kinds <= _EXACT.keys():
        return STRING if STRING in wanted else None
    if kinds == {"object"}:
        return _unify_objects(wanted)
    if kinds == {"tuple"} and len({len(one[1]) for one in wanted}) == 1:
        places = [unify(tuple(place)) for place in zip(*(one[1] for one in wanted), strict=True)]
        return None if None in places else ("tuple", tuple(places))
    if kinds <= {"map", "object"}:
        return _unify_elements("map", wanted)
    if kinds <= {"list", "tuple"}:
        return _unify_elements("list", wanted)
    if kinds <= {"list", "set", "tuple"}:
        return _unify_elements("set", wanted)
    return None


def _unify_objects(wanted: list[Type]) -> Type | None:
    names = [one[0] for one in wanted[0][1]]
    if any({one[0] for one in other[1]} != set(names) for other in wanted):
        return _unify_elements("map", wanted)
    rows = [{one[0]: one[1] for one in other[1]} for other in wanted]
    found = [(name, unify(tuple(row[name] for row in rows)), False, None) for name in names]
    return None if any(one[1] is None for one in found) else ("object", tuple(found))


def _unify_elements(kind: str, wanted: list[Type]) -> Type | None:
    inner: list[Type] = []
    for one in wanted:
        if one[0] == "object":
            inner += [attribute[1] for attribute in one[1]]
        elif one[0] == "tuple":
            inner += one[1]
        else:
            inner.append(one[1])
    of = unify(tuple(inner))
    return None if of is None else (kind, of)
