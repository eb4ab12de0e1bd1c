"""Brokers and Connect workers brought up together.

Started, moved to other ports when theirs are lost, awaited, recorded. A worker is started once its cluster is ready.
"""

import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kplan.sandbox import broker, logs, process, record, values, worker
from kplan.sandbox.broker import State
from kplan.sandbox.errors import SandboxError
from kplan.sandbox.events import Progress, Ready, Starting, WorkerReady
from kplan.sandbox.ports import free_ports
from kplan.sandbox.process import Process
from kplan.sandbox.record import Broker, Cluster, Sandbox, Worker
from kplan.sandbox.runtime import Runtime
from kplan.sandbox.security import Security
from kplan.sandbox.spec import ClusterSpec, places

_PORT_ATTEMPTS = 5


@dataclass(slots=True)
class _Run:
    """One bringing up; the clusters change as brokers and workers get processes and ports.

    `begun` names the clusters that began with it, `ready` those whose brokers are.
    """

    runtime: Runtime
    tie: bool
    clusters: dict[str, Cluster]
    security: Security | None = None
    begun: tuple[str, ...] = ()
    launched: list[Process] = field(default_factory=list)
    with_users: set[str] = field(default_factory=set)
    ready: set[str] = field(default_factory=set)
    moves: Counter[str] = field(default_factory=Counter)


def place(specs: Sequence[ClusterSpec], folder: Path) -> tuple[Cluster, ...]:
    """Give clusters their ids, folders and ports."""
    clusters: list[Cluster] = []
    for spec in specs:
        draft = Cluster(spec, broker.random_id(), ())
        clusters.append(_placed(draft, folder / spec.name, _ports(clusters), attempt=0))
    return tuple(clusters)


def _placed(cluster: Cluster, folder: Path, taken: Collection[int], attempt: int) -> Cluster:
    ports = free_ports(cluster.spec.ports, f"{folder} {attempt}", taken)
    names = [name for name, _ in cluster.spec.listeners]
    return replace(cluster, brokers=tuple(Broker(one, None) for one in places(folder, ports, names)))


def _ports(clusters: Collection[Cluster]) -> set[int]:
    spots = [one.place for cluster in clusters for one in cluster.brokers]
    ports = [(spot.port, spot.controller_port, *dict(spot.further).values()) for spot in spots]
    ports.append(tuple(one.worker.port for one in clusters if one.worker))
    return {port for some in ports for port in some if port is not None}


def with_workers(clusters: Sequence[Cluster]) -> tuple[Cluster, ...]:
    """Give each cluster without one a place for a Connect worker."""
    made = {one.name: one for one in clusters}
    for one in clusters:
        if one.worker is None:
            made[one.name] = _with_worker(one, made.values(), attempt=0)
    return tuple(made.values())


def _with_worker(cluster: Cluster, all_of_them: Collection[Cluster], attempt: int) -> Cluster:
    folder = _folder(cluster) / "connect"
    [port] = free_ports(1, f"{folder} {attempt}", _ports(all_of_them))
    return replace(cluster, worker=Worker(folder, port, None))


def _folder(cluster: Cluster) -> Path:
    return cluster.brokers[0].place.folder.parent


def stopped_brokers(cluster: Cluster) -> tuple[Broker, ...]:
    """List a cluster's brokers that have no living process."""
    return tuple(one for one in cluster.brokers if one.process is None or not process.alive(one.process))


def stopped_worker(cluster: Cluster) -> bool:
    """Tell whether a cluster has a worker without a living process."""
    one = cluster.worker
    return one is not None and (one.process is None or not process.alive(one.process))


def bring_up(sandbox: Sandbox, runtime: Runtime, progress: Progress, patience: float) -> Sandbox:
    """Start every broker and worker that doesn't run, wait until all of its cluster answer, write record and values.

    Until then they end with this process; when it fails, those it started are ended.
    """
    begun = tuple(one.name for one in sandbox.clusters if stopped_brokers(one))
    workers = tuple(one.name for one in sandbox.clusters if stopped_worker(one))
    by_name = {cluster.name: cluster for cluster in sandbox.clusters}
    run = _Run(runtime, sandbox.tied, by_name, sandbox.security, begun)
    wanted = {*begun, *workers}
    try:
        if wanted:
            progress(Starting(begun, workers))
        for name in begun:
            _launch(run, name)
        record.write(_with(sandbox, run))
        _await(run, wanted, progress, patience)
        running = _with(sandbox, run)
        record.write(running)
        for path in running.values:
            values.write(path, running)
    except BaseException:
        process.kill(run.launched)
        raise
    if not sandbox.tied:
        for one in run.launched:
            process.let_go(one)
    return running


def _with(sandbox: Sandbox, run: _Run) -> Sandbox:
    return replace(sandbox, clusters=tuple(run.clusters.values()))


def _launch(run: _Run, name: str) -> None:
    cluster = run.clusters[name]
    controller = cluster.brokers[0].place
    for one in stopped_brokers(cluster):
        broker.prepare(cluster.spec, cluster.cluster_id, one.place, controller)
        started = broker.launch(run.runtime, cluster.spec, one.place, tie=run.tie)
        run.launched.append(started)
        cluster = _with_broker(cluster, replace(one, process=started))
        run.clusters[name] = cluster


