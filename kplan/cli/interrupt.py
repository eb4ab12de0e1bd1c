"""Ctrl-C: while a plan is made it ends the process; during an apply once asks it to stop in order, twice ends it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_HARMLESS: Final = "\nInterrupted. Nothing was changed.\n"
_FIRST: Final = (
    "\nInterrupt received. Nothing new is sent; what was sent is waited for, long work is parked, state is saved.\n"
    "Press Ctrl-C again to stop at once: nothing is lost, the next run looks at what came of it.\n"
)
_SECOND: Final = "\nStopped at once. The next run looks at what came of what had been sent.\n"
_CURSOR: Final = "\x1b[?25h"  # a progress bar hides it


class Interrupt:
    """Hears signals while a run is on."""

    def __init__(self) -> None:
        """Start without a wish to stop."""
        self._requested = False
        self._asking = False
        self._at_stake = False

    def requested(self) -> bool:
        """Tell whether the run is to stop."""
        return self._requested

    def begin(self) -> None:
        """Say that from now on the live systems are changed."""
        self._at_stake = True

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Take SIGINT and SIGTERM over while the block runs."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {one: signal.signal(one, self._heard) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for one, handler in before.items():
                # Asked to stop, the process is about to end: a further Ctrl-C would only show where Python was just then.
                signal.signal(one, signal.SIG_IGN if self._requested else handler)

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        """Let Ctrl-C raise KeyboardInterrupt while a question waits for its answer."""
        self._asking = True
        try:
            yield
        finally:
            self._asking = False

    def _heard(self, _signal: int, _frame: FrameType | None) -> None:
        if self._asking:
            raise KeyboardInterrupt
        if self._requested or not self._at_stake:
            _end(_SECOND if self._requested else _HARMLESS)
        self._requested = True
        _say(_FIRST)


def _end(text: str) -> NoReturn:
    """End the process without waiting for anything: threads may be waiting for an answer that never comes."""
    _say(text + (_CURSOR if sys.stderr.isatty() else ""))
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        sys.stdout.flush()
    os._exit(1)


def _say(text: str) -> None:
    """Write past Python's buffers, which a signal may have caught at work."""
    with contextlib.suppress(OSError):
        os.write(2, text.encode())
