"""How a stream may look: with colour or without, and how wide."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from typing import TextIO

_UNWRAPPED: Final = 78  # columns where nobody says how many there are
_NARROWEST: Final = 20

BOLD: Final = "1"
DIM: Final = "2"
RED: Final = "31"
GREEN: Final = "32"
YELLOW: Final = "33"
CYAN: Final = "36"


class Look(NamedTuple):
    """What a stream's reader can see. `width` in columns."""

    color: bool
    width: int

    def paint(self, text: str, *codes: str) -> str:
        """Colour a text, where colour is seen."""
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.color and text else text


PLAIN: Final = Look(color=False, width=_UNWRAPPED)


def look_at(stream: TextIO, *, no_color: bool = False) -> Look:
    """Tell how to write to a stream: colour only on a terminal that has it and where nobody forbids it."""
    if not stream.isatty():
        return PLAIN
    forbidden = no_color or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM", "dumb") == "dumb"
    return Look(not forbidden, max(_NARROWEST, _columns(stream)))


def _columns(stream: TextIO) -> int:
    """Ask the environment, then the terminal, how wide it is."""
    with contextlib.suppress(KeyError, ValueError):
        if (given := int(os.environ["COLUMNS"])) > 0:
            return given
    with contextlib.suppress(OSError, ValueError):
        return os.get_terminal_size(stream.fileno()).columns or _UNWRAPPED
    return _UNWRAPPED
