"""Brokers' logs, read and followed."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kplan.sandbox.record import Cluster


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log of the broker called `source`."""

    source: str
    text: str


def last(clusters: Sequence[Cluster], count: int) -> Iterator[Line]:
    """Give the last lines of each broker's log."""
    for source, path in _files(clusters):
        for text in _read(path, 0)[0][-count:] if count else []:
            yield Line(source, text)


def follow(
    clusters: Sequence[Cluster], count: int, go_on: Callable[[], bool], pause: float = 0.2
) -> Iterator[Line]:
    """Give the last lines, then new ones as they come, looking every `pause` seconds, while `go_on` says so."""
    yield from last(clusters, count)
    at = {source: path.stat().st_size if path.exists() else 0 for source, path in _files(clusters)}
    while go_on():
        for source, path in _files(clusters):
            lines, at[source] = _read(path, at[source])
            yield from (Line(source, text) for text in lines)
        time.sleep(pause)


def _files(clusters: Sequence[Cluster]) -> list[tuple[str, Path]]:
    return [
        (cluster.name if len(cluster.brokers) == 1 else f"{cluster.name}-{one.place.id}", one.place.log)
        for cluster in clusters
        for one in cluster.brokers
    ]


def _read(path: Path, start: int) -> tuple[list[str], int]:
    """Give the whole lines from an offset on, and the offset after them."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size < start:  # begun anew
                start = 0
            file.seek(start)
            data = file.read()
    except FileNotFoundError:
        return [], 0
    whole = data[: data.rfind(b"\n") + 1]
    return whole.decode(errors="replace").splitlines(), start + len(whole)
