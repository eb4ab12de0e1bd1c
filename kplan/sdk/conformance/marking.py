"""Desired objects with a mark on one attribute at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kplan.sdk.types import Is
from kplan.sdk.values import Unknown, make_map

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kplan.sdk.session import Values
    from kplan.sdk.types import Leaf


def with_mark(leaf: Leaf, desired: Values, mark: Callable[[Any], Any]) -> Iterator[tuple[str, Values]]:
    """Give the desired object with a mark on one attribute at a time, and on one item of a map."""
    fixed = {*leaf.identity, leaf.on_attribute}
    for one in leaf.attributes:
        value = desired.get(one.name)
        if Is.CONFIG not in one.flags or one.name in fixed or value is None:
            continue
        yield one.name, make_map({**desired, one.name: mark(value)})
        if isinstance(value, dict) and value:
            key = next(iter(value))
            yield one.name, make_map({**desired, one.name: make_map({**value, key: mark(value[key])})})


def unknown(value: Any) -> Unknown:
    """Make an unknown of a value's type."""
    if isinstance(value, str):
        return Unknown("string", ("other.thing",))
    return Unknown("any" if isinstance(value, (bool, tuple, dict)) else "number", ("other.thing",))
