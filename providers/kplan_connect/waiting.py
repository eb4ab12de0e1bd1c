"""Waiting until connectors are as they were written, and run or have failed for good.

A worker answers a change before it acts on it, and shows the old tasks as running until it has. So what is seen counts only
once it has stayed so for a while, before and after a call that the worker answers in turn with its own work.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from kplan.sdk.session import Done, Failed, Fault
from kplan_connect.http import NoneAnswers
from kplan_connect.paths import connector_path
from kplan_connect.planning import once_mended
from kplan_connect.reading import hidden_values, values_after
from kplan_connect.sensitive import scrubbed
from kplan_connect.types import RUNNING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.sdk.session import Event, Stop, Work
    from kplan_connect.worker import Live, Worker

SETTLE_WITHIN: Final = 30.0  # seconds
RESTARTS_WITHIN: Final = 3.0  # until which the old failure of what is restarted is still shown
STEADY: Final = 0.5  # that a connector stays as it is, before the call in turn and after it
_WAIT: Final = 0.1
_TURN_WITHIN: Final = 15.0
_RUNS: Final = "runs"
_FAILED: Final = "failed"
_THERE: Final = "there"  # gone, or held as it should be: nothing more can come of it


class Sent(NamedTuple):
    """A change that workers took. `flat`: the configuration to be seen (None: as it was); `gone`: it is to be absent.

    `state`: what it is to be then ("": whatever it is held as). `restarted`: when it was, as it had failed, by the
    monotonic clock.
    """

    work: Work
    flat: Mapping[str, str] | None
    state: str
    gone: bool = False
    restarted: float = -math.inf

    @property
    def name(self) -> str:
        """The connector's name."""
        return self.work.identity[0]

    def seen_in(self, live: Mapping[str, Live]) -> Live | None:
        """Give the connector as it is among all, None if it is not there."""
        one = live.get(self.name)
        return one and one._replace(may_be_idle=bool(self.work.planned.get("may_be_idle")))

    def wants(self, one: Live) -> bool:
        """Tell whether a connector has the configuration and the state that were sent."""
        return (self.flat is None or one.config == self.flat) and self.state in {"", one.state}


class _Watch:
    """What was seen of one connector, and since when."""

    def __init__(self) -> None:
        self.sees, self.since, self.turn = "", 0.0, 0.0

    def note(self, sees: str, now: float) -> None:
        if sees != self.sees:
            self.sees, self.since, self.turn = sees, now, 0.0

    def wants_turn(self, now: float) -> bool:
        return self.sees in {_RUNS, _FAILED} and not self.turn and now >= self.since + STEADY

    def is_final(self, now: float) -> bool:
        return self.sees == _THERE or bool(self.turn and now >= self.turn + STEADY)


def until_settled(worker: Worker, sent: Sequence[Sent], stop: Stop) -> Iterator[Event]:
    """End each change once it is certain what came of it, or time is up."""
    waiting = {one.name: (one, _Watch()) for one in sent}
    until = time.monotonic() + min(SETTLE_WITHIN, stop.seconds_left())
    while waiting:
        live = _live(worker, [one for one, _ in waiting.values()], stop)
        now = time.monotonic()
        if not isinstance(live, Fault):
            for one, watch in waiting.values():
                watch.note(_sees(one, one.seen_in(live), now), now)
        ended = [name for name, (_, watch) in waiting.items() if watch.is_final(now) or now >= until]
        for name in ended:
            one, watch = waiting.pop(name)
            yield _end(worker, one, watch.sees, live)
        _take_turn(worker, [watch for _, watch in waiting.values()], next(iter(waiting), ""))
        if waiting:
            time.sleep(_WAIT)


def _live(worker: Worker, sent: Sequence[Sent], stop: Stop) -> dict[str, Live] | Fault:
    live = worker.connectors(stop.seconds_left())
    if isinstance(live, Fault) or all(one.name in live for one in sent):
        return live
    more = worker.unrun()  # the one call omits what nobody runs yet: that is not gone
    return more if isinstance(more, Fault) else {**more, **live}


def _sees(sent: Sent, one: Live | None, now: float) -> str:
    if one is None or sent.gone:
        return _THERE if one is None and sent.gone else ""
    if not sent.wants(one):
        return ""
    if one.state != RUNNING:
        return _THERE if one.settled else ""
    if one.trace:
        return _FAILED if now >= sent.restarted + RESTARTS_WITHIN else ""
    return _RUNS if one.settled else ""


def _take_turn(worker: Worker, watches: Sequence[_Watch], name: str) -> None:
    """Have a worker answer in turn with its own work, so that what it was about to do is done."""
    wanting = [watch for watch in watches if watch.wants_turn(time.monotonic())]
    if not wanting:
        return
    try:
        worker.workers.get(connector_path(name), _TURN_WITHIN)
    except NoneAnswers:
        pass  # the next look says so
    for watch in wanting:
        watch.turn = time.monotonic()


def _end(worker: Worker, sent: Sent, sees: str, live: dict[str, Live] | Fault) -> Event:
    id_, name = sent.work.id, sent.name
    one = None if isinstance(live, Fault) else sent.seen_in(live)
    if sent.gone:
        return Done(id_, {}) if sees == _THERE else Failed(id_, _not_seen(name, live))
    if one is None or not sent.wants(one):
        return Failed(id_, _not_seen(name, live))
    values = values_after(worker, sent.work.identity, sent.work.planned, one)
    if sees in {_RUNS, _THERE}:
        return Done(id_, values)
    keys = frozenset(sent.work.planned.get("sensitive_keys") or ())
    secrets = hidden_values(worker, one.config, keys)
    trouble, cause = (scrubbed(text, secrets) for text in one.trouble())
    return Done(id_, values, _not_running(name, trouble, cause))


def _not_running(name: str, trouble: str, cause: str) -> Fault:
    detail = f"{cause}\nIts configuration is in place." if cause else "Its configuration is in place."
    remedy = f"See the workers' logs; correct its configuration, or what it needs. {once_mended(name)}"
    return Fault(
        "not_running", f"connector {name} doesn't run: {trouble or 'it does not settle'}", detail, remedy
    )


def _not_seen(name: str, live: dict[str, Live] | Fault) -> Fault:
    detail = live.summary if isinstance(live, Fault) else "Somebody else may be changing it."
    summary = f"connector {name}: the workers took the change, and don't show it"
    return Fault("not_visible", summary, detail, "Plan again to see what came of it.", (), "outcome_unknown")
