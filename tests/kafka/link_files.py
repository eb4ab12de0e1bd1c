"""Replication links for the stories: what kplan is told, and what other clients write and read on both sides."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, NamedTuple

import another_client
from confluent_kafka import Consumer, Producer, TopicPartition
from connect_files import sink
from connect_worker import ConnectWorker
from kplan_run import Workspace

_WITHIN = 30.0
_QUIET = 3.0  # three times the interval at which the links here look at their clusters


class Side(NamedTuple):
    """A cluster, and the workers on it that copy to it."""

    name: str
    bootstrap: str
    worker: ConnectWorker


def declare_workers(workspace: Workspace, *sides: Side) -> None:
    """Declare each side's Connect cluster, called like it."""
    texts = [
        f"""
connect_cluster "{side.name}" {{
  cluster   = cluster.{side.name}
  group_id  = "{side.worker.group}"
  principal = "User:${{var.prefix}}copier"
  urls      = ["{side.worker.url}"]
}}
"""
        for side in sides
    ]
    workspace.write("".join(texts), "workers.kplan.hcl")


def topic(cluster: str, label: str = "", partitions: int = 3) -> str:
    """Write a topic called by the prefix and `orders`."""
    return f"""
topic "{label or cluster}" {{
  cluster    = cluster.{cluster}
  name       = "${{var.prefix}}orders"
  partitions = {partitions}
}}
"""


def others() -> str:
    """Write what has nothing to do with a link that can't be: a topic on each side and a connector on the source's workers."""
    other = sink("other").replace("connect_cluster.etl", "connect_cluster.primary")
    return topic("primary") + topic("dr") + other


def link(source: str, target: str, *lines: str) -> str:
    """Write a link that copies the test's topics, with more lines in its block."""
    inner = "".join(f"  {line}\n" for line in lines)
    return f"""
replication_link "{source}_to_{target}" {{
  name   = "${{var.prefix}}{source}"
  source = cluster.{source}
  target = cluster.{target}
  engine = "mirrormaker2"
  topics {{
    prefixes = [var.prefix]
  }}
  groups {{
    prefixes = [var.prefix]
  }}
  sync {{
    interval_seconds = 1
  }}
  target_topics {{
    replication_factor = 1
  }}
  mirrormaker2 {{
    connect_cluster = connect_cluster.{target}
    tasks_max       = 2
    source_config   = {{ "offset.lag.max" = 0 }}
  }}
{inner}}}
"""


def write(bootstrap: str, name: str, keys: Iterator[str] | list[str]) -> None:
    """Write records with these keys."""
    producer = Producer({"bootstrap.servers": bootstrap, "log_level": 0})
    for key in keys:
        producer.produce(name, key=key, value="x")
    assert producer.flush(_WITHIN) == 0, "records were not taken"


def read(bootstrap: str, name: str, until: Callable[[list[str]], bool]) -> list[str]:
    """Read a topic's keys from its beginning until this holds of them, and then until no more come."""
    options = {"bootstrap.servers": bootstrap, "group.id": "reads", "log_level": 0}
    with closing(Consumer(options | {"enable.auto.commit": False})) as consumer:
        places = partitions(consumer, name)
        consumer.assign([TopicPartition(name, place, 0) for place in places])
        return _poll(consumer, until)


def read_as(
    bootstrap: str, name: str, group: str, until: Callable[[list[str]], bool], commit: bool
) -> list[str]:
    """Read a topic's keys as a member of a group, from where it was or from the beginning."""
    options = {"bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest"}
    with closing(Consumer(options | {"enable.auto.commit": False, "log_level": 0})) as consumer:
        consumer.subscribe([name])
        keys = _poll(consumer, until, quiet=0 if commit else _QUIET)
        if commit:
            another_client.commit(consumer)
        return keys


def committed(bootstrap: str, name: str, group: str, count: int) -> list[int]:
    """Give a group's offsets by partition; below zero where it has none."""
    with closing(Consumer({"bootstrap.servers": bootstrap, "group.id": group, "log_level": 0})) as consumer:
        places = consumer.committed([TopicPartition(name, one) for one in range(count)], timeout=_WITHIN)
        return [place.offset for place in places]


def partitions(consumer: Any, name: str) -> list[int]:
    """List a topic's partitions."""
    return [*consumer.list_topics(name, timeout=_WITHIN).topics[name].partitions]


def _poll(consumer: Any, until: Callable[[list[str]], bool], quiet: float = _QUIET) -> list[str]:
    keys: list[str] = []
    end, last = time.monotonic() + _WITHIN, time.monotonic()
    while not until(keys) or time.monotonic() < last + quiet:
        assert until(keys) or time.monotonic() < end, f"only {len(keys)} records came"
        message = consumer.poll(0.2)
        if message is not None and not message.error():
            keys.append(message.key().decode())
            last = time.monotonic()
    return keys
