"""Brokers brought up together: started, moved to other ports when theirs are lost, awaited, recorded."""

import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kplan.sandbox import broker, process, record, values
from kplan.sandbox.errors import SandboxError
from kplan.sandbox.events import Progress, Ready, Starting
from kplan.sandbox.ports import free_ports
from kplan.sandbox.process import Process
from kplan.sandbox.record import Broker, Cluster, Sandbox
from kplan.sandbox.runtime import Runtime
from kplan.sandbox.security import Security
from kplan.sandbox.spec import ClusterSpec, places

_PORT_ATTEMPTS = 5


@dataclass(slots=True)
class _Run:
    """One bringing up; the clusters change as brokers get processes and ports."""

    runtime: Runtime
    tie: bool
    clusters: dict[str, Cluster]
    security: Security | None = None
    launched: list[Process] = field(default_factory=list)
    with_users: set[str] = field(default_factory=set)


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
    ports = ((spot.port, spot.controller_port, *dict(spot.further).values()) for spot in spots)
    return {port for some in ports for port in some if port is not None}


def stopped_brokers(cluster: Cluster) -> tuple[Broker, ...]:
    """List a cluster's brokers that have no living process."""
    return tuple(one for one in cluster.brokers if one.process is None or not process.alive(one.process))


def bring_up(sandbox: Sandbox, runtime: Runtime, progress: Progress, patience: float) -> Sandbox:
    """Start every broker that doesn't run, wait until all of its cluster answer, write record and values.

    Until then the brokers end with this process; when it fails, those it started are ended.
    """
    run = _Run(
        runtime, sandbox.tied, {cluster.name: cluster for cluster in sandbox.clusters}, sandbox.security
    )
    wanted = [name for name, cluster in run.clusters.items() if stopped_brokers(cluster)]
    try:
        if wanted:
            progress(Starting(tuple(wanted)))
        for name in wanted:
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
    waiting, moves = set(names), Counter[str]()
    while waiting:
        for name in sorted(waiting):
            cluster = run.clusters[name]
            if ended := stopped_brokers(cluster):
                moves[name] += 1
                if moves[name] >= _PORT_ATTEMPTS or not broker.lost_its_port(ended[0].place):
                    raise SandboxError(_report(cluster, ended[0], "ended while it was starting"))
                _move(run, name, moves[name])
            elif broker.knows_all(cluster) and _lets_users_in(run, cluster):
                waiting.discard(name)
                progress(Ready(name, ",".join(cluster.offered_servers)))
            elif time.monotonic() > until:
                raise SandboxError(
                    _report(cluster, cluster.brokers[0], f"was not ready after {patience:.0f} seconds")
                )
        time.sleep(0.03)


def _lets_users_in(run: _Run, cluster: Cluster) -> bool:
    """Have the users of a secure cluster made, and tell whether each broker knows them already."""
    if run.security is None:
        return True
    from kplan.sandbox import users  # takes loading, and only secure sandboxes have them

    if cluster.name not in run.with_users and users.make(cluster, run.security):
        run.with_users.add(cluster.name)
    return cluster.name in run.with_users and users.known(cluster, run.security)


def _move(run: _Run, name: str, attempt: int) -> None:
    """Start a cluster on other ports, its data kept."""
    cluster = run.clusters[name]
    process.kill(cluster.processes)
    for one in cluster.brokers:
        one.place.log.unlink(missing_ok=True)
    folder = cluster.brokers[0].place.folder.parent
    run.clusters[name] = _placed(cluster, folder, _ports(run.clusters.values()), attempt)
    _launch(run, name)


def _report(cluster: Cluster, one: Broker, what: str) -> str:
    which = (
        f"Broker {one.place.id} of cluster {cluster.name}"
        if len(cluster.brokers) > 1
        else f"Cluster {cluster.name}"
    )
    return f"{which} {what}. The last lines of its log:\n\n{broker.log_tail(one.place)}"
