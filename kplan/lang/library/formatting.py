"""`format`: Go's verbs as Terraform has them."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from kplan.lang.constraints import BOOL, NUMBER, STRING, Type
from kplan.lang.library.conversions import to_json
from kplan.lang.precision import PRECISION, in_full, negated, precise
from kplan.lang.problems import FunctionError
from kplan.lang.types import ConversionError, convert
from kplan.sdk.values import number_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kplan.sdk.values import Value

_VERB: Final = re.compile(r"%([#+\-0 ]*)([0-9]+)?(?:\.([0-9]*))?(?:\[([0-9]+)\])?(.?)", re.DOTALL)
_WHOLE: Final = {"d": "d", "b": "b", "o": "o", "x": "x", "X": "X"}
_PREFIXES: Final = {"b": "0b", "o": "0", "x": "0x", "X": "0X"}
_LEAST_WIDE: Final = 6  # digits before the point from which %g writes an exponent
_FRACTIONAL: Final = "eEfFgG"
_WIDEST: Final = 10_000


class _Verb(NamedTuple):
    flags: str
    width: int
    precision: int | None
    letter: str
    text: str
    at: int

    def padded(self, text: str) -> str:
        if "-" in self.flags:
            return text.ljust(self.width)
        return text.rjust(self.width, "0" if "0" in self.flags else " ")


def formatted(template: str, arguments: Sequence[Value]) -> str:
    """Fill a template. Raises FunctionError."""
    parts: list[str] = []
    at = 0
    place = 0
    used = 0
    for found in _VERB.finditer(template):
        parts.append(template[at : found.start()])
        at = found.end()
        verb = _verb(found)
        if verb.letter == "%":
            parts.append("%")
            continue
        place = int(found[4]) if found[4] else place + 1
        used = max(used, place)
        if not 0 < place <= len(arguments):
            raise FunctionError(
                f'not enough arguments for "{verb.text}" at {verb.at}: need index {place} but have {len(arguments)} '
                "total"
            )
        parts.append(_one(verb, arguments[place - 1]))
    if used < len(arguments):
        raise FunctionError(f"too many arguments; only {used} used by format string", used + 1)
    parts.append(template[at:])
    return "".join(parts)


def _verb(found: re.Match[str]) -> _Verb:
    flags, width, precision, _, letter = found.groups()
    if not letter:
        raise FunctionError("unexpected end of the format string after a percent sign")
    if letter not in f"%vsqtdboxX{_FRACTIONAL}":
        raise FunctionError(f"unsupported format verb '{letter}' in \"{found[0]}\" at offset {found.start()}")
    if int(width or 0) > _WIDEST or int(precision or 0) > _WIDEST:
        raise FunctionError(f'the width in "{found[0]}" is too large')
    points = None if precision is None else int(precision or 0)
    return _Verb(flags, int(width or 0), points, letter, found[0], found.start())


def _one(verb: _Verb, value: Value) -> str:
    letter = verb.letter
    if letter == "v":
        return _value(verb, value)
    if letter == "t":
        return "true" if _needed(verb, value, BOOL) else "false"  # Terraform heeds no width here
    if letter in "sq":
        text = "null" if value is None else _needed(verb, value, STRING)
        if letter == "q":
            return verb.padded("null" if value is None else to_json(text))
        return verb.padded(text if verb.precision is None else text[: verb.precision])
    number = _needed(verb, value, NUMBER)
    if letter in _WHOLE:
        if isinstance(number, Decimal):
            raise _unsupported(verb, "an integer is required")
        digits = f"{abs(number):{_WHOLE[letter]}}".zfill(verb.precision or 0)
        return _number(verb, _PREFIXES.get(letter, "") + digits if "#" in verb.flags else digits, number < 0)
    return _number(verb, _fractional(verb, in_full(number).copy_abs()), number < 0)


def _value(verb: _Verb, value: Value) -> str:
    if "#" in verb.flags or value is None:
        return verb.padded(to_json(value))
    if isinstance(value, bool):
        return verb.padded("true" if value else "false")
    if isinstance(value, (int, Decimal)):
        return _number(verb, convert(negated(value) if value < 0 else value, STRING), value < 0)
    if isinstance(value, str):
        return verb.padded(value if verb.precision is None else value[: verb.precision])
    return verb.padded(to_json(value))


def _fractional(verb: _Verb, number: Decimal) -> str:
    """Write a number that isn't negative, every digit of it given."""
    precision = 6 if verb.precision is None else verb.precision
    if verb.letter in "fF":
        return f"{number:.{precision}f}"
    if verb.letter in "eE":
        return _scientific(number, precision + 1, verb.letter)
    short = Decimal(precise(number)) if verb.precision is None else number
    wanted = len(short.as_tuple().digits) if verb.precision is None else max(precision, 1)
    kept = PRECISION.plus(short) if verb.precision is None else Context(prec=wanted).plus(number)
    exponent = kept.adjusted() if kept else 0
    if -4 <= exponent < (_LEAST_WIDE if verb.precision is None else wanted):
        return number_text(precise(kept))
    digits = len(PRECISION.normalize(kept).as_tuple().digits)
    return _scientific(kept, digits, "E" if verb.letter == "G" else "e")


def _scientific(number: Decimal, digits: int, letter: str) -> str:
    """Write with one digit before the point and an exponent of two or more."""
    kept = Context(prec=digits).plus(number)
    written = "".join(map(str, kept.as_tuple().digits)).ljust(digits, "0")[:digits]
    point = f".{written[1:]}" if digits > 1 else ""
    return f"{written[0]}{point}{letter}{kept.adjusted() if kept else 0:+03d}"


def _number(verb: _Verb, digits: str, negative: bool) -> str:
    sign = "-" if negative else "+" if "+" in verb.flags else " " if " " in verb.flags else ""
    if "0" in verb.flags and "-" not in verb.flags:
        return sign + digits.zfill(verb.width - len(sign))
    return verb.padded(sign + digits)


def _needed(verb: _Verb, value: Value, wanted: Type) -> Value:
    if value is None:
        raise _unsupported(verb, "a null value can't be formatted so")
    try:
        return convert(value, wanted)
    except ConversionError as problem:
        raise _unsupported(verb, problem.reason) from None


def _unsupported(verb: _Verb, reason: str) -> FunctionError:
    return FunctionError(f'unsupported value for "{verb.text}" at {verb.at}: {reason}')
