"""Where a command writes: standard output and standard error, each with its look."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, TextIO

from kplan.view.look import look_at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kplan.lang.diagnostics import Diagnostic


class Screen:
    """Both streams of a command. A reader that went away (`kplan plan | head`) stops nothing."""

    def __init__(self, out: TextIO, err: TextIO, *, no_color: bool = False) -> None:
        """Look at the streams once."""
        self.out, self.err = out, err
        self.no_color = no_color
        self.look = look_at(out, no_color=no_color)
        self.err_look = look_at(err, no_color=no_color)

    def write(self, text: str) -> None:
        """Write to standard output."""
        self._write(self.out, text)

    def write_error(self, text: str) -> None:
        """Write to standard error, after what standard output holds."""
        self._flush(self.out)
        self._write(self.err, text)
        self._flush(self.err)

    def complain(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Show diagnostics on standard error."""
        from kplan.view.diagnostics import diagnostics_text

        self.write_error(diagnostics_text(diagnostics, self.err_look))

    def error(self, summary: str, detail: str = "") -> None:
        """Show one error that has no place in a file."""
        from kplan.lang.diagnostics import error

        self.complain([error(summary, detail)])

    def flush(self) -> None:
        """Have both streams written."""
        self._flush(self.out)
        self._flush(self.err)

    def _write(self, stream: TextIO, text: str) -> None:
        try:
            stream.write(text)
        except BrokenPipeError:
            _discard(stream)

    def _flush(self, stream: TextIO) -> None:
        try:
            stream.flush()
        except BrokenPipeError:
            _discard(stream)


def _discard(stream: TextIO) -> None:
    """Let the rest of a stream go nowhere, its end at exit too."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
