"""The block types of Kafka, as data."""

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
    Source,
)

if TYPE_CHECKING:
    from kplan.sdk.types import BlockType

CLUSTER: Final = "cluster"
TOPIC: Final = "topic"
TOPICS: Final = "topics"

_CONFIG_DOC: Final = (
    "Config keys, as Kafka names them. Durations (keys in .ms) may be written like 7d or 1h30m, "
    "sizes (keys in .bytes) like 1GiB."
)

_TOPIC_DEFAULTS: Final = NestedBlock(
    "topic_defaults",
    (
        Attribute(
            "replication_factor",
            "number",
            "Copies of each partition of a topic that states none.",
            OPTIONAL,
            "3",
        ),
        Attribute("partitions", "number", "Partitions of a topic that states none.", OPTIONAL, "6"),
        Attribute(
            "config",
            "map(string)",
            f"{_CONFIG_DOC} Each key applies to every topic that does not declare that key itself.",
            OPTIONAL,
            '{ "min.insync.replicas" = 2 }',
        ),
    ),
    "What topics on this cluster have where they do not say otherwise.",
)

_MANAGES: Final = NestedBlock(
    "manages",
    (
        Attribute(
            "topic_prefixes",
            "list(string)",
            "Topics may be declared and adopted only if their names start with one of these.",
            OPTIONAL,
            '["orders", "payments."]',
        ),
        Attribute(
            "principal_prefixes",
            "list(string)",
            "Access may be declared only for principals that start with one of these.",
            OPTIONAL,
            '["User:billing-"]',
        ),
    ),
    "What this configuration may touch on the cluster. It fences declarations in and never widens a deletion.",
)

_SECRET: Final = OPTIONAL | Is.SENSITIVE | Is.WRITE_ONLY

_SECURITY: Final = NestedBlock(
    "security",
    (
        Attribute(
            "protocol",
            "string",
            "How to connect, as Kafka calls it: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.",
            REQUIRED,
            '"SASL_SSL"',
        ),
        Attribute(
            "mechanism",
            "string",
            "How to log in, with SASL_…: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER or AWS_MSK_IAM.",
            OPTIONAL,
            '"SCRAM-SHA-512"',
        ),
        Attribute("username", "string", "Who logs in, by PLAIN or SCRAM.", OPTIONAL, '"kplan"'),
        Attribute("password", "string", "The password of who logs in.", _SECRET, "var.kplan_password"),
        Attribute(
            "token_endpoint",
            "string",
            "Where tokens for OAUTHBEARER are fetched, by client credentials.",
            OPTIONAL,
            '"https://login.example.com/oauth2/token"',
        ),
        Attribute("client_id", "string", "Who fetches them.", OPTIONAL, '"kplan"'),
        Attribute(
            "client_secret", "string", "The secret of who fetches them.", _SECRET, 'env("CLIENT_SECRET")'
        ),
        Attribute("scope", "string", "The scope to ask for.", OPTIONAL, '"kafka"'),
        Attribute(
            "aws_region",
            "string",
            "The region of an MSK cluster, for AWS_MSK_IAM; the credentials are those that AWS's tools would use.",
            OPTIONAL,
            '"eu-west-1"',
        ),
        Attribute("aws_profile", "string", "The AWS profile that signs.", OPTIONAL, '"kafka-admin"'),
        Attribute(
            "aws_role_arn",
            "string",
            "The AWS role that signs.",
            OPTIONAL,
            '"arn:aws:iam::123456789012:role/kafka-admin"',
        ),
        Attribute(
            "ca",
            "string",
            "Certificates of the CAs that the brokers' are from, as PEM; the system's where not stated.",
            OPTIONAL,
            'file("ca.pem")',
        ),
        Attribute(
            "certificate",
            "string",
            "kplan's own certificate and its chain, as PEM, for brokers that ask for one.",
            OPTIONAL,
            'file("kplan.pem")',
        ),
        Attribute("key", "string", "The certificate's key, as PEM.", _SECRET, 'sensitive(file("kplan.key"))'),
        Attribute("key_password", "string", "What opens the key.", _SECRET, 'env("KEY_PASSWORD")'),
        Attribute(
            "keystore",
            "string",
            "Certificate and key in one, as PKCS#12 in base64, in place of certificate and key.",
            _SECRET,
            'sensitive(filebase64("kplan.p12"))',
        ),
        Attribute(
            "keystore_password", "string", "What opens the keystore.", _SECRET, 'env("STORE_PASSWORD")'
        ),
        Attribute(
            "truststore",
            "string",
            "Certificates of CAs as PKCS#12 in base64, in place of ca.",
            OPTIONAL,
            'filebase64("trust.p12")',
        ),
        Attribute(
            "truststore_password", "string", "What opens the truststore.", _SECRET, 'env("STORE_PASSWORD")'
        ),
        Attribute(
            "principal",
            "string",
            "Who kplan is to the cluster; User: and the username where not stated. To be stated with a "
            "certificate or tokens.",
            OPTIONAL,
            '"User:kplan"',
        ),
    ),
    "How kplan connects to the cluster. Nothing of it is stored, nor copied to what kplan manages. That a broker's "
    "certificate is for the name that it was called by is always checked.",
)

