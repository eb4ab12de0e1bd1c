"""Functions on strings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from unicodedata import normalize

from kplan.lang.constraints import NUMBER, STRING
from kplan.lang.functions import Marks, Parameter, function
from kplan.lang.library.characters import characters, lower, titled, upper
from kplan.lang.library.formatting import formatted
from kplan.lang.library.patterns import replaced
from kplan.lang.library.whole import whole
from kplan.lang.problems import FunctionError
from kplan.sdk.values import SECRET, UNKNOWN, Secret, Unknown, make_list, marks_in, reveal, unknown_by

if TYPE_CHECKING:
    from decimal import Decimal

    from kplan.sdk.values import Value

_STR: Final = Parameter("str", STRING)
_FORMAT: Final = Parameter("format", STRING)
_ARGUMENTS: Final = Parameter("args", null=True)
_STRINGS: Final = ("list", STRING)
_SPACES: Final = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

Items = tuple[Any, ...]


@function("format", _FORMAT, rest=_ARGUMENTS, gives="string")
def _format(template: str, *arguments: Value) -> str:
    return formatted(template, arguments)


@function("formatlist", _FORMAT, rest=_ARGUMENTS, gives="list(string)", takes=Marks.ELEMENTS)
def _formatlist(template: str, *given: Value) -> Value:
    held = marks_in(given)
    arguments = [reveal(one) for one in given]
    lists = {position: one for position, one in enumerate(arguments) if isinstance(one, tuple)}
    result = make_list(
        Unknown("string", unknown_by(make_list(row))) if marks_in(row) & UNKNOWN else formatted(template, row)
        for row in _rows(arguments, lists)
    )
    return Secret(result) if held & SECRET else result


def _rows(arguments: list[Value], lists: dict[int, Items]) -> list[list[Value]]:
    if not lists:
        return [arguments]
    first, count = next((position, len(one)) for position, one in lists.items())
    for position, one in lists.items():
        if len(one) != count:
            raise FunctionError(
                f"argument {position + 1} has length {len(one)}, which is inconsistent with argument {first + 1} of "
                f"length {count}",
                position + 1,
            )
        if None in one:
            raise FunctionError(f"element {one.index(None)} is null, which can't be formatted", position + 1)
    return [
        [lists[position][at] if position in lists else one for position, one in enumerate(arguments)]
        for at in range(count)
    ]


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
    if separator:
        return tuple(text.split(separator))
    return tuple(text if text.isascii() else normalize("NFC", text))


@function("replace", _STR, Parameter("substr", STRING), Parameter("replace", STRING), gives="string")
def _replace(text: str, old: str, new: str) -> str:
    if len(old) > 1 and old[0] == old[-1] == "/":
        return replaced(text, old[1:-1], new)
    return text.replace(old, new)


@function("lower", _STR, gives="string")
def _lower(text: str) -> str:
    return lower(text)


@function("upper", _STR, gives="string")
def _upper(text: str) -> str:
    return upper(text)


@function("title", _STR, gives="string")
def _title(text: str) -> str:
    return "".join(
        titled(letter) if _parts_words(before) else letter
        for before, letter in zip(f" {text}", text, strict=False)
    )


def _parts_words(letter: str) -> bool:
    return not (letter.isalnum() or letter == "_") if letter.isascii() else letter.isspace()


@function("strrev", _STR, gives="string")
def _strrev(text: str) -> str:
    return "".join(reversed(characters(text)))


@function("trimspace", _STR, gives="string")
def _trimspace(text: str) -> str:
    return text.strip(_SPACES)


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
    first, most = whole(offset, 1), whole(length, 2)
    letters = characters(text)
    start = first if first >= 0 else max(len(letters) + first, 0)
    return "".join(letters[start:] if most < 0 else letters[start : start + most])


@function("indent", Parameter("spaces", NUMBER), _STR, gives="string")
def _indent(spaces: int | Decimal, text: str) -> str:
    if not 0 <= whole(spaces, 0) <= 1000:  # more is a mistake and costs memory
        raise FunctionError("must be between 0 and 1000", 0)
    return text.replace("\n", "\n" + " " * int(spaces))
