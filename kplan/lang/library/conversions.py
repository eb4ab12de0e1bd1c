"""Functions that make one type of another, and JSON."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from kplan.lang.constraints import ANY, BOOL, NUMBER, STRING, Type, friendly
from kplan.lang.functions import Marks, Parameter, function
from kplan.lang.precision import precise
from kplan.lang.problems import FunctionError
from kplan.lang.types import ConversionError, convert
from kplan.sdk.values import number_text, type_name

if TYPE_CHECKING:
    from kplan.sdk.values import Value

_VALUE: Final = Parameter("v", null=True)
_ESCAPED: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


@function("tostring", _VALUE, gives="string")
def _tostring(value: Value) -> Value:
    return _made(value, STRING)


@function("tonumber", _VALUE, gives="number")
def _tonumber(value: Value) -> Value:
    return _made(value, NUMBER)


@function("tobool", _VALUE, gives="bool")
def _tobool(value: Value) -> Value:
    return _made(value, BOOL)


@function("tolist", _VALUE, gives="list(any)", takes=Marks.ELEMENTS)
def _tolist(value: Value) -> Value:
    return _made(value, ("list", ANY))


@function("toset", _VALUE, gives="set(any)", takes=Marks.ELEMENTS)
def _toset(value: Value) -> Value:
    return _made(value, ("set", ANY))


@function("tomap", _VALUE, gives="map(any)", takes=Marks.ELEMENTS)
def _tomap(value: Value) -> Value:
    return _made(value, ("map", ANY))


def _made(value: Value, wanted: Type) -> Value:
    try:
        return convert(value, wanted)
    except ConversionError as problem:
        if isinstance(value, str) and wanted == BOOL:
            raise FunctionError(
                f'cannot convert "{value}" to bool; only the strings "true" or "false" are allowed', 0
            ) from None
        if isinstance(value, str) and wanted == NUMBER:
            raise FunctionError(
                f'cannot convert "{value}" to number; given string must be a decimal representation of a number',
                0,
            ) from None
        if problem.path or "same type" in problem.reason:
            raise FunctionError(problem.reason, 0) from None
        raise FunctionError(f"cannot convert {type_name(value)} to {friendly(wanted)}", 0) from None


@function("jsonencode", Parameter("val", null=True), gives="string")
def _jsonencode(value: Value) -> str:
    return to_json(value)


def to_json(value: Value) -> str:
    """Write a value as JSON as Terraform does: keys sorted, no spaces, numbers in full."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return number_text(value)
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        return (
            "".join(_ESCAPED.get(letter, letter) for letter in text) if _ESCAPED.keys() & set(text) else text
        )
    if isinstance(value, dict):
        return "{" + ",".join(f"{to_json(key)}:{to_json(item)}" for key, item in sorted(value.items())) + "}"
    if isinstance(value, tuple):
        return "[" + ",".join(map(to_json, value)) + "]"
    raise FunctionError(f"a {type_name(value)} can't be written as JSON", 0)


@function("jsondecode", Parameter("str", STRING))
def _jsondecode(text: str) -> Value:
    try:
        return _frozen(json.loads(text, parse_float=precise, parse_int=precise, parse_constant=_no_constant))
    except (ValueError, RecursionError) as problem:
        raise FunctionError(f"this is not JSON: {problem}", 0) from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


def _frozen(value: Any) -> Value:
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if isinstance(value, dict):
        return {_whole_text(key): _frozen(item) for key, item in value.items()}
    return _whole_text(value) if isinstance(value, str) else value


def _whole_text(text: str) -> str:
    """Put the replacement character where half of a surrogate pair was escaped."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
