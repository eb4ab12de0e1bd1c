"""Bindings read: all of a cluster in one call, and what is asked for picked out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.sdk.session import Absent, Fault, Found, Unreadable
from kplan_kafka import binding_calls, errors
from kplan_kafka.binding_calls import Refused
from kplan_kafka.cluster import NoContact
from kplan_kafka.wire import TooOld

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.sdk.session import Ask, Identity, Seen, Values
    from kplan_kafka.cluster import Cluster

_ABSENT = Absent()
_LIST_WITHIN = 60.0  # seconds; brokers take long over tens of thousands


def read_bindings(cluster: Cluster, asks: Sequence[Ask]) -> Mapping[Identity, Seen]:
    """Say of each binding whether it is there. A list that may not be read says nothing of any."""
    found = _all(cluster)
    if isinstance(found, Fault):
        return dict.fromkeys((ask.identity for ask in asks), Unreadable(found))
    seen: dict[Identity, Seen] = {}
    for ask in asks:
        values = found.get(ask.identity)
        seen[ask.identity] = _ABSENT if values is None else Found(values)
    return seen


def list_bindings(cluster: Cluster) -> Iterator[tuple[Identity, Seen]]:
    """List every binding of a cluster."""
    found = _all(cluster)
    if isinstance(found, Fault):
        yield (), Unreadable(found)
        return
    for identity, values in found.items():
        yield identity, Found(values)


def _all(cluster: Cluster) -> Mapping[Identity, Values] | Fault:
    try:
        return binding_calls.describe_all(lambda request: cluster.ask(request, within=_LIST_WITHIN))
    except Refused as refused:
        return of_refused(refused, "read the access control list", "DESCRIBE")
    except NoContact as lost:
        return errors.of_unreachable(lost, "read the access control list")
    except TooOld as wrong:
        detail = "Kafka 2.0 or newer is needed."
        return Fault("too_old", "the brokers are too old for kplan's access control", str(wrong), detail)


def of_refused(refused: Refused, what: str, operation: str) -> Fault:
    """Put a refusal of a whole call in words; `operation` is the right on the cluster that it takes."""
    return errors.of_cluster(refused.code, what, operation, refused.message)
