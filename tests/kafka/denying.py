"""A cluster that denies what isn't allowed: User:ANONYMOUS on its plain listener may do all, User:kplan what a test says."""

import time
from collections.abc import Iterable
from typing import Final

from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from kplan.sandbox import Cluster, ClusterSpec
from kplan.sdk.values import Secret
from kplan_kafka.access_rights import Right

PASSWORD: Final = "kplan's own"  # noqa: S105 - of the test's own user
LISTENER: Final = "SASL"
SECURITY: Final = {
    "protocol": "SASL_PLAINTEXT",
    "mechanism": "PLAIN",
    "username": "kplan",
    "password": Secret(PASSWORD),
}
_KINDS: Final = {"topic": ResourceType.TOPIC, "group": ResourceType.GROUP, "cluster": ResourceType.BROKER}
_ANY: Final = (ResourceType.ANY, None, ResourcePatternType.ANY)


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

    def __init__(self, cluster: Cluster) -> None:
        self.plain = cluster.bootstrap_servers
        self.login = cluster.servers(LISTENER)
        self._brokers = [AdminClient({"bootstrap.servers": one, "log_level": 0}) for one in self.plain]

    def allow(self, rights: Iterable[Right]) -> None:
        """Let User:kplan do exactly this, by what every broker has heard of."""
        client = self._brokers[0]
        wanted = [_binding(one) for one in rights]
        for future in client.delete_acls([_of_kplan()]).values():
            future.result(30)
        if wanted:
            for future in client.create_acls(wanted).values():
                future.result(30)
        until = time.monotonic() + 60
        while any(self._shown(one) != set(wanted) for one in self._brokers):
            assert time.monotonic() < until, "brokers don't show the rights"
            time.sleep(0.02)

    def _shown(self, client: AdminClient) -> set[AclBinding]:
        return set(client.describe_acls(_of_kplan()).result(30))


def _binding(right: Right) -> AclBinding:
    return AclBinding(
        _KINDS[right.resource_type],
        right.name,
        ResourcePatternType[right.pattern.upper()],
        "User:kplan",
        "*",
        AclOperation[right.operation],
        AclPermissionType.ALLOW,
    )


def _of_kplan() -> AclBindingFilter:
    return AclBindingFilter(*_ANY, "User:kplan", None, AclOperation.ANY, AclPermissionType.ANY)
