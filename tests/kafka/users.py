"""A cluster where users log in by SCRAM, who may, and what another client sees and does of them."""

import logging
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)
from kplan_run import wait_for

from kplan.sandbox import Cluster, ClusterSpec

OWN = "kplan's own password"
LISTENER = "SASL"
SHA_256, SHA_512 = "SCRAM-SHA-256", "SCRAM-SHA-512"
_MODULES = "org.apache.kafka.common.security"
_CODES = {SHA_256: ScramMechanism.SCRAM_SHA_256, SHA_512: ScramMechanism.SCRAM_SHA_512}
_SILENT = logging.getLogger("users")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


def spec(name: str) -> ClusterSpec:
    """Lay out a broker to which three log in by PLAIN: `kplan`, who may do all, and `reader` and `nobody`, who may not."""
    listener = "listener.name.sasl."
    config = {
        f"{listener}sasl.enabled.mechanisms": f"PLAIN,{SHA_256},{SHA_512}",
        f"{listener}plain.sasl.jaas.config": (
            f"{_MODULES}.plain.PlainLoginModule required"
            + "".join(f' user_{name}="{OWN}"' for name in ("kplan", "reader", "nobody"))
            + ";"
        ),
        **{
            f"{listener}{one.lower()}.sasl.jaas.config": f"{_MODULES}.scram.ScramLoginModule required;"
            for one in (SHA_256, SHA_512)
        },
        "super.users": "User:ANONYMOUS;User:kplan",
        "allow.everyone.if.no.acl.found": "false",
    }
    return ClusterSpec(name, config=tuple(config.items()), listeners=((LISTENER, "SASL_PLAINTEXT"),))


class Users:
    """The users of a cluster, without kplan."""

    def __init__(self, cluster: Cluster) -> None:
        self.login = ",".join(cluster.servers(LISTENER))
        self._admin = AdminClient({"bootstrap.servers": cluster.bootstrap}, logger=_SILENT)

    def found(self, prefix: str) -> dict[tuple[str, str], int]:
        """Give the iterations of those whose names begin so, by name without the prefix, and mechanism."""
        listed = self._admin.describe_user_scram_credentials().result(30)
        return {
            (name.removeprefix(prefix), one.mechanism.name.replace("_", "-")): one.iterations
            for name, user in listed.items()
            if name.startswith(prefix)
            for one in user.scram_credential_infos
        }

    def put(self, name: str, password: str, mechanism: str = SHA_512, iterations: int = 4096) -> None:
        """Make a user, or change its password."""
        info = ScramCredentialInfo(_CODES[mechanism], iterations)
        self._alter(UserScramCredentialUpsertion(name, info, password.encode()))

    def delete(self, name: str, mechanism: str = SHA_512) -> None:
        """Delete a user."""
        self._alter(UserScramCredentialDeletion(name, _CODES[mechanism]))

    def _alter(self, one: Any) -> None:
        for future in self._admin.alter_user_scram_credentials([one]).values():
            future.result(30)

    def log_in(self, name: str, password: str, mechanism: str = SHA_512) -> bool:
        """Tell whether a client gets in with this password."""
        errors: list[int] = []
        options = {
            "bootstrap.servers": self.login,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": mechanism,
            "sasl.username": name,
            "sasl.password": password,
            "error_cb": lambda error: errors.append(error.code()),
        }
        client = AdminClient(options, logger=_SILENT)
        answered: list[bool] = []

        def told() -> bool:
            try:
                answered.append(bool(client.list_topics(timeout=0.3)))
            except KafkaException:
                client.poll(0)
            return bool(answered) or KafkaError._AUTHENTICATION in errors

        wait_for(told)
        return bool(answered)

    def wait_for_log_in(self, name: str, password: str, mechanism: str = SHA_512) -> None:
        """Wait until a client gets in: brokers take a moment to hear of a new password."""
        wait_for(lambda: self.log_in(name, password, mechanism))
