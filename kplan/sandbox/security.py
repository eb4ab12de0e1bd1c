"""What guards a secure sandbox: a CA of its own, the brokers' certificate, and users with passwords.

Each broker gets a listener with TLS and logins beside the plain one, which is left to the sandbox itself and to
Kafka's own tools: through it the users are made.
"""

import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path

from kplan.sandbox import folders
from kplan.sandbox.errors import SandboxError
from kplan.sandbox.ports import LOOPBACK
from kplan.sandbox.spec import ClusterSpec

LISTENER = "SECURE"
PROTOCOL = "SASL_SSL"
MECHANISM = "SCRAM-SHA-512"
SUPER_USER = "kplan"
USERS = (SUPER_USER, "reader")  # the second may do nothing until something is granted
WORKER_USER = "connect"  # may do what a Connect worker needs for itself
_LOGIN_MODULE = "org.apache.kafka.common.security.scram.ScramLoginModule"
_KEYS, _CA = "broker.pem", "ca.pem"


@dataclass(frozen=True, slots=True)
class Security:
    """The CA's certificate as PEM, and each user's password, which is never shown."""

    ca: str
    passwords: tuple[tuple[str, str], ...] = field(repr=False)


def require() -> None:
    """Refuse without what makes certificates, which only the extra brings."""
    try:
        import trustme  # noqa: F401 - a look whether it is there
    except ModuleNotFoundError as error:
        raise SandboxError(
            "--secure needs trustme to make certificates: pip install 'kplan[sandbox]'"
        ) from error


def make(folder: Path) -> Security:
    """Make a CA, the brokers' certificate and the passwords; what brokers read is written below a sandbox's folder."""
    import trustme

    authority = trustme.CA(organization_name="kplan sandbox")
    issued = authority.issue_cert(LOOPBACK, "localhost")
    chain = b"".join(part.bytes() for part in issued.cert_chain_pems)
    ca = authority.cert_pem.bytes().decode()
    place = _place(folder)
    place.mkdir()
    keys = (_as_kafka_reads_it(issued.private_key_pem.bytes()) + chain).decode()
    folders.write_whole(place / _KEYS, keys, private=True)
    folders.write_whole(place / _CA, ca)
    return Security(ca, tuple((user, secrets.token_urlsafe(18)) for user in USERS))


def with_workers(security: Security) -> Security:
    """Have a user for the Connect workers as well."""
    if WORKER_USER in dict(security.passwords):
        return security
    return replace(security, passwords=(*security.passwords, (WORKER_USER, secrets.token_urlsafe(18))))


def login(security: Security, user: str) -> dict[str, str]:
    """Give the settings, password included, by which a Java client logs in as a user."""
    password = dict(security.passwords)[user]
    return {
        "security.protocol": PROTOCOL,
        "sasl.mechanism": MECHANISM,
        "sasl.jaas.config": f'{_LOGIN_MODULE} required username="{user}" password="{password}";',
        "ssl.truststore.type": "PEM",
        "ssl.truststore.certificates": security.ca,
    }


def _as_kafka_reads_it(key: bytes) -> bytes:
    """Give a key as PKCS#8."""
    from cryptography.hazmat.primitives import serialization as form

    loaded = form.load_pem_private_key(key, None)
    return loaded.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())


def guarded(spec: ClusterSpec, folder: Path) -> ClusterSpec:
    """Give a cluster the secure listener; what it asks for itself goes over this."""
    prefix = f"listener.name.{LISTENER.lower()}"
    settings = {
        "super.users": f"User:ANONYMOUS;User:{SUPER_USER}",
        f"{prefix}.ssl.keystore.type": "PEM",
        f"{prefix}.ssl.keystore.location": str(_place(folder) / _KEYS),
        f"{prefix}.ssl.truststore.type": "PEM",
        f"{prefix}.ssl.truststore.location": str(_place(folder) / _CA),
        f"{prefix}.sasl.enabled.mechanisms": MECHANISM,
        f"{prefix}.{MECHANISM.lower()}.sasl.jaas.config": f"{_LOGIN_MODULE} required;",
    }
    return replace(
        spec,
        config=tuple((settings | dict(spec.config)).items()),
        listeners=(*spec.listeners, (LISTENER, PROTOCOL)),
    )


def _place(folder: Path) -> Path:
    # No cluster's folder has a dot in its name.
    return folder / "security.d"
