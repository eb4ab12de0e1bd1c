"""Numeric functions."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from math import isfinite, log
from typing import TYPE_CHECKING, Any, Final

from kplan.lang.constraints import BOOL, NUMBER
from kplan.lang.functions import Marks, Parameter, function
from kplan.lang.library.whole import whole
from kplan.lang.operators import binary
from kplan.lang.precision import negated, shortest
from kplan.lang.problems import FunctionError
from kplan.sdk.values import SECRET, UNKNOWN, Secret, Unknown, marks, reveal, type_name, unknown_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from kplan.sdk.values import Value

_NUM: Final = Parameter("num", NUMBER)
_BOOLS: Final = Parameter("list", ("list", BOOL))
_DOUBLE: Final = 53  # bits of a float's mantissa
_LARGEST_BASE: Final = 62
_LONGEST: Final = 400  # digits
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

Number = int | Decimal


@function("min", rest=Parameter("numbers", NUMBER), gives="number")
def _min(*numbers: Any) -> Any:
    if not numbers:
        raise FunctionError("must pass at least one number")
    return min(numbers)


@function("max", rest=Parameter("numbers", NUMBER), gives="number")
def _max(*numbers: Any) -> Any:
    if not numbers:
        raise FunctionError("must pass at least one number")
    return max(numbers)


@function("floor", _NUM, gives="number")
def _floor(num: Number) -> int:
    return int(Decimal(num).to_integral_value(ROUND_FLOOR))


@function("ceil", _NUM, gives="number")
def _ceil(num: Number) -> int:
    return int(Decimal(num).to_integral_value(ROUND_CEILING))


@function("abs", _NUM, gives="number")
def _abs(num: Number) -> Number:
    return negated(num) if num < 0 else num


@function("signum", _NUM, gives="number")
def _signum(num: Number) -> int:
    num = whole(num, 0)
    return (num > 0) - (num < 0)


@function("pow", _NUM, Parameter("power", NUMBER), gives="number")
def _pow(num: Number, power: Number) -> Number:
    return _as_float(lambda: float(num) ** float(power), "the power is no number, or too large a one")


@function("log", _NUM, Parameter("base", NUMBER), gives="number")
def _log(num: Number, base: Number) -> Number:
    return _as_float(lambda: log(num) / log(base), "there is no such logarithm")


def _as_float(work: Callable[[], float | complex], refusal: str) -> Number:
    """Compute with 64 bits, as Terraform does here too. What is no number is refused."""
    try:
        made = work()
        if isinstance(made, complex) or not isfinite(made):
            raise FunctionError(refusal)
        return shortest(Fraction(made), _DOUBLE)
    except (ArithmeticError, ValueError):
        raise FunctionError(refusal) from None


@function("sum", Parameter("list", ("list", NUMBER)), gives="number")
def _sum(items: tuple[Number | None, ...]) -> Value:
    if not items:
        raise FunctionError("cannot sum an empty list", 0)
    total: Value = 0
    for item in items:
        if item is None:
            raise FunctionError("argument must be list, set, or tuple of number values", 0)
        total = binary("+", total, item)
    return total


@function("alltrue", _BOOLS, gives="bool", takes=Marks.ELEMENTS)
def _alltrue(items: tuple[Value, ...]) -> Value:
    return _decided(items, decides=lambda item: not item, otherwise=True)


@function("anytrue", _BOOLS, gives="bool", takes=Marks.ELEMENTS)
def _anytrue(items: tuple[Value, ...]) -> Value:
    return _decided(items, decides=lambda item: item is True, otherwise=False)


def _decided(items: tuple[Value, ...], *, decides: Callable[[Value], bool], otherwise: bool) -> Value:
    """Tell whether any item decides; if none does, one that is unknown may yet."""
    held = marks(items)
    plain = reveal(items)
    if any(not isinstance(item, Unknown) and decides(item) for item in plain):
        result: Value = not otherwise
    else:
        result = Unknown("bool", unknown_by(plain)) if held & UNKNOWN else otherwise
    return Secret(result) if held & SECRET else result


@function("parseint", Parameter("number"), Parameter("base", NUMBER), gives="number")
def _parseint(text: Value, base: Number) -> int:
    if not isinstance(text, str):
        raise FunctionError(f"a string is required, and this is a {type_name(text)}", 0)
    if not isinstance(base, int) or not 2 <= base <= _LARGEST_BASE:
        raise FunctionError("base must be a whole number between 2 and 62 inclusive", 1)
    digits = text[1:] if text[:1] in {"-", "+"} else text
    if base <= 36:  # up to here the case of letters means nothing
        digits = digits.lower()
    values = [_DIGITS.find(digit) for digit in digits]
    if not 0 < len(values) <= _LONGEST or not all(0 <= value < base for value in values):
        raise FunctionError(f'cannot parse "{text}" as a base {base} integer', 0)
    total = 0
    for value in values:
        total = total * base + value
    return -total if text[0] == "-" else total
