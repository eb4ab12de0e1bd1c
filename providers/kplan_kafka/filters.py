"""Filters over names: literal names and prefixes, and Java's regular expressions matched in full."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from kplan.sdk.session import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kplan.sdk.session import Values

PLAIN: Final = ("names", "prefixes", "patterns")
_EXCLUDE: Final = "exclude_"
# POSIX classes of Java's \p{…}, ASCII only as there.
_CLASSES: Final = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": r"!-/:-@\[-`{-~",
    "XDigit": "0-9a-fA-F",
    "Space": r" \t\n\x0b\f\r",
    "Blank": r" \t",
}
_SHORT: Final = {"d": "0-9", "w": "a-zA-Z0-9_", "s": r" \t\n\x0b\f\r", "h": r" \t\xa0"}
_COUNT: Final = re.compile(r"\d+(?:,\d*)?\}")
_SIGN: Final = re.compile(r"[A-Za-z0-9_-]|\\\.")  # what stands for itself
_SIGNS: Final = re.compile(rf"(?:{_SIGN.pattern})*")
_LITERAL: Final = re.compile(r"\\Q(.*?)(?:\\E|\Z)", re.DOTALL)


class Untranslatable(ValueError):  # noqa: N818 - it becomes a fault
    """A Java pattern that can't be told exactly in Python's terms."""


def java_pattern(text: str) -> re.Pattern[str]:
    """Compile a Java regular expression. Raises Untranslatable for what Python would read otherwise, or not at all."""
    try:
        return re.compile(_Translation(text).made())
    except re.error as wrong:
        raise Untranslatable(str(wrong)) from None


class _Translation:
    """Walks over a Java pattern and writes Python's."""

    def __init__(self, text: str) -> None:
        self.text = _LITERAL.sub(lambda found: re.escape(found[1]), text)
        self.at = 0
        self.parts: list[str] = []

    def made(self) -> str:
        while self.at < len(self.text):
            self.one()
        return "".join(self.parts)

    def take(self) -> str:
        if self.at == len(self.text):
            raise Untranslatable("it ends too soon")
        self.at += 1
        return self.text[self.at - 1]

    def one(self) -> None:
        sign = self.take()
        if sign == "\\":
            self.parts.append(self.escape(within=False))
        elif sign == "[":
            self.parts.append(self.klass())
        elif sign == "(" and self.text.startswith("?", self.at):
            self.parts.append(sign + self.group())
        elif sign == "{" and not _COUNT.match(self.text, self.at):
            raise Untranslatable("a brace that is no count needs a backslash")
        elif sign == "$":
            self.parts.append(r"\Z")  # names have no line ends
        else:
            self.parts.append(sign)

    def group(self) -> str:
        opening = re.compile(r"\?(?::|=|!|<=|<!|>|<([a-zA-Z][a-zA-Z0-9]*)>)").match(self.text, self.at)
        if opening is None:
            raise Untranslatable("flags such as (?i) can't be told exactly; write the letters out")
        self.at = opening.end()
        return f"?P<{opening[1]}>" if opening[1] else opening[0]

    def escape(self, *, within: bool) -> str:
        letter = self.take()
        if letter in _SHORT:
            return _SHORT[letter] if within else f"[{_SHORT[letter]}]"
        if letter.lower() in _SHORT and not within:
            return f"[^{_SHORT[letter.lower()]}]"
        if letter in "pP":
            return self.named(negated=letter == "P", within=within)
        if letter in {"z", "Z", "A", "G"}:
            if letter == "G" or within:
                raise Untranslatable(f"\\{letter} has no place here")
            return r"\A" if letter == "A" else r"\Z"
        if letter.isdigit() and letter != "0" and not within:
            return f"(?:\\{letter})"
        if letter in "tnrfa":
            return f"\\{letter}"
        if letter == "e":
            return r"\x1b"
        if letter == "x" and re.match(r"[0-9a-fA-F]{2}", self.text[self.at :]):
            return f"\\x{self.take()}{self.take()}"
        if letter == "u" and re.match(r"[0-9a-fA-F]{4}", self.text[self.at :]):
            return f"\\u{''.join(self.take() for _ in range(4))}"
        if letter.isalnum():
            raise Untranslatable(f"\\{letter} can't be told exactly")
        return re.escape(letter)

    def named(self, *, negated: bool, within: bool) -> str:
        found = re.compile(r"\{(?:Is)?(\w+)\}").match(self.text, self.at)
        name = found[1] if found else ""
        if found is None or name not in _CLASSES:
            known = ", ".join(sorted(_CLASSES))
            raise Untranslatable(f"of the classes \\p{{…}} only these can be told exactly: {known}")
        self.at = found.end()
        if within and negated:
            raise Untranslatable("\\P{…} within brackets can't be told exactly")
        if within:
            return _CLASSES[name]
        return f"[{'^' * negated}{_CLASSES[name]}]"

    def klass(self) -> str:
        """Write a class in brackets; unions by nesting and intersections have no like in Python."""
        made = "["
        if self.text.startswith("^", self.at):
            made += self.take()
        first = True
        while True:
            sign = self.take()
            if sign == "]" and not first:
                return f"{made}]"
            if sign == "[" or (sign == "&" and self.text.startswith("&", self.at)):
                raise Untranslatable("a class within a class, or &&, can't be told exactly")
            made += self.escape(within=True) if sign == "\\" else re.escape(sign) if sign in "]&~|" else sign
            first = False


