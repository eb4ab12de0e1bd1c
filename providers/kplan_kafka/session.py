"""A session on one cluster: reads by kafka-python's message classes, writes by librdkafka, each loaded when needed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from kplan.sdk.session import Failed, Fault, Unreadable
from kplan_kafka import access_types, types, user_types
from kplan_kafka.options import options_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.sdk.session import Ask, Event, Facts, Identity, Seen, Stop, Values, Work
    from kplan.sdk.values import Value
    from kplan_kafka.admin import Admin
    from kplan_kafka.cluster import Cluster


class KafkaSession:
    """A live connection to one cluster."""

    def __init__(self, settings: Mapping[str, Value]) -> None:
        """Take a checked cluster block; nothing is contacted."""
        self._options = options_of(settings)
        self._cluster: Cluster | None = None
        self._admin: Admin | None = None
        self._lock = threading.Lock()
        self._closed = False

    def facts(self, stop: Stop) -> Facts | Fault:  # noqa: ARG002 - one bounded call
        """Contact the cluster and read what it says of itself."""
        from kplan_kafka.facts import read_facts

        cluster = self._named()
        return cluster if isinstance(cluster, Fault) else read_facts(cluster)

    def read(self, leaf: str, asks: Sequence[Ask], stop: Stop) -> Mapping[Identity, Seen]:
        """Read objects in bulk."""
        cluster = self._contacted()
        if isinstance(cluster, Fault):
            return dict.fromkeys((ask.identity for ask in asks), Unreadable(cluster))
        match leaf:
            case types.TOPIC:
                from kplan_kafka.topic_read import read_topics

                return read_topics(cluster, asks, stop)
            case access_types.BINDING:
                from kplan_kafka.binding_read import read_bindings

                return read_bindings(cluster, asks)
            case user_types.USER:
                from kplan_kafka.user_session import read_users

                return read_users(cluster, asks)
        raise _unknown(leaf)

    def list(self, leaf: str, stop: Stop) -> Iterator[tuple[Identity, Seen]]:
        """List what exists; an unreadable () stands for all that could not be listed."""
        cluster = self._contacted()
        if isinstance(cluster, Fault):
            return iter((((), Unreadable(cluster)),))
        match leaf:
            case types.TOPIC:
                from kplan_kafka.topic_read import list_topics

                return list_topics(cluster, stop)
            case access_types.BINDING:
                from kplan_kafka.binding_read import list_bindings

                return list_bindings(cluster)
            case user_types.USER:
                from kplan_kafka.user_session import list_users

                return list_users(cluster)
        raise _unknown(leaf)

    def query(self, source: str, asked: Sequence[Values], stop: Stop) -> Sequence[Values | Fault]:
        """Answer data blocks in bulk."""
        from kplan_kafka.data import answer

        cluster = self._contacted()
        if isinstance(cluster, Fault):
            return [cluster] * len(asked)
        return answer(cluster, source, asked, stop)

    def apply(self, leaf: str, work: Sequence[Work], stop: Stop) -> Iterator[Event]:
        """Carry out a batch."""
        cluster = self._contacted()
        if isinstance(cluster, Fault):
            return (Failed(one.id, cluster) for one in work)
        match leaf:
            case types.TOPIC:
                from kplan_kafka.topic_apply import apply_topics

                return apply_topics(cluster, self._writer(cluster), work, stop)
            case access_types.BINDING:
                from kplan_kafka.binding_apply import apply_bindings

                return apply_bindings(cluster, work, stop)
            case user_types.USER:
                from kplan_kafka.user_session import apply_users

                return apply_users(cluster, work, stop)
        raise _unknown(leaf)

    def _writer(self, cluster: Cluster) -> Admin:
        from kplan_kafka.admin import Admin

        with self._lock:
            if self._admin is None:
                self._admin = Admin(cluster)
            return self._admin

    def close(self) -> None:
        """Let go of connections."""
        with self._lock:
            self._closed = True
            cluster, self._cluster = self._cluster, None
            admin, self._admin = self._admin, None
        if cluster is not None:
            cluster.close()
        if admin is not None:
            admin.close()

    def _named(self) -> Cluster | Fault:
        """Give the cluster, contacted or not."""
        from kplan_kafka.cluster import Cluster

        with self._lock:
            if self._closed:
                return Fault("closed", "the session is closed")
            if self._cluster is None:
                self._cluster = Cluster(self._options)
            return self._cluster

    def _contacted(self) -> Cluster | Fault:
        """Give the cluster, contacting it first if that has not happened."""
        from kplan_kafka import errors
        from kplan_kafka.cluster import NoContact

        cluster = self._named()
        if not isinstance(cluster, Fault) and not cluster.brokers:
            try:
                cluster.contact()
            except NoContact as failed:
                return errors.of_no_contact(failed.failures)
        return cluster


def _unknown(leaf: str) -> ValueError:
    return ValueError(f"there is no type {leaf} in this provider")
