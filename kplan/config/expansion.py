"""What for_each and count make of a value: an item for each instance, or why there can be none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.lang.types import NUMBER, ConversionError, convert
from kplan.sdk.values import SECRET, UNKNOWN, SetValue, Unknown, marks, type_name, unknown_by

if TYPE_CHECKING:
    from kplan.sdk.values import Value


def items_of(value: Value) -> dict[str, Value] | str | None:
    """Give the items by key, or a text that says what is wrong; None for what follows from something told elsewhere."""
    if value is None:
        return "for_each is null; give a map, or a set of texts. An empty one makes no instances."
    held = 0 if isinstance(value, dict) else marks(value)
    if held & SECRET:
        return "Sensitive values can't be for_each keys: they would show in addresses."
    if held & UNKNOWN:
        return _undecided(value)
    if isinstance(value, dict):
        return value
    if isinstance(value, SetValue) and all(isinstance(item, str) for item in value):
        return {item: item for item in value}
    hint = " Write toset([…]) around a list of texts." if type_name(value) == "list" else ""
    return f"for_each takes a map, or a set of texts, but this is a {type_name(value)}.{hint}"


def _undecided(value: Value) -> str | None:
    by = unknown_by(value)
    if isinstance(value, Unknown) and not by:
        return None
    return (
        f"The keys of for_each must be known while planning, but they depend on {', '.join(by)}. Use keys from the "
        "configuration, or first apply what they depend on with -target."
    )


_MOST = 100_000  # instances by count: more than any cluster has of anything


def count_of(value: Value) -> dict[int, None] | str | None:
    """Give the items by number, or a text that says what is wrong; None for what follows from something told elsewhere."""
    if value is None:
        return "count is null; give a whole number. 0 makes no instances."
    held = marks(value)
    if held & SECRET:
        return "A sensitive value can't be a count: how many instances there are would show it."
    if held & UNKNOWN:
        by = unknown_by(value)
        if isinstance(value, Unknown) and not by:
            return None
        return (
            f"count must be known while planning, but it depends on {', '.join(by)}. Use a number from the configuration, "
            "or first apply what it depends on with -target."
        )
    try:
        number = convert(value, NUMBER)
    except ConversionError as problem:
        return f"count takes a whole number: {problem.reason}."
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        return "count takes a whole number that is not negative."
    if number > _MOST:
        return f"count is {number}; the most is {_MOST}."
    return dict.fromkeys(range(number))
