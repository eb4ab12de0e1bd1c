"""Values of a saved plan as JSON and back. A secret is written as being one, and whether it holds anything."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from kplan.sdk.values import (
    Endpoint,
    Secret,
    SetValue,
    Unknown,
    Value,
    make_list,
    make_map,
    make_set,
    number,
)

_TAG: Final = "\x00"
_NUMBER, _SET, _MAP = f"{_TAG}number", f"{_TAG}set", f"{_TAG}map"
_UNKNOWN, _SECRET, _ENDPOINT = f"{_TAG}unknown", f"{_TAG}secret", f"{_TAG}endpoint"


def encode(value: Value) -> Any:
    """Make a value fit for JSON."""
    match value:
        case None | bool() | int() | str() | float():
            return value
        case Decimal():
            return {_NUMBER: str(value)}
        case Unknown():
            return {_UNKNOWN: [value.type, list(value.by)]}
        case Secret():
            return {_SECRET: value.reveal() is not None}  # what is not sent holds nothing
        case Endpoint():
            return {_ENDPOINT: [value.address, value.kind]}
        case SetValue():
            return {_SET: [encode(item) for item in value]}
        case dict():
            made = {key: encode(item) for key, item in value.items()}
            return {_MAP: made} if any(key.startswith(_TAG) for key in made) else made
        case tuple() | list():
            return [encode(item) for item in value]
    raise TypeError(f"{type(value).__name__} is no value of a plan")


def decode(plain: Any) -> Value:
    """Give a value back. All secrets come back alike, but for those that hold nothing."""
    if isinstance(plain, list):
        return make_list(decode(item) for item in plain)
    if not isinstance(plain, dict):
        return plain
    match plain:
        case {"\x00number": str(text)}:
            return number(text)
        case {"\x00unknown": [type_, by]}:
            return Unknown(type_, tuple(by))
        case {"\x00secret": bool(held)}:
            return Secret(held or None)
        case {"\x00endpoint": [address, kind]}:
            return Endpoint(address, kind)
        case {"\x00set": list(items)}:
            return make_set(decode(item) for item in items)
        case {"\x00map": dict(items)}:
            return make_map({key: decode(item) for key, item in items.items()})
    return make_map({key: decode(item) for key, item in plain.items()})
