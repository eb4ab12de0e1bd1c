"""What a starting sandbox reports while one waits for it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Downloading:
    """Jars so far, of all that were missing."""

    files: int
    of_files: int
    size: int
    of_size: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Another process is at the same work; this one waits for it."""

    what: str


@dataclass(frozen=True, slots=True)
class Preparing:
    """The AOT cache of what is named is being made, which happens once per Java and Kafka version."""

    what: str


@dataclass(frozen=True, slots=True)
class Starting:
    """Brokers are being started, and the Connect workers of the clusters that are named so."""

    clusters: tuple[str, ...]
    workers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ready:
    """A cluster answers with all its brokers."""

    cluster: str
    bootstrap: str


@dataclass(frozen=True, slots=True)
class WorkerReady:
    """The Connect worker of a cluster answers."""

    cluster: str
    url: str


Event = Downloading | Waiting | Preparing | Starting | Ready | WorkerReady
Progress = Callable[[Event], None]


def silent(_event: Event) -> None:
    """Report nothing."""
