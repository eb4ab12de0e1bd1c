"""The block types of the in-memory provider, as data."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from kplan.sdk.types import (
    COMPUTED,
    OPTIONAL,
    OPTIONAL_COMPUTED,
    REQUIRED,
    Attribute,
    Composite,
    EndpointKind,
    Is,
    Leaf,
    NestedBlock,
    Source,
)

if TYPE_CHECKING:
    from kplan.sdk.types import BlockType

CLUSTER: Final = "memory_cluster"
TOPIC: Final = "memory_topic"
JOB: Final = "memory_job"
TOPICS: Final = "memory_topics"
TEAM: Final = "memory_team"
SEAT: Final = "memory_seat"
RELAY: Final = "memory_relay"
MEMBER: Final = "memory_member"

_CLUSTER = EndpointKind(
    name=CLUSTER,
    doc="A cluster without servers, held in this process or in a file.",
    uid="cluster_id",
    reached_by="world",
    readable=("name", "cluster_id"),
    attributes=(
        Attribute(
            "world",
            "string",
            "Path of the file that holds the cluster. Without it the cluster lives in this process only.",
            OPTIONAL,
            '"world.json"',
        ),
        Attribute("cluster_id", "string", "The id that the cluster must have.", OPTIONAL_COMPUTED),
        Attribute("name", "string", "What the cluster is called; the block's label by default.", OPTIONAL),
    ),
    blocks=(
        NestedBlock(
            "topic_defaults",
            (
                Attribute("partitions", "number", "Partitions of a topic that states none.", OPTIONAL, "3"),
                Attribute(
                    "config", "map(string)", "Config keys of every topic that doesn't set them itself."
                ),
            ),
            "What topics on this cluster have where they don't say otherwise.",
        ),
        NestedBlock(
            "manages",
            (
                Attribute(
                    "topic_prefixes", "list(string)", "Prefixes of the names that may be declared here."
                ),
            ),
            "What this configuration may declare and adopt on the cluster.",
        ),
    ),
)

_HANDLE = Attribute("cluster", CLUSTER, "The cluster that it is on.", REQUIRED, "memory_cluster.here")
_TOPIC_ATTRIBUTES = (
    _HANDLE,
    Attribute("name", "string", "The topic's name; the block's label by default.", OPTIONAL | Is.IMMUTABLE),
    Attribute("partitions", "number", "How many partitions; 1 by default.", OPTIONAL, "6", "can only grow"),
    Attribute(
        "replication_factor",
        "number",
        "Copies of each partition; the cluster decides where not stated.",
        OPTIONAL_COMPUTED | Is.IMMUTABLE,
        "3",
    ),
    Attribute(
        "config", "map(string)", "Config keys of the topic's own.", OPTIONAL, '{ "retention.ms" = "1d" }'
    ),
    Attribute("note", "string", "Free text."),
    Attribute(
        "relayed_by",
        RELAY,
        "The relay that fills the topic, and doesn't make it then.",
        OPTIONAL | Is.BEFORE,
        "memory_relay.out",
    ),
    Attribute("id", "string", "The topic's id, new with each creation.", COMPUTED),
    Attribute("records", "number", "How many records the topic holds.", COMPUTED | Is.VOLATILE),
)

_JOB = Leaf(
    name=JOB,
    doc="Work that takes long: its live value moves to `target` in many small steps.",
    attributes=(
        _HANDLE,
        Attribute("name", "string", "The job's name; the block's label by default.", OPTIONAL | Is.IMMUTABLE),
        Attribute("target", "number", "Where the job is to stand; a whole number.", REQUIRED, "10"),
    ),
    identity=("name",),
    on=CLUSTER,
    on_attribute="cluster",
    rank=60,
    batch=100,
)

_TOPICS = Source(
    name=TOPICS,
    doc="The names of the topics that are on a cluster.",
    attributes=(
        _HANDLE,
        Attribute("prefix", "string", "Only names that start so; all by default.", OPTIONAL, '"orders."'),
        Attribute("names", "list(string)", "The names, sorted.", COMPUTED),
        Attribute("count", "number", "How many there are.", COMPUTED),
    ),
    on=CLUSTER,
    on_attribute="cluster",
)


_MEMBER = Leaf(
    name=MEMBER,
    doc="Somebody who is a member of a cluster, whichever blocks say so.",
    attributes=(Attribute("name", "string", "Who."),),
    identity=("name",),
    on=CLUSTER,
    on_attribute="cluster",
    rank=20,
    batch=100,
    shared=True,
)

_TEAM = Composite(
    TEAM,
    (_HANDLE, Attribute("members", "list(string)", "Who is in it.", REQUIRED, '["ann", "bob"]')),
    "Several members; teams may have members in common.",
)

_SEAT = Composite(
    SEAT,
    (_HANDLE, Attribute("member", "string", "Who has it.", REQUIRED, '"ann"')),
    "One member, who may have no second seat.",
    sole=True,
)


_RELAY = Composite(
    RELAY,
    (
        Attribute("source", CLUSTER, "The cluster whose topics are copied.", REQUIRED, "memory_cluster.here"),
        Attribute("target", CLUSTER, "The cluster that gets the copies.", REQUIRED, "memory_cluster.there"),
        Attribute(
            "prefix", "string", "Only topics whose names start so; all by default.", OPTIONAL, '"orders."'
        ),
        Attribute(
            "watchers",
            "list(string)",
            "A team on the target that is there before the job.",
            OPTIONAL,
            '["ann"]',
        ),
        Attribute(
            "lasting",
            "bool",
            "Whether copies that are there already are taken over, and all of them stay; false by default.",
        ),
    ),
    "Copies of the topics that are on a cluster, and a job that needs them.",
    asks=True,
)


@lru_cache
def block_types(appears_within: float) -> tuple[BlockType, ...]:
    """Give every block type; `appears_within` in seconds."""
    topic = Leaf(
        name=TOPIC,
        doc="A topic without records.",
        attributes=_TOPIC_ATTRIBUTES,
        identity=("name",),
        on=CLUSTER,
        on_attribute="cluster",
        rank=40,
        batch=1000,
        appears_within=appears_within,
    )
    late = appears_within
    leaves = (topic, _JOB._replace(appears_within=late), _MEMBER._replace(appears_within=late))
    return (_CLUSTER, *leaves, _TEAM, _SEAT, _RELAY, _TOPICS)
