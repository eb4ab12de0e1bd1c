"""Rights: what Kafka knows of operations on resources, and which of them each role of a grant comes to. Pure.

Which operations a resource has, and which of them imply DESCRIBE, is Kafka's AclEntry.supportedOperations and
StandardAuthorizer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kplan.sdk.session import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Names = tuple[str, ...]

CLUSTER_NAME: Final = "kafka-cluster"
ANY: Final = "*"
LITERAL: Final = "literal"
PREFIXED: Final = "prefixed"
TOPIC: Final = "topic"
GROUP: Final = "group"
CLUSTER: Final = "cluster"
TRANSACTIONAL_ID: Final = "transactional_id"

OPERATIONS: Final[dict[str, Names]] = {
    TOPIC: (
        "READ",
        "WRITE",
        "CREATE",
        "DESCRIBE",
        "DELETE",
        "ALTER",
        "DESCRIBE_CONFIGS",
        "ALTER_CONFIGS",
        "ALL",
    ),
    GROUP: ("READ", "DESCRIBE", "DELETE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS", "ALL"),
    CLUSTER: (
        "CREATE",
        "CLUSTER_ACTION",
        "DESCRIBE_CONFIGS",
        "ALTER_CONFIGS",
        "IDEMPOTENT_WRITE",
        "ALTER",
        "DESCRIBE",
        "ALL",
    ),
    TRANSACTIONAL_ID: ("DESCRIBE", "WRITE", "TWO_PHASE_COMMIT", "ALL"),
    "delegation_token": ("DESCRIBE", "ALL"),
    "user": ("CREATE_TOKENS", "DESCRIBE_TOKENS", "ALL"),
}
"""The operations that can be granted on each type of resource."""


class Right(NamedTuple):
    """One operation on resources: one of a name, or all whose names begin with it."""

    operation: str
    resource_type: str
    name: str
    pattern: str = LITERAL


class Wanted(NamedTuple):
    """Names of resources of one type, as a block lists them."""

    resource_type: str
    literal: Names
    prefixes: Names

    def rights(self, *operations: str) -> Iterator[Right]:
        """Give each operation on each of them."""
        for operation in operations:
            for name in self.literal:
                yield Right(operation, self.resource_type, name)
            for name in self.prefixes:
                yield Right(operation, self.resource_type, name, PREFIXED)


def wanted(block: Mapping[str, Any], what: str, resource_type: str) -> Wanted:
    """Read the two lists of a block that name resources."""
    return Wanted(resource_type, block.get(f"{what}s") or (), block.get(f"{what}_prefixes") or ())


def role_rights(role: str, block: Mapping[str, Any]) -> Iterator[Right]:
    """Give the rights of one nested block of a grant; its values are known."""
    match role:
        case "produce":
            yield from wanted(block, "topic", TOPIC).rights("WRITE")
            yield from wanted(block, "transactional_id", TRANSACTIONAL_ID).rights("WRITE")
        case "consume":
            yield from wanted(block, "topic", TOPIC).rights("READ")
            yield from wanted(block, "group", GROUP).rights("READ")
        case "streams":
            yield from _streams(block)
        case "connect":
            yield from _connect(block)
        case "mirror":
            yield from _mirror_source(block) if block["side"] == "source" else _mirror_target(block)
        case "kplan_read" | "kplan_write":
            yield from _kplan(block, writes=role == "kplan_write")
        case _:
            raise ValueError(f"a grant has no role {role}")


def _streams(block: Mapping[str, Any]) -> Iterator[Right]:
    own = (block["application_id"],)
    yield from wanted(block, "input_topic", TOPIC).rights("READ")
    yield from wanted(block, "output_topic", TOPIC).rights("WRITE")
    yield from Wanted(GROUP, own, ()).rights("READ")
    yield from Wanted(TOPIC, (), (f"{own[0]}-",)).rights(
        "READ", "WRITE", "CREATE", "DELETE", "DESCRIBE_CONFIGS"
    )
    yield from Wanted(TRANSACTIONAL_ID, (), (f"{own[0]}-",)).rights("WRITE")


CONNECT_TOPICS: Final = {
    "config_topic": "connect-configs",
    "offset_topic": "connect-offsets",
    "status_topic": "connect-status",
}


def _connect(block: Mapping[str, Any]) -> Iterator[Right]:
    group = block["group_id"]
    topics = tuple(block.get(name) or usual for name, usual in CONNECT_TOPICS.items())
    yield from Wanted(GROUP, (group,), ()).rights("READ")
    yield from Wanted(TOPIC, topics, ()).rights("READ", "WRITE", "CREATE", "DESCRIBE_CONFIGS")
    yield from Wanted(TRANSACTIONAL_ID, (f"connect-cluster-{group}",), ()).rights("WRITE")


def _mirror_source(block: Mapping[str, Any]) -> Iterator[Right]:
    yield from wanted(block, "topic", TOPIC).rights("READ", "DESCRIBE_CONFIGS")
    yield from wanted(block, "group", GROUP).rights("DESCRIBE")
    alias = block.get("alias")
    syncs = Wanted(TOPIC, (f"mm2-offset-syncs.{alias}.internal",), ())
    if alias is None:
        syncs = Wanted(TOPIC, (), ("mm2-offset-syncs.",))
    yield from syncs.rights("CREATE", "READ", "WRITE", "DESCRIBE_CONFIGS")
    yield from Wanted(TOPIC, ("heartbeats",), ()).rights("READ", "DESCRIBE_CONFIGS")
    if block.get("sync_acls"):
        yield Right("DESCRIBE", CLUSTER, CLUSTER_NAME)


def _mirror_target(block: Mapping[str, Any]) -> Iterator[Right]:
    yield from wanted(block, "topic", TOPIC).rights(
        "CREATE", "READ", "WRITE", "ALTER", "DESCRIBE_CONFIGS", "ALTER_CONFIGS"
    )
    yield from wanted(block, "group", GROUP).rights("READ")
    alias = block.get("alias")
    checkpoints = () if alias is None else (f"{alias}.checkpoints.internal", f"{alias}.heartbeats")
    own = Wanted(TOPIC, ("heartbeats", *checkpoints), ())
    yield from own.rights("CREATE", "READ", "WRITE", "DESCRIBE_CONFIGS")
    if block.get("sync_acls"):
        yield Right("ALTER", CLUSTER, CLUSTER_NAME)


def _kplan(block: Mapping[str, Any], *, writes: bool) -> Iterator[Right]:
    topics = wanted(block, "topic", TOPIC)
    if not topics.literal and not topics.prefixes:
        topics = topics._replace(literal=(ANY,))
    yield from Wanted(GROUP, (ANY,), ()).rights("DESCRIBE")
    if writes:
        yield from topics.rights("CREATE", "DELETE", "ALTER", "ALTER_CONFIGS")  # which imply those to read
        yield Right("ALTER", CLUSTER, CLUSTER_NAME)
    else:
        yield from topics.rights("DESCRIBE", "DESCRIBE_CONFIGS")
        yield Right("DESCRIBE", CLUSTER, CLUSTER_NAME)
    if not (writes and ANY in topics.literal):  # who may create any topic learns by that what one gets
        yield Right("DESCRIBE_CONFIGS", CLUSTER, CLUSTER_NAME)


def check_names(role: str, block: Mapping[str, Any]) -> Iterator[Fault]:
    """Find names in a role that mean nothing, or something else than was meant."""
    for attribute, value in block.items():
        if not isinstance(value, tuple):
            continue
        for at, name in enumerate(value):
            yield from _check_name(attribute, name, (role, attribute, at))


def _check_name(attribute: str, name: str, path: tuple[str | int, ...]) -> Iterator[Fault]:
    prefix = attribute.endswith("_prefixes")
    if not name:
        remedy = 'To mean all, write "*" among the names.' if prefix else ""
        yield Fault("empty_name", f"{attribute} has an empty text", "", remedy, path)
    elif prefix and name == ANY:
        names = f"{attribute.removesuffix('_prefixes')}s"
        remedy = f'To mean all, write {names} = ["*"].'
        yield Fault("star_as_prefix", f'{attribute} takes "*" as a letter', "", remedy, path)
    elif "topic" in attribute and "*" in name and name != ANY:
        literal = name.rstrip("*")
        kind = attribute.removesuffix("_prefixes").removesuffix("s")
        remedy = f'To mean all that begin so, write {kind}_prefixes = ["{literal}"].' if literal else ""
        detail = "Kafka knows no patterns in access, only whole names, beginnings of names, and all."
        yield Fault("pattern_in_name", f'"{name}" is no name of a topic', detail, remedy, path)
