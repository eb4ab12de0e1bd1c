"""A cluster that denies what isn't allowed: User:ANONYMOUS on its plain listener may do all, User:kplan what a test says."""

import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from kplan.sandbox import Cluster as Sandboxed
from kplan.sandbox import ClusterSpec
from kplan.sdk.session import Identity, Values
from kplan.sdk.values import Secret
from kplan_kafka import binding_calls
from kplan_kafka.access_rights import Right
from kplan_kafka.access_types import IDENTITY
from kplan_kafka.cluster import Cluster
from kplan_kafka.options import options_of

PASSWORD: Final = "kplan's own"  # noqa: S105 - of the test's own user
LISTENER: Final = "SASL"
SECURITY: Final = {
    "protocol": "SASL_PLAINTEXT",
    "mechanism": "PLAIN",
    "username": "kplan",
    "password": Secret(PASSWORD),
}


def spec(name: str, brokers: int) -> ClusterSpec:
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    config = {
        "listener.name.sasl.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.sasl.plain.sasl.jaas.config": f'{module} required user_kplan="{PASSWORD}";',
        "super.users": "User:ANONYMOUS",
        "allow.everyone.if.no.acl.found": "false",
    }
    return ClusterSpec(name, brokers, config=tuple(config.items()), listeners=((LISTENER, "SASL_PLAINTEXT"),))


class Denying:
    """The cluster, and what User:kplan may do on it."""

    def __init__(self, cluster: Sandboxed) -> None:
        self.plain = cluster.bootstrap_servers
        self.login = cluster.servers(LISTENER)
        self._cluster = Cluster(options_of({"bootstrap_servers": self.plain}))
        self._cluster.contact()

    def close(self) -> None:
        self._cluster.close()

    def allow(self, rights: Iterable[Right]) -> None:
        """Let User:kplan do exactly this, once every broker has heard of it: each goes by its own copy."""
        wanted = [dict(zip(IDENTITY, _identity(one), strict=True)) for one in rights]
        old = self._shown(self._cluster.ask)
        if old:
            self._cluster.tell(binding_calls.delete_request(list(old.values())))
        if wanted:
            self._cluster.tell(binding_calls.create_request(wanted))
        expected = {tuple(one.values()) for one in wanted}
        until = time.monotonic() + 60
        while any(self._shown(ask).keys() != expected for ask in self._cluster.each()):
            assert time.monotonic() < until, "brokers don't show the rights"
            time.sleep(0.02)

    def _shown(self, ask: Callable[[Any], Any]) -> dict[Identity, Values]:
        everything = binding_calls.describe_all(ask)
        return {identity: values for identity, values in everything.items() if identity[0] == "User:kplan"}


def _identity(right: Right) -> Identity:
    return ("User:kplan", right.operation, right.resource_type, right.name, right.pattern, "allow", "*")
