"""TLS of a connection, on Python's own ssl: contexts from PEM texts, and what went wrong in words."""

from __future__ import annotations

import os
import re
import ssl
import tempfile
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kplan_kafka.unreachable import Unreachable

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from kplan_kafka.endpoint import Address
    from kplan_kafka.security import Security

_CLOSED: Final = (ssl.SSLEOFError, ssl.SSLZeroReturnError)  # which of them is a matter of the moment
_NOT_TLS: Final = {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}
# OpenSSL's X509_V_ERR_… of an issuer that is not there or not trusted
_UNKNOWN_CA: Final = frozenset((2, 18, 19, 20, 21))
_MISMATCH: Final = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED")
_BLOCKS: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]*CERTIFICATE-----.*?-----END [A-Z0-9 ]*CERTIFICATE-----", re.DOTALL
)
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
    except _Unusable as wrong:
        raise Unreachable(address, str(wrong), about=("security", wrong.attribute)) from None
    except OSError as wrong:  # of this machine, such as a log of keys that can't be written
        raise Unreachable(address, f"TLS can't be set up here: {wrong}", about=("security",)) from None
    opened.settimeout(within)
    try:
        return context.wrap_socket(opened, server_hostname=address.host.rstrip("."))
    except ssl.SSLCertVerificationError as wrong:
        raise _not_trusted(address, wrong) from None
    except ssl.SSLError as wrong:
        if isinstance(wrong, _CLOSED) or wrong.reason in _NOT_TLS:
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
    if wrong.verify_code in {62, 64}:  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
        hint = "Call the brokers by a name in their certificate; see advertised.listeners too."
        return Unreachable(
            address, f"its certificate is not for {address.host}", hint=hint, about=("bootstrap_servers",)
        )
    if wrong.verify_code not in _UNKNOWN_CA:
        return Unreachable(address, f"its certificate can't be trusted: {said}", about=("security",))
    hint = 'Set ca in security to the certificate of the brokers\' CA, as in ca = file("ca.pem").'
    return Unreachable(
        address, f"its certificate comes of a CA that is not known ({said})", hint=hint, about=("security",)
    )


def certificates(text: str) -> str:
    """Give the certificates of a text without what may stand between them, which ssl takes only in ASCII."""
    return "\n".join(_BLOCKS.findall(text)) or text.encode("ascii", "replace").decode()


class _Unusable(Exception):  # noqa: N818 - it becomes an Unreachable
    def __init__(self, attribute: str, cause: str) -> None:
        super().__init__(cause)
        self.attribute = attribute


@lru_cache(maxsize=32)
def _context(security: Security) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cadata=certificates(security.ca) or None)
    except ssl.SSLError:
        raise _Unusable("ca", "ca in security can't be read as PEM") from None
    if security.certificate:
        _load_own(context, security)
    return context


def _load_own(context: ssl.SSLContext, security: Security) -> None:
    asked = []

    def password() -> str:  # a function, as a password that is missing would be asked for at the terminal
        asked.append(True)
        return security.key_password

    try:
        with _file(f"{security.certificate}\n{security.key}") as path:
            context.load_cert_chain(path, password=password)
    except (ssl.SSLError, ValueError) as wrong:
        if any(one in (getattr(wrong, "reason", None) or "") for one in _MISMATCH):
            cause = "the key in security does not belong to the certificate"
        elif asked:
            cause = "the key in security can't be opened: key_password is missing or wrong"
        else:
            cause = "certificate and key in security can't be read as PEM"
        raise _Unusable("key", cause) from None


@contextmanager
def _file(text: str) -> Iterator[str]:
    """Show a text as a file, which is how ssl reads a key: one in memory where the system has such."""
    if hasattr(os, "memfd_create"):
        number = os.memfd_create("kplan", os.MFD_CLOEXEC)
        try:
            os.write(number, text.encode())
            yield f"/proc/self/fd/{number}"
        finally:
            os.close(number)
        return
    with tempfile.TemporaryDirectory(prefix="kplan-") as folder:  # only its owner may look into it
        path = Path(folder) / "pem"
        path.write_text(text)
        yield str(path)
