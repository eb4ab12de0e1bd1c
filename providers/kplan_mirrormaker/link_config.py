"""The connectors' configurations, consistent by construction: what must be the same is written once. Pure.

Keys and their defaults are those of Kafka's connect/mirror module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.values import Secret, make_map
from kplan_mirrormaker.link_filters import NEVER_GROUPS, NEVER_TOPICS, left_out, literal, meant, remote
from kplan_mirrormaker.types import DEDICATED, MIRRORMAKER2, UNCHANGED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kplan.sdk.session import Values

PACKAGE: Final = "org.apache.kafka.connect.mirror."
SOURCE: Final = "MirrorSourceConnector"
CHECKPOINT: Final = "MirrorCheckpointConnector"
HEARTBEAT: Final = "MirrorHeartbeatConnector"
_BYTES: Final = "org.apache.kafka.connect.converters.ByteArrayConverter"
_LOGINS: Final = {
    "PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
}
# What MirrorMaker leaves out by itself; a list of ours takes its place.
NEVER_CONFIGS: Final = (
    "follower.replication.throttled.replicas",
    "leader.replication.throttled.replicas",
    "message.timestamp.difference.max.ms",
    "message.timestamp.type",
    "unclean.leader.election.enable",
    "min.insync.replicas",
)
MOST_COPIES: Final = 3  # of the topics that the engine keeps for itself


class Link:
    """One link's two ends: what they are called, and how the replicator reaches them."""

    def __init__(self, desired: Values, source: Values, target: Values, brokers: tuple[int, int]) -> None:
        """Take the evaluated blocks of both clusters, and how many brokers each has."""
        self.desired = desired
        self.source, self.target = source["name"], target["name"]
        self.brokers = brokers
        self._places = {"source": source, "target": target}

    @property
    def name(self) -> str:
        """What the connectors' names begin with."""
        return str(self.desired.get("name") or f"{self.source}->{self.target}")

    @property
    def dedicated(self) -> bool:
        """Whether a MirrorMaker of its own carries it out, and no workers."""
        return bool(self.desired[MIRRORMAKER2].get("deployment") == DEDICATED)

    @property
    def unchanged(self) -> bool:
        """Whether copies keep their topics' names."""
        return self.desired.get("naming") == UNCHANGED

    def remote(self, topic: str) -> str:
        """Give a topic's name on the target."""
        return remote(topic, self.source, unchanged=self.unchanged)

    def common(self) -> dict[str, Any]:
        """Give what all connectors of the link have."""
        policy = "IdentityReplicationPolicy" if self.unchanged else "DefaultReplicationPolicy"
        return {
            "source.cluster.alias": self.source,
            "target.cluster.alias": self.target,
            "replication.policy.class": f"{PACKAGE}{policy}",
            "key.converter": _BYTES,
            "value.converter": _BYTES,
            "header.converter": _BYTES,
            **self._client("source"),
            **self._client("target"),
        }

    def _client(self, end: str) -> dict[str, Any]:
        client = self.desired.get(f"{end}_client") or {}
        servers = client.get("bootstrap_servers") or self._places[end]["bootstrap_servers"]
        before = f"{end}.cluster."
        made = {f"{before}bootstrap.servers": ",".join(servers)}
        security = client.get("security")
        if security:
            made |= {f"{before}{key}": value for key, value in _secured(security).items()}
        return made

    def copies(self, end: int) -> str:
        """Say how many copies the engine's own topics have on a cluster: 0 the source, 1 the target."""
        return str(min(MOST_COPIES, self.brokers[end]))


def _secured(security: Values) -> dict[str, Any]:
    made: dict[str, Any] = {"security.protocol": security["protocol"]}
    mechanism = security.get("mechanism")
    if mechanism is not None:
        made["sasl.mechanism"] = mechanism
        made["sasl.jaas.config"] = _login(mechanism, security["username"], security["password"])
    if security.get("ca") is not None:
        made |= {"ssl.truststore.type": "PEM", "ssl.truststore.certificates": security["ca"]}
    return made


