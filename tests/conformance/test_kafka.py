"""The Kafka provider keeps every law, on a real broker."""

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest

from kplan.sandbox import Sandbox
from kplan.sdk.conformance import Check, LeafSubject, SourceSubject, Subject, checks
from kplan.sdk.session import Danger
from kplan_kafka import PROVIDER

pytestmark = [
    pytest.mark.kafka,
    # kafka-python reads its schemas so when it is imported; Python 3.13 has taken the deprecation back.
    pytest.mark.filterwarnings("ignore:read_text is deprecated:DeprecationWarning"),
]

WITHIN = 30.0


def topic(**more) -> Callable[[str], dict[str, object]]:
    return lambda name: {"name": name, "partitions": 3, "config": {"retention.ms": "86400000"}, **more}


@contextmanager
def another_client(settings: Mapping[str, object]) -> Iterator:
    from confluent_kafka.admin import AdminClient

    yield AdminClient({"bootstrap.servers": ",".join(settings["bootstrap_servers"])})


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + WITHIN
    while not true():
        assert time.monotonic() < end, "another client's change does not show"
        time.sleep(0.02)


def set_config(settings, key, name, value) -> None:
    from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

    with another_client(settings) as client:
        resource = ConfigResource(ResourceType.TOPIC, key[0])
        change = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        asked = ConfigResource(ResourceType.TOPIC, key[0], incremental_configs=[change])
        for future in client.incremental_alter_configs([asked]).values():
            future.result(WITHIN)
        until(lambda: client.describe_configs([resource])[resource].result(WITHIN)[name].value == value)


def remove(settings, key) -> None:
    with another_client(settings) as client:
        client.delete_topics([key[0]])[key[0]].result(WITHIN)
        until(lambda: key[0] not in client.list_topics(timeout=WITHIN).topics)


def add(settings, key) -> None:
    from confluent_kafka.admin import NewTopic

    with another_client(settings) as client:
        client.create_topics([NewTopic(key[0], 3, 1)])[key[0]].result(WITHIN)
        until(lambda: key[0] in client.list_topics(timeout=WITHIN).topics)


def nobody() -> dict[str, object]:
    """Settings of a cluster whose port was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return {"name": "nobody", "bootstrap_servers": (f"127.0.0.1:{probe.getsockname()[1]}",)}


TOPICS = LeafSubject(
    leaf="topic",
    example=topic(replication_factor=1),
    changed=topic(partitions=5, config={"cleanup.policy": "compact", "retention.ms": "90000000"}),
    impossible=topic(partitions=1),
    invalid=(
        topic(partitions=0),
        topic(replication_factor=0),
        topic(replication_factor=5),
        topic(config={"retention.ms": "soon"}),
        topic(config={"retention.msec": "1000"}),
        lambda _: {"name": "", "partitions": 1},
        lambda _: {"name": "no/slashes", "partitions": 1},
    ),
    edit=lambda settings, key: set_config(settings, key, "retention.ms", "1000"),
    remove=remove,
    add=add,
    add_undeclared=lambda settings, key: set_config(settings, key, "max.message.bytes", "123456"),
    id_attribute="id",
    fence={"manages": {"topic_prefixes": ("orders.",)}},
    delete_costs=frozenset({Danger.DATA_LOSS}),
)


def subject(settings: Callable[[], dict[str, object]]) -> Subject:
    sources = (
        SourceSubject("topics", {"prefixes": ("nothing-begins-so",)}),
        SourceSubject("cluster", {}),
    )
    return Subject(PROVIDER, "cluster", settings, (TOPICS,), sources, unreachable=nobody)


@pytest.mark.parametrize("check", checks(subject(dict)), ids=str)
def test_on_a_broker(check: Check, kafka: Sandbox):
    servers = kafka.cluster("primary").bootstrap_servers
    check.run(subject(lambda: {"name": "primary", "bootstrap_servers": servers}))
