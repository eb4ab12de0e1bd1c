"""What an intent of unknown outcome came to, from what was sent and what is seen now. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.session import Absent, Found
from kplan.sdk.values import marks
from kplan_connect.flat import PARTS
from kplan_connect.planning import CREATE, DELETE
from kplan_connect.types import RUNNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan.sdk.session import Opened, Settlement, Values

_NEW: Final = "new"
_OLD: Final = "old"
_OTHER: Final = "other"


def settle(opened: Opened, seen: Found | Absent) -> Settlement:
    """Decide it. A change that happened in part is sent again: what is in place already is not sent twice."""
    verbs = {step.verb for step in opened.steps}
    if DELETE in verbs:
        return "done" if isinstance(seen, Absent) else "not_done"
    if isinstance(seen, Absent):
        return "not_done"
    if CREATE in verbs:
        if isinstance(opened.seen, Found):
            return "stop"  # one was there before: what is there now need not be ours
        return "done" if {_NEW} >= {*_compared(opened, seen.values, {})} else "stop"
    if isinstance(opened.seen, Absent):
        return "not_done"
    if _unmarked(seen.values) == _unmarked(opened.seen.values):
        return "not_done"
    found = {*_compared(opened, seen.values, opened.seen.values)}
    if _OTHER in found:
        return "stop"
    if any(step.args.get("sensitive_keys") for step in opened.steps):
        return "redo"  # whether the secrets are in place is seen by the next plan
    return "done" if found <= {_NEW} else "redo"


def _unmarked(values: Values) -> Values:
    return {name: value for name, value in values.items() if not marks(value)}


def _compared(opened: Opened, now: Values, before: Values) -> Iterator[str]:
    """Hold each thing that was sent against what is there now and was there before."""
    for step in opened.steps:
        secret = set(step.args.get("sensitive_keys") or ())
        if "class" in step.args:
            for part in PARTS:
                live, was = _without(now.get(part), secret), _without(before.get(part), secret)
                if part in step.args:
                    yield _standing(step.args[part], live, was)
                elif live:  # nothing of it was sent
                    yield _OLD if live == was else _OTHER
        state = step.args.get("state")
        if state is not None and "state" in now and not marks(state):
            yield _standing(state, now["state"], before.get("state", RUNNING))


def _standing(sent: Any, now: Any, before: Any) -> str:
    if _agrees(sent, now):
        return _NEW
    return _OLD if now == before else _OTHER


def _agrees(sent: Any, now: Any) -> bool:
    """Compare as far as it can be: what was secret was not written down, and comes back as null or not at all."""
    if isinstance(sent, dict) and isinstance(now, dict):
        return sent.keys() == now.keys() and all(_agrees(value, now[key]) for key, value in sent.items())
    if isinstance(sent, (tuple, list)) and isinstance(now, (tuple, list)):
        return len(sent) == len(now) and all(map(_agrees, sent, now))
    return sent is None or bool(marks(sent)) or sent == now


def _without(part: Any, secret: set[str]) -> Any:
    if not isinstance(part, dict):
        return part
    return {key: value for key, value in part.items() if key not in secret}
