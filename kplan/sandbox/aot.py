"""The AOT caches: classes as Java keeps them in memory, which makes a process start in a third of the time.

Each is made once, by a broker or a Connect worker that nobody uses. Whatever goes wrong with it is no error: Kafka
then starts slower.
"""

import contextlib
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from kplan.sandbox import broker, folders, logs, process, worker
from kplan.sandbox.broker import State
from kplan.sandbox.errors import SandboxError
from kplan.sandbox.events import Preparing, Progress, Waiting
from kplan.sandbox.ports import free_ports
from kplan.sandbox.process import Process
from kplan.sandbox.record import Broker, Cluster, Worker
from kplan.sandbox.runtime import Runtime, aot_path, worker_aot_path
from kplan.sandbox.spec import ClusterSpec, places

_PREFIX = ".aot-"
_START_BOUND = 60.0  # seconds
_WRITE_BOUND = 180.0  # seconds that the JVM may take at its end, where it writes the cache


_Train = Callable[[Runtime, Path, Path], str]


def ensure(runtime: Runtime, progress: Progress) -> None:
    """Have the brokers' AOT cache if this Java takes one; several processes at once are fine, one makes it."""
    _ensure(runtime, aot_path(runtime.java, runtime.lock), progress, "Kafka", _train)


def ensure_for_workers(runtime: Runtime, progress: Progress) -> None:
    """Have the Connect workers' one likewise, which brokers have no need of."""
    target = worker_aot_path(runtime.java, runtime.lock)
    _ensure(runtime, target, progress, "Kafka Connect", _train_worker)


def _ensure(runtime: Runtime, target: Path, progress: Progress, what: str, train: _Train) -> None:
    if not runtime.java.has_aot or target.exists() or _refusal(target).exists():
        return
    with folders.exclusive(target.parent, lambda: progress(Waiting("Kafka's AOT cache"))):
        for leftover in target.parent.glob(f"{_PREFIX}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        if not target.exists() and not _refusal(target).exists():
            progress(Preparing(what))
            _make(runtime, target, train)


def _refusal(target: Path) -> Path:
    """Give the file that says that it was tried in vain; otherwise each `up` would lose ten seconds on it."""
    return target.with_suffix(".failed")


def _make(runtime: Runtime, target: Path, train: _Train) -> None:
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=target.parent))
    made = folder / "kafka.aot"
    try:
        try:
            report = train(runtime, folder, made)
        except (OSError, SandboxError) as error:
            report = str(error)
        if made.exists():
            made.replace(target)
        else:
            folders.write_whole(_refusal(target), report + "\n")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _train(runtime: Runtime, folder: Path, output: Path) -> str:
    """Run a broker until it is up and end it in order, so that the JVM writes the cache; gives the log's end."""
    with _broker(runtime.without_aot_cache(), folder, _written_to(output)) as cluster:
        _end(cluster.processes[0])
        return logs.tail(cluster.log)


def _train_worker(runtime: Runtime, folder: Path, output: Path) -> str:
    """Run a broker, and beside it a worker until it is up; ended in order as well."""
    with _broker(runtime, folder, ()) as cluster:
        [port] = free_ports(1, f"{folder} connect")
        one = Worker(folder / "connect", port, None)
        worker.prepare(cluster, one, None)
        running = worker.launch(runtime.without_aot_cache(), one, tie=True, flags=_written_to(output))
        with _killed_at_last(running):
            one = replace(one, process=running)
            _await(lambda: worker.state(cluster, one))
            _end(running)
        return logs.tail(one.log)


def _written_to(output: Path) -> tuple[str, ...]:
    return (f"-XX:AOTCacheOutput={output}",)


@contextlib.contextmanager
def _broker(runtime: Runtime, folder: Path, flags: tuple[str, ...]) -> Iterator[Cluster]:
    """Run a broker of its own in a folder; it has had time to come up."""
    spec = ClusterSpec("aot")
    place = places(folder, free_ports(2, str(folder)))[0]
    cluster_id = broker.random_id()
    broker.prepare(spec, cluster_id, place, place)
    running = broker.launch(runtime, spec, place, tie=True, flags=flags)
    with _killed_at_last(running):
        cluster = Cluster(spec, cluster_id, (Broker(place, running),))
        _await(lambda: broker.state(cluster, place.id))
        yield cluster


@contextlib.contextmanager
def _killed_at_last(running: Process) -> Iterator[None]:
    try:
        yield
    finally:
        with contextlib.suppress(SandboxError):
            process.kill([running])


def _await(state: Callable[[], State]) -> None:
    until = time.monotonic() + _START_BOUND
    while state() is State.NOT_ANSWERING and time.monotonic() < until:
        time.sleep(0.05)


def _end(running: Process) -> None:
    """End a process in order, so that the JVM writes what it was told to."""
    process.send(running, signal.SIGTERM)
    process.ended_within(running, _WRITE_BOUND)