CLUSTER_KIND: Final = EndpointKind(
    name=CLUSTER,
    doc="An Apache Kafka cluster, or one that speaks its protocol.",
    uid="cluster_id",
    reached_by="bootstrap_servers",
    readable=("name", "region", "labels", "cluster_id", "bootstrap_servers"),
    attributes=(
        Attribute(
            "bootstrap_servers",
            "list(string)",
            "Addresses of brokers, host:port; one that answers is enough.",
            REQUIRED,
            '["kafka1:9092", "kafka2:9092"]',
            "The next plan contacts the new addresses; they must lead to the cluster that state recorded.",
        ),
        Attribute(
            "cluster_id",
            "string",
            "The id that the cluster must report; any other stops everything there.",
            OPTIONAL_COMPUTED,
            '"q1Sh-9_ISia_zwGINzRvyQ"',
            "Nothing on the cluster; a plan fails unless the cluster reports this id.",
        ),
        Attribute(
            "client",
            "map(string)",
            "Settings of Kafka's clients by librdkafka's names, which all of kplan's connections follow: client.id, "
            "socket.connection.setup.timeout.ms, socket.timeout.ms, broker.address.family, socket.keepalive.enable.",
            OPTIONAL,
            '{ "client.id" = "kplan-ci" }',
        ),
        Attribute(
            "name",
            "string",
            "What the cluster is called, and its alias in replication; the block's label by default.",
            OPTIONAL,
            '"primary"',
        ),
        Attribute(
            "region",
            "string",
            "Where the cluster is; only rules and reports read it.",
            OPTIONAL,
            '"eu-west-1"',
        ),
    ),
    blocks=(_SECURITY, _TOPIC_DEFAULTS, _MANAGES),
)

TOPIC_LEAF: Final = Leaf(
    name=TOPIC,
    doc="A topic of a cluster, with the config keys that are its own.",
    identity=("name",),
    on=CLUSTER,
    on_attribute="cluster",
    rank=40,
    batch=1000,
    appears_within=60.0,
    attributes=(
        Attribute(
            "cluster",
            CLUSTER,
            "The cluster that the topic is on.",
            REQUIRED | Is.IMMUTABLE,
            "cluster.primary",
            "Another cluster means another topic: this one would be deleted, the other created empty.",
        ),
        Attribute(
            "name",
            "string",
            "The topic's name: letters, digits, '.', '_' and '-', at most 249. The block's label by default.",
            OPTIONAL | Is.IMMUTABLE,
            '"orders"',
            "Another name means another topic: this one would be deleted, the other created empty.",
        ),
        Attribute(
            "partitions",
            "number",
            "How many partitions. The cluster's default (num.partitions) where not stated.",
            OPTIONAL_COMPUTED,
            "12",
            "More: added in place, and keys move to other partitions. Fewer: refused, as Kafka cannot remove any.",
        ),
        Attribute(
            "replication_factor",
            "number",
            "Copies of each partition. The cluster's default (default.replication.factor) where not stated.",
            OPTIONAL_COMPUTED,
            "3",
            "Refused for now: moving replicas is not supported yet.",
        ),
        Attribute(
            "config",
            "map(string)",
            f"{_CONFIG_DOC} A declared key is set as the topic's own, even to the value it would inherit.",
            OPTIONAL,
            '{ "retention.ms" = "7d", "cleanup.policy" = "delete" }',
            "Keys are set in place. A key that is no longer declared goes back to what the cluster gives it; "
            "keys that were never declared are left alone.",
        ),
        Attribute(
            "mirrored_by",
            "replication_link",
            "The link that copies records to this topic. Its block then declares the copy, in place of the link.",
            OPTIONAL | Is.BEFORE,
            "replication_link.primary_to_dr",
        ),
        Attribute(
            "id",
            "string",
            "Kafka's id of the topic; a topic of the same name made anew has another.",
            COMPUTED,
        ),
    ),
)

