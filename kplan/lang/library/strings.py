"""Functions on strings."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from kplan.lang.constraints import NUMBER, STRING
from kplan.lang.functions import Parameter, function
from kplan.lang.library.formatting import formatted
from kplan.lang.library.patterns import replaced
from kplan.lang.problems import FunctionError
from kplan.sdk.values import type_name

if TYPE_CHECKING:
    from kplan.sdk.values import Value

_STR: Final = Parameter("str", STRING)
_FORMAT: Final = Parameter("format", STRING)
_ARGUMENTS: Final = Parameter("args", null=True)
_STRINGS: Final = ("list", STRING)

Items = tuple[Any, ...]


@function("format", _FORMAT, rest=_ARGUMENTS, gives="string")
def _format(template: str, *arguments: Value) -> str:
    return formatted(template, arguments)


@function("formatlist", _FORMAT, rest=_ARGUMENTS, gives="list(string)")
def _formatlist(template: str, *arguments: Value) -> Value:
    lists = {position: one for position, one in enumerate(arguments) if isinstance(one, tuple)}
    if not lists:
        return (formatted(template, arguments),)
    first, count = next((position, len(one)) for position, one in lists.items())
    for position, one in lists.items():
        if len(one) != count:
            raise FunctionError(
                f"argument {position + 1} has length {len(one)}, which is inconsistent with argument {first + 1} of "
                f"length {count}",
                position + 1,
            )
    rows = (
        [lists[position][at] if position in lists else one for position, one in enumerate(arguments)]
        for at in range(count)
    )
    return tuple(formatted(template, row) for row in rows)


@function("join", Parameter("separator", STRING), rest=Parameter("lists", _STRINGS), gives="string")
def _join(separator: str, *lists: Items) -> str:
    if not lists:
        raise FunctionError("at least one list is required")
    for position, one in enumerate(lists, 1):
        if None in one:
            raise FunctionError(
                f"element {one.index(None)} is null; cannot concatenate null values", position
            )
    return separator.join(item for one in lists for item in one)


@function("split", Parameter("separator", STRING), _STR, gives="list(string)")
def _split(separator: str, text: str) -> Value:
    return tuple(text.split(separator)) if separator else tuple(text)


@function("replace", _STR, Parameter("substr", STRING), Parameter("replace", STRING), gives="string")
def _replace(text: str, old: str, new: str) -> str:
    if len(old) > 1 and old[0] == old[-1] == "/":
        return replaced(text, old[1:-1], new)
    return text.replace(old, new)


@function("lower", _STR, gives="string")
def _lower(text: str) -> str:
    return text.lower()


@function("upper", _STR, gives="string")
def _upper(text: str) -> str:
    return text.upper()


@function("title", _STR, gives="string")
def _title(text: str) -> str:
    return "".join(
        letter.title() if letter.isalpha() and not (before.isalnum() or before == "_") else letter
        for before, letter in zip(f" {text}", text, strict=False)
    )


@function("strrev", _STR, gives="string")
def _strrev(text: str) -> str:
    return text[::-1]


@function("trimspace", _STR, gives="string")
def _trimspace(text: str) -> str:
    return text.strip()


@function("trim", _STR, Parameter("cutset", STRING), gives="string")
def _trim(text: str, letters: str) -> str:
    return text.strip(letters) if letters else text


@function("chomp", _STR, gives="string")
def _chomp(text: str) -> str:
    return text.rstrip("\r\n")


@function("trimprefix", _STR, Parameter("prefix", STRING), gives="string")
def _trimprefix(text: str, prefix: str) -> str:
    return text.removeprefix(prefix)


@function("trimsuffix", _STR, Parameter("suffix", STRING), gives="string")
def _trimsuffix(text: str, suffix: str) -> str:
    return text.removesuffix(suffix)


@function("startswith", _STR, Parameter("prefix", STRING), gives="bool")
def _startswith(text: str, prefix: str) -> bool:
    return text.startswith(prefix)


@function("endswith", _STR, Parameter("suffix", STRING), gives="bool")
def _endswith(text: str, suffix: str) -> bool:
    return text.endswith(suffix)


@function("strcontains", _STR, Parameter("substr", STRING), gives="bool")
def _strcontains(text: str, part: str) -> bool:
    return part in text


@function("substr", _STR, Parameter("offset", NUMBER), Parameter("length", NUMBER), gives="string")
def _substr(text: str, offset: int | Decimal, length: int | Decimal) -> str:
    for position, given in enumerate((offset, length), 1):
        if isinstance(given, Decimal):
            raise FunctionError(f"a whole number is required, and this is a {type_name(given)}", position)
    start = int(offset) if offset >= 0 else max(len(text) + int(offset), 0)
    return text[start:] if length < 0 else text[start : start + int(length)]


@function("indent", Parameter("spaces", NUMBER), _STR, gives="string")
def _indent(spaces: int | Decimal, text: str) -> str:
    if not 0 <= spaces <= 1000:  # more is a mistake and costs memory
        raise FunctionError("must be between 0 and 1000", 0)
    return text.replace("\n", "\n" + " " * int(spaces))
