"""TLS for providers, on Python's own ssl: contexts from PEM texts, and what errors of a handshake mean."""

from __future__ import annotations

import os
import re
import ssl
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

CLOSED: Final = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
"""Errors by which the other side closed the connection: which of them is a matter of the moment."""

UNKNOWN_CA: Final = frozenset((2, 18, 19, 20, 21))
"""OpenSSL's X509_V_ERR_… of an issuer that is not there or not trusted."""

OTHER_NAME: Final = frozenset((62, 64))
"""X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH."""

_MISMATCH: Final = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED")
_BLOCKS: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]*CERTIFICATE-----.*?-----END [A-Z0-9 ]*CERTIFICATE-----", re.DOTALL
)


class UnusableError(Exception):
    """What a block `security` has can't be used; its text says why. `attribute`: which of it."""

    def __init__(self, attribute: str, words: str) -> None:
        """Name the attribute."""
        super().__init__(words)
        self.attribute = attribute


def certificates(text: str) -> str:
    """Give the certificates of a text without what may stand between them, which ssl takes only in ASCII."""
    return "\n".join(_BLOCKS.findall(text)) or text.encode("ascii", "replace").decode()


def client_context(ca: str, certificate: str, key: str, key_password: str) -> ssl.SSLContext:
    """Make a context that checks who answers, from PEM texts; where `ca` is empty the system's CAs count.

    Raises UnusableError.
    """
    try:
        context = ssl.create_default_context(cadata=certificates(ca) or None)
    except ssl.SSLError:
        raise UnusableError("ca", "ca in security can't be read as PEM") from None
    if certificate:
        _load_own(context, f"{certificate}\n{key}", key_password)
    return context


def _load_own(context: ssl.SSLContext, text: str, key_password: str) -> None:
    asked = []

    def password() -> str:  # a function, as a password that is missing would be asked for at the terminal
        asked.append(True)
        return key_password

    try:
        with _file(text) as path:
            context.load_cert_chain(path, password=password)
    except (ssl.SSLError, ValueError) as wrong:
        if any(one in (getattr(wrong, "reason", None) or "") for one in _MISMATCH):
            words = "the key in security does not belong to the certificate"
        elif asked:
            words = "the key in security can't be opened: key_password is missing or wrong"
        else:
            words = "certificate and key in security can't be read as PEM"
        raise UnusableError("key", words) from None


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
