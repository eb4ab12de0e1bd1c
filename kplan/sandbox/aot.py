"""The AOT cache: classes as Java keeps them in memory, which makes a broker start in a third of the time.

Made once by a broker that nobody uses. Whatever goes wrong with it is no error: Kafka then starts slower.
"""

import contextlib
import shutil
import signal
import tempfile
import time
from pathlib import Path

from kplan.sandbox import broker, folders, process
from kplan.sandbox.errors import SandboxError
from kplan.sandbox.events import Preparing, Progress, Waiting
from kplan.sandbox.ports import free_ports
from kplan.sandbox.record import Broker, Cluster
from kplan.sandbox.runtime import Runtime, aot_path
from kplan.sandbox.spec import ClusterSpec, places

_PREFIX = ".aot-"
_START_BOUND = 60.0  # seconds
_WRITE_BOUND = 180.0  # seconds that the JVM may take at its end, where it writes the cache


def ensure(runtime: Runtime, progress: Progress) -> None:
    """Have the AOT cache if this Java takes one; several processes at once are fine, one makes it."""
    target = aot_path(runtime.java, runtime.lock)
    if not runtime.java.has_aot or target.exists() or _refusal(target).exists():
        return
    with folders.exclusive(target.parent, lambda: progress(Waiting("Kafka's AOT cache"))):
        for leftover in target.parent.glob(f"{_PREFIX}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        if not target.exists() and not _refusal(target).exists():
            progress(Preparing())
            _make(runtime.without_aot_cache(), target)


def _refusal(target: Path) -> Path:
    """Give the file that says that it was tried in vain; otherwise each `up` would lose ten seconds on it."""
    return target.with_suffix(".failed")


def _make(runtime: Runtime, target: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=target.parent))
    made = folder / "kafka.aot"
    try:
        try:
            report = _train(runtime, folder, made)
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
    spec = ClusterSpec("aot")
    place = places(folder, free_ports(2, str(folder)))[0]
    cluster_id = broker.random_id()
    broker.prepare(spec, cluster_id, place, place)
    running = broker.launch(runtime, spec, place, tie=True, flags=(f"-XX:AOTCacheOutput={output}",))
    try:
        cluster = Cluster(spec, cluster_id, (Broker(place, running),))
        until = time.monotonic() + _START_BOUND
        while broker.state(cluster, place.id) is broker.State.NOT_ANSWERING and time.monotonic() < until:
            time.sleep(0.05)
        process.send(running, signal.SIGTERM)
        process.ended_within(running, _WRITE_BOUND)
        return broker.log_tail(place)
    finally:
        with contextlib.suppress(SandboxError):
            process.kill([running])
