"""Kafka's own command line tools, run from the same jars as the brokers."""

import os
import subprocess
from collections.abc import Sequence

from kplan.sandbox import broker, jars, runtime
from kplan.sandbox.broker import State
from kplan.sandbox.errors import SandboxError
from kplan.sandbox.events import Progress
from kplan.sandbox.record import Cluster

_TOOL = "org.apache.kafka.tools."
# Named as the scripts of Kafka's distribution.
TOOLS = {
    "kafka-acls": _TOOL + "AclCommand",
    "kafka-broker-api-versions": _TOOL + "BrokerApiVersionsCommand",
    "kafka-client-metrics": _TOOL + "ClientMetricsCommand",
    "kafka-cluster": _TOOL + "ClusterTool",
    "kafka-configs": "kafka.admin.ConfigCommand",
    "kafka-console-consumer": _TOOL + "consumer.ConsoleConsumer",
    "kafka-console-producer": _TOOL + "ConsoleProducer",
    "kafka-consumer-groups": _TOOL + "consumer.group.ConsumerGroupCommand",
    "kafka-delete-records": _TOOL + "DeleteRecordsCommand",
    "kafka-features": _TOOL + "FeatureCommand",
    "kafka-get-offsets": _TOOL + "GetOffsetShell",
    "kafka-groups": _TOOL + "GroupsCommand",
    "kafka-leader-election": _TOOL + "LeaderElectionCommand",
    "kafka-log-dirs": _TOOL + "LogDirsCommand",
    "kafka-metadata-quorum": _TOOL + "MetadataQuorumCommand",
    "kafka-producer-perf-test": _TOOL + "ProducerPerformance",
    "kafka-reassign-partitions": _TOOL + "reassign.ReassignPartitionsCommand",
    "kafka-share-groups": _TOOL + "consumer.group.ShareGroupCommand",
    "kafka-streams-groups": _TOOL + "streams.StreamsGroupCommand",
    "kafka-topics": _TOOL + "TopicCommand",
    "kafka-transactions": _TOOL + "TransactionsCommand",
}
_BOUND = 120.0  # seconds; a tool waits up to a minute for a cluster that hangs


def command(bootstrap: str, tool: str, arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Give the command line and the environment that run a tool on a cluster; SandboxError for an unknown tool."""
    main = TOOLS.get(tool) or TOOLS.get(f"kafka-{tool}")
    if main is None:
        raise SandboxError(f"{tool!r} is none of Kafka's tools here; there are {', '.join(TOOLS)}.")
    kafka = runtime.present()
    line = [*kafka.java_command("512m"), main, *_with_bootstrap(bootstrap, main, arguments)]
    return line, kafka.environment()


def _with_bootstrap(bootstrap: str, main: str, arguments: Sequence[str]) -> list[str]:
    if any(
        argument.split("=")[0] in {"--bootstrap-server", "--bootstrap-controller"} for argument in arguments
    ):
        return list(arguments)
    option = ["--bootstrap-server", bootstrap]
    # One tool takes options only after its subcommand; of the others some only before it.
    return [*arguments, *option] if main == TOOLS["kafka-cluster"] else [*option, *arguments]


def run(bootstrap: str, tool: str, arguments: Sequence[str], *, stdin: str = "") -> str:
    """Run a tool to its end; gives its standard output, SandboxError with all output when it fails or hangs."""
    line, environment = command(bootstrap, tool, arguments)
    shown = f"{tool} {' '.join(arguments)}"
    try:
        ended = subprocess.run(
            line, env=environment, input=stdin, capture_output=True, text=True, timeout=_BOUND, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise SandboxError(f"{shown} had not ended after {_BOUND:.0f} seconds.") from error
    if ended.returncode:
        raise SandboxError(f"{shown} failed with {ended.returncode}:\n{ended.stdout}{ended.stderr}".rstrip())
    return ended.stdout


def obtain(progress: Progress) -> None:
    """Have the jars in place, should they have been removed since the brokers started."""
    jars.obtain(jars.read_lock(), progress)


def check_reachable(cluster: Cluster) -> None:
    """Refuse a cluster of which no broker answers; the tools would try for a minute, and say nothing of use."""
    seen = {broker.state(cluster, one.place.id) for one in cluster.brokers}
    if State.RUNNING not in seen:
        raise SandboxError(
            f"Cluster {cluster.name} is {' and '.join(sorted(state.value for state in seen))}. "
            "`kplan sandbox status` shows more, `kplan sandbox up` starts what has stopped."
        )


def replace_this_process(bootstrap: str, tool: str, arguments: Sequence[str]) -> None:
    """Become the tool, so that keys, pipes and signals reach it directly; returns only by SandboxError."""
    line, environment = command(bootstrap, tool, arguments)
    os.execve(line[0], line, environment)  # noqa: S606 - a list of ours, no shell wanted
