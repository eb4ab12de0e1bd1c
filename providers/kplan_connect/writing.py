"""Connectors made, changed, held and deleted: each sent on its own, all waited for together."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.session import Done, Failed, Fault, Found, Parked
from kplan.sdk.values import UNKNOWN, marks, marks_in, reveal
from kplan_connect import errors
from kplan_connect.flat import flat_of
from kplan_connect.http import NoneAnswers
from kplan_connect.paths import RESTART_FAILED, connector_path
from kplan_connect.planning import CONFIGURE, CREATE, DELETE, REMEMBER, RESTART, SET_STATE
from kplan_connect.sensitive import scrubbed, secrets_in
from kplan_connect.types import PAUSED, RESET, RUNNING, STOPPED
from kplan_connect.waiting import Sent, until_settled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from kplan.sdk.session import Event, Step, Stop, Values, Work
    from kplan_connect.http import Answer
    from kplan_connect.worker import Worker

    Flat = Mapping[str, str]

STOP_WITHIN: Final = 30.0  # seconds, for a connector's tasks to end before its offsets are reset
RESET_WITHIN: Final = 10.0  # for its consumer group to be empty
_WAIT: Final = 0.2
_DOES: Final = {PAUSED: "pause", STOPPED: "stop", RUNNING: "resume"}
_TAIL: Final = "You can also find the above list of errors"


class _Refused(Exception):  # noqa: N818 - an answer
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.summary)
        self.fault = fault


def apply_connectors(worker: Worker, work: Sequence[Work], stop: Stop) -> Iterator[Event]:
    """Carry out a batch: what fails is told at once, what was sent once it is seen."""
    sent: list[Sent] = []
    silent: Fault | None = None
    for one in work:
        if silent is not None:  # each of many would wait as long
            yield Failed(one.id, silent)
            continue
        if stop.requested():
            yield Parked(one.id)
            continue
        if _is_unknown(one):
            yield Failed(one.id, Fault("unknown_value", "a value is not known yet", "Nothing was sent."))
            continue
        if isinstance(one.seen, Found) and all(step.verb == REMEMBER for step in one.steps):
            yield Done(one.id, {**one.seen.values, "offsets_on_destroy": one.planned["offsets_on_destroy"]})
            continue
        try:
            sent.append(_carry_out(worker, one, stop))
        except _Refused as refused:
            yield Failed(one.id, refused.fault)
            silent = _silence(worker, refused.fault)
    yield from until_settled(worker, sent, stop)


def _silence(worker: Worker, fault: Fault) -> Fault | None:
    """Say why nothing more is sent, if the workers answer nothing at all any more."""
    if fault.code != "unreachable" or worker.answers():
        return None
    return Fault(
        "not_sent",
        "not sent: the workers don't answer any more",
        fault.summary,
        "Apply again once they do.",
        (),
        "later",
    )


def _is_unknown(work: Work) -> bool:
    """Tell whether something of what is declared is still to be decided; what the workers decide may be."""
    declared = (value for name, value in work.planned.items() if name not in {"type", "sensitive_keys"})
    return any(marks(step.args) & UNKNOWN for step in work.steps) or bool(marks_in(declared) & UNKNOWN)


def _carry_out(worker: Worker, work: Work, stop: Stop) -> Sent:
    """Send the steps of one change, in order; gives what is to be seen then. Raises _Refused."""
    expected = Sent(work, None, "")
    for step in work.steps:
        step_expected = _VERBS[step.verb](worker, work, step, stop)
        flat = expected.flat if step_expected.flat is None else step_expected.flat
        expected = step_expected._replace(flat=flat)
    return expected


def _create(worker: Worker, work: Work, step: Step, stop: Stop) -> Sent:
    name, flat = work.identity[0], flat_of(work.identity[0], step.args)
    state = reveal(step.args.get("state"))
    body: Values = {"name": name, "config": flat, **({"initial_state": state} if state else {})}
    what = f"make connector {name}"
    _accepted(_call(worker, "POST", "/connectors", body, what, stop), what, _secrets(flat, step))
    return Sent(work, flat, state or RUNNING)


def _configure(worker: Worker, work: Work, step: Step, stop: Stop) -> Sent:
    name, flat = work.identity[0], flat_of(work.identity[0], step.args)
    what = f"change connector {name}"
    secrets = _secrets(flat, step)
    live = _accepted(_look(worker, connector_path(name, "/config"), what, stop), what, secrets)
    flat = {**{key: live[key] for key in step.args.get("kept") or () if key in live}, **flat}
    if live != flat:  # a worker restarts a connector for the same configuration, too
        _accepted(_call(worker, "PUT", connector_path(name, "/config"), flat, what, stop), what, secrets)
    return Sent(work, flat, reveal(step.args.get("state")) or "")


def _set_state(worker: Worker, work: Work, step: Step, stop: Stop) -> Sent:
    name, state = work.identity[0], reveal(step.args["state"])
    what = f"{_DOES[state]} connector {name}"
    _accepted(_call(worker, "PUT", connector_path(name, f"/{_DOES[state]}"), None, what, stop), what)
    return Sent(work, None, state)


def _restart(worker: Worker, work: Work, step: Step, stop: Stop) -> Sent:
    name = work.identity[0]
    what = f"restart connector {name}"
    _accepted(_call(worker, "POST", connector_path(name, RESTART_FAILED), None, what, stop), what)
    return Sent(work, None, reveal(step.args["state"]), restarted=time.monotonic())


def _delete(worker: Worker, work: Work, step: Step, stop: Stop) -> Sent:
    name = work.identity[0]
    what = f"delete connector {name}"
    if step.args.get("offsets") == RESET:
        _reset_offsets(worker, name, stop)
    answer = _call(worker, "DELETE", connector_path(name), None, what, stop)
    if answer.status != 404:
        _accepted(answer, what)
    return Sent(work, None, "", gone=True)


def _reset_offsets(worker: Worker, name: str, stop: Stop) -> None:
    """Stop a connector and forget its offsets; where that fails, it runs on if it ran."""
    what = f"reset the offsets of connector {name}"
    stopped = _call(worker, "PUT", connector_path(name, "/stop"), None, what, stop)
    if stopped.status == 404 and "nnector" in stopped.message:
        return  # it is gone, and its offsets with it or not: nobody can tell any more
    _accepted(stopped, what)
    try:
        _wait_for_stop(worker, name, what, stop)
        until = time.monotonic() + min(RESET_WITHIN, stop.seconds_left())
        while not (answer := _call(worker, "DELETE", connector_path(name, "/offsets"), None, what, stop)).ok:
            if answer.status in {401, 403, 404, 405} or time.monotonic() + _WAIT > until:
                _accepted(answer, what)
            time.sleep(_WAIT)
    except _Refused:
        _call(worker, "PUT", connector_path(name, "/resume"), None, what, stop)
        raise


def _wait_for_stop(worker: Worker, name: str, what: str, stop: Stop) -> None:
    until = time.monotonic() + min(STOP_WITHIN, stop.seconds_left())
    while True:
        live = worker.connectors(stop.seconds_left())
        one = None if isinstance(live, Fault) else live.get(name)
        if one is not None and one.state == STOPPED and one.settled:
            return
        if time.monotonic() + _WAIT > until:
            detail = "Its tasks did not end in time, and offsets can only be reset without them."
            raise _Refused(
                Fault("not_stopped", f"cannot {what}", detail, "Try again.", (), "outcome_unknown")
            )
        time.sleep(_WAIT)


_VERBS: Final[dict[str, Callable[[Worker, Work, Step, Stop], Sent]]] = {
    CREATE: _create,
    CONFIGURE: _configure,
    SET_STATE: _set_state,
    RESTART: _restart,
    DELETE: _delete,
}


def _call(worker: Worker, method: str, path: str, body: Any, what: str, stop: Stop) -> Answer:
    try:
        return worker.write(method, path, body, stop.seconds_left())
    except NoneAnswers as failed:
        raise _Refused(errors.of_none(failed, what, write=True)) from None


def _look(worker: Worker, path: str, what: str, stop: Stop) -> Answer:
    try:
        return worker.look(path, stop.seconds_left())
    except NoneAnswers as failed:
        raise _Refused(errors.of_none(failed, what)) from None


def _accepted(answer: Answer, what: str, secrets: frozenset[str] = frozenset()) -> Any:
    """Give the body of an answer that went well. Raises _Refused, without secrets in its words."""
    if answer.ok:
        return answer.body
    lines = [line for line in answer.message.splitlines() if not line.startswith(_TAIL)]
    raise _Refused(errors.of_refusal(answer, what, scrubbed("\n".join(lines), secrets), write=True))


def _secrets(flat: Flat, step: Step) -> frozenset[str]:
    return secrets_in(flat, step.args.get("sensitive_keys") or ())
