"""The block types of access: `acl`, `grant`, and the bindings that both come to. Data only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kplan.sdk.types import OPTIONAL, REQUIRED, Attribute, Composite, Leaf, NestedBlock
from kplan_kafka.types import CLUSTER

if TYPE_CHECKING:
    from kplan.sdk.types import BlockType

BINDING: Final = "acl_binding"
ACL: Final = "acl"
GRANT: Final = "grant"
BINDINGS_IN_A_CALL: Final = 1000

IDENTITY: Final = (
    "principal",
    "operation",
    "resource_type",
    "resource_name",
    "pattern_type",
    "permission",
    "host",
)

BINDING_LEAF: Final = Leaf(
    name=BINDING,
    doc="One access control entry of a cluster: who may, or may not, do what on which resources from where.",
    identity=IDENTITY,
    on=CLUSTER,
    on_attribute="cluster",
    rank=20,
    batch=BINDINGS_IN_A_CALL,
    shared=True,
    attributes=tuple(Attribute(name, "string", "") for name in IDENTITY),
)

_ON: Final = Attribute(
    "cluster",
    CLUSTER,
    "The cluster whose access it is.",
    REQUIRED,
    "cluster.primary",
    "The same access on another cluster: made there, and taken away here.",
)
_CHANGED: Final = "What is no longer asked for is taken away once all that is asked for now is there."

ACL_TYPE: Final = Composite(
    ACL,
    doc="Access to one resource, or to all whose names begin alike, as Kafka's own access control lists have it. What one "
    "kind of client needs as a whole is better said with grant.",
    sole=True,
    attributes=(
        _ON,
        Attribute(
            "resource_type",
            "string",
            "What is accessed: topic, group, cluster, transactional_id, delegation_token or user.",
            REQUIRED,
            '"topic"',
            _CHANGED,
        ),
        Attribute(
            "resource_name",
            "string",
            'Its name, or with the pattern type prefixed the beginning of names; "*" means all. Of a cluster it is '
            "kafka-cluster, which need not be stated.",
            OPTIONAL,
            '"orders"',
            _CHANGED,
        ),
        Attribute(
            "pattern_type",
            "string",
            "How resource_name is meant: literal or prefixed; literal where not stated.",
            OPTIONAL,
            '"prefixed"',
            _CHANGED,
        ),
        Attribute("principal", "string", "Who, as Type:name.", REQUIRED, '"User:billing"', _CHANGED),
        Attribute(
            "host",
            "string",
            'From which IP address; "*", any, where not stated.',
            OPTIONAL,
            '"10.0.0.7"',
            _CHANGED,
        ),
        Attribute(
            "operations",
            "set(string)",
            "What it is about, as Kafka calls it: READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, ALL and so on.",
            REQUIRED,
            '["READ", "WRITE"]',
            _CHANGED,
        ),
        Attribute(
            "permission",
            "string",
            "allow or deny; allow where not stated. A deny goes before every allow.",
            OPTIONAL,
            '"deny"',
            _CHANGED,
        ),
    ),
)


def _names(what: str, which: str, example: str) -> tuple[Attribute, Attribute]:
    """Declare the two lists that say which resources of a kind are meant."""
    return (
        Attribute(
            f"{what}s",
            "list(string)",
            f'Names of {which}; "*" means all.',
            OPTIONAL,
            f'["{example}"]',
            _CHANGED,
        ),
        Attribute(
            f"{what}_prefixes",
            "list(string)",
            f"Beginnings of names of {which}.",
            OPTIONAL,
            f'["{example}."]',
            _CHANGED,
        ),
    )


_PRODUCE: Final = NestedBlock(
    "produce",
    (
        *_names("topic", "topics to write to", "orders"),
        *_names("transactional_id", "transactions that it may use", "billing"),
    ),
    "What a producer needs: WRITE on its topics, which lets it see them as well, and on its transactional ids.",
)
_CONSUME: Final = NestedBlock(
    "consume",
    (
        *_names("topic", "topics to read", "orders"),
        *_names("group", "consumer groups to be in", "billing"),
    ),
    "What a consumer needs: READ on its topics and on its groups.",
)
_STREAMS: Final = NestedBlock(
    "streams",
    (
        Attribute(
            "application_id",
            "string",
            "The application.id: its group, and the beginning of its own topics and transactions.",
            REQUIRED,
            '"billing"',
            _CHANGED,
        ),
        *_names("input_topic", "topics to read", "orders"),
        *_names("output_topic", "topics to write to", "invoices"),
    ),
    "What an application of Kafka Streams needs: READ and WRITE on the topics that it is for; its group; and to make, use "
    "and delete topics of its own, and to use transactions, whose names begin with its id.",
)
_CONNECT: Final = NestedBlock(
    "connect",
    (
        Attribute("group_id", "string", "The workers' group.id.", REQUIRED, '"connect"', _CHANGED),
        Attribute(
            "config_topic",
            "string",
            "Their config.storage.topic; connect-configs where not stated.",
            OPTIONAL,
            '"connect-configs"',
            _CHANGED,
        ),
        Attribute(
            "offset_topic",
            "string",
            "Their offset.storage.topic; connect-offsets where not stated.",
            OPTIONAL,
            '"connect-offsets"',
            _CHANGED,
        ),
        Attribute(
            "status_topic",
            "string",
            "Their status.storage.topic; connect-status where not stated.",
            OPTIONAL,
            '"connect-status"',
            _CHANGED,
        ),
    ),
    "What the workers of a Connect cluster need for themselves: their group, their transactions, and to make and use their "
    "three topics. What connectors read and write is said with consume and produce.",
)
_MIRROR: Final = NestedBlock(
    "mirror",
    (
        Attribute(
            "side",
            "string",
            "Which end of the replication this cluster is: source or target.",
            REQUIRED,
            '"source"',
            _CHANGED,
        ),
        *_names("topic", "topics: copied ones on the source, the copies on the target", "orders"),
        *_names("group", "consumer groups whose offsets are copied", "billing"),
        Attribute(
            "alias",
            "string",
            "What replication calls the other cluster: its own topics there are then named exactly. Of the target it must be "
            "stated where copies have their own names.",
            OPTIONAL,
            '"dr"',
            _CHANGED,
        ),
        Attribute(
            "sync_acls",
            "bool",
            "Whether it copies access as well; false where not stated.",
            OPTIONAL,
            "true",
            _CHANGED,
        ),
    ),
    "What MirrorMaker 2 needs. On the source: to read topics and their configuration, to see groups and their offsets, and "
    "to make and write its topic of offsets. On the target: to make, write, grow and configure copies, to write "
    "checkpoints and heartbeats, and to set offsets of groups.",
)
_KPLAN: Final = _names("topic", "topics that kplan is to look after; all where neither is stated", "orders")
_KPLAN_READ: Final = NestedBlock(
    "kplan_read",
    _KPLAN,
    "The least that kplan needs to plan: to see topics, their configuration, groups, access, and the cluster's defaults.",
)
_KPLAN_WRITE: Final = NestedBlock(
    "kplan_write",
    _KPLAN,
    "The least that kplan needs to plan and apply: what kplan_read gives; to make, change and delete topics; and to change "
    "access and users.",
)

GRANT_TYPE: Final = Composite(
    GRANT,
    doc="What principals may do, said by what they do: each nested block gives all that such a client needs, and no more.",
    attributes=(
        _ON,
        Attribute(
            "principals",
            "list(string)",
            "Who, each as Type:name. Several where one takes the other's place.",
            REQUIRED,
            '["User:billing-a", "User:billing-b"]',
            _CHANGED,
        ),
        Attribute(
            "hosts",
            "list(string)",
            "From which IP addresses; any where not stated.",
            OPTIONAL,
            '["10.0.0.7"]',
            _CHANGED,
        ),
    ),
    blocks=(_PRODUCE, _CONSUME, _STREAMS, _CONNECT, _MIRROR, _KPLAN_READ, _KPLAN_WRITE),
)

ACCESS_TYPES: Final[tuple[BlockType, ...]] = (BINDING_LEAF, ACL_TYPE, GRANT_TYPE)
