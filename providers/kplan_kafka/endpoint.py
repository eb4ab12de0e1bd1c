"""A cluster's block before it is contacted: what is wrong with it, and where its brokers are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from kplan.sdk.session import Fault
from kplan.sdk.values import UNKNOWN, marks, reveal
from kplan_kafka.client import check_client
from kplan_kafka.security import check_security
from kplan_kafka.topic_rules import COUNTS, check_config, check_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kplan.sdk.values import Value

_ADDRESS: Final = re.compile(
    r"(?:[A-Za-z0-9_]+://)?(?:\[(?P<v6>[0-9A-Fa-f:.%]+)\]|(?P<host>[^\s:/\[\]]+)):(?P<port>\d{1,5})\Z"
)
_PORTS: Final = range(1, 65536)


class Address(NamedTuple):
    """Where a broker listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def address(text: str) -> Address:
    """Read host:port or [v6]:port. ValueError if it is neither."""
    found = _ADDRESS.match(text.strip())
    if not found or int(found["port"]) not in _PORTS:
        raise ValueError(f"{text!r} is not host:port")
    return Address(found["v6"] or found["host"], int(found["port"]))


def addresses(settings: Mapping[str, Value]) -> tuple[Address, ...]:
    """List the bootstrap servers of a checked block, each once."""
    return tuple(dict.fromkeys(address(text) for text in reveal(settings["bootstrap_servers"])))


def check_cluster(settings: Mapping[str, Value]) -> list[Fault]:
    """Find what is wrong with a cluster block."""
    faults = _check_addresses(settings.get("bootstrap_servers"))
    defaults = settings.get("topic_defaults")
    if isinstance(defaults, dict):
        for name in COUNTS:
            faults += check_count(defaults.get(name), ("topic_defaults", name))
        faults += check_config(defaults.get("config"), ("topic_defaults", "config"))
    return [*faults, *check_client(settings), *check_security(settings)]


def _check_addresses(servers: Value) -> list[Fault]:
    if marks(servers) & UNKNOWN:
        return []
    texts = reveal(servers)
    if not texts:
        remedy = 'Name at least one broker, as in bootstrap_servers = ["kafka1:9092"].'
        return [
            Fault(
                "no_bootstrap_servers",
                "bootstrap_servers names no broker",
                "",
                remedy,
                ("bootstrap_servers",),
            )
        ]
    faults = []
    for index, text in enumerate(texts):
        try:
            address(text)
        except ValueError as wrong:
            path = ("bootstrap_servers", index)
            remedy = 'Write host:port, as in "kafka1:9092"; an IPv6 address in brackets, as in "[::1]:9092".'
            faults.append(Fault("invalid_address", str(wrong), "", remedy, path))
    return faults
