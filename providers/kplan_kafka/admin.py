"""Writes through librdkafka: many topics in a call, a result for each.

It encodes a thousand topics in a fifth of the processor time that kafka-python takes, sends a write exactly once,
and says in what state a lost one was. It cannot delete by id: see `topic_apply`.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

from kplan.sdk.session import Fault
from kplan.sdk.values import reveal
from kplan_kafka import errors
from kplan_kafka.options import librdkafka
from kplan_kafka.retrying import until_settled
from kplan_kafka.unreachable import NoToken

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kplan.sdk.session import Values
    from kplan_kafka.cluster import Cluster
    from kplan_kafka.retrying import Results

    Send = Callable[[Sequence[str], float], Mapping[str, Any]]

WRITE_WITHIN: float = 60.0
"""How long a write may take, in seconds, waits for a passing error included."""

_RIGHTS: Final = {"create": "CREATE", "change": "ALTER_CONFIGS", "grow": "ALTER"}
_HAD_LEFT: Final = "waiting for response"  # the state of the call, as librdkafka words it


class Admin:
    """The client for writes, made when first used. Every method gives a fault or None by topic."""

    def __init__(self, cluster: Cluster) -> None:
        """Name the cluster; nothing is contacted."""
        self._cluster = cluster
        self._client: AdminClient | None = None

    def create(self, wanted: Mapping[str, Values], within: float) -> Results:
        """Create topics from the arguments of their steps."""

        def send(names: Sequence[str], left: float) -> Mapping[str, Any]:
            topics = [_new_topic(wanted[name]) for name in names]
            futures: dict[str, Any] = self._open().create_topics(topics, **_limits(left))
            return futures

        return until_settled(partial(_sent, "create", send), list(wanted), within)

    def alter(self, wanted: Mapping[str, Values], within: float) -> Results:
        """Set and give back config keys; a topic's keys change together or not at all."""

        def send(names: Sequence[str], left: float) -> Mapping[str, Any]:
            resources = [_resource(name, wanted[name]) for name in names]
            futures = self._open().incremental_alter_configs(resources, request_timeout=left)
            return {resource.name: future for resource, future in futures.items()}

        return until_settled(partial(_sent, "change", send), list(wanted), within)

    def grow(self, wanted: Mapping[str, Values], within: float) -> Results:
        """Add partitions."""

        def send(names: Sequence[str], left: float) -> Mapping[str, Any]:
            grown = [NewPartitions(name, reveal(wanted[name]["partitions"])) for name in names]
            futures: dict[str, Any] = self._open().create_partitions(grown, **_limits(left))
            return futures

        return until_settled(partial(_sent, "grow", send), list(wanted), within)

    def close(self) -> None:
        """Let go of the client."""
        self._client = None

    def _open(self) -> AdminClient:
        if self._client is None:
            if self._cluster.options.security.by_token:
                from kplan_kafka.oauth import tokens

                tokens(self._cluster.options.security).current()  # else it would wait, and not say for what
            options = librdkafka(self._cluster.options, self._cluster.servers())
            self._client = AdminClient({**options, "error_cb": _ignore}, logger=_silent())
        return self._client


def _silent() -> logging.Logger:
    logger = logging.getLogger("kplan_kafka.librdkafka")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger


def _ignore(error: object) -> None:
    """Drop what librdkafka reports by the way: each call has its own result."""


def _limits(left: float) -> dict[str, float]:
    return {"operation_timeout": left, "request_timeout": left}


def _new_topic(wanted: Values) -> NewTopic:
    config = reveal(wanted.get("config") or {})
    partitions, factor = reveal(wanted.get("partitions")), reveal(wanted.get("replication_factor"))
    return NewTopic(wanted["name"], partitions or -1, factor or -1, config=config)


def _resource(name: str, wanted: Values) -> ConfigResource:
    to_set = reveal(wanted["set"])
    entries = [
        ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET) for key, value in to_set.items()
    ]
    entries += [
        ConfigEntry(key, "", incremental_operation=AlterConfigOpType.DELETE) for key in wanted["unset"]
    ]
    return ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries)


def _sent(verb: str, send: Send, names: Sequence[str], left: float) -> Results:
    try:
        futures = send(names, left)
    except (KafkaException, ValueError, TypeError, NoToken) as wrong:
        return dict.fromkeys(names, Fault("not_sent", f"cannot {verb} topics: {wrong}"))
    return {name: _result(verb, name, futures[name]) for name in names}


def _result(verb: str, name: str, future: Any) -> Fault | None:
    what = f"{verb} topic {name}"
    try:
        future.result()
    except KafkaException as wrong:
        error = wrong.args[0]
        if error.code() > 0:
            return errors.of_topic(error.code(), what, _RIGHTS[verb], name, error.str())
        unknown = _HAD_LEFT in error.str() or "Failed while" not in error.str()
        remedy = "Plan again to see what came of it." if unknown else ""
        return Fault(
            "unreachable",
            f"cannot {what}: {error.str()}",
            "",
            remedy,
            (),
            "outcome_unknown" if unknown else "later",
        )
    return None
