"""What a formatter would change, as a unified diff."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING

from kplan.view import look
from kplan.view.text import visible

if TYPE_CHECKING:
    from kplan.operations.format import Formatted
    from kplan.view.look import Look

_COLOURS = {"+": look.GREEN, "-": look.RED}


def format_diff(one: Formatted, view: Look) -> str:
    """Write the differences of one file."""
    before, after = (text.splitlines(keepends=True) for text in (one.before, one.after))
    lines = list(unified_diff(before, after, f"old/{one.path}", f"new/{one.path}"))
    return "".join(_line(text, view, header=at < 2) for at, text in enumerate(lines))


def _line(text: str, view: Look, *, header: bool) -> str:
    shown = visible(text.rstrip("\r\n"))
    colour = None if header else _COLOURS.get(text[:1])
    ended = "" if text.endswith("\n") else "\n\\ No newline at end of file"
    return (view.paint(shown, colour) if colour else shown) + ended + "\n"
