"""What listens at an address that does not answer as a Kafka broker does. Asked only after a call has failed."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

from kplan_kafka.security import Security
from kplan_kafka.unreachable import CLOSED, NO_TLS, Unreachable, expects_tls
from kplan_kafka.wire import Connection

if TYPE_CHECKING:
    from kplan_kafka.endpoint import Address

PROBE_WITHIN: Final = 1.0


def explained(failed: Unreachable, security: Security) -> Unreachable:
    """Give the failure of a connection of this kind with a better cause, if one more look at the address finds it."""
    if not failed.sent:
        return failed
    if _speaks_http(failed.address):
        return Unreachable(failed.address, "an HTTP server answers there, not a Kafka broker")
    if failed.cause == NO_TLS:
        return _without_tls(failed)
    if security.tls and failed.cause == CLOSED:
        return _waited_for_word(failed, security)
    if not security.tls and _speaks_tls(failed.address):
        return expects_tls(failed.address)
    return failed


def _waited_for_word(failed: Unreachable, security: Security) -> Unreachable:
    """Listen after the handshake, saying nothing: in TLS 1.3 a refusal comes then, and its end may overtake its word."""
    import ssl

    from kplan.sdk.tls import CLOSED
    from kplan_kafka.tls import encrypted, refused

    try:
        with (
            socket.create_connection(failed.address, PROBE_WITHIN) as plain,
            encrypted(plain, failed.address, security, PROBE_WITHIN) as opened,
        ):
            opened.recv(1)
    except CLOSED:
        return failed
    except ssl.SSLError as wrong:
        return refused(failed.address, wrong)
    except Unreachable as told:
        return told
    except OSError:
        return failed
    return failed


def _without_tls(failed: Unreachable) -> Unreachable:
    plain = Connection(failed.address, Security())
    try:
        plain.open(PROBE_WITHIN)
    except Unreachable:
        return failed
    finally:
        plain.close()
    hint = "Set protocol in security to PLAINTEXT or SASL_PLAINTEXT, or name the listener for TLS."
    cause = "the listener speaks plain text, and this client TLS"
    return Unreachable(failed.address, cause, hint=hint, about=("security", "protocol"))


def _speaks_http(address: Address) -> bool:
    try:
        with socket.create_connection(address, PROBE_WITHIN) as opened:
            opened.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
            return opened.recv(5) == b"HTTP/"
    except OSError:
        return False


def _speaks_tls(address: Address) -> bool:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nothing is said to it: only whether it shakes hands is of interest
    try:
        with socket.create_connection(address, PROBE_WITHIN) as opened:
            opened.settimeout(PROBE_WITHIN)
            with context.wrap_socket(opened, server_hostname=address.host):
                return True
    except ssl.SSLError as wrong:
        return wrong.reason not in (None, "WRONG_VERSION_NUMBER", "UNEXPECTED_EOF_WHILE_READING")
    except OSError:
        return False
