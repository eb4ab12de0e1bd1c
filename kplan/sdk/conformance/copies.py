"""Deep copies and comparisons of values, marks included, so that a change to an input shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kplan.sdk.values import Endpoint, Secret, SetValue, Unknown, make_list, make_map

if TYPE_CHECKING:
    from collections.abc import Iterator


def copy(value: Any) -> Any:
    """Copy a value of the language, or a named tuple of the SDK that holds some."""
    match value:
        case Secret():
            return value.derive(copy)
        case SetValue():
            return value
        case dict():
            return make_map({key: copy(item) for key, item in value.items()})
        case tuple() if hasattr(value, "_fields"):
            return type(value)(*(copy(item) for item in value))
        case tuple():
            return make_list(copy(item) for item in value)
        case list():
            return [copy(item) for item in value]
        case _:
            return value


def same(left: Any, right: Any) -> bool:
    """Compare by type and content; unlike `equal`, an unknown is the same as its like."""
    if isinstance(left, (Unknown, Secret)) or isinstance(right, (Unknown, Secret)):
        return bool(type(left) is type(right) and left == right)
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, (tuple, list)) and isinstance(right, (tuple, list)):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and bool(left == right)


def foreign(value: Any, path: str = "") -> Iterator[str]:
    """Name what in a value is not of the language, and so could not be written down."""
    match value:
        case dict():
            for key, item in value.items():
                if not isinstance(key, str):
                    yield f"{path}: the key {key!r}"
                yield from foreign(item, f"{path}.{key}")
        case tuple() | list():
            for at, item in enumerate(value):
                yield from foreign(item, f"{path}[{at}]")
        case Secret():
            yield from foreign(value.reveal(), path)
        case None | bool() | int() | str() | Unknown():
            pass
        case Endpoint():
            yield f"{path}: an endpoint's handle"
        case _ if type(value).__name__ != "Decimal":
            yield f"{path}: {value!r}"


def texts(value: Any) -> Iterator[str]:
    """Give every piece of text in a value, those inside secrets left out."""
    match value:
        case Secret() | Unknown():
            return
        case dict():
            for key, item in value.items():
                yield str(key)
                yield from texts(item)
        case tuple() | list():
            for item in value:
                yield from texts(item)
        case _:
            yield str(value)
