"""Whether two filters can mean one name: told for certain of names and beginnings, and only perhaps of patterns."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kplan.sdk.session import Filter


class Overlap(Enum):
    """How two filters meet."""

    NONE = "none"
    PERHAPS = "perhaps"
    CERTAIN = "certain"


def overlap(one: Filter, other: Filter) -> tuple[Overlap, str]:
    """Say how two filters meet, and by which name or beginning."""
    for name in one.names:
        if name in other.names or name.startswith(other.prefixes):
            return _unless_left_out(name, one, other)
    for name in other.names:
        if name.startswith(one.prefixes):
            return _unless_left_out(name, one, other)
    for first in one.prefixes:
        for second in other.prefixes:
            if first.startswith(second) or second.startswith(first):
                return _unless_left_out(max(first, second, key=len), one, other)
    if one.patterns and _says_something(other):
        return Overlap.PERHAPS, one.patterns[0]
    if other.patterns and _says_something(one):
        return Overlap.PERHAPS, other.patterns[0]
    return Overlap.NONE, ""


def _unless_left_out(name: str, one: Filter, other: Filter) -> tuple[Overlap, str]:
    excluded = any(
        name in each.left_out_names or name.startswith(each.left_out_prefixes) for each in (one, other)
    )
    if excluded:
        return Overlap.NONE, ""
    doubtful = one.left_out_patterns or other.left_out_patterns
    return (Overlap.PERHAPS if doubtful else Overlap.CERTAIN), name


def _says_something(one: Filter) -> bool:
    return bool(one.names or one.prefixes or one.patterns)
