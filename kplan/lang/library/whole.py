"""Whole numbers among arguments."""

from __future__ import annotations

from decimal import Decimal

from kplan.lang.problems import FunctionError


def whole(given: int | Decimal, position: int) -> int:
    """Take a whole number, or raise FunctionError of an argument."""
    if isinstance(given, Decimal):
        raise FunctionError("a whole number is required", position)
    return given
