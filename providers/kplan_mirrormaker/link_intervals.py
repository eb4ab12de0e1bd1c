"""How often a link looks at what, and whether that keeps what its `rpo` promises. Pure."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from kplan.sdk.session import Fault
from kplan.sdk.values import UNKNOWN, marks
from kplan_mirrormaker.types import MIRRORMAKER2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan.sdk.session import Values

_UNITS: Final = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_DURATION: Final = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+", re.ASCII)
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdw])", re.ASCII)
SECONDS: Final = {  # MirrorMaker's own
    "refresh.topics.interval.seconds": 600,
    "emit.checkpoints.interval.seconds": 60,
    "sync.group.offsets.interval.seconds": 60,
}


class _Wait(NamedTuple):
    """What is only done every so often, and why it matters; the longest of the intervals under `keys` counts."""

    what: str
    why: str
    block: str
    keys: tuple[str, ...]


_TOPICS: Final = _Wait(
    "New topics",
    "until a topic is found, nothing of it is copied",
    "source_config",
    ("refresh.topics.interval.seconds",),
)
_OFFSETS: Final = _Wait(
    "Groups' offsets",
    "a group that moves over goes on from where it was then",
    "checkpoint_config",
    ("emit.checkpoints.interval.seconds", "sync.group.offsets.interval.seconds"),
)


def milliseconds(text: str) -> int:
    """Read a duration such as "5m" or "1h30m". ValueError says in words what is wanted."""
    if not _DURATION.fullmatch(text):
        raise ValueError('It takes a duration, such as "30s", "5m" or "1h30m".')
    total = sum((Decimal(count) * _UNITS[unit] for count, unit in _PART.findall(text)), Decimal(0))
    if not total:
        raise ValueError("It takes more than nothing: copying always takes a while.")
    return int(total)


def remarks(desired: Values) -> Iterator[Fault]:
    """Find the intervals that alone exceed the link's rpo."""
    rpo = desired.get("rpo")
    if not isinstance(rpo, str):
        return
    try:
        allowed = milliseconds(rpo)
    except ValueError:
        return  # told as an error
    for one in (_TOPICS, *_offsets(desired)):
        longest = max(((_seconds(desired, one.block, key), key) for key in one.keys), default=(0, ""))
        if longest[0] * 1000 > allowed:
            yield _fault(one, *longest, rpo)


def _fault(wait: _Wait, seconds: int, key: str, rpo: str) -> Fault:
    done = "are found" if wait is _TOPICS else "are carried over"
    detail = f"{wait.what} {done} every {seconds} s ({key}), and rpo is {rpo}: {wait.why}."
    remedy = (
        f"Set interval_seconds in sync, or {key} in {wait.block}, to less than rpo, or state a longer rpo."
    )
    return Fault("flow_rpo", "Intervals exceed rpo", detail, remedy, ("rpo",))


def _offsets(desired: Values) -> Iterator[_Wait]:
    if not desired.get("groups"):
        return
    synced = (desired.get("sync") or {}).get("group_offsets", True)
    yield _OFFSETS if synced is not False else _OFFSETS._replace(keys=_OFFSETS.keys[:1])


def _seconds(desired: Values, block: str, key: str) -> int:
    """Give an interval in seconds: overridden, of the link, or MirrorMaker's own; 0 where it isn't known."""
    own = (desired.get(MIRRORMAKER2) or {}).get(block) or {}
    value = own.get(key) if isinstance(own, dict) else None
    if value is None:
        value = (desired.get("sync") or {}).get("interval_seconds", SECONDS[key])
    if marks(value) & UNKNOWN:
        return 0
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0
