r"""Java's regular expressions in Python's terms: exactly, or not at all. Matched in full, without flags.

Python compiles what is written here with `re.ASCII`, so that \d, \w and \s mean what they mean to Java.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from kplan.sdk.pattern_classes import ANY, LETTERS, NAMED, Ranges, but, written

if TYPE_CHECKING:
    from collections.abc import Callable

_QUOTED: Final = re.compile(r"(\\[^Q])|\\Q(.*?)(\\E|\Z)", re.DOTALL)
_COUNT: Final = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_MOST: Final = 2**31 - 1
_OPENING: Final = re.compile(r"\?(?::|=|!|<=|<!|>|<([a-zA-Z][a-zA-Z0-9]*)>)")
_HEX: Final = (
    ("x", re.compile(r"([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,8})\}")),
    ("u", re.compile(r"([0-9a-fA-F]{4})")),
)
_OCTAL: Final = re.compile(r"[0-3][0-7]{2}|[0-7]{1,2}")
_CONTROLS: Final = {"t": 9, "n": 10, "r": 13, "f": 12, "a": 7, "e": 27}
# Java's ends of lines, and where its $ and \Z are: at the end, or before what ends the last line.
_LAST_END: Final = r"(?:\Z|(?=\r\n\Z|[\r\x85\u2028\u2029]\Z)|(?<!\r)(?=\n\Z))"
_NOT_EXACT: Final = {
    "b": r"\b is not the same in all versions of Java; name the signs that may stand there, as in [._-]",
    "B": r"\B is not the same in all versions of Java; name the signs that may stand there, as in [a-z]",
    "G": r"\G has no use where a pattern is matched in full; leave it out",
    "R": r"\R can't be told exactly; write [\n\r]",
    "X": r"\X can't be told exactly; name the letters in brackets",
    "N": r"\N{…} can't be told exactly; write the letter, or \x{…} with its number",
    "k": r"\k<…> can't be told exactly; write out what the group may be",
    "Q": r"\Q has no place here",
    "E": r"\E without a \Q before it means nothing to Java; leave it out",
}


class Untranslatable(ValueError):  # noqa: N818 - it becomes a fault
    """A Java pattern that can't be told exactly in Python's terms, or that Java refuses; says what to write instead."""


class Pattern(NamedTuple):
    """A pattern that is understood.

    `beginning`: what all that it matches begins with; `needed`: what all of it contains. `joined`: why it would mean
    something else between others, joined by "|"; "" where it means the same.
    """

    compiled: re.Pattern[str]
    beginning: str
    needed: str
    joined: str

    def matches(self, text: str) -> bool:
        """Tell whether it matches the whole text."""
        return self.compiled.fullmatch(text) is not None


@lru_cache(maxsize=100_000)
def java_pattern(text: str) -> Pattern:
    """Understand a Java regular expression. Raises Untranslatable for what Python would read otherwise, or not at all."""
    reading = _Reading(text)
    made = reading.made()
    try:
        compiled = re.compile(made, re.ASCII)
    except (re.error, OverflowError) as wrong:
        said = str(wrong).partition(" at position")[0]
        raise Untranslatable(f"it is no pattern that Java and Python read alike ({said})") from None
    except RecursionError:
        raise Untranslatable("its groups are nested too deeply") from None
    beginning, needed = reading.literals.found()
    return Pattern(compiled, beginning, needed, reading.joined)


class _Literals:
    """What stands for itself outside of groups, in runs that nothing interrupts."""

    def __init__(self) -> None:
        self.runs: list[str] = [""]
        self.leading = True  # whether the first run begins the pattern
        self.alternatives = False

    def add(self, sign: str) -> None:
        self.runs[-1] += sign

    def interrupt(self) -> None:
        if self.runs == [""]:
            self.leading = False
        if self.runs[-1]:
            self.runs.append("")

    def repeat(self, *, needed: bool) -> None:
        """Take the sign before a count as needed once, or not at all."""
        if not needed:
            self.runs[-1] = self.runs[-1][:-1]
        self.interrupt()

    def found(self) -> tuple[str, str]:
        if self.alternatives:
            return "", ""
        return self.runs[0] if self.leading else "", max(self.runs, key=len)


class _Reading:
    """Walks over a Java pattern and writes Python's."""

    def __init__(self, text: str) -> None:
        self.joined = ""
        self.text = _QUOTED.sub(self._unquoted, text)
        if text != text.strip(" \t\n\r\f\v"):
            self.joined = r"blanks around it are cut off; write them as \x20"
        if "${" in text:
            self.joined = "workers would look it up for its ${; put another sign between them"
        self.at = self.depth = 0
        self.anchored = [False]  # for each group that is open, whether an anchor is in it
        self.names: set[str] = set()
        self.parts: list[str] = []
        self.literals = _Literals()

    def _unquoted(self, found: re.Match[str]) -> str:
        if found[1]:
            return found[1]
        if not found[3]:
            self.joined = r"\Q without \E would quote what follows it; close it with \E"
        return "".join(
            f"\\x{ord(one):02x}" if one.isascii() and one.isdigit() else re.escape(one) for one in found[2]
        )

    def made(self) -> str:
        while self.at < len(self.text):
            self.one()
        return "".join(self.parts)

    def peek(self, what: str) -> bool:
        return self.text.startswith(what, self.at)

    def take(self) -> str:
        if self.at == len(self.text):
            raise Untranslatable("it ends too soon")
        self.at += 1
        return self.text[self.at - 1]

    def one(self) -> None:
        sign = self.take()
        if sign in "()":
            self.group(sign)
        elif sign in "*+?{":
            self.count(sign)
        elif sign == "[":
            self.among(self.klass())
        elif sign == "\\":
            self.escape()
        elif sign == ".":
            self.among(ANY)
        elif sign == "|":
            self.literals.alternatives |= self.depth == 0
            self.write(sign)
        elif sign in "^$":
            self.anchor("^" if sign == "^" else _LAST_END)
        else:
            self.literal(sign)

    def write(self, part: str) -> None:
        if not self.depth:
            self.literals.interrupt()
        self.parts.append(part)

    def among(self, ranges: Ranges) -> None:
        self.write(written(ranges))

    def literal(self, sign: str) -> None:
        if not self.depth:
            self.literals.add(sign)
        self.parts.append(re.escape(sign))

    def group(self, sign: str) -> None:
        self.write(sign)
        self.depth += 1 if sign == "(" else -1
        if sign == ")":
            self.close()
            return
        self.anchored.append(False)
        if not self.peek("?"):
            self.parts.append("?:")  # nothing refers to it, and Python errs with groups in possessive counts
            return
        opening = _OPENING.match(self.text, self.at)
        if opening is None:
            raise Untranslatable(
                f"({self.text[self.at : self.at + 2]} can't be told exactly; "
                "for flags such as (?i) write the letters out, as in [Oo]rders"
            )
        self.at = opening.end()
        if opening[1]:
            self.joined = (
                f"a group's name may stand only once in all patterns together; write ( for (?<{opening[1]}>"
            )
            if opening[1] in self.names:
                raise Untranslatable(f"two groups have the name {opening[1]}")
            self.names.add(opening[1])
        self.parts.append("?:" if opening[1] else opening[0])

    def close(self) -> None:
        """Leave a group; Java and Python go different ways where one with an anchor in it is repeated."""
        if len(self.anchored) > 1 and self.anchored.pop():
            if self.text[self.at : self.at + 1] in {"*", "+", "?", "{"}:
                raise Untranslatable("^ and $ have no use in what is repeated; leave them out")
            self.anchored[-1] = True

    def anchor(self, sign: str) -> None:
        self.anchored[-1] = True
        self.write(sign)

    def count(self, sign: str) -> None:
        """Write how often what stands before is repeated, and how eagerly."""
        found = _COUNT.match(self.text, self.at - 1) if sign == "{" else None
        if sign == "{" and found is None:
            raise Untranslatable(r"a brace that is no count needs a backslash: \{")
        if found is not None:
            if any(int(one or 0) > _MOST for one in found.groups()):
                raise Untranslatable(f"{found[0]} counts further than Java does")
            self.at = found.end()
            sign = found[0]
        if not self.depth:
            self.literals.repeat(needed=sign == "+")
        eager = self.take() if self.at < len(self.text) and self.text[self.at] in "?+" else ""
        self.parts.append(sign + eager)

    def escape(self) -> None:
        letter = self.take()
        if letter in "123456789":
            raise Untranslatable(f"\\{letter} can't be told exactly; write out what the group may be")
        if letter in "AzZ":
            self.anchor({"A": r"\A", "z": r"\Z", "Z": _LAST_END}[letter])
        else:
            meant = self.escaped(letter)
            if isinstance(meant, str):
                self.literal(meant)
            else:
                self.among(meant)

    def escaped(self, letter: str) -> str | Ranges:
        """Read an escape that means signs: one of them, or one of many."""
        lower = letter.lower()
        if lower in LETTERS:
            return LETTERS[lower] if letter == lower else but(LETTERS[lower])
        if lower == "p":
            return self.named(negated=letter == "P")
        if letter in _CONTROLS:
            return chr(_CONTROLS[letter])
        if letter == "0":
            return self.number(_OCTAL, "\\0", lambda found: int(found[0], 8))
        for name, digits in _HEX:
            if letter == name:
                return self.number(digits, f"\\{name}", lambda found: int(found[found.lastindex or 0], 16))
        if letter == "c":
            return chr(ord(self.take()) ^ 64)
        if letter in _NOT_EXACT:
            raise Untranslatable(_NOT_EXACT[letter])
        if letter.isascii() and letter.isalpha():
            raise Untranslatable(f"\\{letter} means nothing to Java here; write the sign itself")
        return letter

    def number(self, digits: re.Pattern[str], what: str, value: Callable[[re.Match[str]], int]) -> str:
        found = digits.match(self.text, self.at)
        if found is None:
            raise Untranslatable(f"{what} needs the number of a sign after it, as in \\x2e")
        self.at = found.end()
        number = value(found)
        if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
            raise Untranslatable(f"{what}{found[0]} is no sign; write it as \\x{{…}} with its number")
        return chr(number)

    def named(self, *, negated: bool) -> Ranges:
        found = re.compile(r"\{(\w+)\}").match(self.text, self.at)
        ranges = NAMED.get(found[1]) if found else None
        if found is None or ranges is None:
            known = ", ".join(sorted(NAMED))
            raise Untranslatable(f"of the classes \\p{{…}} only these can be told exactly: {known}")
        self.at = found.end()
        return but(ranges) if negated else ranges

    def klass(self) -> Ranges:
        """Read a class in brackets; Java's versions differ on classes within it and on &&."""
        negated = self.peek("^")
        if negated:
            self.take()
        met: list[tuple[int, int]] = []
        first = True
        while True:
            if self.at == len(self.text):
                raise Untranslatable(r"a bracket isn't closed; write \[ for the sign itself")
            sign = self.take()
            if sign == "]" and not first:
                return but(tuple(met)) if negated else tuple(met)
            if sign == "^" and first:
                raise Untranslatable("^^ in brackets can't be told exactly; put ^ last")
            met += self.span(sign)
            first = False

    def span(self, sign: str) -> Ranges:
        """Read one sign of a class, or a range of them."""
        start = self.within(sign)
        if not isinstance(start, str):
            if self.peek("-") and not self.peek("-]"):
                raise Untranslatable("a range in brackets can't begin with a class; put the - last")
            return start
        if not self.peek("-") or self.peek("-]"):
            return ((ord(start), ord(start)),)
        self.take()
        end = self.within(self.take())
        if not isinstance(end, str) or end < start:
            raise Untranslatable("a range in brackets ends before it begins, or with a class; put the - last")
        return ((ord(start), ord(end)),)

    def within(self, sign: str) -> str | Ranges:
        if sign == "[" or (sign == "&" and self.peek("&")):
            raise Untranslatable(
                r"a class within a class, or &&, is not the same in all versions of Java; write one class with all signs, "
                r"and \[ or \& for the signs themselves"
            )
        return self.escaped(self.take()) if sign == "\\" else sign