_ASKED: Final = Attribute("cluster", CLUSTER, "The cluster that is asked.", REQUIRED, "cluster.primary")
_TOPIC_FACTS: Final = (
    Attribute("partitions", "number", "How many partitions it has.", COMPUTED),
    Attribute("replication_factor", "number", "Copies of each partition.", COMPUTED),
    Attribute("id", "string", "Kafka's id of the topic.", COMPUTED),
    Attribute("internal", "bool", "Whether Kafka keeps it for itself.", COMPUTED),
)

TOPIC_SOURCE: Final = Source(
    name=TOPIC,
    doc="A topic that is on a cluster, whoever made it. That it isn't there is an error.",
    on=CLUSTER,
    on_attribute="cluster",
    attributes=(
        _ASKED,
        Attribute("name", "string", "The topic's name.", REQUIRED, '"orders"'),
        *_TOPIC_FACTS,
        Attribute("config", "map(string)", "The config keys that are the topic's own.", COMPUTED),
    ),
)


def _filters(before: str, words: str) -> tuple[Attribute, ...]:
    return (
        Attribute(f"{before}names", "list(string)", f"Names, literally, {words}.", OPTIONAL, '["orders"]'),
        Attribute(
            f"{before}prefixes", "list(string)", f"Beginnings of names {words}.", OPTIONAL, '["payments."]'
        ),
        Attribute(
            f"{before}patterns",
            "list(string)",
            f"Java regular expressions, matched in full, for names {words}.",
            OPTIONAL,
            r'["billing\\.[a-z]+"]',
        ),
    )


TOPICS_SOURCE: Final = Source(
    name=TOPICS,
    doc="The topics on a cluster that filters mean; without any, all. A name in a filter that isn't there is simply not "
    "found.",
    on=CLUSTER,
    on_attribute="cluster",
    attributes=(
        _ASKED,
        *_filters("", "that are meant"),
        *_filters("exclude_", "that are left out again"),
        Attribute(
            "include_internal", "bool", "Whether topics that Kafka keeps for itself count.", OPTIONAL, "true"
        ),
        Attribute(
            "visible_only",
            "bool",
            "Whether topics that kplan's principal may not see are simply left out; else it is an error that there may be "
            "such, as Kafka's listing doesn't say.",
            OPTIONAL,
            "true",
        ),
        Attribute("found", "list(string)", "Their names, sorted.", COMPUTED),
        Attribute(
            "topics",
            "map(object({ partitions = number, replication_factor = number, id = string, internal = bool }))",
            "What each of them is, by name.",
            COMPUTED,
        ),
        Attribute(
            "unmet",
            "list(object({ argument = string, number = number, entry = string, nearest = string }))",
            "The entries of names, prefixes and patterns that mean no topic at all, left out or not, each with the number that it "
            "has there; for a name the nearest that there is, else null.",
            COMPUTED,
        ),
    ),
)

CLUSTER_SOURCE: Final = Source(
    name=CLUSTER,
    doc="What a cluster says of itself.",
    on=CLUSTER,
    on_attribute="cluster",
    attributes=(
        _ASKED,
        Attribute("cluster_id", "string", "Its id.", COMPUTED),
        Attribute("controller_id", "number", "The broker that passes for its controller.", COMPUTED),
        Attribute(
            "brokers",
            "list(object({ id = number, host = string, port = number, rack = string }))",
            "Its brokers, by id, with the addresses that they advertise.",
            COMPUTED,
        ),
        Attribute("broker_count", "number", "How many brokers it has.", COMPUTED),
        Attribute("racks", "list(string)", "The racks that they are in, sorted.", COMPUTED),
        Attribute(
            "metadata_version",
            "number",
            "The finalised level of its metadata.version; null before KRaft.",
            COMPUTED,
        ),
    ),
)

BLOCK_TYPES: Final[tuple[BlockType, ...]] = (
    CLUSTER_KIND,
    TOPIC_LEAF,
    TOPIC_SOURCE,
    TOPICS_SOURCE,
    CLUSTER_SOURCE,
)
