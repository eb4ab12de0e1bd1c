"""Logging in to a broker by SASL: kafka-python's mechanisms, carried by our connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kplan_kafka.protocol import SaslAuthenticateRequest, SaslHandshakeRequest, bearer, sasl_mechanism
from kplan_kafka.security import OAUTHBEARER
from kplan_kafka.unreachable import NoToken, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from kplan_kafka.endpoint import Address
    from kplan_kafka.security import Security

_UNSUPPORTED_MECHANISM: Final = 33
_ILLEGAL_STATE: Final = 34


def log_in(address: Address, security: Security, call: Callable[[Any], Any]) -> float:
    """Prove who one is; gives how many seconds that is good for, 0 for ever (KIP-368).

    `call` sends a request and gives its answer. Raises Unreachable with the cause.
    """
    answer = call(SaslHandshakeRequest(mechanism=security.sasl_mechanism))
    if answer.error_code == _UNSUPPORTED_MECHANISM:
        there = ", ".join(answer.mechanisms) or "none"
        hint = "Set mechanism in security to one that the listener takes."
        cause = f"the listener does not take {security.sasl_mechanism}; it takes {there}"
        raise Unreachable(address, cause, hint=hint, about=("security", "mechanism"))
    if answer.error_code == _ILLEGAL_STATE:
        hint = f'Set protocol in security to "{"SSL" if security.tls else "PLAINTEXT"}", or name another listener.'
        raise Unreachable(address, "the listener takes no login", hint=hint, about=("security", "protocol"))
    if answer.error_code:
        raise Unreachable(address, f"the login failed with error {answer.error_code}", about=("security",))
    return _authenticate(address, security, call)


def _authenticate(address: Address, security: Security, call: Callable[[Any], Any]) -> float:
    life = 0.0
    mechanism = sasl_mechanism(security.sasl_mechanism)(**_credential(address, security))
    while not mechanism.is_done():
        answer = call(SaslAuthenticateRequest(auth_bytes=mechanism.auth_bytes()))
        if answer.error_code:
            raise _refused(address, security)
        life = (getattr(answer, "session_lifetime_ms", 0) or 0) / 1000
        try:
            mechanism.receive(bytes(answer.auth_bytes))
        except (ValueError, KeyError):  # its message may hold what was computed of the password
            cause = f"the broker could not prove that it knows {security.username}'s password"
            raise Unreachable(address, cause, about=("security", "password")) from None
    if not mechanism.is_authenticated():
        raise Unreachable(address, f"the login by {security.mechanism} did not end", about=("security",))
    return life


def _credential(address: Address, security: Security) -> dict[str, Any]:
    if security.by_token:
        from kplan_kafka.oauth import tokens

        try:
            return {"sasl_oauth_token_provider": bearer(tokens(security).current().text)}
        except NoToken as wrong:
            hint, about = _token_from(security)
            cause = f"no token to log in with: {wrong}"
            raise Unreachable(address, cause, hint=f"Check {hint}.", about=("security", about)) from None
    return {
        "sasl_mechanism": security.mechanism,
        "sasl_plain_username": _escaped(security),
        "sasl_plain_password": security.password,
    }


def _refused(address: Address, security: Security) -> Unreachable:
    if security.by_token:
        hint, about = _token_from(security)
        hint = f"Check {hint}, and what the listener asks of a token."
        return Unreachable(
            address, "the broker does not take the token", hint=hint, about=("security", about)
        )
    hint = "Check username and password in security, and that the user is there with this mechanism."
    cause = f"{security.username} could not log in by {security.mechanism}: wrong name or password"
    return Unreachable(address, cause, hint=hint, about=("security", "password"))


def _token_from(security: Security) -> tuple[str, str]:
    """Name what decides which token one gets."""
    if security.mechanism == OAUTHBEARER:
        return "token_endpoint, client_id, client_secret and scope in security", "token_endpoint"
    return "aws_region and whose AWS credentials are used", "aws_region"


def _escaped(security: Security) -> str:
    """Write a name as SCRAM wants it: a comma or an equals sign would end it (RFC 5802 §5.1)."""
    if security.mechanism.startswith("SCRAM-"):
        return security.username.replace("=", "=3D").replace(",", "=2C")
    return security.username
