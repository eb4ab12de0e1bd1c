"""Numeric functions."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any, Final

from kplan.lang.constraints import BOOL, NUMBER, STRING
from kplan.lang.functions import Parameter, function
from kplan.lang.operators import binary
from kplan.lang.precision import negated
from kplan.lang.problems import FunctionError

if TYPE_CHECKING:
    from kplan.sdk.values import Value

_NUM: Final = Parameter("num", NUMBER)
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
    return (num > 0) - (num < 0)


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


@function("alltrue", Parameter("list", ("list", BOOL)), gives="bool")
def _alltrue(items: tuple[bool | None, ...]) -> bool:
    return all(items)


@function("anytrue", Parameter("list", ("list", BOOL)), gives="bool")
def _anytrue(items: tuple[bool | None, ...]) -> bool:
    return any(items)


@function("parseint", Parameter("number", STRING), Parameter("base", NUMBER), gives="number")
def _parseint(text: str, base: Number) -> int:
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
