"""That a broker can't be reached, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kplan_kafka.endpoint import Address

CLOSED: Final = "it closed the connection"
NO_TLS: Final = "it closed the connection in the TLS handshake"


class NoToken(Exception):  # noqa: N818 - it becomes an Unreachable
    """No token came; the cause in words."""


class Unreachable(Exception):  # noqa: N818 - it is the broker that is, not our mistake
    """No answer from a broker. `sent`: the request had left, so that it may have taken effect.

    `about`: the path to what is to be looked at in the cluster's block.
    """

    def __init__(
        self,
        address: Address,
        cause: str,
        *,
        sent: bool = False,
        hint: str = "",
        about: tuple[str, ...] = ("bootstrap_servers",),
    ) -> None:
        """Name the broker and the cause in words."""
        super().__init__(f"{address}: {cause}")
        self.address = address
        self.cause = cause
        self.sent = sent
        self.hint = hint
        self.about = about


def expects_tls(address: Address) -> Unreachable:
    """Say that a listener expects TLS where this client speaks plain text."""
    hint = "Set protocol in security to SSL or SASL_SSL, or name the listener for plain text."
    cause = "the listener expects TLS, and this client speaks plain text"
    return Unreachable(address, cause, hint=hint, about=("security", "protocol"))
