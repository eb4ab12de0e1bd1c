"""What an intent of unknown outcome came to, from what was seen before, what was sent and what is seen now. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.session import Absent, Found
from kplan.sdk.values import marks
from kplan_kafka.topic_rules import COUNTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan.sdk.session import Opened, Settlement, Values

_NEW: Final = "new"
_OLD: Final = "old"
_OTHER: Final = "other"


def settle(opened: Opened, seen: Found | Absent) -> Settlement:
    """Decide it; a change that only partly happened may be sent again, as each of its parts sets a value."""
    verbs = {step.verb for step in opened.steps}
    if "delete" in verbs:
        return _deleted(opened, seen)
    if "create" in verbs:
        return _created(opened, seen)
    return _changed(opened, seen)


def _deleted(opened: Opened, seen: Found | Absent) -> Settlement:
    match opened.seen, seen:
        case _, Absent():
            return "done"
        case Found(values=before), Found(values=now) if before.get("id") != now.get("id"):
            return "done"  # ours is gone; another has its name
        case _:
            return "not_done"


def _created(opened: Opened, seen: Found | Absent) -> Settlement:
    if isinstance(seen, Absent):
        return "not_done"
    if isinstance(opened.seen, Found):
        return "stop"  # one was there before: what is there now need not be ours
    sent = next(step.args for step in opened.steps if step.verb == "create")
    return "done" if _is_as_sent(sent, seen.values) else "stop"


def _is_as_sent(sent: Values, now: Values) -> bool:
    own, wanted = now.get("config") or {}, sent.get("config") or {}
    counts = all(_untold(sent.get(count)) or sent[count] == now.get(count) for count in COUNTS)
    return (
        counts
        and own.keys() == wanted.keys()
        and all(_untold(wanted[key]) or wanted[key] == own[key] for key in own)
    )


def _untold(value: Any) -> bool:
    """Tell whether a value cannot be compared: left to the cluster, or a secret, which is not written down."""
    return value is None or bool(marks(value))


def _changed(opened: Opened, seen: Found | Absent) -> Settlement:
    if isinstance(seen, Absent) or isinstance(opened.seen, Absent):
        return "not_done"
    before, now = opened.seen.values, seen.values
    if before.get("id") != now.get("id"):
        return "stop"
    parts = {part for step in opened.steps for part in _parts(step.verb, step.args, before, now)}
    if _OTHER in parts:
        return "stop"
    if parts <= {_NEW}:
        return "done"
    return "not_done" if parts == {_OLD} else "redo"


def _parts(verb: str, args: Values, before: Values, now: Values) -> Iterator[str]:
    if verb == "grow":
        yield _part(now.get("partitions"), before.get("partitions"), args["partitions"])
    if verb == "alter":
        was, own = before.get("config") or {}, now.get("config") or {}
        for key, value in args["set"].items():
            yield (
                _changed_part(own.get(key), was.get(key))
                if _untold(value)
                else _part(own.get(key), was.get(key), value)
            )
        for key in args["unset"]:
            yield _part(own.get(key), was.get(key), None)


def _part(now: Any, before: Any, wanted: Any) -> str:
    if now == wanted:
        return _NEW
    return _OLD if now == before else _OTHER


def _changed_part(now: Any, before: Any) -> str:
    return _OLD if now == before else _NEW
