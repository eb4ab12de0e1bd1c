"""Another client of the same brokers: it looks and meddles without kplan."""

import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from confluent_kafka import KafkaError, KafkaException, Producer, TopicCollection
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

_WITHIN = 30  # seconds, for one call and for its effect to show
_COORDINATOR_COMES = {
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
}
_SILENT = logging.getLogger("another_client")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


class Topic(NamedTuple):
    """A topic as its cluster has it. `config` has only what is the topic's own."""

    id: str
    partitions: int
    replicas: int
    config: dict[str, str]


class Client:
    """One cluster, seen and changed by itself. Every change has shown when its method returns."""

    def __init__(self, bootstrap: str) -> None:
        """Name the cluster."""
        self._options = {"bootstrap.servers": bootstrap, "error_cb": lambda _: None}
        self._admin = AdminClient(self._options, logger=_SILENT)

    def names(self, prefix: str = "") -> set[str]:
        """Name the topics there are."""
        listed = self._admin.list_topics(timeout=_WITHIN).topics
        return {name for name in listed if name.startswith(prefix) and not name.startswith("__")}

    def every_name(self) -> set[str]:
        """Name all topics, those of Kafka's own kind too."""
        return {*self._admin.list_topics(timeout=_WITHIN).topics}

    def topics(self, prefix: str = "") -> dict[str, Topic]:
        """Read all topics whose names begin so; again while some of them come or go."""
        until = time.monotonic() + _WITHIN
        while True:
            names = self.names(prefix)
            try:
                return self.read(names)
            except KafkaException:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def topic(self, name: str) -> Topic:
        """Read one topic that is there; a broker that has just been hung may need a moment to hear of it."""
        until = time.monotonic() + _WITHIN
        while True:
            try:
                return self.read([name])[name]
            except KafkaException as failed:
                if failed.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART or time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def read(self, names: Iterable[str]) -> dict[str, Topic]:
        """Read topics that are there."""
        wanted = sorted(names)
        if not wanted:
            return {}
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in wanted]
        configs = self._admin.describe_configs(resources, request_timeout=_WITHIN)
        own = {resource.name: _own(future.result()) for resource, future in configs.items()}
        described = self._admin.describe_topics(TopicCollection(wanted), request_timeout=_WITHIN)
        return {name: _topic(future.result(), own[name]) for name, future in described.items()}

    def create(self, name: str, partitions: int = 1, **config: str) -> Topic:
        """Create a topic; keys are written with _ for the dot."""
        dotted = {key.replace("_", "."): value for key, value in config.items()}
        _done(self._admin.create_topics([NewTopic(name, partitions, 1, config=dotted)]))
        self._wait(lambda: name in self.names(name) and self.topic(name).partitions == partitions)
        return self.topic(name)

    def create_many(self, names: Iterable[str]) -> None:
        """Make topics of one partition in one call."""
        wanted = {*names}
        made = [NewTopic(name, num_partitions=1, replication_factor=1) for name in wanted]
        _done(self._admin.create_topics(made, operation_timeout=_WITHIN))
        self._wait(lambda: wanted <= self.every_name())

    def delete(self, *names: str) -> None:
        """Delete topics."""
        if names:
            _done(self._admin.delete_topics(list(names)))
            self._wait(lambda: not self.names().intersection(names))

    def set(self, name: str, key: str, value: str | None) -> None:
        """Set one key, or give it back (None)."""
        verb = AlterConfigOpType.DELETE if value is None else AlterConfigOpType.SET
        entry = ConfigEntry(key, value or "", incremental_operation=verb)
        resource = ConfigResource(ResourceType.TOPIC, name, incremental_configs=[entry])
        _done(self._admin.incremental_alter_configs([resource]))
        self._wait(lambda: self.topic(name).config.get(key) == value)

    def set_default(self, key: str, value: str | None) -> None:
        """Set a key for the whole cluster, or give it back (None)."""
        verb = AlterConfigOpType.DELETE if value is None else AlterConfigOpType.SET
        entry = ConfigEntry(key, value or "", incremental_operation=verb)
        resource = ConfigResource(ResourceType.BROKER, "", incremental_configs=[entry])
        _done(self._admin.incremental_alter_configs([resource]))
        self._wait(lambda: self._default(key) == value)

    def _default(self, key: str) -> str | None:
        found = self._admin.describe_configs([ConfigResource(ResourceType.BROKER, "")])
        entry = next(iter(found.values())).result().get(key)
        return None if entry is None else str(entry.value)

    def grow(self, name: str, partitions: int) -> None:
        """Add partitions."""
        _done(self._admin.create_partitions([NewPartitions(name, partitions)]))
        self._wait(lambda: self.topic(name).partitions == partitions)

    def produce(self, name: str, count: int) -> None:
        """Write records."""
        producer = Producer(self._options, logger=_SILENT)
        for number in range(count):
            producer.produce(name, f"record {number}".encode())
        assert producer.flush(_WITHIN) == 0, "records were not taken"

    def _wait(self, shows: Any) -> None:
        until = time.monotonic() + _WITHIN
        while not _holds(shows):
            assert time.monotonic() < until, "another client's change does not show"
            time.sleep(0.02)


def commit(consumer: Any, *places: Any) -> None:
    """Commit a consumer's offsets, or these, again while the group's coordinator is still being found or loads its groups."""
    what = {"offsets": [*places]} if places else {}
    until = time.monotonic() + _WITHIN
    while True:
        try:
            consumer.commit(asynchronous=False, **what)
        except KafkaException as failed:
            if failed.args[0].code() not in _COORDINATOR_COMES or time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def _holds(shows: Any) -> bool:
    try:
        return bool(shows())
    except KafkaException:  # not every part of the broker has heard of it yet
        return False


def _done(futures: Mapping[Any, Any]) -> None:
    for future in futures.values():
        future.result(_WITHIN)


def _own(entries: Mapping[str, Any]) -> dict[str, str]:
    own = ConfigSource.DYNAMIC_TOPIC_CONFIG.value
    return {key: entry.value for key, entry in entries.items() if entry.source == own}


def _topic(described: Any, config: dict[str, str]) -> Topic:
    partitions = described.partitions
    written = str(described.topic_id).replace("+", "-").replace("/", "_")  # as Kafka's own tools write it
    return Topic(written, len(partitions), len(partitions[0].replicas), config)
