"""Durations and sizes as Kafka counts them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from kplan.lang.constraints import ANY
from kplan.lang.functions import Parameter, function
from kplan.lang.problems import FunctionError

if TYPE_CHECKING:
    from kplan.sdk.values import Value

_MS: Final = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_BYTES: Final = {
    "B": 1,
    **{f"{letter}B": 1000**power for power, letter in enumerate("KMGTP", 1)},
    **{f"{letter}iB": 1024**power for power, letter in enumerate("KMGTP", 1)},
}
_QUANTITY: Final = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)")


@function("duration", Parameter("duration", ANY), gives="number")
def _duration(given: Value) -> int:
    return milliseconds(given)


@function("size", Parameter("size", ANY), gives="number")
def _size(given: Value) -> int:
    return size_in_bytes(given)


def milliseconds(given: Value) -> int:
    """Read a duration such as "7d" or "1h30m". Raises FunctionError."""
    return _amount(given, _MS, "duration", '"7d"', "milliseconds")


def size_in_bytes(given: Value) -> int:
    """Read a size such as "1GiB". Raises FunctionError."""
    return _amount(given, {**_BYTES, "kB": 1000}, "size", '"1GiB"', "bytes")


def _amount(given: Value, units: dict[str, int], what: str, example: str, smallest: str) -> int:
    if not isinstance(given, str):
        raise FunctionError(f"a {what} is a quoted number with a unit, such as {example}", 0)
    total = Decimal(0)
    written = given.strip()
    at = 0
    while at < len(written) or not at:
        found = _QUANTITY.match(written, at)
        if found is None:
            raise FunctionError(_unreadable(given, units, what, example), 0)
        scale = units.get(found[2])
        if scale is None:
            raise FunctionError(_unknown_unit(found[2], units, what), 0)
        total += Decimal(found[1]) * scale
        at = found.end()
    if total != total.to_integral_value():
        raise FunctionError(f'"{given}" is no whole number of {smallest}', 0)
    return int(total)


def _unreadable(given: str, units: dict[str, int], what: str, example: str) -> str:
    if given.strip().isdecimal():
        return f'"{given}" has no unit; a {what}\'s unit is one of {_listed(units)}'
    return f'"{given}" is no {what}; write a number with a unit, such as {example}'


def _unknown_unit(unit: str, units: dict[str, int], what: str) -> str:
    alike = next((known for known in units if known.lower() == unit.lower()), None)
    hint = f'; did you mean "{alike}"?' if alike else f"; use one of {_listed(units)}"
    return f'"{unit}" is no unit of a {what}{hint}'


def _listed(units: dict[str, int]) -> str:
    return ", ".join(units)
