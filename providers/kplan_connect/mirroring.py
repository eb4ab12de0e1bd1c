"""MirrorMaker's connectors: which of them may be idle, and what can't be changed once they have copied. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kplan.sdk.session import Fault
from kplan.sdk.values import UNKNOWN, marks, reveal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kplan.sdk.session import Values

_PACKAGE: Final = "org.apache.kafka.connect.mirror."
MAY_BE_IDLE: Final = frozenset((f"{_PACKAGE}MirrorCheckpointConnector",))
"""Connectors that have no task while there is nothing for them to do: no group to translate offsets of."""

_COPIES: Final = frozenset(("MirrorSource", "MirrorCheckpoint"))
# What copies are called by, each with what holds where it isn't stated (Kafka 4.3.1).
_NAMING: Final = {
    "replication.policy.class": f"{_PACKAGE}DefaultReplicationPolicy",
    "replication.policy.separator": ".",
    "source.cluster.alias": "source",
}


def stays(live: Values) -> str:
    """Name the topic that MirrorMaker keeps for itself and that stays when one of its connectors goes; "" for none."""
    class_, config = live.get("class"), live.get("config")
    if not isinstance(class_, str) or not isinstance(config, dict):
        return ""
    source, target = (
        config.get("source.cluster.alias", "source"),
        config.get("target.cluster.alias", "target"),
    )
    match class_.removeprefix(_PACKAGE).removesuffix("Connector"):
        case "MirrorSource":
            other = config.get("offset-syncs.topic.location") == "target"
            return f"mm2-offset-syncs.{source if other else target}.internal on {target if other else source}"
        case "MirrorCheckpoint":
            return f"{source}.checkpoints.internal on {target}"
        case "MirrorHeartbeat":
            return f"heartbeats on {target}"
    return ""


def renamed(desired: Values, live: Values) -> Iterator[Fault]:
    """Refuse that a connector goes on under other names of topics."""
    if not _copies(desired.get("class")) or not _copies(live.get("class")):
        return
    wanted, there = desired.get("config"), live.get("config")
    if not isinstance(wanted, dict) or not isinstance(there, dict):
        return
    for key, otherwise in _NAMING.items():
        now, before = wanted.get(key, otherwise), there.get(key, otherwise)
        if marks(now) & UNKNOWN or reveal(now) == reveal(before):
            continue
        yield Fault(
            "renames_copies",
            f"{key} can't be changed: copies would get other names",
            "What is copied already would stay in the topics of today, new records would go to others, and the offsets of "
            "groups would be translated for those.",
            "Add a second link with a name of its own and the other naming, which copies everything, and remove this one "
            "when nobody reads its topics any more; or have it made anew with -replace.",
            ("config",),
        )


def waits_for(config: Mapping[str, str]) -> str:
    """Say what a connector that isn't at work yet may be waiting for, where Connect doesn't; "" if it copies nothing."""
    if not _copies(config.get("connector.class")):
        return ""
    servers = config.get("source.cluster.bootstrap.servers", "whose addresses it isn't given")
    return (
        f"MirrorMaker is so, without an error, while it can't reach its source cluster ({servers}) or isn't let in there, and "
        "while it finds nothing there to copy."
    )


def _copies(class_: object) -> bool:
    if not isinstance(class_, str):
        return False
    return class_.removeprefix(_PACKAGE).removesuffix("Connector") in _COPIES
