"""Numbers as precise as Terraform's: a binary mantissa of 512 bits, written as the shortest decimal that means it.

A Decimal stands for the binary number nearest to it. One that has up to 153 digits is the shortest for its binary
number already, so that reading what people write costs nothing; only results are brought into form. Whole numbers
are exact at any size.
"""

from __future__ import annotations

from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from fractions import Fraction
from typing import Final

PRECISION: Final = Context(
    prec=4000, Emin=-100_000, Emax=100_000, traps=[InvalidOperation, DivisionByZero, Overflow]
)  # enough for any number here with every digit of its binary form
_BITS: Final = 512
_ROUND_TRIP: Final = 153  # decimal digits that any mantissa of 512 bits tells apart
_LARGEST: Final = 400  # digits before the point, or zeros after it


def precise(given: str | Decimal) -> int | Decimal:
    """Read a number: integral ones are int, others Decimal without trailing zeros. ValueError if it is none."""
    try:
        value = Decimal(given)
    except ArithmeticError:
        raise ValueError(f"{given!r} is not a number") from None
    if not value.is_finite() or (abs(value.adjusted()) > _LARGEST and value):
        raise ValueError(f"{given!r} is not a number")
    if value == value.to_integral_value():
        return int(value)
    if len(value.as_tuple().digits) > _ROUND_TRIP:
        return shortest(Fraction(value))
    return PRECISION.normalize(value)


def negated(value: int | Decimal) -> int | Decimal:
    """Negate without rounding to Python's own 28 digits."""
    return value.copy_negate() if isinstance(value, Decimal) else -value


def binary(value: int | Decimal) -> Fraction:
    """Give the binary number that a number stands for."""
    if isinstance(value, int):
        return Fraction(value)
    mantissa, exponent = _rounded(Fraction(value), _BITS)
    return Fraction(mantissa) * Fraction(2) ** exponent


def in_full(value: int | Decimal) -> Decimal:
    """Give every digit of the binary number that a number stands for."""
    exact = binary(value)
    return PRECISION.divide(Decimal(exact.numerator), Decimal(exact.denominator))


def shortest(value: Fraction, bits: int = _BITS) -> int | Decimal:
    """Round to a mantissa of so many bits and give the shortest decimal that means the result.

    ValueError if it is too large or too small.
    """
    if not value:
        return 0
    mantissa, exponent = _rounded(abs(value), bits)
    # All in units of 10**-places, in which the number and the ends of what rounds to it are whole.
    places = max(1 - exponent, 0)
    unit = 10**places
    middle = int(mantissa * unit * Fraction(2) ** exponent)
    reach = int(unit * Fraction(2) ** (exponent - 1))
    digits, scale = _fewest_digits(middle, reach, inclusive=mantissa % 2 == 0)
    made = Decimal(digits if value > 0 else -digits).scaleb(scale - places, PRECISION)
    if abs(made.adjusted()) > _LARGEST:
        raise ValueError("the number is too large or too small")
    return int(made) if made == made.to_integral_value() else PRECISION.normalize(made)


def _rounded(value: Fraction, bits: int) -> tuple[int, int]:
    """Round to a mantissa of so many bits and a power of two, ties to even."""
    numerator, denominator = abs(value.numerator), value.denominator
    shift = bits + 2 - (numerator.bit_length() - denominator.bit_length())
    if shift >= 0:
        whole, rest = divmod(numerator << shift, denominator)
    else:
        whole, rest = divmod(numerator, denominator << -shift)
    extra = whole.bit_length() - bits
    kept, dropped = whole >> extra, whole & ((1 << extra) - 1)
    half = 1 << (extra - 1)
    if dropped > half or (dropped == half and (rest or kept % 2)):
        kept += 1
    if kept.bit_length() > bits:
        kept >>= 1
        extra += 1
    return (-kept if value < 0 else kept), extra - shift


def _fewest_digits(middle: int, reach: int, *, inclusive: bool) -> tuple[int, int]:
    """Find the number with the fewest digits within reach of the middle, nearest to it: digits and power of ten."""
    low, high = (middle - reach, middle + reach) if inclusive else (middle - reach + 1, middle + reach - 1)
    scale = len(str(2 * reach))
    while True:
        unit = 10**scale
        below = middle // unit
        found = [digits for digits in (below, below + 1) if low <= digits * unit <= high]
        if found:
            return min(found, key=lambda digits: abs(digits * unit - middle)), scale
        scale -= 1
