"""The block type of replication links, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kplan.sdk.types import OPTIONAL, REQUIRED, Attribute, Composite, Is, NestedBlock
from kplan_mirrormaker.file_types import FILE_LEAF

if TYPE_CHECKING:
    from kplan.sdk.types import BlockType

LINK: Final = "replication_link"
MIRRORMAKER2: Final = "mirrormaker2"
CONNECT: Final = "connect"
DEDICATED: Final = "dedicated"
KEEP: Final = "keep"
DELETE: Final = "delete"
DEPLOYMENTS: Final = (CONNECT, DEDICATED)
STATES: Final = ("RUNNING", "PAUSED", "STOPPED")
PREFIXED: Final = "prefixed"
UNCHANGED: Final = "unchanged"
NAMINGS: Final = (PREFIXED, UNCHANGED)


def _filters(what: str, example: str) -> tuple[Attribute, ...]:
    return tuple(
        attribute
        for before, words in (("", "that are meant"), ("exclude_", "that are left out again"))
        for attribute in (
            Attribute(
                f"{before}names",
                "list(string)",
                f"Names of {what}, literally, {words}.",
                OPTIONAL,
                f'["{example}"]',
            ),
            Attribute(
                f"{before}prefixes",
                "list(string)",
                f"Beginnings of names of {what} {words}.",
                OPTIONAL,
                f'["{example}."]',
            ),
            Attribute(
                f"{before}patterns",
                "list(string)",
                f"Java regular expressions, matched in full, for names of {what} {words}.",
                OPTIONAL,
                rf'["{example}\\.[a-z]+"]',
            ),
        )
    )


_TOPICS: Final = NestedBlock(
    "topics", _filters("topics", "orders"), "Which topics of the source are copied. Kafka's own never are."
)
_GROUPS: Final = NestedBlock(
    "groups",
    _filters("consumer groups", "billing"),
    "Whose offsets are translated, so that consumers can go on at the target.",
)
_SYNC: Final = NestedBlock(
    "sync",
    (
        Attribute(
            "topic_configs",
            "bool",
            "Whether changes of a topic's configuration are copied; true where not stated. min.insync.replicas and throttles "
            "never are.",
            OPTIONAL,
            "false",
        ),
        Attribute(
            "acls",
            "bool",
            "Whether access to copied topics is copied, read only; false where not stated. Access to groups, and to write, "
            "never is.",
            OPTIONAL,
            "true",
        ),
        Attribute(
            "group_offsets",
            "bool",
            "Whether translated offsets are written to groups of the target that nobody is in; true where not stated and "
            "there is a block groups.",
            OPTIONAL,
            "false",
        ),
        Attribute(
            "interval_seconds",
            "number",
            "How often topics, groups and configurations are looked at, and offsets and checkpoints written; MirrorMaker's "
            "own times where not stated (600 and 60).",
            OPTIONAL,
            "10",
        ),
    ),
    "What is copied beside records.",
)
_TARGET_TOPICS: Final = NestedBlock(
    "target_topics",
    (
        Attribute("replication_factor", "number", "Copies of each partition on the target.", OPTIONAL, "3"),
        Attribute(
            "config",
            "map(string)",
            "Config keys that topics on the target have of their own; all others are the engine's.",
            OPTIONAL,
            '{ "min.insync.replicas" = 2 }',
        ),
        Attribute(
            "on_destroy",
            "string",
            "What becomes of them when the link goes, or takes their topics no longer: keep, or delete, which loses data and "
            "needs consent; keep where not stated.",
            OPTIONAL,
            '"delete"',
        ),
    ),
    "With this block kplan makes the topics on the target, before records come, with the partitions of the source's. Without "
    "it the engine makes them, and they stay when the link goes.",
)
_SECRET: Final = OPTIONAL | Is.SENSITIVE | Is.WRITE_ONLY
_SECURITY: Final = NestedBlock(
    "security",
    (
        Attribute(
            "protocol", "string", "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.", REQUIRED, '"SASL_SSL"'
        ),
        Attribute(
            "mechanism", "string", "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.", OPTIONAL, '"SCRAM-SHA-512"'
        ),
        Attribute("username", "string", "Who the replicator logs in as.", OPTIONAL, '"replicator"'),
        Attribute(
            "password",
            "string",
            "The replicator's password: a sensitive value, or where the workers find it.",
            _SECRET,
            '"$${file:/etc/connect/primary.properties:password}"',
        ),
        Attribute("ca", "string", "Certificates of the brokers' CAs, as PEM.", OPTIONAL, 'file("ca.pem")'),
        Attribute(
            "principal",
            "string",
            "Who the replicator is to the cluster; User: and the username where not stated.",
            OPTIONAL,
            '"User:replicator"',
        ),
    ),
    "How the replicator connects. kplan's own credentials are never given to it.",
)


def _client(name: str, end: str) -> NestedBlock:
    return NestedBlock(
        name,
        (
            Attribute(
                "bootstrap_servers",
                "list(string)",
                f"Addresses of the {end} as the workers reach it; those of its block where not stated.",
                OPTIONAL,
                '["kafka1.internal:9092"]',
            ),
        ),
        f"How the replicator reaches the {end}. For a cluster with security it must be there.",
        (_SECURITY,),
    )


_MIRRORMAKER: Final = NestedBlock(
    MIRRORMAKER2,
    (
        Attribute(
            "connect_cluster",
            "connect_cluster",
            "The workers that the connectors run on. They belong to the target: what they write they write there. Not for a "
            "dedicated MirrorMaker.",
            OPTIONAL,
            "connect_cluster.mm2_dr",
        ),
        Attribute(
            "deployment",
            "string",
            "Where MirrorMaker runs: connect (on workers), or dedicated: processes of its own, for which kplan writes the "
            "file that they are started with; connect where not stated.",
            OPTIONAL,
            '"dedicated"',
        ),
        Attribute(
            "path",
            "string",
            "Where the file of a dedicated MirrorMaker is written, seen from the folder of the configuration.",
            OPTIONAL,
            '"primary-to-dr.properties"',
        ),
        Attribute(
            "config",
            "map(string)",
            "Further properties of a dedicated MirrorMaker as a whole, such as dedicated.mode.enable.internal.rest.",
            OPTIONAL,
            '{ "offset.flush.interval.ms" = 10000 }',
        ),
        Attribute("tasks_max", "number", "How many tasks copy records; 1 where not stated.", OPTIONAL, "4"),
        Attribute(
            "state",
            "string",
            "RUNNING, PAUSED or STOPPED, of all connectors of the link. Where not stated kplan starts them, and from then on "
            "leaves them as they are; with RUNNING an apply also restarts what of them has failed. Not for a dedicated "
            "MirrorMaker.",
            OPTIONAL,
            '"RUNNING"',
        ),
        Attribute(
            "heartbeats",
            "bool",
            "Whether a connector of heartbeats runs too; true where not stated.",
            OPTIONAL,
            "false",
        ),
        Attribute(
            "source_config",
            "map(string)",
            "Further keys of the source connector, as MirrorMaker names them.",
            OPTIONAL,
            '{ "offset.lag.max" = 10 }',
        ),
        Attribute("checkpoint_config", "map(string)", "Further keys of the checkpoint connector.", OPTIONAL),
        Attribute("heartbeat_config", "map(string)", "Further keys of the heartbeat connector.", OPTIONAL),
    ),
    "How the link is carried out by MirrorMaker 2: on Kafka Connect, or by a dedicated MirrorMaker.",
)

LINK_TYPE: Final = Composite(
    LINK,
    doc="Replication of topics from one cluster to another: connectors of MirrorMaker 2, or the file of a dedicated MirrorMaker, "
    "the access that they need on both sides, and with target_topics the topics that they write to.",
    asks=True,
    attributes=(
        Attribute(
            "name",
            "string",
            "What the connectors' names begin with; the source, an arrow and the target (primary->dr) where not stated. "
            "Several links between the same two clusters need names of their own.",
            OPTIONAL,
            '"payments"',
        ),
        Attribute("source", "cluster", "The cluster that is copied from.", REQUIRED, "cluster.primary"),
        Attribute("target", "cluster", "The cluster that is copied to.", REQUIRED, "cluster.dr"),
        Attribute("engine", "string", "What copies: mirrormaker2.", REQUIRED, '"mirrormaker2"'),
        Attribute(
            "naming",
            "string",
            "What copies are called: prefixed (the source's name, a dot, the topic's name), or unchanged; prefixed where "
            "not stated.",
            OPTIONAL,
            '"unchanged"',
        ),
        Attribute(
            "rpo",
            "string",
            "How old what the target lacks may at most be when the source is lost, as a duration. A plan warns where the link's "
            "intervals alone can exceed it; nothing else follows from it.",
            OPTIONAL,
            '"5m"',
        ),
    ),
    blocks=(
        _TOPICS,
        _GROUPS,
        _SYNC,
        _TARGET_TOPICS,
        _client("source_client", "source"),
        _client("target_client", "target"),
        _MIRRORMAKER,
    ),
)

BLOCK_TYPES: Final[tuple[BlockType, ...]] = (LINK_TYPE, FILE_LEAF)
