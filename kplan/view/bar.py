"""Progress as a bar on a terminal: counts, elapsed time, what is at work. The only importer of rich."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Final, assert_never

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from kplan.apply import events
from kplan.view.event_text import line_of
from kplan.view.text import counted, visible

if TYPE_CHECKING:
    from typing import TextIO

    from rich.progress import TaskID

    from kplan.view.look import Look

_MOST_LINES: Final = 100  # changes of an apply that get lines of their own above the bar


class Bar:
    """One bar for the run; errors and what else matters go above it as lines."""

    def __init__(self, stream: TextIO, view: Look) -> None:
        """Draw on a terminal."""
        self._console = Console(file=stream, width=view.width, highlight=False, soft_wrap=True)
        self._lock = threading.Lock()
        self._live: Progress | None = None
        self._task: TaskID | None = None
        self._total = 0

    def begin(self, total: int) -> None:
        """Draw a bar of so many changes."""
        with self._lock:
            self._end()
            self._total = total
            self._live = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(bar_width=None),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=self._console,
                transient=True,
                expand=True,
            )
            self._task = self._live.add_task("Applying", total=total)
            self._live.start()

    def end(self) -> None:
        """Take the bar away."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._live is not None:
            self._live.stop()
        self._live = self._task = None

    def tell(self, event: events.Event) -> None:
        """Move the bar, and write above it what a reader has to know."""
        with self._lock, contextlib.suppress(OSError):  # a terminal that is gone is no reason to stop
            match event:
                case events.Reading():
                    self._reading(event)
                case events.Starting():
                    self._line(event)
                case events.Finished():
                    self._line(event)
                    self._advance(event.address)
                case events.Progress(address, done, total):
                    self._describe(f"{visible(address)} {done:,} of {total:,}")
                case events.Errored() | events.Skipped() | events.Halted():
                    self._print(event)
                    self._advance(event.address)
                case _:
                    assert_never(event)

    def _reading(self, event: events.Reading) -> None:
        if self._live is None:
            self._live = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                TimeElapsedColumn(),
                console=self._console,
                transient=True,
            )
            self._task = self._live.add_task("")
            self._live.start()
        what = counted(event.objects, visible(event.kind)) if event.kind else "Connecting"
        self._describe(f"{visible(event.endpoint)}: {f'Reading {what}' if event.kind else what}")

    def _line(self, event: events.Event) -> None:
        if self._total <= _MOST_LINES:
            self._print(event)

    def _print(self, event: events.Event) -> None:
        self._console.print(escape(line_of(event)))

    def _describe(self, text: str) -> None:
        if self._live is not None and self._task is not None:
            self._live.update(self._task, description=self._fitting(text))

    def _fitting(self, text: str) -> str:
        """Leave room for the bar."""
        room = self._console.width // 2
        return escape(text if len(text) <= room else f"{text[: room - 1]}…")

    def _advance(self, address: str) -> None:
        if self._live is not None and self._task is not None and self._total:
            self._live.update(self._task, advance=1, description=self._fitting(visible(address)))
