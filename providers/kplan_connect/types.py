"""The block types of Kafka Connect, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kplan.sdk.types import (
    COMPUTED,
    OPTIONAL,
    OPTIONAL_COMPUTED,
    REQUIRED,
    Attribute,
    EndpointKind,
    Is,
    Leaf,
    NestedBlock,
)

if TYPE_CHECKING:
    from kplan.sdk.types import BlockType

CONNECT_CLUSTER: Final = "connect_cluster"
CONNECTOR: Final = "connector"
RUNNING: Final = "RUNNING"
PAUSED: Final = "PAUSED"
STOPPED: Final = "STOPPED"
STATES: Final = (RUNNING, PAUSED, STOPPED)
FAILED: Final = "FAILED"
"""What one is that is to run and of which something has failed. Never declared."""
KEEP: Final = "keep"
RESET: Final = "reset"
BATCH: Final = 50

_SECRET: Final = OPTIONAL | Is.SENSITIVE | Is.WRITE_ONLY

_SECURITY: Final = NestedBlock(
    "security",
    (
        Attribute("username", "string", "Who logs in, by HTTP's basic authentication.", OPTIONAL, '"kplan"'),
        Attribute("password", "string", "The password of who logs in.", _SECRET, "var.connect_password"),
        Attribute(
            "ca",
            "string",
            "Certificates of the CAs that the workers' are from, as PEM; the system's where not stated.",
            OPTIONAL,
            'file("ca.pem")',
        ),
        Attribute(
            "certificate",
            "string",
            "kplan's own certificate and its chain, as PEM, for workers that ask for one.",
            OPTIONAL,
            'file("kplan.pem")',
        ),
        Attribute("key", "string", "The certificate's key, as PEM.", _SECRET, 'sensitive(file("kplan.key"))'),
        Attribute("key_password", "string", "What opens the key.", _SECRET, 'env("KEY_PASSWORD")'),
    ),
    "How kplan connects to the workers. Nothing of it is stored. That a worker's certificate is for the name that it was "
    "called by is always checked.",
)

_MANAGES: Final = NestedBlock(
    "manages",
    (
        Attribute(
            "connector_prefixes",
            "list(string)",
            "Connectors may be declared and adopted only if their names start with one of these.",
            OPTIONAL,
            '["billing-"]',
        ),
    ),
    "What this configuration may touch on the workers. It fences declarations in and never widens a deletion.",
)

CONNECT_CLUSTER_KIND: Final = EndpointKind(
    name=CONNECT_CLUSTER,
    doc="Workers of Kafka Connect that share a group: one Connect cluster.",
    uid="connect_cluster_id",
    readable=("name", "labels", "cluster", "group_id", "principal", "urls", "connect_cluster_id"),
    inside="cluster",
    reached_by="urls",
    attributes=(
        Attribute(
            "urls",
            "list(string)",
            "Addresses of workers' REST interfaces; one that answers is enough.",
            REQUIRED,
            '["http://connect1:8083", "http://connect2:8083"]',
            "The next plan contacts the new addresses; they must lead to workers of the same Kafka cluster.",
        ),
        Attribute(
            "cluster",
            "cluster",
            "The Kafka cluster that the workers keep their own topics on. Workers that say otherwise are refused.",
            REQUIRED,
            "cluster.primary",
            "The next plan holds the workers against the other cluster.",
        ),
        Attribute(
            "group_id",
            "string",
            "The workers' group.id. No call tells it: it is taken as stated.",
            REQUIRED,
            '"connect"',
            "Another group is another Connect cluster.",
        ),
        Attribute(
            "principal",
            "string",
            "Who the workers are to the Kafka cluster, for those who give them access.",
            OPTIONAL,
            '"User:connect"',
        ),
        Attribute(
            "name",
            "string",
            "What the Connect cluster is called; the block's label by default.",
            OPTIONAL,
            '"etl"',
        ),
        Attribute(
            "connect_cluster_id",
            "string",
            "The Kafka cluster's id, a slash, and group_id; any other stops everything there.",
            OPTIONAL_COMPUTED,
            '"q1Sh-9_ISia_zwGINzRvyQ/connect"',
        ),
    ),
    blocks=(_SECURITY, _MANAGES),
)

_TRANSFORM: Final = NestedBlock(
    "transform",
    (
        Attribute(
            "type",
            "string",
            "The transformation's class.",
            REQUIRED,
            '"org.apache.kafka.connect.transforms.RegexRouter"',
        ),
        Attribute(
            "config",
            "map(string)",
            "Its keys, without transforms and the label before them; predicate and negate too.",
            OPTIONAL,
            '{ regex = "(.*)", replacement = "copy.$1" }',
        ),
    ),
    "A transformation of each record. They are applied in the order that they stand in.",
    many=True,
)

CONNECTOR_LEAF: Final = Leaf(
    name=CONNECTOR,
    doc="A connector of any class. What is declared is the whole of its configuration: a key that is no longer declared goes, "
    "whoever set it. An unchanged configuration is never sent, as workers restart a connector for it.",
    identity=("name",),
    on=CONNECT_CLUSTER,
    on_attribute=CONNECT_CLUSTER,
    rank=60,
    batch=BATCH,
    appears_within=60.0,
    blocks=(_TRANSFORM,),
    attributes=(
        Attribute(
            "connect_cluster",
            CONNECT_CLUSTER,
            "The Connect cluster that runs it.",
            REQUIRED | Is.IMMUTABLE,
            "connect_cluster.etl",
            "Another Connect cluster means another connector: this one is deleted, the other made.",
        ),
        Attribute(
            "name",
            "string",
            "The connector's name; the block's label by default. Source connectors keep their offsets under it, and the "
            "consumer group of a sink connector is called connect- and the name.",
            OPTIONAL | Is.IMMUTABLE,
            '"orders->archive"',
            "Another name means another connector: this one is deleted, the other made, which begins anew.",
        ),
        Attribute(
            "class",
            "string",
            "The plugin, connector.class: a class, or a short name of it that the workers know.",
            REQUIRED,
            '"org.apache.kafka.connect.file.FileStreamSinkConnector"',
            "Its tasks restart. From a source to a sink connector or back is refused.",
        ),
        Attribute(
            "tasks_max",
            "number",
            "The most tasks that it may have, tasks.max; Connect takes 1 where not stated.",
            OPTIONAL,
            "4",
            "Its tasks restart.",
        ),
        Attribute(
            "config",
            "map(string)",
            "Keys as the plugin names them, verbatim. No secrets: placeholders such as $${file:/etc/connect/db:password} "
            "that workers resolve, or sensitive_config.",
            OPTIONAL,
            '{ "topics" = "orders", "file" = "/tmp/orders" }',
            "Its tasks restart.",
        ),
        Attribute(
            "sensitive_config",
            "map(string)",
            "More keys, whose values are shown and stored nowhere by kplan. Workers keep them in the open, in a topic.",
            _SECRET,
            "{ password = var.database_password }",
            "Its tasks restart.",
        ),
        Attribute(
            "sensitive_config_version",
            "number",
            "Says when to send sensitive_config: whenever this changes, and not otherwise. Without it kplan compares what "
            "the workers have.",
            OPTIONAL,
            "2",
            "sensitive_config is sent if it differs.",
        ),
        Attribute(
            "sensitive_keys",
            "list(string)",
            "The keys of sensitive_config that the connector has.",
            COMPUTED,
        ),
        Attribute(
            "may_be_idle",
            "bool",
            "Whether it is as it should be without a task too, as a mirror is while there is no topic to copy; false where not "
            "stated. Workers are not told.",
            OPTIONAL,
            "true",
        ),
        Attribute(
            "allow_plain",
            "list(string)",
            "Keys of config that may hold a literal although they look like secrets; those of a transformation as "
            "transforms.label.key.",
            OPTIONAL,
            '["api.key"]',
            "Nothing on the workers.",
        ),
        Attribute(
            "state",
            "string",
            "RUNNING, PAUSED or STOPPED. Where not stated kplan starts it, and from then on leaves it as it is; with RUNNING an "
            "apply also restarts what of it has failed.",
            OPTIONAL,
            '"PAUSED"',
            "It is paused, stopped, resumed, or restarted where it has failed.",
        ),
        Attribute(
            "offsets_on_destroy",
            "string",
            "What becomes of its offsets when it is deleted: keep (a connector of the same name goes on from there) or reset. "
            "It counts as it was last applied.",
            OPTIONAL,
            '"reset"',
            "Nothing on the workers, until it is deleted.",
        ),
        Attribute("type", "string", "source or sink.", COMPUTED),
    ),
)

BLOCK_TYPES: Final[tuple[BlockType, ...]] = (CONNECT_CLUSTER_KIND, CONNECTOR_LEAF)
