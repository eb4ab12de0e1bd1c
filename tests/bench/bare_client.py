"""The peer of an apply: the same bulk calls with nothing around them. Arguments: bootstrap server, prefix, count.

Reads the topics by name, asks whether they could be created, creates them in one call, and polls (25 ms, doubling to
1 s) until all of them and their configurations read back as written.
"""

from __future__ import annotations

import gc
import sys
import time

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

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


def main() -> None:
    """Do what an apply of new topics does."""
    gc.disable()
    server, prefix, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    names = [f"{prefix}{n}" for n in range(count)]
    admin = AdminClient({"bootstrap.servers": server, "log_level": 0})
    admin.describe_cluster(request_timeout=30).result()
    if there(admin, names):
        raise SystemExit("they exist already")
    topics = [NewTopic(name, 1, 1, config=CONFIG) for name in names]
    for validate_only in (True, False):
        for future in admin.create_topics(topics, request_timeout=60, validate_only=validate_only).values():
            future.result()
    wait = 0.025
    while not written(admin, names):
        time.sleep(wait)
        wait = min(2 * wait, 1.0)


if __name__ == "__main__":
    main()
