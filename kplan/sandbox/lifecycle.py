"""Sandboxes come and go: up, down, and what tests do to single brokers."""

import contextlib
import shutil
import signal
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kplan.sandbox import (
    aot,
    broker,
    folders,
    jars,
    process,
    record,
    runtime,
    security,
    startup,
    values,
    worker,
)
from kplan.sandbox.broker import State
from kplan.sandbox.errors import SandboxError
from kplan.sandbox.events import Progress, Waiting, silent
from kplan.sandbox.process import Process
from kplan.sandbox.record import Cluster, Sandbox
from kplan.sandbox.runtime import Runtime
from kplan.sandbox.security import Security
from kplan.sandbox.spec import ClusterSpec, SandboxSpec, check_name

_STOP_BOUND = 60.0  # seconds for an orderly end
_DEFAULT_CLUSTERS = (ClusterSpec("primary"), ClusterSpec("dr"))


@dataclass(frozen=True, slots=True)
class Up:
    """A running sandbox, and what was done for it.

    `began` names the clusters that were not running before, `workers` those whose Connect worker was not;
    `new` tells whether the sandbox is new, `with_new_workers` whether it was there without them.
    """

    sandbox: Sandbox
    began: tuple[str, ...]
    new: bool
    workers: tuple[str, ...] = ()
    with_new_workers: bool = False


def start(spec: SandboxSpec, progress: Progress = silent) -> Sandbox:
    """Make a sandbox and wait until all its brokers and workers answer; SandboxError if there is one of that name."""
    return up(spec, progress, only_new=True).sandbox


def up(spec: SandboxSpec, progress: Progress = silent, *, only_new: bool = False) -> Up:
    """Have a sandbox running: make it, start what doesn't run of it (its data kept), or find that all of it runs.

    A start that fails leaves everything as it was before.
    """
    folder = folder_of(spec)
    if spec.values is not None:
        values.check_replaceable(spec.values)
    if spec.secure:
        security.require()
    ready = _runtime(progress, workers=spec.connect or _has_workers(record.read(folder)))
    with _exclusive(folder, spec.name, progress):
        existing = record.read(folder)
        if existing is None:
            return _make(spec, folder, ready, progress)
        if only_new:
            raise SandboxError(f"There is a sandbox {spec.name} already, in {folder}.")
        _check_agreement(existing, spec)
        return _revive(existing, spec, ready, progress)


def _has_workers(existing: Sandbox | None) -> bool:
    return existing is not None and any(cluster.worker for cluster in existing.clusters)


def folder_of(spec: SandboxSpec) -> Path:
    """Give the folder that holds a sandbox."""
    return (spec.folder or folders.sandboxes_folder() / spec.name).absolute()


def load(name: str) -> Sandbox:
    """Find a sandbox by its name; SandboxError if there is none."""
    check_name("sandbox", name)
    found = record.read(folders.sandboxes_folder() / name)
    if found is None:
        raise SandboxError(f"There is no sandbox {name}. `kplan sandbox up --name {name}` makes it.")
    return found


def names() -> tuple[str, ...]:
    """List the sandboxes there are."""
    with contextlib.suppress(FileNotFoundError):
        return tuple(sorted(path.name for path in folders.sandboxes_folder().iterdir() if path.is_dir()))
    return ()


def stop(sandbox: Sandbox) -> None:
    """End all brokers and workers at once and remove all that belongs to the sandbox; only downloads stay.

    The data goes too, so nothing is gained by ending the brokers in order.
    """
    if current(sandbox):
        down(sandbox.name, sandbox.folder)
    for cluster in sandbox.clusters:  # those that this process started also leave their holders
        process.kill(cluster.all_processes)


