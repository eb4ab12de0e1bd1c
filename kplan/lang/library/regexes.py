r"""RE2's regular expressions, which Terraform has, written as Python's.

Read here in full, so that what only Python's know is refused and what both write alike but mean differently (`$`, `\w`,
`{,2}`, flags in the middle) means what RE2 says. Only the time may differ: Python's may take long on patterns that can
match in very many ways.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from kplan.lang.problems import FunctionError

if TYPE_CHECKING:
    from collections.abc import Iterator

Ranges = tuple[tuple[int, int], ...]

_MOST: Final = 1000  # RE2's bound for repetitions
_LAST: Final = 0x10FFFF
_PERL: Final[dict[str, Ranges]] = {
    "d": ((48, 57),),
    "w": ((48, 57), (65, 90), (95, 95), (97, 122)),
    "s": ((9, 10), (12, 13), (32, 32)),
}
_POSIX: Final[dict[str, Ranges]] = {
    "alnum": ((48, 57), (65, 90), (97, 122)),
    "alpha": ((65, 90), (97, 122)),
    "ascii": ((0, 127),),
    "blank": ((9, 9), (32, 32)),
    "cntrl": ((0, 31), (127, 127)),
    "digit": ((48, 57),),
    "graph": ((33, 126),),
    "lower": ((97, 122),),
    "print": ((32, 126),),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "space": ((9, 13), (32, 32)),
    "upper": ((65, 90),),
    "word": ((48, 57), (65, 90), (95, 95), (97, 122)),
    "xdigit": ((48, 57), (65, 70), (97, 102)),
}
_LAST_CASED: Final = 0x1E943  # no letter beyond has another case
_CONTROLS: Final = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
_CATEGORY: Final = re.compile(r"\{(\^?)(\w+)\}|([A-Z])")
_REPEAT: Final = re.compile(r"\{([0-9]+)(,)?([0-9]+)?\}")
_GROUP: Final = re.compile(r"\?(?:P?<(\w+)>|([imsU]*)(?:-([imsU]+))?([:)]))")
_HEX: Final = re.compile(r"\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2})")
_OCTAL: Final = re.compile(r"[1-7][0-7]{1,2}|0[0-7]{0,2}")


class Pattern(NamedTuple):
    """A regular expression ready for use; `names` are those of its groups, the first at index 1."""

    compiled: re.Pattern[str]
    names: tuple[str | None, ...]

    def every(self, text: str) -> Iterator[re.Match[str]]:
        """Find all matches; an empty one right behind another is none."""
        at, ended = 0, -1
        while at <= len(text) and (found := self.compiled.search(text, at)):
            if found.end() > found.start() or found.start() != ended:
                yield found
            at = found.end() + (found.end() == found.start())
            ended = found.end()


@lru_cache(maxsize=256)
def pattern(text: str, position: int) -> Pattern:
    """Read a regular expression. Raises FunctionError of the argument at a position."""
    try:
        translation = _Translation(text)
        made = translation.made()
        return Pattern(re.compile(made), tuple(translation.names))
    except _NoPattern as problem:
        raise FunctionError(f"invalid regexp pattern: {problem}", position) from None
    except (re.error, OverflowError, RecursionError):
        raise FunctionError("invalid regexp pattern: it is too large", position) from None


class _NoPattern(Exception):  # noqa: N818 - it becomes a FunctionError
    """What is no regular expression of RE2's."""


