"""A session on one Connect cluster. Its client library is loaded with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.sdk.session import Facts, Fault
from kplan_connect.endpoint import options_of
from kplan_connect.progress import RUNS, runs
from kplan_connect.reading import list_connectors, read_connectors
from kplan_connect.types import CONNECTOR
from kplan_connect.worker import Worker
from kplan_connect.writing import apply_connectors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.sdk.session import Ask, Event, Identity, Seen, Stop, Values, Work
    from kplan.sdk.values import Value


class ConnectSession:
    """A live connection to one Connect cluster."""

    def __init__(self, settings: Mapping[str, Value]) -> None:
        """Take a checked block; nothing is contacted."""
        self._worker = Worker(options_of(settings))

    def facts(self, stop: Stop) -> Facts | Fault:  # noqa: ARG002 - a few bounded calls
        """Contact the workers, and read what they say of themselves."""
        return self._worker.facts()

    def read(self, leaf: str, asks: Sequence[Ask], stop: Stop) -> Mapping[Identity, Seen]:
        """Read connectors in bulk."""
        _known(leaf)
        return read_connectors(self._worker, asks, stop)

    def list(self, leaf: str, stop: Stop) -> Iterator[tuple[Identity, Seen]]:
        """List what exists; an unreadable () stands for all that could not be listed."""
        _known(leaf)
        return list_connectors(self._worker, stop)

    def query(self, source: str, asked: Sequence[Values], stop: Stop) -> Sequence[Values | Fault]:
        """Answer how connectors run; there are no data blocks."""
        if source == RUNS:
            return runs(self._worker, [str(one["name"]) for one in asked], stop)
        return [Fault("unknown_source", f"there is no data {source}")] * len(asked)

    def apply(self, leaf: str, work: Sequence[Work], stop: Stop) -> Iterator[Event]:
        """Carry out a batch."""
        _known(leaf)
        return apply_connectors(self._worker, work, stop)

    def close(self) -> None:
        """Let go of connections."""
        self._worker.close()


def _known(leaf: str) -> None:
    if leaf != CONNECTOR:
        raise ValueError(f"there is no type {leaf} in this provider")
