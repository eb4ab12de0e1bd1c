"""What goes with a topic: how many records it holds, and which consumer groups have offsets on it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from kplan_kafka import errors
from kplan_kafka.protocol import ListGroupsRequest, ListOffsetsRequest, OffsetFetchRequest
from kplan_kafka.unreachable import Unreachable
from kplan_kafka.wire import TooOld

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kplan_kafka.cluster import Cluster
    from kplan_kafka.topic_calls import Listed

_WITHIN: Final = 10.0
_LEADING_WITHIN: Final = 2.0
_EARLIEST: Final = -2
_LATEST: Final = -1
_ANY_REPLICA: Final = -1
_MOST_GROUPS: Final = 1000
_NEWEST_BY_NAME: Final = 9  # OffsetFetch names topics by id from version 10 on

Offsets = dict[tuple[str, int], int | None]


def count_records(cluster: Cluster, topics: Sequence[Listed]) -> dict[str, int]:
    """Count the offsets between each topic's ends; a topic of which a partition does not answer is left out."""
    by_leader: dict[int, list[tuple[str, int]]] = {}
    for topic in topics:
        for partition, leader in enumerate(topic.leaders):
            by_leader.setdefault(leader, []).append((topic.name, partition))
    first = _at_all_leaders(cluster, by_leader, _EARLIEST)
    last = _at_all_leaders(cluster, by_leader, _LATEST)
    counted = {}
    for topic in topics:
        lengths = [
            _length(first.get(part), last.get(part))
            for part in ((topic.name, at) for at in range(topic.partitions))
        ]
        if None not in lengths:
            counted[topic.name] = sum(length or 0 for length in lengths)
    return counted


def _length(first: int | None, last: int | None) -> int | None:
    return None if first is None or last is None else last - first


def _at_all_leaders(cluster: Cluster, by_leader: Mapping[int, list[tuple[str, int]]], which: int) -> Offsets:
    found: Offsets = {}
    for leader, partitions in by_leader.items():
        pending, until = partitions, time.monotonic() + _LEADING_WITHIN
        try:
            while pending and leader in cluster.brokers:
                found |= _offsets(cluster, leader, pending, which)
                pending = [part for part in pending if part not in found]
                if not pending or time.monotonic() > until:
                    break
                time.sleep(0.05)  # a leader that was elected just now does not know it yet
        except (Unreachable, TooOld):
            continue
    return found


def _offsets(cluster: Cluster, leader: int, partitions: Iterable[tuple[str, int]], which: int) -> Offsets:
    topic = ListOffsetsRequest.ListOffsetsTopic
    by_topic: dict[str, list[Any]] = {}
    for name, partition in partitions:
        asked = topic.ListOffsetsPartition(
            partition_index=partition, current_leader_epoch=-1, timestamp=which
        )
        by_topic.setdefault(name, []).append(asked)
    topics = [topic(name=name, partitions=asked) for name, asked in by_topic.items()]
    request = ListOffsetsRequest(replica_id=_ANY_REPLICA, isolation_level=0, topics=topics, min_version=1)
    answer = cluster.ask_node(leader, request, within=_WITHIN)
    return {
        (one.name, part.partition_index): part.offset if part.error_code == errors.OK else None
        for one in answer.topics
        for part in one.partitions
        if part.error_code not in errors.PASSING
    }


def groups_on(cluster: Cluster, topics: set[str]) -> dict[str, list[str]] | None:
    """Name the consumer groups with offsets on topics; None if that cannot be told."""
    found: dict[str, list[str]] = {}
    for node in cluster.brokers:
        try:
            listed = cluster.ask_node(node, ListGroupsRequest(), within=_WITHIN)
            groups = [one.group_id for one in listed.groups if one.protocol_type in ("", "consumer")]
            if listed.error_code != errors.OK or len(groups) > _MOST_GROUPS:
                return None
            _add_committed(cluster, node, groups, topics, found)
        except (Unreachable, TooOld):
            return None
    return {name: sorted(groups) for name, groups in found.items()}


def _add_committed(
    cluster: Cluster, node: int, groups: Sequence[str], topics: set[str], found: dict[str, list[str]]
) -> None:
    """Ask a broker for the offsets of the groups that it listed, as it is their coordinator."""
    if not groups:
        return
    group = OffsetFetchRequest.OffsetFetchRequestGroup
    request = OffsetFetchRequest(groups=[group(group_id=one, topics=None) for one in groups], min_version=8)
    for one in cluster.ask_node(node, request, within=_WITHIN, newest=_NEWEST_BY_NAME).groups:
        for name in topics.intersection(topic.name for topic in one.topics):
            found.setdefault(name, []).append(one.group_id)
