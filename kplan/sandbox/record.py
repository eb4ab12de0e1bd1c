"""A sandbox that exists, and the file in its folder that says so.

The file is how another process finds brokers and workers again: status, logs, down, and the next up. It has passwords too,
and is for its owner's eyes only.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kplan.sandbox import folders
from kplan.sandbox.errors import SandboxError
from kplan.sandbox.process import Process
from kplan.sandbox.security import LISTENER, Security
from kplan.sandbox.spec import ClusterSpec, Place

FORMAT = 4
FILE = "sandbox.json"


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker: where it runs, and as which process if it was started."""

    place: Place
    process: Process | None


@dataclass(frozen=True, slots=True)
class Worker:
    """A Connect worker: its folder and the port of its REST interface, and as which process it runs if it was started."""

    folder: Path
    port: int
    process: Process | None

    @property
    def url(self) -> str:
        """The address of its REST interface."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What the process writes to its standard output and error."""
        return self.folder / "worker.log"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster of a sandbox, and the Connect worker beside it if there is one."""

    spec: ClusterSpec
    cluster_id: str
    brokers: tuple[Broker, ...]
    worker: Worker | None = None

    @property
    def name(self) -> str:
        """Its name in the sandbox."""
        return self.spec.name

    @property
    def bootstrap_servers(self) -> tuple[str, ...]:
        """Every broker's host:port, of the plain listener."""
        return tuple(f"127.0.0.1:{broker.place.port}" for broker in self.brokers)

    @property
    def bootstrap(self) -> str:
        """The same in one text, as clients take it."""
        return ",".join(self.bootstrap_servers)

    def servers(self, listener: str) -> tuple[str, ...]:
        """Every broker's host:port of a listener beside the plain one."""
        return tuple(f"127.0.0.1:{dict(broker.place.further)[listener]}" for broker in self.brokers)

    @property
    def offered_servers(self) -> tuple[str, ...]:
        """Every broker's host:port that users are told: of the secure listener where there is one."""
        return self.servers(LISTENER) if LISTENER in dict(self.spec.listeners) else self.bootstrap_servers

    @property
    def pid(self) -> int:
        """The first broker's process id; 0 if never started."""
        process = self.brokers[0].process
        return process.pid if process else 0

    @property
    def log(self) -> Path:
        """The first broker's log."""
        return self.brokers[0].place.log

    @property
    def processes(self) -> tuple[Process, ...]:
        """The brokers' processes, dead ones too."""
        return tuple(broker.process for broker in self.brokers if broker.process)

    @property
    def all_processes(self) -> tuple[Process, ...]:
        """The same, and the worker's."""
        return (*self.processes, *((self.worker.process,) if self.worker and self.worker.process else ()))

    def broker(self, number: int) -> Broker:
        """Give the broker with this node id; SandboxError if there is none."""
        for broker in self.brokers:
            if broker.place.id == number:
                return broker
        raise SandboxError(f"Cluster {self.name} has no broker {number}.")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox, running or not; `values` are the values files that were written for it.

    `security` is what guards it, if anything does.
    """

    name: str
    folder: Path
    kafka: str
    clusters: tuple[Cluster, ...]
    values: tuple[Path, ...]
    tied: bool = False
    security: Security | None = None

    def cluster(self, name: str) -> Cluster:
        """Give the cluster of this name; SandboxError names those there are."""
        for cluster in self.clusters:
            if cluster.name == name:
                return cluster
        known = ", ".join(cluster.name for cluster in self.clusters)
        raise SandboxError(f"Sandbox {self.name} has no cluster {name}; it has {known}.")

    def tool(self, cluster: str, tool: str, arguments: Sequence[str], *, stdin: str = "") -> str:
        """Run one of Kafka's own tools, such as kafka-topics, on a cluster; gives what it printed.

        SandboxError with all its output when it fails.
        """
        from kplan.sandbox import tools

        return tools.run(self.cluster(cluster).bootstrap, tool, arguments, stdin=stdin)


def write(sandbox: Sandbox) -> None:
    """Write the record into the sandbox's folder."""
    folders.write_whole(sandbox.folder / FILE, json.dumps(_encoded(sandbox), indent=2) + "\n", private=True)


