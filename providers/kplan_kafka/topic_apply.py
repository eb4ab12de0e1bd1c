"""Carry out the steps of topics in bulk: write, wait until it shows, and say of each what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.session import Done, Failed, Fault, Found, Parked
from kplan.sdk.values import UNKNOWN, marks, reveal
from kplan_kafka import admin, errors, topic_calls
from kplan_kafka.cluster import NoContact
from kplan_kafka.config_keys import canonical_or_as_is
from kplan_kafka.protocol import DeleteTopicsRequest
from kplan_kafka.retrying import until_settled
from kplan_kafka.topic_calls import Listed
from kplan_kafka.topic_gather import cut, weight
from kplan_kafka.topic_visible import Expected, wait_until_visible
from kplan_kafka.wire import TooOld

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.sdk.session import Event, Stop, Values, Work
    from kplan_kafka.admin import Admin
    from kplan_kafka.cluster import Cluster

_UNDECIDED: Final = Fault("unknown_value", "a value is not known yet", "Nothing was sent.")
_BY_ID: Final = 6  # the version of DeleteTopics from which on ids are taken


def apply_topics(cluster: Cluster, writer: Admin, work: Sequence[Work], stop: Stop) -> Iterator[Event]:
    """Carry out a batch, in runs of like verbs that each make one call a verb."""
    unknown = [one for one in work if any(marks(step.args) & UNKNOWN for step in one.steps)]
    yield from (Failed(one.id, _UNDECIDED) for one in unknown)
    for run in _runs([one for one in work if one not in unknown] if unknown else work):
        if stop.requested():
            yield from (Parked(one.id) for one in run)
        else:
            yield from _carry_out(cluster, writer, run, stop)


def _runs(work: Sequence[Work]) -> Iterator[list[Work]]:
    alike: dict[tuple[str, ...], list[tuple[Work, int]]] = {}
    for one in work:
        verbs = tuple(step.verb for step in one.steps)
        alike.setdefault(verbs, []).append((one, max(weight(step.args) for step in one.steps)))
    for weighed in alike.values():
        yield from cut(weighed)


def _carry_out(cluster: Cluster, writer: Admin, run: Sequence[Work], stop: Stop) -> Iterator[Event]:
    works = {one.identity[0]: one for one in run}
    failed = _changed_meanwhile(cluster, works)
    for verb in (step.verb for step in run[0].steps):
        wanted = {name: _args(one, verb) for name, one in works.items() if name not in failed}
        if wanted:
            results = _write(cluster, writer, verb, wanted, min(admin.WRITE_WITHIN, stop.seconds_left()))
            failed |= {name: fault for name, fault in results.items() if fault is not None}
    for name, fault in failed.items():
        yield Failed(works[name].id, fault)
    expected = [_expected(one) for name, one in works.items() if name not in failed]
    for name, shown in wait_until_visible(cluster, expected, stop).items():
        result = _not_shown(name) if shown is None else shown
        id_ = works[name].id
        yield Failed(id_, result) if isinstance(result, Fault) else Done(id_, result)


def _args(work: Work, verb: str) -> Values:
    return next(step.args for step in work.steps if step.verb == verb)


def _write(
    cluster: Cluster, writer: Admin, verb: str, wanted: Mapping[str, Values], within: float
) -> Mapping[str, Fault | None]:
    match verb:
        case "create":
            return writer.create(wanted, within)
        case "alter":
            return writer.alter(wanted, within)
        case "grow":
            return writer.grow(wanted, within)
        case "delete":
            return until_settled(
                lambda names, left: _delete(cluster, {name: wanted[name] for name in names}, left),
                list(wanted),
                within,
            )
    raise ValueError(f"topics have no step {verb}")


def _changed_meanwhile(cluster: Cluster, works: Mapping[str, Work]) -> dict[str, Fault]:
    """Find topics that are no longer the ones that the plan saw: calls that change one know only its name."""
    ids = {
        name: one.seen.values.get("id")
        for name, one in works.items()
        if isinstance(one.seen, Found) and one.steps[0].verb != "delete"
    }
    if not ids:
        return {}
    try:
        found = topic_calls.look_up(cluster.ask, list(ids))
    except NoContact as lost:
        return dict.fromkeys(ids, errors.of_unreachable(lost, "look topics up before changing them"))
    faults = {
        name: _other_than_planned(name, was, found.get(name, errors.UNKNOWN_TOPIC))
        for name, was in ids.items()
    }
    return {name: fault for name, fault in faults.items() if fault is not None}


def _other_than_planned(name: str, was: str | None, found: Listed | int) -> Fault | None:
    if isinstance(found, int):
        return errors.of_topic(found, f"see topic {name} before it is changed", "DESCRIBE", name)
    return None if found.id == was else _made_anew(name, was, found.id)


def _made_anew(name: str, was: str | None, found: str | None) -> Fault:
    summary = f"topic {name} was deleted and made anew since the plan"
    return Fault(
        "recreated", summary, f"Its id was {was} and is now {found}; nothing was done to it.", "Plan again."
    )


def _delete(cluster: Cluster, wanted: Mapping[str, Values], within: float) -> dict[str, Fault | None]:
    names = {args["id"]: name for name, args in wanted.items()}
    if None in names:
        return _delete_by_name(cluster, wanted, within)
    request = DeleteTopicsRequest(
        topics=[
            DeleteTopicsRequest.DeleteTopicState(name=None, topic_id=topic_calls.id_from(one))
            for one in names
        ],
        timeout_ms=int(within * 1000),
        min_version=_BY_ID,
    )
    try:
        responses = _told(cluster, request, within)
    except TooOld:
        return _delete_by_name(cluster, wanted, within)
    except NoContact as lost:
        return dict.fromkeys(wanted, errors.of_unreachable(lost, "delete topics", write=True))
    results: dict[str, Fault | None] = {}
    for one in responses:
        name = names[topic_calls.id_text(one.topic_id)]
        results[name] = _deleted(cluster, name, wanted[name]["id"], one.error_code, one.error_message)
    return results


def _deleted(cluster: Cluster, name: str, was: str | None, code: int, message: str | None) -> Fault | None:
    if code not in (errors.UNKNOWN_TOPIC_ID, errors.UNKNOWN_TOPIC):
        return (
            None
            if code == errors.OK
            else errors.of_topic(code, f"delete topic {name}", "DELETE", name, message)
        )
    try:
        found = topic_calls.look_up(cluster.ask, [name]).get(name, errors.UNKNOWN_TOPIC)
    except NoContact as lost:
        return errors.of_unreachable(lost, f"see whether topic {name} is gone")
    return _made_anew(name, was, found.id) if isinstance(found, Listed) and found.id != was else None


def _delete_by_name(cluster: Cluster, wanted: Mapping[str, Values], within: float) -> dict[str, Fault | None]:
    """Delete where the broker takes no ids; a topic that was made anew is spared, but for the blink between the calls."""
    try:
        found = topic_calls.look_up(cluster.ask, list(wanted))
        spared = {
            name: _made_anew(name, args["id"], one.id)
            for name, args in wanted.items()
            if isinstance(one := found.get(name), Listed) and args["id"] and one.id != args["id"]
        }
        names = [name for name in wanted if name not in spared]
        request = DeleteTopicsRequest(
            topic_names=names, timeout_ms=int(within * 1000), max_version=_BY_ID - 1
        )
        responses = _told(cluster, request, within) if names else []
    except NoContact as lost:
        return dict.fromkeys(wanted, errors.of_unreachable(lost, "delete topics", write=True))
    done = {
        one.name: _deleted(cluster, one.name, wanted[one.name]["id"], one.error_code, one.error_message)
        for one in responses
    }
    return {**done, **spared}


def _told(cluster: Cluster, request: Any, within: float) -> Sequence[Any]:
    responses: Sequence[Any] = cluster.tell(request, within=within).responses
    if any(one.error_code == errors.NOT_CONTROLLER for one in responses):
        responses = cluster.tell_controller(request, within=within).responses
    return responses


def _expected(work: Work) -> Expected:
    """Say what is to be seen after the last step."""
    name = work.identity[0]
    if work.steps[-1].verb == "delete":
        return Expected(name, gone=True, id=_args(work, "delete")["id"])
    config: dict[str, str | None] = {}
    partitions = None
    for step in work.steps:
        args = reveal(step.args)
        to_set = {**(args.get("config") or {}), **(args.get("set") or {})}
        config |= {key: canonical_or_as_is(key, value) for key, value in to_set.items()}
        config |= dict.fromkeys(args.get("unset") or ())
        partitions = args.get("partitions") or partitions
    kept = tuple(reveal(work.planned.get("config")) or ())
    return Expected(name, gone=False, config=config, partitions=partitions, also=kept)


def _not_shown(name: str) -> Fault:
    summary = f"topic {name}: the cluster took the change, but not every broker shows it yet"
    return Fault("not_visible", summary, "", "Plan again to see what came of it.", (), "outcome_unknown")
