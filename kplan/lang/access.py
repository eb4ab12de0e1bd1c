"""Attributes and elements of values, and what they range over."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from kplan.lang.diagnostics import did_you_mean
from kplan.lang.types import NUMBER, STRING, ConversionError, convert
from kplan.sdk.values import Secret, SetValue, Unknown, number_text, type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kplan.sdk.values import Value

_MOST_NAMED: Final = 8
_NO_ELEMENT: Final = "The given key does not identify an element in this collection value"


class AccessError(Exception):
    """There is no such attribute or element."""

    def __init__(self, summary: str, detail: str) -> None:
        """Say what is wrong."""
        super().__init__(detail)
        self.summary = summary
        self.detail = detail


def attribute(value: Value, name: str) -> Value:
    """Read an attribute of an object or an element of a map. Raises AccessError."""
    if isinstance(value, dict):
        try:
            return value[name]
        except KeyError:
            raise AccessError(
                "Unsupported attribute",
                f'This object does not have an attribute named "{name}".{_known(name, value)}',
            ) from None
    if isinstance(value, Secret):
        return _within(lambda: attribute(value.reveal(), name))
    if isinstance(value, Unknown):
        return Unknown("any", value.by)
    if value is None:
        raise AccessError(
            "Attempt to get attribute from null value",
            "This value is null, so it does not have any attributes.",
        )
    if isinstance(value, tuple):
        raise AccessError(
            "Unsupported attribute",
            f"Can't access attributes on a {type_name(value)}. Did you mean to access an attribute for a specific "
            "element, or across all elements of it?",
        )
    raise AccessError(
        "Unsupported attribute", f"Can't access attributes on a primitive-typed value ({type_name(value)})."
    )


def element(value: Value, key: Value) -> Value:
    """Read an element by key or position. Raises AccessError."""
    if isinstance(value, Secret) or isinstance(key, Secret):
        inner = value.reveal() if isinstance(value, Secret) else value
        return _within(lambda: element(inner, key.reveal() if isinstance(key, Secret) else key))
    if value is None:
        raise AccessError(
            "Attempt to index null value", "This value is null, so it does not have any indices."
        )
    if isinstance(value, Unknown):
        return Unknown("any", value.by)
    if isinstance(key, Unknown):
        return Unknown("any", key.by)
    if key is None:
        raise AccessError("Invalid index", "Can't use a null value as an indexing key.")
    if isinstance(value, dict):
        return _by_name(value, key)
    if isinstance(value, SetValue):
        raise AccessError(
            "Invalid index",
            "Elements of a set are identified only by their value and don't have any separate index or key to select "
            "with, so it's only possible to perform operations across all elements of the set.",
        )
    if isinstance(value, tuple):
        return _by_position(value, key)
    raise AccessError("Invalid index", f"This value does not have any indices: it is a {type_name(value)}.")


def _by_name(value: dict[str, Value], key: Value) -> Value:
    try:
        name = convert(key, STRING)
    except ConversionError:
        raise AccessError(
            "Invalid index",
            "The given key does not identify an element in this collection value: a string is required.",
        ) from None
    if name in value:
        return value[name]
    raise AccessError("Invalid index", f'{_NO_ELEMENT}: there is no "{name}".{_known(name, value)}')


def _by_position(value: tuple[Value, ...], key: Value) -> Value:
    try:
        at = convert(key, NUMBER)
    except ConversionError:
        raise AccessError("Invalid index", f"{_NO_ELEMENT}: a number is required.") from None
    if isinstance(at, Decimal):
        raise AccessError(
            "Invalid index",
            f"{_NO_ELEMENT}: indexing a sequence requires a whole number, not {number_text(at)}.",
        )
    if at < 0:
        raise AccessError(
            "Invalid index", f"{_NO_ELEMENT}: a negative number is not a valid index for a sequence."
        )
    if at >= len(value):
        size = f"it has {len(value)}" if value else "it has none"
        raise AccessError(
            "Invalid index",
            f"{_NO_ELEMENT}: the given index is greater than or equal to the number of elements ({size}).",
        )
    return value[at]


def _known(name: str, value: dict[str, Value]) -> str:
    hint = did_you_mean(name, value)
    if hint:
        return hint
    if not value:
        return " It has none."
    named = ", ".join(f'"{key}"' for key in sorted(value)[:_MOST_NAMED])
    return f" It has {named}{' and others' if len(value) > _MOST_NAMED else ''}."


def _within(read: Callable[[], Value]) -> Secret:
    """Read inside a secret; what isn't there is told without telling what is."""
    try:
        return Secret(read())
    except AccessError as problem:
        raise AccessError(
            problem.summary,
            "There is no such attribute or element in this sensitive value, or with this sensitive key.",
        ) from None


def pairs(value: Value) -> Iterator[tuple[Value, Value]]:
    """Range over what is known of a collection, as a for expression does. Raises AccessError."""
    if isinstance(value, dict):
        return iter(sorted(value.items()))
    if isinstance(value, SetValue):
        return ((item, item) for item in value)
    if isinstance(value, tuple):
        return iter(enumerate(value))
    if value is None:
        raise AccessError(
            "Iteration over null value",
            "A null value cannot be used as the collection in a 'for' expression.",
        )
    raise AccessError(
        "Iteration over non-iterable value",
        f"A value of type {type_name(value)} cannot be used as the collection in a 'for' expression.",
    )
