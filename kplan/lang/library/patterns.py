"""Functions with regular expressions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from kplan.lang.constraints import STRING
from kplan.lang.functions import Parameter, function
from kplan.lang.library.regexes import Pattern, pattern
from kplan.lang.problems import FunctionError

if TYPE_CHECKING:
    from kplan.sdk.values import Value

_REFERENCE: Final = re.compile(r"\$(?:\$|(\w+)|\{(\w+)\})")
_PATTERN: Final = Parameter("pattern", STRING)
_STRING: Final = Parameter("string", STRING)


def replaced(text: str, old: str, new: str) -> str:
    """Replace what a pattern matches; `$1` or `${name}` in the new text is what a group matched."""
    wanted = pattern(old, 1)
    parts: list[str] = []
    at = 0
    for found in wanted.every(text):
        parts += [text[at : found.start()], _filled(wanted, found, new)]
        at = found.end()
    return "".join([*parts, text[at:]])


def _filled(wanted: Pattern, found: re.Match[str], new: str) -> str:
    def group(reference: re.Match[str]) -> str:
        name = reference[1] or reference[2]
        if name is None:
            return "$"
        if name.isdecimal():
            return (found[int(name)] or "") if int(name) < len(wanted.names) else ""
        matched = (found[at] for at, known in enumerate(wanted.names) if known == name)
        return next((text for text in matched if text is not None), "")

    return _REFERENCE.sub(group, new)


@function("regex", _PATTERN, _STRING)
def _regex(wanted: str, text: str) -> Value:
    compiled = _either_named_or_not(wanted)
    found = compiled.compiled.search(text)
    if found is None:
        raise FunctionError("pattern did not match any part of the given string")
    return _captured(compiled, found)


@function("regexall", _PATTERN, _STRING, gives="list(any)")
def _regexall(wanted: str, text: str) -> Value:
    compiled = _either_named_or_not(wanted)
    return tuple(_captured(compiled, found) for found in compiled.every(text))


def _either_named_or_not(text: str) -> Pattern:
    found = pattern(text, 0)
    if len({name is None for name in found.names[1:]}) > 1:
        raise FunctionError("invalid regexp pattern: cannot mix both named and unnamed capture groups", 0)
    return found


def _captured(wanted: Pattern, found: re.Match[str]) -> Any:
    names = wanted.names[1:]
    if not names:
        return found[0]
    if names[0] is None:
        return found.groups()
    return dict(zip(names, found.groups(), strict=True))
