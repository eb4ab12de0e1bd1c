"""How connectors run, and how far they are: for whoever watches what they carry out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.session import Fault
from kplan_connect import errors
from kplan_connect.http import NoneAnswers
from kplan_connect.paths import connector_path
from kplan_connect.sensitive import is_open_secret, scrubbed, secrets_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kplan.sdk.session import Stop, Values
    from kplan_connect.worker import Live, Worker

RUNS: Final = "connector_runs"
"""A question of other providers' rules, by a connector's `name`; no block asks it."""

_WITHIN: Final = 15.0  # seconds: somebody waits for it
_ABSENT: Final = "ABSENT"


def runs(worker: Worker, names: Sequence[str], stop: Stop) -> list[Values | Fault]:
    """Answer with `state`, `tasks` (how many, all of them running or not), `why` it doesn't run, and `offsets`.

    `offsets` are (partition, offset) as Connect has them, one for each source partition; None where they can't be read,
    and then `unread` has the Fault.
    """
    live = worker.connectors(min(_WITHIN, stop.seconds_left()))
    if isinstance(live, Fault):
        return [live] * len(names)
    return [_of_one(worker, name, live.get(name), stop) for name in names]


def _of_one(worker: Worker, name: str, one: Live | None, stop: Stop) -> Values:
    if one is None:
        return {"state": _ABSENT, "tasks": 0, "why": "it is not there, or nobody runs it yet", "offsets": ()}
    offsets = _offsets(worker, name, stop) if one.type == "source" else ()
    unread = offsets if isinstance(offsets, Fault) else None
    state = one.status["connector"]["state"] if one.status else one.state
    return {
        "state": state,
        "tasks": len(one.status["tasks"]) if one.status else 0,
        "why": _why(worker, one),
        "offsets": None if isinstance(offsets, Fault) else offsets,
        "unread": unread,
    }


def _why(worker: Worker, one: Live) -> str:
    trouble, cause = one.trouble()
    if not trouble:
        return ""
    passwords = worker.passwords(one.config.get("connector.class", ""))
    open_ = [key for key, value in one.config.items() if is_open_secret(key, value, passwords)]
    told = f"{trouble} ({cause})" if cause else trouble
    return scrubbed(told, secrets_in(one.config, open_))


def _offsets(worker: Worker, name: str, stop: Stop) -> tuple[tuple[Any, Any], ...] | Fault:
    what = f"read the offsets of connector {name}"
    try:
        answer = worker.look(connector_path(name, "/offsets"), min(_WITHIN, stop.seconds_left()))
    except NoneAnswers as failed:
        return errors.of_none(failed, what)
    if not answer.ok or not isinstance(answer.body, dict):
        return errors.of_refusal(answer, what)
    return tuple((one["partition"], one["offset"]) for one in answer.body.get("offsets") or ())
