"""Topics on real Kafka keep every law of a provider."""

import time
from collections.abc import Callable

import pytest
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from kplan.sdk.conformance import Check, LeafSubject, Subject, checks
from kplan.sdk.session import Danger
from kplan_kafka import PROVIDER
from kplan_kafka.types import CLUSTER, TOPIC

CLIENTS: dict[str, AdminClient] = {}
CONFIG = {"retention.ms": "86400000", "cleanup.policy": "delete"}


def topic(**more) -> Callable[[str], dict[str, object]]:
    return lambda name: {"name": name, "partitions": 2, "replication_factor": 1, "config": CONFIG, **more}


def another_client(settings) -> AdminClient:
    [server] = settings["bootstrap_servers"]
    if server not in CLIENTS:
        CLIENTS[server] = AdminClient({"bootstrap.servers": server, "log_level": 0})
    return CLIENTS[server]


def all_done(futures) -> None:
    for future in futures.values():
        future.result()


def wait(settled: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not settled():
        assert time.monotonic() < until, "another client's change is not to be seen"
        time.sleep(0.02)


def value_of(client: AdminClient, name: str, key: str) -> str:
    resource = ConfigResource(ResourceType.TOPIC, name)
    entries = next(iter(client.describe_configs([resource]).values())).result()
    return str(entries[key].value)


def there(client: AdminClient, name: str) -> bool:
    return name in client.list_topics().topics


def set_key(settings, name: str, key: str, value: str) -> None:
    client = another_client(settings)
    entry = ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
    all_done(
        client.incremental_alter_configs(
            [ConfigResource(ResourceType.TOPIC, name, incremental_configs=[entry])]
        )
    )
    wait(lambda: value_of(client, name, key) == value)


def remove(settings, identity) -> None:
    client = another_client(settings)
    all_done(client.delete_topics([identity[0]]))
    wait(lambda: not there(client, identity[0]))


def add(settings, identity) -> None:
    client = another_client(settings)
    all_done(client.create_topics([NewTopic(identity[0], 2, 1, config=CONFIG)]))
    wait(lambda: there(client, identity[0]) and value_of(client, identity[0], "retention.ms") == "86400000")


TOPICS = LeafSubject(
    leaf=TOPIC,
    example=topic(),
    changed=topic(partitions=3, config={"max.message.bytes": "2097152", "retention.ms": "172800000"}),
    impossible=topic(partitions=1),
    invalid=(
        topic(partitions=0),
        topic(partitions="many"),
        topic(replication_factor=-1),
        topic(replication_factor=100),
        topic(config={"retention.ms": "one day"}),
        topic(config={"retention.mz": "1"}),
        topic(config={"min.insync.replicas": "2"}),
        lambda _: {"name": "", "partitions": 1},
        lambda _: {"name": "x" * 250},
        lambda _: {"name": "a/b"},
        lambda _: {"name": ".."},
        lambda _: {"name": "__mine"},
    ),
    edit=lambda settings, identity: set_key(settings, identity[0], "retention.ms", "1000"),
    remove=remove,
    add=add,
    add_undeclared=lambda settings, identity: set_key(settings, identity[0], "max.message.bytes", "1000000"),
    id_attribute="id",
    fence={"manages": {"topic_prefixes": ("orders.",)}},
    delete_costs=frozenset({Danger.DATA_LOSS}),
)
SUBJECT = Subject(
    provider=PROVIDER,
    kind=CLUSTER,
    settings=dict,
    leaves=(TOPICS,),
    unreachable=lambda: {"name": "nowhere", "bootstrap_servers": ("127.0.0.1:1",)},
)


@pytest.mark.parametrize("check", checks(SUBJECT), ids=str)
def test_law(check: Check, kafka):
    primary = kafka.clusters[0]
    settings = {"name": "primary", "bootstrap_servers": (primary.bootstrap,)}
    check.run(SUBJECT._replace(settings=lambda: settings))
