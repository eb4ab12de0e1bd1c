"""Bindings made and taken away in bulk, and seen by every broker before it is called done."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.session import Done, Failed, Fault, Parked
from kplan_kafka import admin, binding_calls, errors
from kplan_kafka.binding_calls import Refused
from kplan_kafka.binding_read import of_refused
from kplan_kafka.cluster import NoContact
from kplan_kafka.retrying import until_settled
from kplan_kafka.topic_visible import VISIBLE_WITHIN
from kplan_kafka.unreachable import Unreachable
from kplan_kafka.wire import TooOld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kplan.sdk.session import Event, Identity, Stop, Values, Work
    from kplan_kafka.cluster import Cluster
    from kplan_kafka.retrying import Results

_ANSWER_WITHIN: Final = 30.0
_FIRST_WAIT: Final = 0.025
_LONGEST_WAIT: Final = 1.0


def apply_bindings(cluster: Cluster, work: Sequence[Work], stop: Stop) -> Iterator[Event]:
    """Carry out a batch of one verb: a call, then a wait until it shows."""
    if stop.requested():
        yield from (Parked(one.id) for one in work)
        return
    creates = work[0].steps[0].verb == "create"
    wanted = {one.id: one.steps[0].args for one in work}
    within = min(admin.WRITE_WITHIN, stop.seconds_left())
    results = until_settled(
        lambda ids, left: _send(cluster, {id_: wanted[id_] for id_ in ids}, left, creates=creates),
        list(wanted),
        within,
    )
    written = [one for one in work if results[one.id] is None]
    late = _late(cluster, [one.steps[0].args for one in written], stop, there=creates)
    for one in work:
        fault = results[one.id]
        fault = fault or late.get(one.identity)
        yield Done(one.id, one.planned if creates else {}) if fault is None else Failed(one.id, fault)


def _send(cluster: Cluster, wanted: dict[str, Values], within: float, *, creates: bool) -> Results:
    """Send one call; gives a fault or None by work."""
    bindings = list(wanted.values())
    make = binding_calls.create_request if creates else binding_calls.delete_request
    what = "allow or deny this" if creates else "take this access away"
    try:
        answers = _answers(cluster.tell(make(bindings), within=within))
        if any(one.error_code == errors.NOT_CONTROLLER for one in answers):
            answers = _answers(cluster.tell_controller(make(bindings), within=within))
    except NoContact as lost:
        return dict.fromkeys(wanted, errors.of_unreachable(lost, what, write=True))
    except TooOld as wrong:
        return dict.fromkeys(wanted, Fault("too_old", f"cannot {what}: the brokers are too old", str(wrong)))
    return {id_: _result(one, what) for id_, one in zip(wanted, answers, strict=True)}


def _answers(answer: Any) -> Sequence[Any]:
    found: Sequence[Any] = answer.results if hasattr(answer, "results") else answer.filter_results
    return found


def _result(answer: Any, what: str) -> Fault | None:
    if answer.error_code == errors.OK:
        return None
    return errors.of_cluster(answer.error_code, what, "ALTER", answer.error_message)


def _late(cluster: Cluster, written: Sequence[Values], stop: Stop, *, there: bool) -> dict[Identity, Fault]:
    """Wait until every broker that answers shows what was written; gives what one of them does not show in time."""
    if not written:
        return {}
    until = time.monotonic() + min(VISIBLE_WITHIN, stop.seconds_left())
    everything = {tuple(one.values()) for one in written}
    late: set[Identity] = set()
    answered = False
    fault = _not_shown()
    for ask in cluster.each(_ANSWER_WITHIN):
        try:
            late |= _wait(ask, written, until, there=there)
        except Unreachable:
            continue  # a broker that does not answer has no say
        except Refused as refused:  # such as when kplan has taken away its own right
            fault = of_refused(refused, "see what came of it", "DESCRIBE")._replace(retry="outcome_unknown")
            continue
        answered = True
    return dict.fromkeys(late if answered else everything, fault)


def _wait(
    ask: Callable[[Any], Any], written: Sequence[Values], until: float, *, there: bool
) -> set[Identity]:
    """Ask one broker for the last one until it shows, as metadata comes in order; then look at all of them."""
    wait = _FIRST_WAIT
    missing = {tuple(one.values()) for one in written}
    while missing:
        if binding_calls.describe(ask, written[-1]) is there:
            shown = binding_calls.describe_all(ask)
            missing = {one for one in missing if (one in shown) is not there}
        if not missing or time.monotonic() + wait > until:
            break
        time.sleep(wait)
        wait = min(2 * wait, _LONGEST_WAIT)
    return missing


def _not_shown() -> Fault:
    summary = "the cluster took the change, but not every broker shows it yet"
    return Fault("not_visible", summary, "", "Plan again to see what came of it.", (), "outcome_unknown")