class Filter(NamedTuple):
    """What names are meant. Empty means all, but for what is excluded."""

    names: frozenset[str]
    prefixes: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]

    def meets(self, name: str) -> bool:
        """Tell whether one of its parts means the name."""
        return (
            name in self.names
            or (bool(self.prefixes) and name.startswith(self.prefixes))
            or any(one.fullmatch(name) for one in self.patterns)
        )

    @property
    def empty(self) -> bool:
        """Whether it has no part."""
        return not (self.names or self.prefixes or self.patterns)


class Both(NamedTuple):
    """What is meant, and what of it is left out."""

    included: Filter
    excluded: Filter

    def meets(self, name: str) -> bool:
        """Tell whether a name is meant."""
        return (self.included.empty or self.included.meets(name)) and not self.excluded.meets(name)


def filter_of(args: Values) -> Both:
    """Make a filter of a block's arguments, which were checked."""
    return Both(_filter(args, ""), _filter(args, _EXCLUDE))


def _filter(args: Values, before: str) -> Filter:
    names, prefixes, patterns = (tuple(args.get(before + part) or ()) for part in PLAIN)
    return Filter(frozenset(names), prefixes, tuple(java_pattern(one) for one in patterns))


def beginnings(args: Values) -> tuple[str, ...]:
    """Give texts of which every name that a filter means begins with one, but for names that it has as such."""
    names, prefixes, patterns = (tuple(args.get(part) or ()) for part in PLAIN)
    found = dict.fromkeys((*prefixes, *map(_beginning, patterns)))
    if not names and not found:
        return ("",)
    return tuple(one for one in found if not any(one != other and one.startswith(other) for other in found))


def _beginning(pattern: str) -> str:
    if "|" in pattern:
        return ""
    literal = _SIGNS.match(pattern)
    signs = _SIGN.findall(literal[0]) if literal else []
    if pattern[sum(map(len, signs)) :].startswith(("?", "*", "{")):
        signs.pop()  # it may be missing
    return "".join(one.removeprefix("\\") for one in signs)


def check_filter(args: Mapping[str, object]) -> Sequence[Fault]:
    """Find patterns that make no sense, and prefixes that mean everything by mistake."""
    faults = []
    for before in ("", _EXCLUDE):
        for number, text in enumerate(_texts(args.get(f"{before}patterns"))):
            try:
                java_pattern(text)
            except Untranslatable as wrong:
                detail = f'"{text}" can\'t be used: {wrong}. Patterns are Java regular expressions, matched in full.'
                path = (f"{before}patterns", number)
                faults.append(Fault("invalid_pattern", "Invalid pattern", detail, path=path))
        for number, text in enumerate(_texts(args.get(f"{before}prefixes"))):
            if not text:
                detail = "An empty prefix means every name. Leave the argument out to mean all."
                faults.append(
                    Fault("empty_prefix", "Empty prefix", detail, path=(f"{before}prefixes", number))
                )
    return faults


def _texts(value: object) -> Sequence[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, tuple) else []