def _login(mechanism: str, username: str, password: Any) -> Any:
    """Write the line that logs in; it is as secret as the password."""

    def line(text: str) -> str:
        return f'{_LOGINS[mechanism]} required username="{_quoted(username)}" password="{_quoted(text)}";'

    return password.derive(line) if isinstance(password, Secret) else line(password)


def _quoted(text: str) -> str:
    """Escape what would end a text in quotes, as Java's StreamTokenizer reads it back."""
    for sign, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(sign, written)
    return text


def carriers(desired: Values) -> tuple[str, ...]:
    """Name the classes of the connectors that carry a link out, the one that copies records first."""
    checkpoint = (CHECKPOINT,) if desired.get("groups") else ()
    heartbeat = (HEARTBEAT,) if desired[MIRRORMAKER2].get("heartbeats", True) else ()
    return (SOURCE, *checkpoint, *heartbeat)


def config_of(kind: str, link: Link) -> dict[str, Any]:
    """Give the configuration of one of a link's connectors."""
    return {SOURCE: source_config, CHECKPOINT: checkpoint_config, HEARTBEAT: heartbeat_config}[kind](link)


def source_config(link: Link) -> dict[str, Any]:
    """Give the configuration of the connector that copies records."""
    desired, topics = link.desired, link.desired["topics"]
    sync, own = desired.get("sync") or {}, desired.get("target_topics") or {}
    factor = own.get("replication_factor")
    made = {
        **link.common(),
        "topics": meant(topics),
        "topics.exclude": left_out(topics, NEVER_TOPICS),
        "sync.topic.configs.enabled": _flag(sync.get("topic_configs", True)),
        "sync.topic.acls.enabled": _flag(sync.get("acls", False)),
        "replication.factor": link.copies(1) if factor is None else str(factor),
        "offset-syncs.topic.replication.factor": link.copies(0),
        **_every(sync, "refresh.topics.interval.seconds", "sync.topic.configs.interval.seconds"),
    }
    if own.get("config"):  # whose values are kplan's must not be set back by the engine
        kept = dict.fromkeys([*NEVER_CONFIGS, *own["config"]])
        made["config.properties.exclude"] = ",".join(map(literal, kept))
    return _with(made, desired, "source_config")


def checkpoint_config(link: Link) -> dict[str, Any]:
    """Give the configuration of the connector that translates offsets."""
    desired, groups = link.desired, link.desired["groups"]
    sync = desired.get("sync") or {}
    made = {
        **link.common(),
        "groups": meant(groups),
        "groups.exclude": left_out(groups, NEVER_GROUPS),
        "topics": meant(desired["topics"]),
        "topics.exclude": left_out(desired["topics"], NEVER_TOPICS),
        "sync.group.offsets.enabled": _flag(sync.get("group_offsets", True)),
        "checkpoints.topic.replication.factor": link.copies(1),
        "offset-syncs.topic.replication.factor": link.copies(0),
        **_every(
            sync,
            "refresh.groups.interval.seconds",
            "emit.checkpoints.interval.seconds",
            "sync.group.offsets.interval.seconds",
        ),
    }
    return _with(made, desired, "checkpoint_config")


def heartbeat_config(link: Link) -> dict[str, Any]:
    """Give the configuration of the connector of heartbeats."""
    made = {**link.common(), "heartbeats.topic.replication.factor": link.copies(1)}
    return _with(made, link.desired, "heartbeat_config")


def _flag(value: Any) -> str:
    return "true" if value else "false"


def _every(sync: Mapping[str, Any], *names: str) -> dict[str, str]:
    seconds = sync.get("interval_seconds")
    return {} if seconds is None else dict.fromkeys(names, str(seconds))


def _with(made: dict[str, Any], desired: Values, name: str) -> dict[str, Any]:
    return {**made, **(desired[MIRRORMAKER2].get(name) or {})}


def parted(config: Mapping[str, Any]) -> tuple[Values, Values]:
    """Part a configuration into what may be seen and what is secret."""
    hidden = {key: value.reveal() for key, value in config.items() if isinstance(value, Secret)}
    shown = {key: value for key, value in config.items() if key not in hidden}
    return make_map(shown), hidden