def read(folder: Path) -> Sandbox | None:
    """Read the record of a folder; None without one, SandboxError when it can't be understood."""
    path = folder / FILE
    try:
        return _decoded(folder, json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise SandboxError(
            f"{path} is damaged, or another version of kplan wrote it, so the sandbox's processes can't be told from "
            f"others ({error!r}).\nEnd its java processes yourself, then remove {folder}."
        ) from error


def _encoded(sandbox: Sandbox) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "name": sandbox.name,
        "kafka": sandbox.kafka,
        "tied": sandbox.tied,
        "values": [str(path) for path in sandbox.values],
        "security": _encoded_security(sandbox.security),
        "clusters": [
            {
                "name": cluster.name,
                "heap": cluster.spec.heap,
                "config": dict(cluster.spec.config),
                "listeners": dict(cluster.spec.listeners),
                "cluster_id": cluster.cluster_id,
                "brokers": [_encoded_broker(broker) for broker in cluster.brokers],
                "worker": _encoded_worker(cluster.worker),
            }
            for cluster in sandbox.clusters
        ],
    }


def _encoded_security(security: Security | None) -> dict[str, Any] | None:
    return {"ca": security.ca, "passwords": dict(security.passwords)} if security else None


def _encoded_broker(broker: Broker) -> dict[str, Any]:
    return {
        "id": broker.place.id,
        "folder": str(broker.place.folder),
        "port": broker.place.port,
        "controller_port": broker.place.controller_port,
        "further": dict(broker.place.further),
        "process": _encoded_process(broker.process),
    }


def _encoded_worker(worker: Worker | None) -> dict[str, Any] | None:
    if worker is None:
        return None
    return {
        "folder": str(worker.folder),
        "port": worker.port,
        "process": _encoded_process(worker.process),
    }


def _encoded_process(process: Process | None) -> dict[str, Any] | None:
    return {"pid": process.pid, "started": process.started} if process else None


def _decoded(folder: Path, data: dict[str, Any]) -> Sandbox:
    if data["format"] != FORMAT:
        raise ValueError(f"format {data['format']}")
    return Sandbox(
        name=data["name"],
        folder=folder,
        kafka=data["kafka"],
        tied=data["tied"],
        values=tuple(Path(path) for path in data["values"]),
        security=_decoded_security(data["security"]),
        clusters=tuple(_decoded_cluster(cluster) for cluster in data["clusters"]),
    )


def _decoded_security(data: dict[str, Any] | None) -> Security | None:
    return Security(data["ca"], tuple(data["passwords"].items())) if data else None


def _decoded_cluster(data: dict[str, Any]) -> Cluster:
    spec = ClusterSpec(
        data["name"],
        len(data["brokers"]),
        data["heap"],
        tuple(data["config"].items()),
        tuple(data["listeners"].items()),
    )
    brokers = tuple(_decoded_broker(broker) for broker in data["brokers"])
    return Cluster(spec, data["cluster_id"], brokers, _decoded_worker(data["worker"]))


def _decoded_broker(data: dict[str, Any]) -> Broker:
    return Broker(
        place=Place(
            data["id"],
            Path(data["folder"]),
            data["port"],
            data["controller_port"],
            tuple(data["further"].items()),
        ),
        process=_decoded_process(data["process"]),
    )


def _decoded_worker(data: dict[str, Any] | None) -> Worker | None:
    return Worker(Path(data["folder"]), data["port"], _decoded_process(data["process"])) if data else None


def _decoded_process(data: dict[str, Any] | None) -> Process | None:
    return Process(data["pid"], data["started"]) if data else None
