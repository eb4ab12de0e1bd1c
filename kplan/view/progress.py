"""What a run tells while it works: plain lines anywhere, a bar where there is a terminal."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Final, Protocol

from kplan.apply.events import Event, Progress
from kplan.view.event_text import line_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from kplan.view.look import Look

_EVERY: Final = 10.0  # seconds between two lines about the same long work


class Reporter(Protocol):
    """Whoever hears of events and shows them."""

    def tell(self, event: Event) -> None:
        """Take an event in, from any thread."""

    def begin(self, total: int) -> None:
        """Say that an apply of so many changes begins."""

    def end(self) -> None:
        """Say that nothing more comes; what is shown stays."""


class Lines:
    """One line an event, on a stream. Long work is told of at most every ten seconds an object."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        """Write to a stream."""
        self._stream, self._clock = stream, clock
        self._lock = threading.Lock()
        self._told: dict[str, float] = {}

    def tell(self, event: Event) -> None:
        """Write the event's line."""
        with self._lock:
            if isinstance(event, Progress) and not self._due(event.address):
                return
            with contextlib.suppress(OSError):  # nobody reads it any more: no reason to stop an apply
                self._stream.write(line_of(event) + "\n")

    def _due(self, address: str) -> bool:
        now = self._clock()
        if now - self._told.setdefault(address, now) < _EVERY:
            return False
        self._told[address] = now
        return True

    def begin(self, total: int) -> None:
        """Need no announcement."""

    def end(self) -> None:
        """Have everything written."""
        with self._lock, contextlib.suppress(OSError):
            self._stream.flush()


class Quiet:
    """Says nothing."""

    def tell(self, event: Event) -> None:
        """Ignore the event."""

    def begin(self, total: int) -> None:
        """Ignore it."""

    def end(self) -> None:
        """Ignore it."""


def reporter(stream: TextIO, view: Look) -> Reporter:
    """Choose how to show progress on a stream: a bar on a terminal with colour, lines elsewhere."""
    if not view.color:
        return Lines(stream)
    from kplan.view.bar import Bar

    return Bar(stream, view)
