"""Regular expressions: what Python's and RE2's (which Terraform uses) have in common, the rest refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from kplan.lang.constraints import STRING
from kplan.lang.functions import Parameter, function
from kplan.lang.problems import FunctionError

if TYPE_CHECKING:
    from kplan.sdk.values import Value

_ONLY_PYTHON: Final = re.compile(r"(?<!\\)(?:\\\\)*(?:\(\?(?:<?[=!]|\(|P=)|\\[1-9])")
_REFERENCE: Final = re.compile(r"\$(?:\$|(\w+)|\{(\w+)\})")
_PATTERN: Final = Parameter("pattern", STRING)
_STRING: Final = Parameter("string", STRING)


def _compiled(pattern: str, position: int) -> re.Pattern[str]:
    if _ONLY_PYTHON.search(pattern):
        raise FunctionError("look-around and back-references are not supported in patterns", position)
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as problem:
        raise FunctionError(f"invalid regexp pattern: {problem}", position) from None


def replaced(text: str, pattern: str, new: str) -> str:
    """Replace what a pattern matches; `$1` or `${name}` in the new text is what a group matched."""
    compiled = _compiled(pattern, 1)

    def filled(found: re.Match[str]) -> str:
        def group(reference: re.Match[str]) -> str:
            name = reference[1] or reference[2]
            if name is None:
                return "$"
            if name.isdecimal():
                return (found[int(name)] or "") if int(name) <= compiled.groups else ""
            return (found[name] or "") if name in compiled.groupindex else ""

        return _REFERENCE.sub(group, new)

    return compiled.sub(filled, text)


@function("regex", _PATTERN, _STRING)
def _regex(pattern: str, text: str) -> Value:
    compiled = _compiled(pattern, 0)
    found = compiled.search(text)
    if found is None:
        raise FunctionError("pattern did not match any part of the given string")
    return _captured(compiled, found)


@function("regexall", _PATTERN, _STRING, gives="list(any)")
def _regexall(pattern: str, text: str) -> Value:
    compiled = _compiled(pattern, 0)
    return tuple(_captured(compiled, found) for found in compiled.finditer(text))


def _captured(compiled: re.Pattern[str], found: re.Match[str]) -> Any:
    if not compiled.groups:
        return found[0]
    if not compiled.groupindex:
        return found.groups()
    if len(compiled.groupindex) != compiled.groups:
        raise FunctionError("invalid regexp pattern: cannot mix both named and unnamed capture groups", 0)
    return found.groupdict()