def down(name: str, folder: Path | None = None) -> bool:
    """Do the same by name; gives whether there was anything to remove."""
    check_name("sandbox", name)  # it becomes part of a path, of which all is removed
    folder = folder or folders.sandboxes_folder() / name
    if not folder.exists():
        return False
    with _exclusive(folder, name, silent):
        found = record.read(folder)
        if found is not None:
            process.kill([one for cluster in found.clusters for one in cluster.all_processes])
            for path in found.values:
                values.remove(path, found)
        folders.remove(folder)
    return True


def current(sandbox: Sandbox) -> Sandbox | None:
    """Look a sandbox up again; None if it was removed meanwhile, be there a new one of its name or not."""
    found = record.read(sandbox.folder)
    return found if found and _ids(found) == _ids(sandbox) else None


def _ids(sandbox: Sandbox) -> list[str]:
    return [cluster.cluster_id for cluster in sandbox.clusters]


def ended(sandbox: Sandbox) -> tuple[Cluster, ...]:
    """List the clusters of which no broker runs any more."""
    return tuple(one for one in sandbox.clusters if not any(process.alive(each) for each in one.processes))


def ended_workers(sandbox: Sandbox) -> tuple[Cluster, ...]:
    """List the clusters whose Connect worker doesn't run any more."""
    return tuple(one for one in sandbox.clusters if startup.stopped_worker(one))


def states(sandbox: Sandbox) -> dict[tuple[str, int], State]:
    """Tell how each broker is, by cluster and node id."""
    return {
        (cluster.name, one.place.id): broker.state(cluster, one.place.id)
        for cluster in sandbox.clusters
        for one in cluster.brokers
    }


def worker_states(sandbox: Sandbox) -> dict[str, State]:
    """Tell how each Connect worker is, by its cluster."""
    return {one.name: worker.state(one, one.worker) for one in sandbox.clusters if one.worker}


def pause(cluster: Cluster, number: int = 1) -> None:
    """Let a broker hang (SIGSTOP): its port still accepts, nothing answers."""
    process.pause(_running(cluster, number))


def resume(cluster: Cluster, number: int = 1) -> None:
    """Let a paused broker go on."""
    process.send(_running(cluster, number), signal.SIGCONT)


def kill(cluster: Cluster, number: int = 1) -> None:
    """End a broker at once (SIGKILL); its data stay."""
    if running := cluster.broker(number).process:
        process.kill([running])


def _running(cluster: Cluster, number: int) -> Process:
    found = cluster.broker(number).process
    if found is None or not process.alive(found):
        raise SandboxError(f"Broker {number} of {cluster.name} is not running.")
    return found


def restart(sandbox: Sandbox, name: str, number: int = 1, patience: float = 120.0) -> Sandbox:
    """End a broker in order, if it still runs, and start it again on its data and ports; gives the new sandbox."""
    running = sandbox.cluster(name).broker(number).process
    if running is not None:
        process.send(running, signal.SIGCONT)
        process.send(running, signal.SIGTERM)
        process.ended_within(running, _STOP_BOUND)
        process.kill([running])
    with _exclusive(sandbox.folder, sandbox.name, silent):
        return startup.bring_up(sandbox, runtime.present(), silent, patience)


def _runtime(progress: Progress, *, workers: bool) -> Runtime:
    found = runtime.present()  # without Java there is no point in downloading
    jars.obtain(found.lock, progress)
    aot.ensure(found, progress)
    if workers:
        aot.ensure_for_workers(runtime.present(), progress)
    return runtime.present()


@contextlib.contextmanager
def _exclusive(folder: Path, name: str, progress: Progress) -> Iterator[None]:
    with folders.exclusive(folder, lambda: progress(Waiting(f"another command on sandbox {name}"))):
        yield


def _make(spec: SandboxSpec, folder: Path, ready: Runtime, progress: Progress) -> Up:
    _empty(folder, ours=spec.folder is None)
    try:
        planned = _planned(spec, folder, ready)
        running = startup.bring_up(planned, ready, progress, spec.patience)
    except BaseException:
        folders.remove(folder)
        raise
    began = tuple(cluster.name for cluster in planned.clusters)
    return Up(running, began, new=True, workers=began if spec.connect else ())


