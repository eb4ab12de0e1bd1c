"""Batches in flight: each runs in a lane of its own; the one loop that owns the journal hears of them in turn."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, NamedTuple, Protocol

from kplan.sdk.session import Checkpoint, Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Lane = tuple[str, str, str]  # endpoint, type, "" or "long"


class Ended(NamedTuple):
    """A lane's batch is over; `error` is what its provider raised, if it did."""

    error: BaseException | None


Heard = Event | Ended


class Lanes(Protocol):
    """Runs iterators of events."""

    def start(self, lane: Lane, events: Callable[[], Iterator[Event]]) -> None:
        """Begin a batch."""

    def hear(self) -> tuple[Lane, Heard]:
        """Wait for the next event of any lane. A Checkpoint's lane rests until `go_on`."""

    def go_on(self, lane: Lane) -> None:
        """Let a lane go on after its Checkpoint is on disk."""


class ThreadLanes:
    """A thread for each batch in flight."""

    def __init__(self) -> None:
        """Start with none."""
        self._heard: queue.SimpleQueue[tuple[Lane, Heard]] = queue.SimpleQueue()
        self._resting: dict[Lane, threading.Event] = {}

    def start(self, lane: Lane, events: Callable[[], Iterator[Event]]) -> None:
        """Begin a batch in a thread; a daemon, so that a second Ctrl-C ends the process at once."""
        self._resting[lane] = threading.Event()
        threading.Thread(target=self._run, args=(lane, events), daemon=True, name=":".join(lane)).start()

    def _run(self, lane: Lane, events: Callable[[], Iterator[Event]]) -> None:
        try:
            for event in events():
                resting = self._resting[lane]
                self._heard.put((lane, event))
                if isinstance(event, Checkpoint):
                    resting.wait()
                    resting.clear()
        except BaseException as error:  # noqa: BLE001 - a provider's fault must not kill the run
            self._heard.put((lane, Ended(error)))
        else:
            self._heard.put((lane, Ended(None)))

    def hear(self) -> tuple[Lane, Heard]:
        """Wait for the next event."""
        while True:
            try:
                return self._heard.get(timeout=0.2)  # so that Ctrl-C is heard on every platform
            except queue.Empty:
                continue

    def go_on(self, lane: Lane) -> None:
        """Wake the lane's thread."""
        self._resting[lane].set()


class InlineLanes:
    """All in the calling thread, lanes in turn: the same run every time, for tests that stop it at each step."""

    def __init__(self) -> None:
        """Start with none."""
        self._running: dict[Lane, Iterator[Event]] = {}

    def start(self, lane: Lane, events: Callable[[], Iterator[Event]]) -> None:
        """Begin a batch at its first `hear`."""
        self._running[lane] = iter(events())

    def hear(self) -> tuple[Lane, Heard]:
        """Take the next event of the lane that has waited longest."""
        lane, events = next(iter(self._running.items()))
        del self._running[lane]
        try:
            event = next(events)
        except StopIteration:
            return lane, Ended(None)
        except Exception as error:  # noqa: BLE001
            return lane, Ended(error)
        self._running[lane] = events
        return lane, event

    def go_on(self, lane: Lane) -> None:
        """Do nothing: the lane goes on when it is heard next."""
