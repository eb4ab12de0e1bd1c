"""What a listing of topics may leave out: Kafka doesn't say what may not be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.sdk.filters import beginnings
from kplan_kafka import errors, topic_calls
from kplan_kafka.topic_calls import NAMES_IN_A_CALL, chunks

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from kplan.sdk.session import Fault, Values
    from kplan_kafka.cluster import Cluster


def may_lack(cluster: Cluster, asked: Sequence[Values], listed: Collection[str]) -> list[Fault | None]:
    """Say of each filter why a listing may lack something that it means; None if it lacks nothing."""
    begin = dict.fromkeys(one for args in asked for one in beginnings(args))
    unseen = set(topic_calls.unseen(cluster.ask, list(begin)))
    hidden = _hidden(cluster, asked, listed)
    return [_of_one(args, unseen, hidden) for args in asked]


def _hidden(cluster: Cluster, asked: Sequence[Values], listed: Collection[str]) -> set[str]:
    """Find names in filters that may not be seen, so that they are not in the listing whether there or not."""
    missing = list(
        dict.fromkeys(name for args in asked for name in args.get("names") or () if name not in listed)
    )
    hidden: set[str] = set()
    for some in chunks(missing, NAMES_IN_A_CALL):
        found = topic_calls.look_up(cluster.ask, some)
        hidden |= {name for name, one in found.items() if one == errors.TOPIC_UNAUTHORIZED}
    return hidden


def _of_one(args: Values, unseen: set[str], hidden: set[str]) -> Fault | None:
    begin = [one for one in beginnings(args) if one in unseen]
    names = [one for one in args.get("names") or () if one in hidden]
    return errors.of_unseen(begin, names) if begin or names else None
