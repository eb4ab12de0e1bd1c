"""How to speak to a cluster: one value from its block, and from it each client's own options.

What its `security` says is read by `security`, and handed on here.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kplan.sdk.values import reveal
from kplan_kafka.client import Client, client_of
from kplan_kafka.endpoint import addresses
from kplan_kafka.security import Security, security_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kplan.sdk.values import Value
    from kplan_kafka.endpoint import Address

CLIENT: Final = Client()


class Options(NamedTuple):
    """What both clients need of a cluster's block."""

    bootstrap: tuple[Address, ...]
    prefixes: tuple[str, ...]
    security: Security = Security()
    client: Client = CLIENT


def options_of(settings: Mapping[str, Value]) -> Options:
    """Read a checked cluster block."""
    prefixes = reveal((settings.get("manages") or {}).get("topic_prefixes"))
    fence = prefixes if isinstance(prefixes, tuple) else ()
    return Options(addresses(settings), fence, security_of(settings), client_of(settings))


def librdkafka(options: Options, servers: Sequence[Address]) -> dict[str, Any]:
    """Give confluent-kafka's options; `servers` are brokers that are known to answer."""
    return {
        "bootstrap.servers": ",".join(map(str, servers)),
        "client.id": options.client.id,
        "log_level": 0,
        "reconnect.backoff.max.ms": 500,
        # Any broker may be named as the one to send writes to, a hung one until it is fenced; by default librdkafka
        # would ask again after five minutes. Only brokers are asked for: no topic is known to this client.
        "topic.metadata.refresh.interval.ms": 3000,
        "allow.auto.create.topics": False,
        "enable.metrics.push": False,  # telemetry is the operator's business, not ours
        **_secured(options.security),
        **dict(options.client.given),
    }


def _secured(security: Security) -> dict[str, Any]:
    given: dict[str, Any] = {"security.protocol": security.protocol}
    if security.login:
        given |= {
            "sasl.mechanism": security.sasl_mechanism,
            "sasl.username": security.username,
            "sasl.password": security.password,
            "oauth_cb": _token_of(security) if security.by_token else None,
        }
    if security.tls:
        given |= {
            "ssl.ca.pem": security.ca,
            "ssl.ca.location": "" if security.ca else _own_authorities(),
            "ssl.certificate.pem": security.certificate,
            "ssl.key.pem": security.key,
            "ssl.key.password": security.key_password,
        }
    return {name: value for name, value in given.items() if value}


def _own_authorities() -> str:
    """Say where this user keeps CAs, which Python heeds by itself and librdkafka does not."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if os.environ.get(name):
            return os.environ[name]
    return ""


def _token_of(security: Security) -> Callable[[str], tuple[str, float]]:
    def give(_: str) -> tuple[str, float]:
        from kplan_kafka.oauth import tokens

        token = tokens(security).current()
        return token.text, token.expires

    return give