class _Translation:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.flags = ""
        self.names: list[str | None] = [None]
        self.out: list[str] = []
        self.atom = -1  # where in `out` begins what a repetition would repeat; -1: there is nothing

    def made(self) -> str:
        open_groups: list[tuple[int, str]] = []
        while self.at < len(self.text):
            letter = self.text[self.at]
            self.at += 1
            if letter == "(":
                self.opened(open_groups)
            elif letter == ")":
                if not open_groups:
                    raise _NoPattern("a ) has no (")
                self.atom, self.flags = open_groups.pop()
                self.out.append(")")
            elif letter == "|":
                self.out.append("|")
                self.atom = -1
            elif letter in "*+?" or (letter == "{" and _REPEAT.match(self.text, self.at - 1)):
                self.repeated(letter)
            elif letter == "[":
                self.add(_written(self.bracketed()))
            elif letter == "\\":
                self.escaped()
            else:
                self.plain(letter)
        if open_groups:
            raise _NoPattern("a ( is never closed")
        return "".join(self.out)

    def add(self, written: str) -> None:
        self.atom = len(self.out)
        self.out.append(written)

    def letter(self, code: int) -> None:
        cases = self.folded(((code, code),))
        self.add(re.escape(chr(code)) if len(cases) == 1 else _written(cases))

    def folded(self, ranges: Ranges) -> Ranges:
        return _folded(ranges) if "i" in self.flags else ranges

    def plain(self, letter: str) -> None:
        match letter:
            case ".":
                self.add("(?s:.)" if "s" in self.flags else r"[^\n]")
            case "^":
                self.add("(?m:^)" if "m" in self.flags else r"(?:\A)")
            case "$":
                self.add("(?m:$)" if "m" in self.flags else r"(?:\Z)")
            case _:
                self.letter(ord(letter))

    def opened(self, open_groups: list[tuple[int, str]]) -> None:
        if self.text[self.at : self.at + 1] != "?":
            self.names.append(None)
            open_groups.append((len(self.out), self.flags))
            self.out.append("(")
            self.atom = -1
            return
        found = _GROUP.match(self.text, self.at)
        if found is None:
            raise _NoPattern(
                f'"({self.text[self.at : self.at + 2]}" begins nothing that is supported; there is no look-around'
            )
        self.at = found.end()
        if found[1]:
            self.names.append(found[1])
            open_groups.append((len(self.out), self.flags))
            self.out.append("(")
            self.atom = -1
            return
        flags = "".join(sorted((set(self.flags) | set(found[2])) - set(found[3] or "")))
        if found[4] == ":":
            open_groups.append((len(self.out), self.flags))
            self.out.append("(?:")
        self.flags = flags
        self.atom = -1

    def repeated(self, letter: str) -> None:
        if self.atom < 0:
            raise _NoPattern(f'there is nothing that "{letter}" could repeat')
        operator = letter
        if letter == "{":
            found = _REPEAT.match(self.text, self.at - 1)
            assert found is not None  # noqa: S101 - asked by who calls
            least, most = int(found[1]), int(found[3]) if found[3] else int(found[1])
            if max(least, most) > _MOST or most < least:
                raise _NoPattern(f"{found[0]} repeats too often, or from more to less")
            operator, self.at = found[0], found.end()
        lazy = self.text[self.at : self.at + 1] == "?"
        self.at += lazy
        following = self.text[self.at : self.at + 1]
        if following and following in "*+?":
            raise _NoPattern(f'"{operator}{"?" * lazy}{following}" repeats what is repeated')
        self.out.insert(self.atom, "(?:")
        self.out.append(f"){operator}{'?' if lazy != ('U' in self.flags) else ''}")
        self.atom = len(self.out) if following == "{" and _REPEAT.match(self.text, self.at) else self.atom
        if self.atom == len(self.out):
            raise _NoPattern(f'"{operator}{{" repeats what is repeated')

    def escaped(self) -> None:
        letter = self.text[self.at : self.at + 1]
        if letter in {"A", "z", "b", "B"} and letter:
            self.at += 1
            self.add({"A": r"(?:\A)", "z": r"(?:\Z)", "b": r"(?a:\b)", "B": r"(?a:\B)"}[letter])
        elif letter == "Q":
            quoted, _, _ = self.text[self.at + 1 :].partition("\\E")
            self.at = min(self.at + 1 + len(quoted) + 2, len(self.text))
            for one in quoted:
                self.letter(ord(one))
        else:
            found = self.in_class()
            if isinstance(found, int):
                self.letter(found)
            else:
                self.add(_written(found))

    def in_class(self) -> Ranges | int:
        """Read what follows a backslash: characters of a kind, or one character."""
        letter = self.text[self.at : self.at + 1]
        self.at += 1
        if letter and letter in "dswDSW":
            ranges = self.folded(_PERL[letter.lower()])
            return ranges if letter.islower() else _others(ranges)
        if letter and letter in "pP":
            found = _CATEGORY.match(self.text, self.at)
            ranges_or_none = _category(found[2] or found[3]) if found else None
            if found is None or ranges_or_none is None:
                raise _NoPattern(
                    f"\\{letter} needs a category of Unicode, such as \\p{{Lu}}; scripts are not known"
                )
            self.at = found.end()
            ranges = self.folded(ranges_or_none)
            return _others(ranges) if (letter == "P") != bool(found[1]) else ranges
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter == "x" and (found := _HEX.match(self.text, self.at)):
            self.at = found.end()
            code = int(found[1] or found[2], 16)
            if code <= _LAST:
                return code
        elif found := _OCTAL.match(self.text, self.at - 1):
            self.at = found.end()
            return int(found[0], 8)
        elif letter and letter.isascii() and not letter.isalnum():
            return ord(letter)
        if letter in set("123456789"):
            raise _NoPattern(f"\\{letter} refers back to a group, which is not supported")
        raise _NoPattern(f"there is no escape \\{letter}")

    def bracketed(self) -> Ranges:
        """Read a class after its bracket."""
        negated = self.text[self.at : self.at + 1] == "^"
        self.at += negated
        start = self.at
        made: list[tuple[int, int]] = []
        while self.text[self.at : self.at + 1] != "]" or self.at == start:
            if self.at >= len(self.text):
                raise _NoPattern("a [ is never closed")
            named = self.named_class()
            if named is not None:
                made += named
                continue
            low = self.member()
            if isinstance(low, tuple):
                made += low
                continue
            high: Ranges | int = low
            if self.text[self.at : self.at + 1] == "-" and self.text[self.at + 1 : self.at + 2] not in {
                "",
                "]",
            }:
                self.at += 1
                high = self.member()
            if isinstance(high, tuple) or high < low:
                raise _NoPattern("a range in brackets goes from a character to a later one")
            made.append((low, high))
        self.at += 1
        folded = self.folded(tuple(made))
        return _others(folded) if negated else folded

    def named_class(self) -> Ranges | None:
        if not self.text.startswith("[:", self.at):
            return None
        name, closing, _ = self.text[self.at + 2 :].partition(":]")
        if not closing:
            return None
        ranges = _POSIX.get(name.removeprefix("^"))
        if ranges is None:
            raise _NoPattern(f"there is no class [:{name}:]")
        self.at += len(name) + 4
        return _others(ranges) if name.startswith("^") else ranges

    def member(self) -> Ranges | int:
        letter = self.text[self.at]
        self.at += 1
        return self.in_class() if letter == "\\" else ord(letter)