def _planned(spec: SandboxSpec, folder: Path, ready: Runtime) -> Sandbox:
    guard = security.make(folder) if spec.secure else None
    wanted = _as_guarded(spec.clusters or _DEFAULT_CLUSTERS, guard, folder)
    clusters = startup.place(wanted, folder)
    files = _values_files(spec, folder)
    made = Sandbox(spec.name, folder, ready.lock.version, clusters, files, spec.tied, guard)
    return _with_workers(made) if spec.connect else made


def _with_workers(sandbox: Sandbox) -> Sandbox:
    guard = security.with_workers(sandbox.security) if sandbox.security else None
    return replace(sandbox, clusters=startup.with_workers(sandbox.clusters), security=guard)


def _as_guarded(
    clusters: Sequence[ClusterSpec], guard: Security | None, folder: Path
) -> tuple[ClusterSpec, ...]:
    return tuple(security.guarded(one, folder) if guard else one for one in clusters)


def _empty(folder: Path, *, ours: bool) -> None:
    """Clear what a start that was killed before its first record left behind; a folder that isn't ours must be empty."""
    for path in folder.iterdir():
        if not ours:
            raise SandboxError(f"{folder} is not empty, and a sandbox's folder is removed with all it holds.")
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _values_files(spec: SandboxSpec, folder: Path) -> tuple[Path, ...]:
    return (folder / values.FILE, *([spec.values.absolute()] if spec.values else []))


def _revive(existing: Sandbox, spec: SandboxSpec, ready: Runtime, progress: Progress) -> Up:
    running = any(process.alive(one) for cluster in existing.clusters for one in cluster.all_processes)
    if running and spec.tied:
        raise SandboxError(
            f"Sandbox {spec.name} is running already, apart from this command, so it would not end with it.\n"
            f"Stop it first: kplan sandbox down --name {spec.name}"
        )
    files = tuple(dict.fromkeys([*existing.values, *_values_files(spec, existing.folder)]))
    wanted = replace(existing, values=files, tied=existing.tied if running else spec.tied)
    if spec.connect:
        wanted = _with_workers(wanted)
    stopped = tuple(cluster.name for cluster in wanted.clusters if startup.stopped_brokers(cluster))
    workers = tuple(cluster.name for cluster in wanted.clusters if startup.stopped_worker(cluster))
    if running and existing.tied and (stopped or workers):
        raise SandboxError(
            f"Sandbox {spec.name} ends with the command that runs it in the foreground; what this one starts would end "
            f"with this one.\nStop it first: kplan sandbox down --name {spec.name}"
        )
    try:
        brought = startup.bring_up(wanted, ready, progress, spec.patience)
    except BaseException:
        record.write(existing)  # so that workers which were new and did not start are not asked for again
        raise
    return Up(
        brought,
        stopped,
        new=False,
        workers=workers,
        with_new_workers=spec.connect and not _has_workers(existing),
    )


def _check_agreement(existing: Sandbox, spec: SandboxSpec) -> None:
    remedy = (
        f"Remove it with `kplan sandbox down --name {spec.name}`, or take another --name for the new one."
    )
    if spec.secure and existing.security is None:
        raise SandboxError(f"Sandbox {spec.name} exists without TLS and logins.\n{remedy}")
    present = {cluster.spec for cluster in existing.clusters}
    asked = _as_guarded(spec.clusters or (), existing.security, existing.folder)
    if asked and set(asked) != present:
        raise SandboxError(
            f"Sandbox {spec.name} exists with other clusters: {_listed(present)}; asked for: {_listed(asked)}.\n{remedy}"
        )


def _listed(clusters: Collection[ClusterSpec]) -> str:
    return ", ".join(
        f"{one.name} ({one.brokers} broker{'s' if one.brokers > 1 else ''}, {one.heap})"
        for one in sorted(clusters, key=lambda one: one.name)
    )
