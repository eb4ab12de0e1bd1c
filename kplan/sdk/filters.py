"""Filters over names: literally, by beginnings, by Java's regular expressions in full, and what is left out again. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from kplan.sdk.patterns import Pattern, Untranslatable, java_pattern
from kplan.sdk.session import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kplan.sdk.session import Values

PARTS: Final = ("names", "prefixes", "patterns")
Path = tuple[str | int, ...]
_ARE: Final = "Patterns are Java regular expressions, matched in full, without flags."
EXCLUDE: Final = "exclude_"


class Meant(NamedTuple):
    """Names by three ways of saying them."""

    names: frozenset[str]
    prefixes: tuple[str, ...]
    patterns: tuple[Pattern, ...]

    def meets(self, name: str) -> bool:
        """Tell whether one of its parts means the name."""
        return (
            name in self.names
            or name.startswith(self.prefixes)
            or any(one.compiled.fullmatch(name) for one in self.patterns)
        )

    @property
    def empty(self) -> bool:
        """Whether it has no part."""
        return not (self.names or self.prefixes or self.patterns)


class NameFilter(NamedTuple):
    """What names are meant, all where nothing is said, and what of it is left out."""

    included: Meant
    excluded: Meant

    def meets(self, name: str) -> bool:
        """Tell whether a name is meant."""
        return (self.included.empty or self.included.meets(name)) and not self.excluded.meets(name)


def filter_of(args: Mapping[str, Sequence[str] | None]) -> NameFilter:
    """Make a filter of a block's arguments, which were checked."""
    return NameFilter(_meant(args, ""), _meant(args, EXCLUDE))


def _meant(args: Mapping[str, Sequence[str] | None], before: str) -> Meant:
    names, prefixes, patterns = (tuple(args.get(before + part) or ()) for part in PARTS)
    return Meant(frozenset(names), prefixes, tuple(map(java_pattern, patterns)))


def beginning(ordered: Sequence[str], text: str) -> Sequence[str]:
    """Give the names that begin so, of names that are sorted."""
    end = bisect_right(ordered, text, key=lambda name: name[: len(text)])
    return ordered[bisect_left(ordered, text) : end]


class Listing:
    """Names that many filters are matched against: none of them looks at every name where it says what to look for."""

    def __init__(self, names: Iterable[str]) -> None:
        """Sort the names."""
        self.names = sorted(names)
        self._known = frozenset(self.names)
        self._text = "\n".join(self.names)
        self._starts = [0, *accumulate(len(name) + 1 for name in self.names[:-1])]
        self._with: dict[str, list[str]] = {}  # by a text, the names with it in them; filters share many

    def met(self, wanted: NameFilter) -> list[str]:
        """Give the names that a filter means, sorted."""
        included, excluded = wanted
        found = self.names if included.empty else sorted(self._meant(included))
        return [name for name in found if not excluded.meets(name)]

    def _meant(self, included: Meant) -> set[str]:
        found = {name for name in included.names if name in self._known}
        for prefix in included.prefixes:
            found.update(beginning(self.names, prefix))
        for one in included.patterns:
            found.update(filter(one.compiled.fullmatch, self._candidates(one)))
        return found

    def _candidates(self, pattern: Pattern) -> Iterable[str]:
        if pattern.beginning:
            return beginning(self.names, pattern.beginning)
        needed = pattern.needed
        if not needed or "\n" in needed:
            return self.names
        if needed not in self._with:
            self._with[needed] = [*self._containing(needed)]
        return self._with[needed]

    def _containing(self, text: str) -> Iterator[str]:
        """Step through the names with a text in them, found in all names as one text."""
        at = self._text.find(text)
        while at >= 0:
            place = bisect_right(self._starts, at)
            yield self.names[place - 1]
            at = self._text.find(text, self._starts[place]) if place < len(self.names) else -1


def beginnings(args: Values) -> tuple[str, ...]:
    """Give texts of which every name that a filter means begins with one, but for names that it has as such."""
    names, prefixes, patterns = (tuple(args.get(part) or ()) for part in PARTS)
    found = dict.fromkeys((*prefixes, *(java_pattern(one).beginning for one in patterns)))
    if not names and not found:
        return ("",)
    return tuple(one for one in found if not any(one != other and one.startswith(other) for other in found))


def check_filter(
    args: Mapping[str, object], at: tuple[str, ...] = (), *, joined: bool = False
) -> list[Fault]:
    """Find patterns that make no sense, and prefixes that mean everything by mistake.

    `at`: where the arguments are; `joined`: patterns are put into one expression, so that each must mean the same there.
    """
    faults = []
    for before in ("", EXCLUDE):
        for number, text in _texts(args.get(f"{before}patterns")):
            reason = _reason(text, joined=joined)
            if reason:
                detail = f'"{text}" can\'t be used: {reason}.'
                path: Path = (*at, f"{before}patterns", number)
                faults.append(Fault("invalid_pattern", "Invalid pattern", detail, _ARE, path))
        for number, text in _texts(args.get(f"{before}prefixes")):
            if not text:
                path = (*at, f"{before}prefixes", number)
                detail, remedy = "An empty prefix means every name.", "Leave the argument out to mean all."
                faults.append(Fault("empty_prefix", "Empty prefix", detail, remedy, path))
    return faults


def _reason(text: str, *, joined: bool) -> str:
    try:
        pattern = java_pattern(text)
    except Untranslatable as wrong:
        return str(wrong)
    return pattern.joined if joined else ""


def _texts(value: object) -> list[tuple[int, str]]:
    listed = enumerate(value) if isinstance(value, tuple) else ()
    return [(number, one) for number, one in listed if isinstance(one, str)]
