"""What is wanted of a sandbox, and Kafka's settings that follow from it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kplan.sandbox.errors import SandboxError
from kplan.sandbox.ports import LOOPBACK

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_HEAP = re.compile(r"[1-9][0-9]*[mg]")
MAX_BROKERS = 9
_RACKS = 3


@dataclass(frozen=True, slots=True)
class ClusterSpec:
    """A cluster as it should be: `heap` per broker as Java writes it, `config` over the sandbox's own settings.

    `listeners` are further ones than the plain one, as (name, protocol); what they need else is in `config`.
    """

    name: str
    brokers: int = 1
    heap: str = "512m"
    config: tuple[tuple[str, str], ...] = ()
    listeners: tuple[tuple[str, str], ...] = ()

    @property
    def ports(self) -> int:
        """How many ports its brokers and its controller take."""
        return self.brokers * (1 + len(self.listeners)) + 1

    def __post_init__(self) -> None:
        """Refuse what could not start."""
        check_name("cluster", self.name)
        if not 1 <= self.brokers <= MAX_BROKERS:
            raise SandboxError(
                f"Cluster {self.name} can have 1 to {MAX_BROKERS} brokers, not {self.brokers}."
            )
        if not _HEAP.fullmatch(self.heap):
            raise SandboxError(f"A heap is written like 512m or 2g, not {self.heap!r}.")


@dataclass(frozen=True, slots=True)
class SandboxSpec:
    """A sandbox as it should be.

    `clusters` None: those it has, or `primary` and `dr` for a new one. `folder` holds all of it and is removed
    with it (default: under the cache, by name); `values` is a further place for the values file; `tied`
    makes the brokers end with this process, however it ends; `patience` is in seconds, for all brokers
    to answer. `secure`: with TLS, logins and users (kplan.sandbox.security); one that exists must have them then.
    `connect`: with a Connect worker beside each cluster; one that exists without gets them.
    """

    name: str = "default"
    clusters: tuple[ClusterSpec, ...] | None = None
    folder: Path | None = None
    values: Path | None = None
    tied: bool = False
    patience: float = 120.0
    secure: bool = False
    connect: bool = False

    def __post_init__(self) -> None:
        """Refuse what could not start."""
        check_name("sandbox", self.name)
        if self.clusters == ():
            raise SandboxError("A sandbox needs at least one cluster.")
        names = [cluster.name for cluster in self.clusters or ()]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise SandboxError(f"Two clusters of a sandbox can't share a name: {', '.join(repeated)}.")


def check_name(kind: str, name: str) -> None:
    """Refuse what can't be a folder's name, an alias in replication or a key of the values."""
    if not _NAME.fullmatch(name):
        raise SandboxError(
            f"{name!r} is no name for a {kind}: use up to 63 letters, digits, - and _, with a letter or digit first."
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where one broker of a cluster runs: its node id, folder and ports (a port for the controller if it is one).

    `further` are the ports of its listeners beside the plain one, by their names.
    """

    id: int
    folder: Path
    port: int
    controller_port: int | None = None
    further: tuple[tuple[str, int], ...] = ()

    @property
    def data(self) -> Path:
        """Its log.dirs."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What the process writes to its standard output and error."""
        return self.folder / "broker.log"


def server_properties(spec: ClusterSpec, place: Place, controller: Place) -> str:
    """Give one broker's server.properties; `controller` is the cluster's one node that is a controller too."""
    settings = (
        _roles(spec, place, controller)
        | _rack(spec, place)
        | _SECURITY
        | _replication(spec.brokers)
        | _QUICK
        | dict(spec.config)
    )
    return properties(settings)


def properties(settings: Mapping[str, str]) -> str:
    """Write settings as a Java properties file."""
    return "".join(f"{key}={_escaped(value)}\n" for key, value in settings.items())


def _roles(spec: ClusterSpec, place: Place, controller: Place) -> dict[str, str]:
    listeners = [f"{name}://{LOOPBACK}:{port}" for name, port in (("PLAIN", place.port), *place.further)]
    advertised = ",".join(listeners)
    protocols = [f"{name}:{protocol}" for name, protocol in spec.listeners]
    if place.controller_port is not None:
        listeners.append(f"CONTROLLER://{LOOPBACK}:{place.controller_port}")
    return {
        "process.roles": "broker" if place.controller_port is None else "broker,controller",
        "node.id": str(place.id),
        "controller.quorum.voters": f"{controller.id}@{LOOPBACK}:{controller.controller_port}",
        "listeners": ",".join(listeners),
        "advertised.listeners": advertised,
        "listener.security.protocol.map": ",".join(["PLAIN:PLAINTEXT", "CONTROLLER:PLAINTEXT", *protocols]),
        "inter.broker.listener.name": "PLAIN",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(place.data),
    }


def _rack(spec: ClusterSpec, place: Place) -> dict[str, str]:
    """Spread brokers over racks, so that Kafka spreads replicas; one broker alone has nothing to spread."""
    return {"broker.rack": f"rack-{(place.id - 1) % _RACKS + 1}"} if spec.brokers > 1 else {}


# ACLs are kept and enforced, and whoever has no grant is denied; without a login one is the super user.
_SECURITY = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS",
    "allow.everyone.if.no.acl.found": "false",
}


def _replication(brokers: int) -> dict[str, str]:
    factor = str(min(brokers, 3))
    return {
        "offsets.topic.replication.factor": factor,
        "transaction.state.log.replication.factor": factor,
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": factor,
        "share.coordinator.state.topic.min.isr": "1",
    }


_QUICK = {
    "auto.create.topics.enable": "false",
    "delete.topic.enable": "true",
    "group.initial.rebalance.delay.ms": "0",
    # Made at first use, 50 partitions each by default.
    "offsets.topic.num.partitions": "5",
    "transaction.state.log.num.partitions": "5",
    "share.coordinator.state.topic.num.partitions": "5",
    # 128 MB of heap by default, taken at start.
    "log.cleaner.dedupe.buffer.size": "4194304",
    # After a kill the controller refuses the broker until its old session is over.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    # A controller writes a record twice a second when nothing happens, which is a third of what a broker at rest costs.
    "metadata.max.idle.interval.ms": "0",
}


def meta_properties(cluster_id: str, place: Place, directory_id: str) -> str:
    """Give the meta.properties that marks a data folder as formatted."""
    return f"version=1\ncluster.id={cluster_id}\nnode.id={place.id}\ndirectory.id={directory_id}\n"


def _escaped(value: str) -> str:
    """Write a value of a Java properties file, which is read as Latin-1."""
    text = value.replace("\\", "\\\\").replace("\n", "\\n")
    units = text.encode("utf-16-be")
    pairs = (units[at : at + 2] for at in range(0, len(units), 2))
    escaped = "".join(
        chr(pair[1]) if pair[0] == 0 and pair[1] < 0x7F else f"\\u{pair.hex()}" for pair in pairs
    )
    return f"\\{escaped}" if escaped.startswith(" ") else escaped


def places(folder: Path, ports: Sequence[int], listeners: Sequence[str] = ()) -> tuple[Place, ...]:
    """Lay out a cluster's brokers in a folder: the ports of each, then the controller's, which is the first broker's."""
    *rest, controller = ports
    each = 1 + len(listeners)
    groups = [rest[at : at + each] for at in range(0, len(rest), each)]
    return tuple(
        Place(
            number,
            folder / f"broker-{number}",
            plain,
            controller if number == 1 else None,
            tuple(zip(listeners, further, strict=True)),
        )
        for number, (plain, *further) in enumerate(groups, start=1)
    )
