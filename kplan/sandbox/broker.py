"""One broker process: its files, its start, and whether it is up."""

import base64
import enum
import shutil
import uuid
from pathlib import Path

from kplan.sandbox import process, wire
from kplan.sandbox.ports import LOOPBACK
from kplan.sandbox.process import Process
from kplan.sandbox.record import Cluster
from kplan.sandbox.runtime import Runtime
from kplan.sandbox.spec import ClusterSpec, Place, meta_properties, server_properties

_CHECKPOINT = Path(__file__).with_name("bootstrap.checkpoint")
_ANSWER_BOUND = 1.0  # seconds; a broker that is up needs milliseconds


class State(enum.Enum):
    """How a broker or a Connect worker is."""

    RUNNING = "running"
    NOT_ANSWERING = "not answering"
    PAUSED = "paused"
    STOPPED = "stopped"


def random_id() -> str:
    """Give a new id as Kafka writes them: 22 characters of URL-safe base64, no dash in front."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):  # a command line tool would take it for an option
            return text


def prepare(spec: ClusterSpec, cluster_id: str, place: Place, controller: Place) -> None:
    """Write a broker's settings, and format its data folder if that is new.

    Formatting is two files: the checkpoint sets the cluster's feature levels (as Kafka's own `format` does, from
    which it comes), and the meta.properties, written last, says that the folder is formatted.
    """
    place.data.mkdir(parents=True, exist_ok=True)
    settings = server_properties(spec, place, controller)
    (place.folder / "server.properties").write_text(settings, encoding="ascii")
    meta = place.data / "meta.properties"
    if not meta.exists():
        if place.controller_port is not None:
            shutil.copyfile(_CHECKPOINT, place.data / _CHECKPOINT.name)
        meta.write_text(meta_properties(cluster_id, place, random_id()), encoding="ascii")


def launch(
    runtime: Runtime, spec: ClusterSpec, place: Place, *, tie: bool, flags: tuple[str, ...] = ()
) -> Process:
    """Start a prepared broker; it is up only when `state` says so."""
    command = [
        *runtime.java_command(spec.heap),
        *flags,
        "-Dkplan.log.level=info",
        "kafka.Kafka",
        "server.properties",
    ]
    return process.spawn(
        command, log=place.log, folder=place.folder, environment=runtime.environment(), tie=tie
    )


def state(cluster: Cluster, number: int) -> State:
    """Tell how one broker is; asks it, which takes a second at most."""
    broker = cluster.broker(number)
    if broker.process is None or not process.alive(broker.process):
        return State.STOPPED
    if process.paused(broker.process):
        return State.PAUSED
    told = wire.describe_cluster(LOOPBACK, broker.place.port, _ANSWER_BOUND)
    # The id shows that it isn't another program that took the port; a broker that isn't yet registered, or was
    # thrown out, does not count itself in.
    up = told is not None and told.cluster_id == cluster.cluster_id and number in told.brokers
    return State.RUNNING if up else State.NOT_ANSWERING


def knows_all(cluster: Cluster) -> bool:
    """Tell whether every broker knows every broker of its cluster."""
    numbers = {broker.place.id for broker in cluster.brokers}
    told = [wire.describe_cluster(LOOPBACK, broker.place.port, _ANSWER_BOUND) for broker in cluster.brokers]
    return all(
        one is not None and one.cluster_id == cluster.cluster_id and numbers <= set(one.brokers)
        for one in told
    )
