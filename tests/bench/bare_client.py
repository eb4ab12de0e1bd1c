"""The peer of an apply: the same bulk calls with nothing around them.

Arguments: bootstrap server, prefix, count, and how many ACLs for each topic (0 or 2).

Reads the topics by name, asks whether they could be created, creates them in one call, and polls (25 ms, doubling to
1 s) until all of them and their configurations read back as written.
"""

from __future__ import annotations

import gc
import sys
import time

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ConfigResource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)

CONFIG = {"retention.ms": "604800000", "cleanup.policy": "delete"}


def there(admin: AdminClient, names: list[str]) -> list[str]:
    """Name the topics that exist, asked for by name."""
    found = []
    for name, future in admin.describe_topics(TopicCollection(names), request_timeout=30).items():
        try:
            if future.result().partitions:
                found.append(name)
        except KafkaException:
            continue
    return found


def written(admin: AdminClient, names: list[str]) -> bool:
    """Tell whether all topics are there with their configuration as their own."""
    if len(there(admin, names)) < len(names):
        return False
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
    pending = [
        admin.describe_configs(resources[at : at + 500], request_timeout=30)
        for at in range(0, len(names), 500)
    ]
    for futures in pending:
        for future in futures.values():
            entries = future.result()
            if any(entries[key].value != value or entries[key].source != 1 for key, value in CONFIG.items()):
                return False
    return True


def bindings(names: list[str]) -> list[AclBinding]:
    """Make what a producer and a consumer of each topic need."""
    return [
        AclBinding(
            ResourceType.TOPIC,
            name,
            ResourcePatternType.LITERAL,
            f"User:app{at % 100}",
            "*",
            operation,
            AclPermissionType.ALLOW,
        )
        for at, name in enumerate(names)
        for operation in (AclOperation.WRITE, AclOperation.READ)
    ]


def every_binding(admin: AdminClient) -> set[AclBinding]:
    """Read all access that there is."""
    anything = AclBindingFilter(
        ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY
    )
    return set(admin.describe_acls(anything, request_timeout=60).result())


def allow(admin: AdminClient, names: list[str]) -> None:
    """Make bindings, a thousand in a call, and wait after each until they read back."""
    wanted = bindings(names)
    for at in range(0, len(wanted), 1000):
        some = wanted[at : at + 1000]
        for future in admin.create_acls(some, request_timeout=60).values():
            future.result()
        wait = 0.025
        while not every_binding(admin).issuperset(some):
            time.sleep(wait)
            wait = min(2 * wait, 1.0)


def main() -> None:
    """Do what an apply of new topics does."""
    gc.disable()
    server, prefix, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with_access = len(sys.argv) > 4 and sys.argv[4] != "0"
    names = [f"{prefix}{n}" for n in range(count)]
    admin = AdminClient({"bootstrap.servers": server, "log_level": 0})
    admin.describe_cluster(request_timeout=30).result()
    if there(admin, names):
        raise SystemExit("they exist already")
    if with_access:
        every_binding(admin)
    topics = [NewTopic(name, 1, 1, config=CONFIG) for name in names]
    for validate_only in (True, False):
        for future in admin.create_topics(topics, request_timeout=60, validate_only=validate_only).values():
            future.result()
    wait = 0.025
    while not written(admin, names):
        time.sleep(wait)
        wait = min(2 * wait, 1.0)
    if with_access:
        allow(admin, names)


if __name__ == "__main__":
    main()
