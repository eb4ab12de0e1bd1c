"""TLS of a connection: the handshake, and what went wrong in words."""

from __future__ import annotations

import re
import ssl
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from kplan.sdk.tls import CLOSED, OTHER_NAME, UNKNOWN_CA, UnusableError, client_context
from kplan_kafka.unreachable import Unreachable

if TYPE_CHECKING:
    import socket

    from kplan_kafka.endpoint import Address
    from kplan_kafka.security import Security

_NOT_TLS: Final = {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}
_OWN_CERTIFICATE: Final = (
    "CERTIFICATE_REQUIRED",
    "BAD_CERTIFICATE",
    "CERTIFICATE_UNKNOWN",
    "UNKNOWN_CA",
    "CERTIFICATE_EXPIRED",
    "CERTIFICATE_REVOKED",
    "UNSUPPORTED_CERTIFICATE",
)


def encrypted(opened: socket.socket, address: Address, security: Security, within: float) -> ssl.SSLSocket:
    """Shake hands; the broker must prove that it is who was called. Raises Unreachable with the cause.

    Who called closes what was opened, unless the handshake itself failed, which does.
    """
    try:
        context = _context(security)
    except UnusableError as wrong:
        raise Unreachable(address, str(wrong), about=("security", wrong.attribute)) from None
    except OSError as wrong:  # of this machine, such as a log of keys that can't be written
        raise Unreachable(address, f"TLS can't be set up here: {wrong}", about=("security",)) from None
    opened.settimeout(within)
    try:
        return context.wrap_socket(opened, server_hostname=address.host.rstrip("."))
    except ssl.SSLCertVerificationError as wrong:
        raise _not_trusted(address, wrong) from None
    except ssl.SSLError as wrong:
        if isinstance(wrong, CLOSED) or wrong.reason in _NOT_TLS:
            raise ConnectionResetError from None  # who answers does not speak TLS
        raise refused(address, wrong) from None


def refused(address: Address, wrong: ssl.SSLError) -> Unreachable:
    """Word an error of TLS; one about our certificate comes with the first answer only, in TLS 1.3."""
    reason = wrong.reason or ""
    if any(one in reason for one in _OWN_CERTIFICATE):
        hint = "Set certificate and key in security, from a CA that the brokers know."
        cause = f"the broker wants another certificate of this client ({_plain(reason)})"
        return Unreachable(address, cause, hint=hint, about=("security",))
    if "HANDSHAKE_FAILURE" in reason:
        cause = (
            "the broker refused the TLS handshake: no common cipher, or it wants a certificate of this client"
        )
        return Unreachable(address, cause, about=("security",))
    return Unreachable(address, f"TLS failed ({_plain(reason) or wrong})", sent=True)


def is_quiet(opened: ssl.SSLSocket) -> bool:
    """Tell whether a connection on which nothing was asked is open still."""
    opened.settimeout(0)
    try:
        opened.recv(1)
    except ssl.SSLWantReadError:
        return True
    except OSError:
        pass
    return False


def _plain(reason: str) -> str:
    return re.sub(r"^(?:TLSV13?|SSLV3)_ALERT_", "", reason).replace("_", " ").lower()


def _not_trusted(address: Address, wrong: ssl.SSLCertVerificationError) -> Unreachable:
    said = wrong.verify_message
    if wrong.verify_code in OTHER_NAME:
        hint = "Call the brokers by a name in their certificate; see advertised.listeners too."
        return Unreachable(
            address, f"its certificate is not for {address.host}", hint=hint, about=("bootstrap_servers",)
        )
    if wrong.verify_code not in UNKNOWN_CA:
        return Unreachable(address, f"its certificate can't be trusted: {said}", about=("security",))
    hint = 'Set ca in security to the certificate of the brokers\' CA, as in ca = file("ca.pem").'
    return Unreachable(
        address, f"its certificate comes of a CA that is not known ({said})", hint=hint, about=("security",)
    )


@lru_cache(maxsize=32)
def _context(security: Security) -> ssl.SSLContext:
    return client_context(security.ca, security.certificate, security.key, security.key_password)
