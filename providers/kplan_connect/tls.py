"""TLS to the workers: a context from PEM texts, and what went wrong in words."""

from __future__ import annotations

import os
import re
import ssl
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan_connect.endpoint import Options

_NOT_TLS: Final = {
    "WRONG_VERSION_NUMBER",
    "RECORD_LAYER_FAILURE",
    "HTTP_REQUEST",
    "UNEXPECTED_EOF_WHILE_READING",
}
# OpenSSL's X509_V_ERR_… of an issuer that is not there or not trusted
_UNKNOWN_CA: Final = frozenset((2, 18, 19, 20, 21))
_OTHER_NAME: Final = frozenset((62, 64))  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_OWN: Final = (
    "CERTIFICATE_REQUIRED",
    "BAD_CERTIFICATE",
    "CERTIFICATE_UNKNOWN",
    "UNKNOWN_CA",
    "HANDSHAKE_FAILURE",
)
_CERTIFICATES: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]*CERTIFICATE-----.*?-----END [A-Z0-9 ]*CERTIFICATE-----", re.DOTALL
)


class Cause(NamedTuple):
    """Why there is no connection, what to do, and what of the block it is about."""

    words: str
    hint: str = ""
    about: tuple[str, ...] = ("urls",)


class UnusableError(Exception):
    """What the block has can't be used; its text says why."""

    def __init__(self, attribute: str, words: str) -> None:
        """Name the attribute of `security`."""
        super().__init__(words)
        self.cause = Cause(words, "", ("security", attribute))


def context_of(options: Options) -> ssl.SSLContext:
    """Make a context. Raises UnusableError."""
    try:
        context = ssl.create_default_context(cadata="\n".join(_CERTIFICATES.findall(options.ca)) or None)
    except ssl.SSLError:
        raise UnusableError("ca", "ca in security can't be read as PEM") from None
    if options.certificate:
        _load_own(context, options)
    return context


def _load_own(context: ssl.SSLContext, options: Options) -> None:
    asked = []

    def password() -> str:  # a function, as a password that is missing would be asked for at the terminal
        asked.append(True)
        return options.key_password

    try:
        with _file(f"{options.certificate}\n{options.key}") as path:
            context.load_cert_chain(path, password=password)
    except (ssl.SSLError, ValueError) as wrong:
        if "MISMATCH" in (getattr(wrong, "reason", None) or ""):
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


def explained(wrong: ssl.SSLError, host: str) -> Cause:
    """Word what went wrong in a handshake, or on the first answer after it."""
    if isinstance(wrong, ssl.SSLCertVerificationError):
        if wrong.verify_code in _OTHER_NAME:
            return Cause(
                f"its certificate is not for {host}", "Call the worker by a name in its certificate."
            )
        if wrong.verify_code in _UNKNOWN_CA:
            hint = 'Set ca in security to the certificate of the workers\' CA, as in ca = file("ca.pem").'
            words = f"its certificate comes of a CA that is not known ({wrong.verify_message})"
            return Cause(words, hint, ("security",))
        return Cause(f"its certificate can't be trusted: {wrong.verify_message}", "", ("security",))
    reason = wrong.reason or ""
    if isinstance(wrong, ssl.SSLEOFError) or reason in _NOT_TLS:
        return Cause("it does not speak TLS", "Write http:// if the worker listens in plain text.")
    if any(one in reason for one in _OWN):
        hint = "Set certificate and key in security, from a CA that the workers know."
        return Cause("the worker wants another certificate of this client", hint, ("security",))
    return Cause(f"TLS failed ({reason.replace('_', ' ').lower() or wrong})")
