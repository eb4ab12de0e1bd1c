"""One Connect worker beside a cluster: its settings, its start, and whether it is up."""

import http.client
import json
from collections.abc import Mapping

from kplan.sandbox import folders, process
from kplan.sandbox.broker import State
from kplan.sandbox.ports import LOOPBACK
from kplan.sandbox.process import Process
from kplan.sandbox.record import Cluster, Worker
from kplan.sandbox.runtime import Runtime
from kplan.sandbox.security import WORKER_USER, Security, login
from kplan.sandbox.spec import properties

GROUP = "connect"
TOPICS = ("connect-configs", "connect-offsets", "connect-status")
_MAIN = "org.apache.kafka.connect.cli.ConnectDistributed"
_FILE = "worker.properties"
_HEAP = "256m"
_ANSWER_BOUND = 1.0  # seconds; a worker that is up needs milliseconds
_CONVERTER = "org.apache.kafka.connect.storage.StringConverter"
# Connectors' own clients take none of the worker's settings but what stands under these.
_PREFIXES = ("", "producer.", "consumer.", "admin.")


def principal(security: Security | None) -> str:
    """Tell who the workers are to their clusters."""
    return f"User:{WORKER_USER if security else 'ANONYMOUS'}"


def settings(cluster: Cluster, worker: Worker, security: Security | None) -> dict[str, str]:
    """Give a worker's settings, with its password on a secure cluster."""
    configs, offsets, status = TOPICS
    factor = str(min(len(cluster.brokers), 3))
    return {
        "bootstrap.servers": ",".join(cluster.offered_servers),
        "group.id": GROUP,
        "listeners": worker.url,
        "rest.advertised.host.name": LOOPBACK,
        # Plugins are found by what jars say of themselves: all other ways open each jar, and take seconds.
        "plugin.discovery": "service_load",
        "config.storage.topic": configs,
        "offset.storage.topic": offsets,
        "status.storage.topic": status,
        "config.storage.replication.factor": factor,
        "offset.storage.replication.factor": factor,
        "status.storage.replication.factor": factor,
        "offset.storage.partitions": "1",
        "status.storage.partitions": "1",
        "offset.flush.interval.ms": "1000",
        "scheduled.rebalance.max.delay.ms": "0",
        # After a kill a worker waits until its old session is over: the least that brokers take.
        "session.timeout.ms": "6000",
        "heartbeat.interval.ms": "1500",
        "key.converter": _CONVERTER,
        "value.converter": _CONVERTER,
        "config.providers": "file",
        "config.providers.file.class": "org.apache.kafka.common.config.provider.FileConfigProvider",
        **(_prefixed(login(security, WORKER_USER)) if security else {}),
    }


def _prefixed(own: Mapping[str, str]) -> dict[str, str]:
    return {f"{prefix}{key}": value for prefix in _PREFIXES for key, value in own.items()}


def prepare(cluster: Cluster, worker: Worker, security: Security | None) -> None:
    """Write a worker's settings, with a password in them for the owner's eyes only."""
    worker.folder.mkdir(parents=True, exist_ok=True)
    written = properties(settings(cluster, worker, security))
    folders.write_whole(worker.folder / _FILE, written, private=security is not None)


def launch(runtime: Runtime, worker: Worker, *, tie: bool, flags: tuple[str, ...] = ()) -> Process:
    """Start a prepared worker; it is up only when `state` says so."""
    command = [*runtime.for_workers().java_command(_HEAP), *flags, "-Dkplan.log.level=info", _MAIN, _FILE]
    return process.spawn(
        command, log=worker.log, folder=worker.folder, environment=runtime.environment(), tie=tie
    )


def state(cluster: Cluster, worker: Worker) -> State:
    """Tell how a worker is; asks it, which takes a second or two."""
    if worker.process is None or not process.alive(worker.process):
        return State.STOPPED
    if process.paused(worker.process):
        return State.PAUSED
    # The id shows that it isn't another program that took the port.
    up = _answer(worker, "/health") is not None and _cluster_id(worker) == cluster.cluster_id
    return State.RUNNING if up else State.NOT_ANSWERING


def _cluster_id(worker: Worker) -> str | None:
    """Ask a worker for the cluster that it belongs to; None when anything else answers."""
    try:
        return str(json.loads(_answer(worker, "/") or b"")["kafka_cluster_id"])
    except (ValueError, KeyError, TypeError):
        return None


def _answer(worker: Worker, path: str) -> bytes | None:
    """Ask for a page; None unless it comes in time and all is well."""
    connection = http.client.HTTPConnection(LOOPBACK, worker.port, timeout=_ANSWER_BOUND)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return text if answer.status == http.HTTPStatus.OK else None
