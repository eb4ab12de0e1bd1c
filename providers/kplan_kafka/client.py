"""The `client` map of a cluster's block: librdkafka's settings that both of kplan's clients follow.

One client reads and one writes. What only one of them would heed is refused, as half of a setting is worse than none.
"""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kplan.sdk.session import Fault
from kplan.sdk.values import UNKNOWN, marks, reveal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kplan.sdk.values import Value

_BLOCK: Final = "client"
_FAMILIES: Final = {"any": 0, "v4": socket.AF_INET, "v6": socket.AF_INET6}
_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,200}\Z")
_LEAST_MS: Final = 10


class Client(NamedTuple):
    """How to connect, beside security. Times in seconds; `answer_within` None: each call's own."""

    id: str = "kplan"
    connect_within: float = 4.0
    answer_within: float | None = None
    family: int = 0
    keepalive: bool = False
    given: tuple[tuple[str, str], ...] = ()


class _Key(NamedTuple):
    """A setting: what its value must be, in words and as a test."""

    words: str
    is_good: Callable[[str], bool]


def _is_time(text: str) -> bool:
    return text.isdecimal() and _LEAST_MS <= int(text) <= 300_000


_TIME: Final = _Key(f"a number of milliseconds, {_LEAST_MS} to 300000", _is_time)
_KEYS: Final[dict[str, _Key]] = {
    "client.id": _Key("a text of letters, digits, '.', '_' and '-'", lambda text: bool(_ID.match(text))),
    "socket.connection.setup.timeout.ms": _TIME,
    "socket.timeout.ms": _TIME,
    "broker.address.family": _Key("any, v4 or v6", lambda text: text in _FAMILIES),
    "socket.keepalive.enable": _Key("true or false", lambda text: text in ("true", "false")),
}
KNOWN: Final = tuple(_KEYS)


def client_of(settings: Mapping[str, Value]) -> Client:
    """Read the map of a checked block."""
    given: Any = reveal(settings.get(_BLOCK)) or {}
    answer = given.get("socket.timeout.ms")
    return Client(
        given.get("client.id", Client().id),
        int(given.get("socket.connection.setup.timeout.ms", 4000)) / 1000,
        None if answer is None else int(answer) / 1000,
        _FAMILIES[given.get("broker.address.family", "any")],
        given.get("socket.keepalive.enable") == "true",
        tuple(sorted(given.items())),
    )


def check_client(settings: Mapping[str, Value]) -> Iterator[Fault]:
    """Find settings that one of the clients can't follow, and values that mean nothing."""
    given: Any = settings.get(_BLOCK)
    if not isinstance(given, dict):
        return
    for name, value in given.items():
        key = _KEYS.get(name)
        if key is None:
            yield Fault("client_setting", *_refused(name), (_BLOCK, name))
        elif value is not None and not marks(value) & UNKNOWN and not key.is_good(reveal(value)):
            remedy = f"It takes {key.words}."
            yield Fault("client_value", f'{name} can\'t be "{reveal(value)}"', "", remedy, (_BLOCK, name))


def _refused(name: str) -> tuple[str, str, str]:
    """Say why a setting can't be followed: summary, detail, remedy."""
    if name.startswith(("sasl.", "ssl.", "security.", "enable.ssl", "https.")):
        if "identification" in name or "verification" in name:
            detail = "That a broker's certificate is for the name it was called by is always checked."
            return f"{name} can't be set", detail, "Take it out."
        return f"{name} can't be set here", "", "Say it in the block security, which both clients follow."
    if name in {"bootstrap.servers", "metadata.broker.list"}:
        return f"{name} can't be set here", "", "Say it as bootstrap_servers."
    import difflib  # only for an error

    near = difflib.get_close_matches(name, KNOWN, 1)
    meant = f"Did you mean {near[0]}? " if near else ""
    detail = "kplan reads by a client of its own and writes by librdkafka; only what both follow can be set."
    return (
        f"{name} can't be followed by both of kplan's clients",
        detail,
        f"{meant}There are {', '.join(KNOWN)}.",
    )
