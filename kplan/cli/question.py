"""A question on the screen, and its answer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kplan.view import look

if TYPE_CHECKING:
    from kplan.cli.screen import Screen


def ask(screen: Screen, title: str, explained: tuple[str, ...]) -> str | None:
    """Ask for a line of text; None if there is none to come."""
    view = screen.look
    shown = "".join(f"  {line}\n" for line in explained)
    screen.write(f"\n{view.paint(title, look.BOLD)}\n{shown}\n  {view.paint('Enter a value:', look.BOLD)} ")
    screen.flush()
    line = sys.stdin.readline()
    screen.write("\n")  # the line's end, or on a terminal, which has moved on by itself, an empty line
    return line.strip() if line else None
