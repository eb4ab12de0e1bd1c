"""Whether filters mean a name, and whether several can mean one: told for certain where patterns read alike everywhere."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kplan.sdk.flows import Filter

# What Java and Python read alike, for names in ASCII.
_ALIKE: Final = re.compile(r"(?:[\w.\-*+?|()]|\\[.\-_dwDW]|\[\^?[\w\-.]+\]|\{\d+\})*", re.ASCII)

_SIGN: Final = re.compile(r"[\w\-]|\\[.\-_]", re.ASCII)  # what stands for itself
_SIGNS: Final = re.compile(rf"(?:{_SIGN.pattern})*", re.ASCII)


class Overlap(IntEnum):
    """How sure it is that a name is meant; the least of several holds for all of them."""

    NONE = 0
    PERHAPS = 1
    CERTAIN = 2


def means(one: Filter, name: str) -> Overlap:
    """Say whether a filter means a name."""
    if name in one.left_out_names or name.startswith(one.left_out_prefixes):
        return Overlap.NONE
    left_out = _any_reads(one.left_out_patterns, name)
    if left_out is Overlap.CERTAIN:
        return Overlap.NONE
    literal = name in one.names or name.startswith(one.prefixes)
    met = Overlap.CERTAIN if literal else _any_reads(one.patterns, name)
    return min(met, Overlap.PERHAPS) if left_out is Overlap.PERHAPS else met


def means_beginning(one: Filter, beginning: str) -> Overlap:
    """Say whether a filter means names that begin so, but for those that it has as such."""
    if beginning.startswith(one.left_out_prefixes):
        return Overlap.NONE
    if not beginning.startswith(one.prefixes):
        begun = map(pattern_beginning, one.patterns)
        near = any(text.startswith(beginning) or beginning.startswith(text) for text in begun)
        return Overlap.PERHAPS if near else Overlap.NONE
    return Overlap.PERHAPS if one.left_out_patterns else Overlap.CERTAIN


def means_unknown(one: Filter) -> Overlap:
    """Say whether a filter may mean a name of which nothing is known."""
    return Overlap.PERHAPS if one.patterns else Overlap.NONE


def overlap(*filters: Filter) -> tuple[Overlap, str]:
    """Say how filters meet, and by which name, beginning or pattern."""
    best, by = Overlap.NONE, ""
    for text, test in candidates(filters):
        met = min(test(one) for one in filters)
        if met > best:
            best, by = met, text
        if best is Overlap.CERTAIN:
            break
    return best, by


def candidates(filters: Sequence[Filter]) -> Iterator[tuple[str, Callable[[Filter], Overlap]]]:
    """Step through what filters could meet in: their names, then their beginnings, then what only patterns mean."""
    for name in dict.fromkeys(name for one in filters for name in one.names):
        yield name, lambda one, name=name: means(one, name)  # type: ignore[misc]
    for beginning in dict.fromkeys(text for one in filters for text in one.prefixes):
        yield beginning, lambda one, text=beginning: means_beginning(one, text)  # type: ignore[misc]
    pattern = next((text for one in filters for text in one.patterns), None)
    if pattern is not None:
        yield pattern, means_unknown


@lru_cache(maxsize=4096)
def pattern_beginning(pattern: str) -> str:
    """Give what all names that a pattern means begin with; "" where that can't be told."""
    if "|" in pattern or not _ALIKE.fullmatch(pattern):
        return ""
    signs = _SIGN.findall(_SIGNS.match(pattern)[0])  # type: ignore[index]  # it may be empty, and always matches
    if pattern[sum(map(len, signs)) :].startswith(("?", "*", "{")):
        signs = signs[:-1]  # it may be missing
    return "".join(one.removeprefix("\\") for one in signs)


def _any_reads(patterns: Sequence[str], name: str) -> Overlap:
    return max((_reads(one, name) for one in patterns), default=Overlap.NONE)


def _reads(pattern: str, name: str) -> Overlap:
    compiled = _compiled(pattern)
    if compiled is None:
        return Overlap.PERHAPS
    return Overlap.CERTAIN if compiled.fullmatch(name) else Overlap.NONE


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Compile a pattern that reads alike everywhere; None for others."""
    try:
        return re.compile(pattern, re.ASCII) if _ALIKE.fullmatch(pattern) else None
    except re.error:
        return None
