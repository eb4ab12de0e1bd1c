"""What goes with a topic: how many records it holds, and which consumer groups have offsets on it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kplan_kafka import errors
from kplan_kafka.cluster import NoContact
from kplan_kafka.protocol import ListGroupsRequest, ListOffsetsRequest, MetadataRequest, OffsetFetchRequest
from kplan_kafka.unreachable import Unreachable
from kplan_kafka.wire import TooOld

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kplan_kafka.cluster import Cluster
    from kplan_kafka.topic_calls import Listed

_WITHIN: Final = 10.0
_LEADING_WITHIN: Final = 2.0
EARLIEST: Final = -2
LATEST: Final = -1
NEWEST: Final = -3  # where the record with the greatest timestamp is, and that timestamp; from version 7 on
_TELLS_NEWEST: Final = 7
_ANY_REPLICA: Final = -1
_MOST_GROUPS: Final = 1000
_NEWEST_WITH_RIGHTS: Final = 10  # Metadata tells what one may do on the cluster up to version 10
_DESCRIBE: Final = 8
_NEWEST_BY_NAME: Final = 9  # OffsetFetch names topics by id from version 10 on

Offsets = dict[tuple[str, int], int | None]


def count_records(cluster: Cluster, topics: Sequence[Listed]) -> dict[str, int]:
    """Count the offsets between each topic's ends; a topic of which a partition does not answer is left out."""
    leading = by_leader(topics)
    first = at_all_leaders(cluster, leading, EARLIEST)
    last = at_all_leaders(cluster, leading, LATEST)
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


def by_leader(topics: Iterable[Listed]) -> dict[int, list[tuple[str, int]]]:
    """Lay out partitions, as (topic, partition), by the broker that leads them; -1 for nobody."""
    found: dict[int, list[tuple[str, int]]] = {}
    for topic in topics:
        for partition, leader in enumerate(topic.leaders):
            found.setdefault(leader, []).append((topic.name, partition))
    return found


def at_all_leaders(cluster: Cluster, leading: Mapping[int, list[tuple[str, int]]], which: int) -> Offsets:
    """Ask each leader for one end of its partitions, in a call; with NEWEST for times, in milliseconds since the epoch.

    What a leader doesn't tell is None, and what is led by nobody is left out.
    """
    found: Offsets = {}
    for leader, partitions in leading.items():
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
    version = _TELLS_NEWEST if which == NEWEST else 1
    request = ListOffsetsRequest(
        replica_id=_ANY_REPLICA, isolation_level=0, topics=topics, min_version=version
    )
    answer = cluster.ask_node(leader, request, within=_WITHIN)
    return {
        (one.name, part.partition_index): _told(part, which) if part.error_code == errors.OK else None
        for one in answer.topics
        for part in one.partitions
        if part.error_code not in errors.PASSING
    }


def _told(part: Any, which: int) -> int:
    told: int = part.timestamp if which == NEWEST else part.offset
    return told


class Users(NamedTuple):
    """The consumer groups with offsets, by topic; `untold`: why there may be more, "" if there are none."""

    groups: Mapping[str, Sequence[str]]
    untold: str


NOT_ASKED: Final = Users({}, "the brokers that lead it do not answer")


def users_of(cluster: Cluster, topics: set[str]) -> Users:
    """Name the consumer groups with offsets on topics, and say what may not be seen of them."""
    found: dict[str, list[str]] = {}
    hidden: dict[int, list[str]] = {}
    try:
        untold = [_unlisted(cluster)]
        for node in cluster.brokers:
            groups = _groups(cluster, node)
            if isinstance(groups, str):
                untold.append(groups)
            else:
                _add_committed(cluster, node, groups, topics, found, hidden)
    except (NoContact, Unreachable, TooOld) as failed:
        untold = [str(failed)]
    said = "; ".join(dict.fromkeys(filter(None, (*untold, *_of_hidden(hidden)))))
    return Users({name: sorted(groups) for name, groups in found.items()}, said)


def _unlisted(cluster: Cluster) -> str:
    """Say why groups may be missing from listings, which leave out without a word what may not be seen."""
    request = MetadataRequest(topics=[], include_cluster_authorized_operations=True, min_version=8)
    may = cluster.ask(request, newest=_NEWEST_WITH_RIGHTS).authorized_operations or ()
    return "" if _DESCRIBE in may else _lacks("the cluster")


def _lacks(resource: str) -> str:
    return errors.missing_right("DESCRIBE", resource).rstrip(".")


def _groups(cluster: Cluster, node: int) -> list[str] | str:
    """List the groups that a broker coordinates, or say why that can't be told."""
    listed = cluster.ask_node(node, ListGroupsRequest(), within=_WITHIN)
    if listed.error_code != errors.OK:
        return errors.of_code(listed.error_code, "list consumer groups").summary
    groups = [one.group_id for one in listed.groups if one.protocol_type in ("", "consumer")]
    return groups if len(groups) <= _MOST_GROUPS else f"there are more than {_MOST_GROUPS:,} groups"


def _add_committed(
    cluster: Cluster,
    node: int,
    groups: Sequence[str],
    topics: set[str],
    found: dict[str, list[str]],
    hidden: dict[int, list[str]],
) -> None:
    """Ask a broker for the offsets of the groups that it listed, as it is their coordinator."""
    if not groups:
        return
    group = OffsetFetchRequest.OffsetFetchRequestGroup
    request = OffsetFetchRequest(groups=[group(group_id=one, topics=None) for one in groups], min_version=8)
    for one in cluster.ask_node(node, request, within=_WITHIN, newest=_NEWEST_BY_NAME).groups:
        if one.error_code != errors.OK:
            hidden.setdefault(one.error_code, []).append(one.group_id)
        for name in topics.intersection(topic.name for topic in one.topics):
            found.setdefault(name, []).append(one.group_id)


def _of_hidden(hidden: Mapping[int, Sequence[str]]) -> Iterator[str]:
    for code, groups in hidden.items():
        which = f"group {min(groups)}" + (f" and {len(groups) - 1:,} more" if len(groups) > 1 else "")
        if code == errors.GROUP_UNAUTHORIZED:
            yield _lacks(which)
        else:
            yield errors.of_code(code, f"read the offsets of {which}").summary
