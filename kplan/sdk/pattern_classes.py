"""Classes of signs as ranges of code points, as Java has them without flags."""

from __future__ import annotations

from typing import Final

Ranges = tuple[tuple[int, int], ...]
_LAST: Final = 0x10FFFF


def _of(*signs: str) -> Ranges:
    """Give ranges by their first and last signs: "az" is a to z."""
    return tuple((ord(one[0]), ord(one[-1])) for one in signs)


def but(ranges: Ranges) -> Ranges:
    """Give all signs but these."""
    found, after = [], 0
    for first, last in sorted(ranges):
        if first > after:
            found.append((after, first - 1))
        after = max(after, last + 1)
    if after <= _LAST:
        found.append((after, _LAST))
    return tuple(found)


def written(ranges: Ranges) -> str:
    """Write a class in Python's terms."""
    if not ranges:
        return "(?!)"
    other = but(ranges)
    if not other:
        return r"[\x00-\U0010ffff]"
    shorter = min((ranges, other), key=len)
    inside = "".join(
        _sign(first) if first == last else f"{_sign(first)}-{_sign(last)}" for first, last in shorter
    )
    return f"[{'^' if shorter is other else ''}{inside}]"


def _sign(code: int) -> str:
    sign = chr(code)
    return sign if sign.isascii() and sign.isalnum() else f"\\U{code:08x}"


ANY: Final = but(_of("\n", "\r", "\x85", "\u2028\u2029"))
LETTERS: Final = {
    "d": _of("09"),
    "w": _of("az", "AZ", "09", "_"),
    "s": _of("\t\r", " "),
    "h": _of(" ", "\t", "\xa0", "\u1680", "\u180e", "\u2000\u200a", "\u202f", "\u205f", "\u3000"),
    "v": _of("\n\r", "\x85", "\u2028\u2029"),
}
NAMED: Final = {
    "Lower": _of("az"),
    "Upper": _of("AZ"),
    "ASCII": _of("\0\x7f"),
    "Alpha": _of("az", "AZ"),
    "Digit": _of("09"),
    "Alnum": _of("az", "AZ", "09"),
    "Punct": _of("!/", ":@", "[`", "{~"),
    "Graph": _of("!~"),
    "Print": _of(" ~"),
    "Blank": _of(" ", "\t"),
    "Cntrl": _of("\0\x1f", "\x7f"),
    "XDigit": _of("09", "af", "AF"),
    "Space": _of("\t\r", " "),
}
