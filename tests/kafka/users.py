"""A cluster where users log in by SCRAM, what another client sees and does of them, and what kplan is told of them."""

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
from kplan_run import Ran, Workspace, wait_for

from kplan.sandbox import Cluster, ClusterSpec

OWN = "kplan's own password"
LISTENER = "SASL"
NO_CHANGES = "No changes. Your infrastructure matches the configuration."
FIRST, SECOND, THIRD = "Tr0ub4dor&3", "correct horse, battery=staple", 'péché "mortel"'
SECRETS = (FIRST, SECOND, THIRD, OWN)
VARIABLES = """
variable "own" {
  type      = string
  sensitive = true
}

variable "password" {
  type      = string
  sensitive = true
}
"""
SECURITY = """
  security {
    protocol  = "SASL_PLAINTEXT"
    mechanism = "PLAIN"
    username  = "%s"
    password  = var.own
  }
"""
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


# --- the configuration


def declare(workspace: Workspace, password: str, text: str = "") -> None:
    """Give the variable a value and, if one is given, the configuration its text."""
    workspace.environment["KPLAN_VAR_password"] = password
    if text:
        workspace.write(text)


def user(label: str = "anna", *lines: str, mechanism: str = "") -> str:
    """Write the user anna, with more lines."""
    stated = [f'mechanism = "{mechanism}"'] if mechanism else []
    inner = "".join(f"  {line}\n" for line in (*stated, *lines))
    return f"""
scram_user "{label}" {{
  cluster  = cluster.guarded
  name     = "${{var.prefix}}anna"
  password = var.password
{inner}}}
"""


def grant(name: str = "anna") -> str:
    """Write access for somebody: two bindings."""
    return f"""
grant "anna" {{
  cluster    = cluster.guarded
  principals = ["User:${{var.prefix}}{name}"]
  consume {{
    topics = ["orders"]
    groups = ["billing"]
  }}
}}
"""


def done(ran: Ran, added: int = 0, changed: int = 0, destroyed: int = 0) -> None:
    """Check that an apply went well, and what it did."""
    told = f"Apply complete! Resources: {added} added, {changed} changed, {destroyed} destroyed."
    assert (ran.code, ran.summary) == (0, told), ran.said


def destroyed(ran: Ran, count: int) -> None:
    """Check that a destroy went well."""
    assert (ran.code, ran.summary) == (0, f"Destroy complete! Resources: {count} destroyed."), ran.said


def settled(workspace: Workspace) -> None:
    """Check that nothing is left to do."""
    ran = workspace.plan()
    assert (ran.code, ran.summary) == (0, NO_CHANGES), ran.said