def _with_broker(cluster: Cluster, changed: Broker) -> Cluster:
    brokers = (changed if one.place.id == changed.place.id else one for one in cluster.brokers)
    return replace(cluster, brokers=tuple(brokers))


def _await(run: _Run, names: Collection[str], progress: Progress, patience: float) -> None:
    until = time.monotonic() + patience
    waiting = set(names)
    while waiting:
        for name in sorted(waiting):
            if _is_up(run, name, progress):
                waiting.discard(name)
            elif time.monotonic() > until:
                raise SandboxError(_late(run, name, f"was not ready after {patience:.0f} seconds"))
        time.sleep(0.03)


def _is_up(run: _Run, name: str, progress: Progress) -> bool:
    """Tell whether a cluster and its worker are up; what has ended meanwhile is moved, if that can help."""
    cluster = run.clusters[name]
    if ended := stopped_brokers(cluster):
        if not _may_move(run, name, ended[0].place.log):
            raise SandboxError(_report(cluster, ended[0], "ended while it was starting"))
        _move(run, name)
        return False
    if name not in run.ready:
        if not (broker.knows_all(cluster) and _lets_users_in(run, cluster)):
            return False
        run.ready.add(name)
        if name in run.begun:
            progress(Ready(name, ",".join(cluster.offered_servers)))
    return cluster.worker is None or _has_worker(run, cluster, cluster.worker, progress)


def _has_worker(run: _Run, cluster: Cluster, one: Worker, progress: Progress) -> bool:
    """Have the worker of a cluster that is ready started, and tell whether it is up."""
    state = worker.state(cluster, one)
    if state is State.RUNNING:
        progress(WorkerReady(cluster.name, one.url))
    elif state is State.STOPPED:
        if one.process in run.launched:
            cluster = _with_moved_worker(run, cluster, one)
        _launch_worker(run, cluster)
    return state is State.RUNNING


def _with_moved_worker(run: _Run, cluster: Cluster, ended: Worker) -> Cluster:
    """Give another place to a worker that ended while it was starting."""
    moved = f"{cluster.name}/connect"
    if not _may_move(run, moved, ended.log):
        raise SandboxError(_worker_report(cluster, ended, "ended while it was starting"))
    if ended.process:
        process.kill([ended.process])  # its holder goes too
    ended.log.unlink(missing_ok=True)
    return _with_worker(cluster, run.clusters.values(), run.moves[moved])


def _may_move(run: _Run, what: str, log: Path) -> bool:
    """Tell whether other ports may help what ended, which they do not for ever."""
    run.moves[what] += 1
    return run.moves[what] < _PORT_ATTEMPTS and logs.lost_its_port(log)


def _launch_worker(run: _Run, cluster: Cluster) -> None:
    if cluster.worker is None:
        return
    worker.prepare(cluster, cluster.worker, run.security)
    started = worker.launch(run.runtime, cluster.worker, tie=run.tie)
    run.launched.append(started)
    run.clusters[cluster.name] = replace(cluster, worker=replace(cluster.worker, process=started))


def _lets_users_in(run: _Run, cluster: Cluster) -> bool:
    """Have the users of a secure cluster made, and tell whether each broker knows them and their rights already."""
    if run.security is None:
        return True
    from kplan.sandbox import rights, users  # take loading, and only secure sandboxes have them

    if (
        cluster.name not in run.with_users
        and users.make(cluster, run.security)
        and (cluster.worker is None or rights.give(cluster))
    ):
        run.with_users.add(cluster.name)
    return (
        cluster.name in run.with_users
        and users.known(cluster, run.security)
        and (cluster.worker is None or rights.known(cluster))
    )


def _move(run: _Run, name: str) -> None:
    """Start a cluster on other ports, its data kept; its worker is told them when it starts again."""
    cluster = run.clusters[name]
    process.kill(cluster.all_processes)
    for one in cluster.brokers:
        one.place.log.unlink(missing_ok=True)
    run.clusters[name] = _placed(cluster, _folder(cluster), _ports(run.clusters.values()), run.moves[name])
    _launch(run, name)


def _report(cluster: Cluster, one: Broker, what: str) -> str:
    which = (
        f"Broker {one.place.id} of cluster {cluster.name}"
        if len(cluster.brokers) > 1
        else f"Cluster {cluster.name}"
    )
    return _with_log(f"{which} {what}", one.place.log)


def _worker_report(cluster: Cluster, one: Worker, what: str) -> str:
    return _with_log(f"The Connect worker of cluster {cluster.name} {what}", one.log)


def _with_log(text: str, log: Path) -> str:
    return f"{text}. The last lines of its log:\n\n{logs.tail(log)}"


def _late(run: _Run, name: str, what: str) -> str:
    cluster = run.clusters[name]
    if name in run.ready and cluster.worker:
        return _worker_report(cluster, cluster.worker, what)
    return _report(cluster, cluster.brokers[0], what)