def _written(ranges: Ranges) -> str:
    """Write a class for Python; an empty one matches nothing."""
    parts = [f"\\U{low:08x}" if low == high else f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges]
    return f"[{''.join(parts)}]" if parts else "(?!)"


def _others(ranges: Ranges) -> Ranges:
    made: list[tuple[int, int]] = []
    following = 0
    for low, high in sorted(ranges):
        if low > following:
            made.append((following, low - 1))
        following = max(following, high + 1)
    return (*made, (following, _LAST)) if following <= _LAST else tuple(made)


def _folded(ranges: Ranges) -> Ranges:
    """Add to letters their other cases; negation comes after this, so that (?i)[^a] is no "A"."""
    others = _cases()
    added = [
        (other, other)
        for low, high in ranges
        for code in (range(low, high + 1) if high - low < len(others) else others)
        if low <= code <= high
        for other in others.get(code, ())
    ]
    return tuple(sorted({*ranges, *added}))


@lru_cache(maxsize=1)
def _cases() -> dict[int, tuple[int, ...]]:
    """Map each letter that has cases to all of its cases, by Unicode's simple folding.

    Python's own ignoring of case also takes the dotless "ı" for an "i".
    """
    groups: dict[str, list[int]] = {}
    for code in range(_LAST_CASED + 1):
        letter = chr(code)
        if letter == "\u0131":
            continue
        upper = letter.upper()
        lower = (upper if len(upper) == 1 else letter).lower()
        groups.setdefault(lower if len(lower) == 1 else letter, []).append(code)
    return {code: tuple(codes) for codes in groups.values() if len(codes) > 1 for code in codes}


@lru_cache(maxsize=16)
def _category(name: str) -> Ranges | None:
    """List the characters of a category such as "Lu", or of all that begin with its letter; None for no category."""
    if name == "Any":
        return ((0, _LAST),)
    made: list[tuple[int, int]] = []
    for code in range(_LAST + 1):
        if unicodedata.category(chr(code)).startswith(name):
            if made and made[-1][1] == code - 1:
                made[-1] = (made[-1][0], code)
            else:
                made.append((code, code))
    return tuple(made) or None
