"""Logs of brokers and Connect workers, read and followed."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kplan.sandbox.record import Cluster

_TAIL = 30  # lines


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log of the broker or worker called `source`."""

    source: str
    text: str


def last(clusters: Sequence[Cluster], count: int) -> Iterator[Line]:
    """Give the last lines of each log."""
    for source, path in _files(clusters):
        for text in _read(path, 0)[0][-count:] if count else []:
            yield Line(source, text)


def follow(
    clusters: Sequence[Cluster], count: int, go_on: Callable[[], bool], pause: float = 0.2
) -> Iterator[Line]:
    """Give the last lines, then new ones as they come, looking every `pause` seconds, while `go_on` says so."""
    yield from last(clusters, count)
    at = {path: path.stat().st_size if path.exists() else 0 for _, path in _files(clusters)}
    while go_on():
        for source, path in _files(clusters):
            lines, at[path] = _read(path, at[path])
            yield from (Line(source, text) for text in lines)
        time.sleep(pause)


def count(clusters: Sequence[Cluster]) -> int:
    """Tell how many logs there are."""
    return len(_files(clusters))


def _files(clusters: Sequence[Cluster]) -> list[tuple[str, Path]]:
    return [one for cluster in clusters for one in _files_of(cluster)]


def _files_of(cluster: Cluster) -> Iterator[tuple[str, Path]]:
    for one in cluster.brokers:
        yield cluster.name if len(cluster.brokers) == 1 else f"{cluster.name}-{one.place.id}", one.place.log
    if cluster.worker:
        yield f"{cluster.name}-connect", cluster.worker.log


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


def lost_its_port(log: Path) -> bool:
    """Tell from the log of a process that ended whether another one has its port."""
    return "Address already in use" in text(log)


def tail(log: Path, lines: int = _TAIL) -> str:
    """Give the last lines of a log."""
    return "\n".join(text(log).splitlines()[-lines:])


def text(log: Path) -> str:
    """Give a log; nothing if none was ever written."""
    try:
        return log.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
