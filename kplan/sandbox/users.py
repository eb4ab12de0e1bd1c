"""The users of a secure cluster: made through the plain listener, and shown to log in on the secure one.

Each broker learns of a new user by itself, a moment after the cluster has taken it. So a cluster is called ready
only once every broker has let every user in, with TLS and all: by SCRAM as RFC 5802 has it.
"""

import hashlib
import hmac
import secrets
import socket
import ssl
import struct
from base64 import b64decode, b64encode

from kplan.sandbox import wire
from kplan.sandbox.ports import LOOPBACK
from kplan.sandbox.record import Cluster
from kplan.sandbox.security import LISTENER, MECHANISM, Security
from kplan.sandbox.wire import Credential

_ITERATIONS = 4096  # the least that Kafka takes
_BOUND = 5.0  # seconds; the first handshake of a new broker takes part of one
_SASL_HANDSHAKE, _SASL_AUTHENTICATE = 17, 36


def make(cluster: Cluster, security: Security) -> bool:
    """Give the users their passwords, new or not; gives whether the cluster took them."""
    credentials = [_credential(user, password) for user, password in security.passwords]
    return wire.set_passwords(LOOPBACK, cluster.brokers[0].place.port, credentials, _BOUND)


def _credential(user: str, password: str) -> Credential:
    salt = secrets.token_bytes(16)
    return Credential(user, salt, _ITERATIONS, _salted(password, salt, _ITERATIONS))


def _salted(password: str, salt: bytes, iterations: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha512", password.encode(), salt, iterations)


def known(cluster: Cluster, security: Security) -> bool:
    """Tell whether every broker lets every user in."""
    ports = [dict(broker.place.further)[LISTENER] for broker in cluster.brokers]
    return all(
        lets_in(port, security.ca, user, password) for port in ports for user, password in security.passwords
    )


def lets_in(port: int, ca: str, user: str, password: str) -> bool:
    """Tell whether a broker with a certificate of this CA lets a user in."""
    context = ssl.create_default_context(cadata=ca)
    try:
        with (
            socket.create_connection((LOOPBACK, port), timeout=_BOUND) as plain,
            context.wrap_socket(plain, server_hostname=LOOPBACK) as connection,
        ):
            _log_in(connection, user, password)
    except (OSError, ValueError, KeyError, struct.error):
        return False
    return True


def _log_in(connection: socket.socket, user: str, password: str) -> None:
    """Go through a login; ValueError when it is refused, and other errors of reading when it isn't Kafka's."""
    name = MECHANISM.encode()
    _ask(connection, _SASL_HANDSHAKE, 1, struct.pack(">h", len(name)) + name)
    first = f"n={user},r={secrets.token_hex(16)}"
    challenge = _say(connection, f"n,,{first}")
    told = dict(part.split("=", 1) for part in challenge.split(","))
    salted = _salted(password, b64decode(told["s"]), int(told["i"]))
    last = f"c=biws,r={told['r']}"  # biws: no channel is bound
    proof = _proof(salted, f"{first},{challenge},{last}".encode())
    _say(connection, f"{last},p={b64encode(proof).decode()}")


def _proof(salted: bytes, talk: bytes) -> bytes:
    key = hmac.digest(salted, b"Client Key", "sha512")
    signature = hmac.digest(hashlib.sha512(key).digest(), talk, "sha512")
    return bytes(one ^ other for one, other in zip(key, signature, strict=True))


def _say(connection: socket.socket, text: str) -> str:
    """Say something within the login; gives the answer."""
    data = text.encode()
    answer = _ask(connection, _SASL_AUTHENTICATE, 0, struct.pack(">i", len(data)) + data)
    _no_message, size = struct.unpack_from(">hi", answer)
    return answer[6 : 6 + size].decode()


def _ask(connection: socket.socket, kind: int, version: int, body: bytes) -> bytes:
    """Ask as versions without tagged fields have it; gives what follows the error, ValueError for an error."""
    answer = wire.exchanged(connection, struct.pack(">hhih", kind, version, 1, 5) + b"kplan" + body)
    _correlation, error = struct.unpack_from(">ih", answer)
    if error:
        raise ValueError(f"refused with {error}")
    return answer[6:]
