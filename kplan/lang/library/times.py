"""Times as RFC 3339 writes them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final, NamedTuple

from kplan.lang.constraints import STRING
from kplan.lang.functions import Parameter, function
from kplan.lang.problems import FunctionError

if TYPE_CHECKING:
    from kplan.lang.functions import Surroundings

_TIME: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(Z|([-+])([0-9]{2}):([0-9]{2}))\Z"
)
_VERBS: Final = re.compile(r"'((?:[^']|'')*)'|(')|([A-Za-z])\3*|[^A-Za-z']+")
_QUANTITY: Final = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)([^0-9.]*)")
_UNITS: Final = {
    "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000,
    "s": 1_000_000_000, "m": 60_000_000_000, "h": 3_600_000_000_000,
}  # fmt: skip
_LONGEST: Final = 2**63  # nanoseconds
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_WRITINGS: Final = {
    "Y": "the year is YY or YYYY",
    "M": "the month is M, MM, MMM or MMMM",
    "D": "the day is D or DD",
    "E": "the day of the week is EEE or EEEE",
    "h": "the hour of 24 is h or hh",
    "H": "the hour of 12 is H or HH",
    "A": "the half of the day is AA",
    "a": "the half of the day is aa",
    "m": "the minute is m or mm",
    "s": "the second is s or ss",
    "Z": "the offset is Z, ZZZ, ZZZZ or ZZZZZ",
}


class _Time(NamedTuple):
    """A time to the second in its own zone, and the nanoseconds beyond."""

    at: datetime
    nanoseconds: int


@function("timestamp", gives="string", outside=True)
def _timestamp(surroundings: Surroundings | None) -> str:
    return _began(surroundings)


@function("plantimestamp", gives="string", outside=True)
def _plantimestamp(surroundings: Surroundings | None) -> str:
    return _began(surroundings)


def _began(surroundings: Surroundings | None) -> str:
    if surroundings is None:
        raise FunctionError("the time can't be told here")
    return surroundings.began


@function("timeadd", Parameter("timestamp", STRING), Parameter("duration", STRING), gives="string")
def _timeadd(timestamp: str, duration: str) -> str:
    start = _read(timestamp, 0)
    seconds, _ = divmod(start.nanoseconds + _nanoseconds(duration), 1_000_000_000)
    try:
        return _written(start.at + timedelta(seconds=seconds))
    except OverflowError:
        raise FunctionError("the result is not between the years 1 and 9999", 1) from None


@function("timecmp", Parameter("timestamp_a", STRING), Parameter("timestamp_b", STRING), gives="number")
def _timecmp(first: str, second: str) -> int:
    one, other = _read(first, 0), _read(second, 1)
    return (one > other) - (one < other)


@function("formatdate", Parameter("format", STRING), Parameter("time", STRING), gives="string")
def _formatdate(template: str, time: str) -> str:
    at = _read(time, 1).at
    parts: list[str] = []
    for found in _VERBS.finditer(template):
        if found[2]:
            raise FunctionError("a quote (') is never closed", 0)
        if found[1] is not None:
            parts.append(found[1].replace("''", "'"))
        elif found[3]:
            parts.append(_verb(found[0], at))
        else:
            parts.append(found[0])
    return "".join(parts)


def _verb(verb: str, at: datetime) -> str:
    hour = at.hour % 12 or 12
    half = "AM" if at.hour < 12 else "PM"
    made = {
        "YYYY": f"{at.year:04}", "YY": f"{at.year % 100:02}",
        "M": f"{at.month}", "MM": f"{at.month:02}", "MMM": _MONTHS[at.month - 1][:3], "MMMM": _MONTHS[at.month - 1],
        "D": f"{at.day}", "DD": f"{at.day:02}",
        "EEE": _DAYS[at.weekday()][:3], "EEEE": _DAYS[at.weekday()],
        "h": f"{at.hour}", "hh": f"{at.hour:02}", "H": f"{hour}", "HH": f"{hour:02}",
        "AA": half, "aa": half.lower(),
        "m": f"{at.minute}", "mm": f"{at.minute:02}", "s": f"{at.second}", "ss": f"{at.second:02}",
        "Z": _offset(at, ":", "Z"), "ZZZ": _offset(at, "", "UTC"), "ZZZZ": _offset(at, ""), "ZZZZZ": _offset(at, ":"),
    }.get(verb)  # fmt: skip
    if made is None:
        known = _WRITINGS.get(verb[0])
        raise FunctionError(
            f'there is no date format verb "{verb}": '
            + (known or "letters that stand for themselves are put in single quotes ('T')"),
            0,
        )
    return made


def _offset(at: datetime, between: str, utc: str = "") -> str:
    minutes = (at.utcoffset() or timedelta()) // timedelta(minutes=1)
    if utc and not minutes:
        return utc
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{between}{abs(minutes) % 60:02}"


def _written(at: datetime) -> str:
    return f"{at.year:04}-{at:%m-%dT%H:%M:%S}{_offset(at, ':', 'Z')}"


def _read(text: str, position: int) -> _Time:
    found = _TIME.match(text)
    if found is None:
        raise FunctionError(
            f'"{text}" is not an RFC 3339 timestamp, such as "2024-01-31T12:00:00Z"', position
        )
    try:
        minutes = int(found[10]) * 60 + int(found[11]) if found[9] else 0
        if found[9] and int(found[11]) > 59:
            raise ValueError("offset minute must be in 0..59")
        zone = timezone(timedelta(minutes=-minutes if found[9] == "-" else minutes))
        at = datetime(*map(int, found.group(1, 2, 3, 4, 5, 6)), tzinfo=zone)  # type: ignore[arg-type,misc]
    except ValueError:
        raise FunctionError(f'there is no such time as "{text}"', position) from None
    return _Time(at, int((found[7] or "").ljust(9, "0")[:9]))


def _nanoseconds(text: str) -> int:
    """Read a duration as Go writes it: "1h30m", "-1.5s"."""
    rest = text[1:] if text[:1] in {"-", "+"} else text
    if rest == "0":
        return 0
    total = 0
    at = 0
    while at < len(rest) or not rest:
        found = _QUANTITY.match(rest, at)
        if found is None:
            raise FunctionError(f'"{text}" is no duration; write one such as "1h30m"', 1)
        if not found[2]:
            raise FunctionError(f'"{text}" has no unit; use h, m, s, ms, us or ns', 1)
        if found[2] not in _UNITS:
            hint = "; a day is 24h" if found[2] == "d" else ""
            raise FunctionError(
                f'"{found[2]}" is no unit of a duration here; use h, m, s, ms, us or ns{hint}', 1
            )
        whole, _, fraction = found[1].partition(".")
        total += int(whole or 0) * _UNITS[found[2]]
        total += int(fraction or 0) * _UNITS[found[2]] // 10 ** len(fraction)
        at = found.end()
    if total >= _LONGEST:
        raise FunctionError(f'"{text}" is too long a time', 1)
    return -total if text[0] == "-" else total
