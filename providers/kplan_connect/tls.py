"""TLS to the workers: a context from PEM texts, and what went wrong in words."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final, NamedTuple

from kplan.sdk.tls import CLOSED, OTHER_NAME, UNKNOWN_CA, client_context

if TYPE_CHECKING:
    from kplan_connect.endpoint import Options

_NOT_TLS: Final = {
    "WRONG_VERSION_NUMBER",
    "RECORD_LAYER_FAILURE",
    "HTTP_REQUEST",
    "UNEXPECTED_EOF_WHILE_READING",
}
_OWN: Final = (
    "CERTIFICATE_REQUIRED",
    "BAD_CERTIFICATE",
    "CERTIFICATE_UNKNOWN",
    "UNKNOWN_CA",
    "HANDSHAKE_FAILURE",
)


class Cause(NamedTuple):
    """Why there is no connection, what to do, and what of the block it is about."""

    words: str
    hint: str = ""
    about: tuple[str, ...] = ("urls",)


def context_of(options: Options) -> ssl.SSLContext:
    """Make a context. Raises UnusableError."""
    return client_context(options.ca, options.certificate, options.key, options.key_password)


def explained(wrong: ssl.SSLError, host: str) -> Cause:
    """Word what went wrong in a handshake, or on the first answer after it."""
    if isinstance(wrong, ssl.SSLCertVerificationError):
        if wrong.verify_code in OTHER_NAME:
            return Cause(
                f"its certificate is not for {host}", "Call the worker by a name in its certificate."
            )
        if wrong.verify_code in UNKNOWN_CA:
            hint = 'Set ca in security to the certificate of the workers\' CA, as in ca = file("ca.pem").'
            words = f"its certificate comes of a CA that is not known ({wrong.verify_message})"
            return Cause(words, hint, ("security",))
        return Cause(f"its certificate can't be trusted: {wrong.verify_message}", "", ("security",))
    reason = wrong.reason or ""
    if isinstance(wrong, CLOSED) or reason in _NOT_TLS:
        return Cause("it does not speak TLS", "Write http:// if the worker listens in plain text.")
    if any(one in reason for one in _OWN):
        hint = "Set certificate and key in security, from a CA that the workers know."
        return Cause("the worker wants another certificate of this client", hint, ("security",))
    return Cause(f"TLS failed ({reason.replace('_', ' ').lower() or wrong})")
