"""Numbers as precise as Terraform's: a mantissa of 512 bits is about 154 digits."""

from __future__ import annotations

from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Final

PRECISION: Final = Context(
    prec=154, Emin=-100_000, Emax=100_000, traps=[InvalidOperation, DivisionByZero, Overflow]
)
_LARGEST: Final = 400  # digits before the point, or zeros after it


def precise(given: str | Decimal) -> int | Decimal:
    """Read a number: integral ones are int, others Decimal without trailing zeros. ValueError if it is none."""
    try:
        value = Decimal(given)
    except ArithmeticError:
        raise ValueError(f"{given!r} is not a number") from None
    if not value.is_finite() or (abs(value.adjusted()) > _LARGEST and value):
        raise ValueError(f"{given!r} is not a number")
    return int(value) if value == value.to_integral_value() else PRECISION.normalize(value)


def negated(value: int | Decimal) -> int | Decimal:
    """Negate without rounding to Python's own 28 digits."""
    return value.copy_negate() if isinstance(value, Decimal) else -value
