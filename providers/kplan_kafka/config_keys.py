"""What is documented of topic config keys: their types and ranges, and one canonical text for each value.

Two texts mean the same to Kafka exactly if their canonical texts are equal. Ranges are those that every supported
version shares; what a newer broker forbids beyond them, it says itself when the plan asks it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

from kplan.sdk.values import number, number_text

LONG_MAX: Final = 2**63 - 1
INT_MAX: Final = 2**31 - 1


class Kind(Enum):
    """The type of a config value."""

    BOOLEAN = "boolean"
    INT = "int"
    LONG = "long"
    DOUBLE = "double"
    LIST = "list"
    TEXT = "text"


class Key(NamedTuple):
    """A config key: its type, its range (None: unbounded), and the words it takes (empty: any)."""

    kind: Kind
    low: int | None = None
    high: int | None = None
    words: tuple[str, ...] = ()


_BOOLEAN: Final = Key(Kind.BOOLEAN)
_FROM_0: Final = Key(Kind.LONG, 0)
_INT_FROM_0: Final = Key(Kind.INT, 0)

DOCUMENTED: Final[dict[str, Key]] = {
    "cleanup.policy": Key(Kind.LIST, words=("compact", "delete")),
    "compression.gzip.level": Key(Kind.INT, -1, 9),
    "compression.lz4.level": Key(Kind.INT, 1, 17),
    "compression.type": Key(Kind.TEXT, words=("gzip", "lz4", "producer", "snappy", "uncompressed", "zstd")),
    "compression.zstd.level": Key(Kind.INT, -131072, 22),
    "delete.retention.ms": _FROM_0,
    "file.delete.delay.ms": _FROM_0,
    "flush.messages": Key(Kind.LONG, 1),
    "flush.ms": _FROM_0,
    "follower.replication.throttled.replicas": Key(Kind.LIST),
    "index.interval.bytes": _INT_FROM_0,
    "leader.replication.throttled.replicas": Key(Kind.LIST),
    "local.retention.bytes": Key(Kind.LONG, -2),
    "local.retention.ms": Key(Kind.LONG, -2),
    "max.compaction.lag.ms": Key(Kind.LONG, 1),
    "max.message.bytes": _INT_FROM_0,
    "message.downconversion.enable": _BOOLEAN,
    "message.timestamp.after.max.ms": _FROM_0,
    "message.timestamp.before.max.ms": _FROM_0,
    "message.timestamp.difference.max.ms": _FROM_0,
    "message.timestamp.type": Key(Kind.TEXT, words=("CreateTime", "LogAppendTime")),
    "min.cleanable.dirty.ratio": Key(Kind.DOUBLE, 0, 1),
    "min.compaction.lag.ms": _FROM_0,
    "min.insync.replicas": Key(Kind.INT, 1),
    "preallocate": _BOOLEAN,
    "remote.log.copy.disable": _BOOLEAN,
    "remote.log.delete.on.disable": _BOOLEAN,
    "remote.storage.enable": _BOOLEAN,
    "retention.bytes": Key(Kind.LONG),
    "retention.ms": Key(Kind.LONG, -1),
    "segment.bytes": Key(Kind.INT, 14),
    "segment.index.bytes": Key(Kind.INT, 4),
    "segment.jitter.ms": _FROM_0,
    "segment.ms": Key(Kind.LONG, 1),
    "unclean.leader.election.enable": _BOOLEAN,
}

_BY_SUFFIX: Final[tuple[tuple[str, Key], ...]] = (
    (".ms", Key(Kind.LONG)),
    (".bytes", Key(Kind.LONG)),
    (".ratio", Key(Kind.DOUBLE)),
    (".enable", _BOOLEAN),
)

_DURATIONS: Final = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_SIZES: Final = {
    "b": 1,
    **{f"{letter}b": 1000**power for power, letter in enumerate("kmgtp", 1)},
    **{f"{letter}ib": 1024**power for power, letter in enumerate("kmgtp", 1)},
}
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z")
_DURATION: Final = re.compile(r"((\d+(\.\d+)?)(ms|[smhdw]))+\Z")
_DURATION_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdw])")
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?) ?([kmgtp]?i?b)\Z")


def key_of(name: str) -> Key:
    """Give what is known of a key: documented, evident from its last part, or free text."""
    documented = DOCUMENTED.get(name)
    if documented is not None:
        return documented
    return next((key for suffix, key in _BY_SUFFIX if name.endswith(suffix)), Key(Kind.TEXT))


@lru_cache(maxsize=4096)
def canonical(name: str, text: str) -> str:
    """Give the one text that stands for a value. ValueError says in words what the key takes instead."""
    key = key_of(name)
    match key.kind:
        case Kind.BOOLEAN:
            return _boolean(text)
        case Kind.INT | Kind.LONG:
            return _whole(name, key, text)
        case Kind.DOUBLE:
            return _double(key, text)
        case Kind.LIST:
            return _list(key, text)
        case Kind.TEXT:
            return _word(key, text.strip()) if key.words else text


def canonical_or_as_is(name: str, text: str) -> str:
    """Give the canonical text, or the text itself where it means nothing to us."""
    try:
        return canonical(name, text)
    except ValueError:
        return text


def _boolean(text: str) -> str:
    lowered = text.strip().lower()
    if lowered not in ("true", "false"):
        raise ValueError("it takes true or false")
    return lowered


def _whole(name: str, key: Key, text: str) -> str:
    value = _amount(name, text.strip())
    if not isinstance(value, int):
        raise ValueError(f"it takes {_takes(name)}")  # noqa: TRY004 - one error for every malformed text
    top = INT_MAX if key.kind is Kind.INT else LONG_MAX
    _in_range(value, -top - 1 if key.low is None else key.low, top if key.high is None else key.high)
    return number_text(value)


def _amount(name: str, text: str) -> int | Decimal:
    if _NUMBER.match(text):
        return number(text)
    if name.endswith(".ms") and _DURATION.match(text):
        parts = _DURATION_PART.findall(text)
        return number(sum((Decimal(count) * _DURATIONS[unit] for count, unit in parts), Decimal(0)))
    size = _SIZE.match(text.lower()) if name.endswith(".bytes") else None
    if size:
        return number(Decimal(size[1]) * _SIZES[size[2]])
    raise ValueError(f"it takes {_takes(name)}")


def _takes(name: str) -> str:
    if name.endswith(".ms"):
        return 'whole milliseconds, or a duration such as "500ms", "90s", "12h", "7d" or "1d12h"'
    if name.endswith(".bytes"):
        return 'whole bytes, or a size such as "512KiB", "1GiB" or "20MB"'
    return "a whole number"


def _double(key: Key, text: str) -> str:
    if not _NUMBER.match(text.strip()):
        raise ValueError("it takes a number")
    value = number(text.strip())
    _in_range(value, key.low, key.high)
    printed = number_text(value)
    return printed if "." in printed else f"{printed}.0"


def _in_range(value: int | Decimal, low: int | None, high: int | None) -> None:
    if low is not None and value < low:
        raise ValueError(f"it takes at least {low}")
    if high is not None and value > high:
        raise ValueError(f"it takes at most {high}")


def _list(key: Key, text: str) -> str:
    items = [item.strip() for item in text.split(",") if item.strip()]
    if not key.words:
        return ",".join(items)
    return ",".join(sorted({_word(key, item) for item in items}))


def _word(key: Key, text: str) -> str:
    known = {word.lower(): word for word in key.words}
    if text.lower() not in known:
        raise ValueError(f"it takes {', '.join(key.words)}")
    return known[text.lower()]
