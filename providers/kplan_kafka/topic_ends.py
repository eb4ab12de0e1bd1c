"""How far topics reach: the first and the next offset of each partition, and when the newest record was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kplan.sdk.filters import Listing, filter_of
from kplan_kafka import topic_calls, topic_usage
from kplan_kafka.topic_hidden import may_lack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kplan.sdk.session import Values
    from kplan_kafka.cluster import Cluster
    from kplan_kafka.topic_calls import Listed

TOPIC_ENDS: Final = "topic_ends"
"""A question of other providers' rules. Its arguments are a filter, as of data "topics"; no block asks it."""


def topic_ends(cluster: Cluster, asked: Sequence[Values]) -> list[Values]:
    """Answer with `topics`: for each its partitions as (begin, end), None where nobody leads it, and `newest`.

    `newest` is in seconds since the epoch, None without records or where brokers don't tell. Where topics may be
    missing, as they may not be seen, `unread` has the Fault.
    """
    known = {one.name: one for one in topic_calls.list_all(cluster.ask)}
    names = Listing(known)
    meant = [names.met(filter_of(args)) for args in asked]
    wanted = {name: known[name] for some in meant for name in some}
    leading = topic_usage.by_leader(wanted.values())
    begin = topic_usage.at_all_leaders(cluster, leading, topic_usage.EARLIEST)
    end = topic_usage.at_all_leaders(cluster, leading, topic_usage.LATEST)
    newest = topic_usage.at_all_leaders(cluster, leading, topic_usage.NEWEST)
    told = {name: _of_topic(topic, begin, end, newest) for name, topic in wanted.items()}
    lacking = may_lack(cluster, asked, known)
    return [
        {"topics": {name: told[name] for name in some}, "unread": fault}
        for some, fault in zip(meant, lacking, strict=True)
    ]


def _of_topic(
    topic: Listed, begin: topic_usage.Offsets, end: topic_usage.Offsets, newest: topic_usage.Offsets
) -> Values:
    places = [(topic.name, at) for at in range(topic.partitions)]
    times = [time for place in places if (time := newest.get(place)) is not None and time >= 0]
    return {
        "partitions": tuple((begin.get(place), end.get(place)) for place in places),
        "newest": max(times) / 1000 if times else None,
    }
