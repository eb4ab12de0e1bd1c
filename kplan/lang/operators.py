"""Operators on values. Marks pass through: what is computed from a secret is one, from an unknown is unknown."""

from __future__ import annotations

from math import trunc
from typing import TYPE_CHECKING, Final

from kplan.lang.precision import binary as binary_of
from kplan.lang.precision import negated, shortest
from kplan.lang.types import BOOL, NUMBER, ConversionError, convert
from kplan.sdk.values import SECRET, UNKNOWN, Secret, Unknown, equal, marks, reveal, unknown_by

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal
    from fractions import Fraction

    from kplan.sdk.values import Value

_BEYOND: Final = 10**401  # the first number that can't be read either
_LOGICAL: Final = {"&&": False, "||": True}  # the value that decides alone
_ORDER: Final[dict[str, Callable[[Value, Value], bool]]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


class OperandError(Exception):
    """An operation on what it can't be done with; `side` is "left", "right" or ""."""

    def __init__(self, summary: str, detail: str, side: str = "") -> None:
        """Say what is wrong, and on which side."""
        super().__init__(detail)
        self.summary = summary
        self.detail = detail
        self.side = side


def decided(sign: str, left: Value) -> bool:
    """Tell whether a logical operator's left operand alone decides its result."""
    return sign in _LOGICAL and left is _LOGICAL[sign]


def binary(sign: str, left: Value, right: Value) -> Value:
    """Apply a binary operator. Raises OperandError."""
    held = marks(left) | marks(right)
    if not held:
        return _plain(sign, left, right)
    left, right = reveal(left), reveal(right)
    result = _unknown(sign, left, right) if held & UNKNOWN else _plain(sign, left, right)
    return Secret(result) if held & SECRET else result


def _unknown(sign: str, left: Value, right: Value) -> Value:
    by = tuple(dict.fromkeys((*unknown_by(left), *unknown_by(right))))
    if sign in {"==", "!="}:
        return Unknown("bool", by)
    wanted = BOOL if sign in _LOGICAL else NUMBER
    known = [
        _operand(side, value, wanted)
        for side, value in (("left", left), ("right", right))
        if not isinstance(value, Unknown) or _checked(side, value, wanted)
    ]
    if sign in _LOGICAL:
        return _LOGICAL[sign] if _LOGICAL[sign] in known else Unknown("bool", by)
    return Unknown("bool" if sign in _ORDER else "number", by)


def _checked(side: str, value: Unknown, wanted: tuple[str, ...]) -> bool:
    _operand(side, value, wanted)
    return False


def _plain(sign: str, left: Value, right: Value) -> Value:
    if sign == "==":
        return equal(left, right)
    if sign == "!=":
        return not equal(left, right)
    if sign in _LOGICAL:
        one, other = _operand("left", left, BOOL), _operand("right", right, BOOL)
        return (one and other) if sign == "&&" else (one or other)
    one, other = _operand("left", left, NUMBER), _operand("right", right, NUMBER)
    if sign in _ORDER:
        return _ORDER[sign](one, other)
    return _arithmetic(sign, one, other)


def _operand(side: str, value: Value, wanted: tuple[str, ...]) -> Value:
    if value is None:
        raise OperandError(
            "Operation failed", f"Error during operation: argument must not be null ({side} operand).", side
        )
    try:
        return convert(value, wanted)
    except ConversionError as problem:
        raise OperandError(
            "Invalid operand", f"Unsuitable value for {side} operand: {problem.reason}.", side
        ) from None


def _arithmetic(sign: str, left: int | Decimal, right: int | Decimal) -> int | Decimal:
    if sign in {"/", "%"} and not right:
        raise OperandError("Division by zero", "A number can't be divided by zero.", "right")
    try:
        if isinstance(left, int) and isinstance(right, int) and sign != "/":
            result = _whole(sign, left, right)
        else:
            return _fractional(sign, binary_of(left), binary_of(right))
    except (ArithmeticError, ValueError):
        raise OperandError("Operation failed", "The result is too large a number.") from None
    if not -_BEYOND < result < _BEYOND:
        raise OperandError("Operation failed", "The result is too large a number.")
    return result


def _fractional(sign: str, left: Fraction, right: Fraction) -> int | Decimal:
    match sign:
        case "+":
            return shortest(left + right)
        case "-":
            return shortest(left - right)
        case "*":
            return shortest(left * right)
        case "/":
            return shortest(left / right)
        case _:  # each step is rounded, as Terraform does it
            times = trunc(binary_of(shortest(left / right)))
            return shortest(left - binary_of(shortest(times * right)))


def _whole(sign: str, left: int, right: int) -> int:
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:  # the remainder has the sign of the dividend, unlike Python's
            return abs(left) % abs(right) if left >= 0 else -(abs(left) % abs(right))


def unary(sign: str, value: Value) -> Value:
    """Apply `!` or `-`. Raises OperandError."""
    held = marks(value)
    inner = reveal(value)
    wanted = BOOL if sign == "!" else NUMBER
    if inner is None:
        raise OperandError("Operation failed", "Error during operation: argument must not be null.")
    try:
        plain = convert(inner, wanted)
    except ConversionError as problem:
        raise OperandError(
            "Invalid operand", f"Unsuitable value for unary operand: {problem.reason}."
        ) from None
    result = plain if isinstance(plain, Unknown) else (not plain if sign == "!" else negated(plain))
    return Secret(result) if held & SECRET else result
