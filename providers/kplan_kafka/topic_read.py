"""Read topics in bulk: each is found, absent or unreadable, and what a plan may need to know of it is gathered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kplan.sdk.session import Ask, Fault, Found, Unreadable
from kplan.sdk.values import reveal
from kplan_kafka import errors, topic_calls
from kplan_kafka.cluster import NoContact
from kplan_kafka.config_keys import canonical_or_as_is
from kplan_kafka.topic_calls import DEFAULT, OWN, Entry, Listed, Moving, chunks
from kplan_kafka.topic_gather import describe_failed, gather_absent, gather_found, half_known
from kplan_kafka.wire import TooOld

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.sdk.session import Identity, Seen, Stop, Values
    from kplan_kafka.cluster import Cluster

_ALL: Final = None
_STOPPED: Final = Fault("stopped", "stopped on request before it was read", retry="later")


class _Read(NamedTuple):
    """A topic that is there: the ask, its metadata, and its config by key."""

    ask: Ask
    listed: Listed
    config: Mapping[str, Entry]
    moving: Moving | None


def read_topics(cluster: Cluster, asks: Sequence[Ask], stop: Stop) -> dict[Identity, Seen]:
    """Read every ask. What could not be read is unreadable and never absent."""
    with topic_calls.gc_paused():
        seen: dict[Identity, Seen] = {}
        listed: list[tuple[Ask, Listed]] = []
        missing: list[Ask] = []
        for ask, found in _look_up(cluster, asks, stop):
            match found:
                case Listed():
                    listed.append((ask, found))
                case errors.UNKNOWN_TOPIC:
                    missing.append(ask)
                case Fault():
                    seen[ask.identity] = Unreadable(found)
                case code:
                    name = ask.identity[0]
                    seen[ask.identity] = Unreadable(
                        errors.of_topic(code, f"see topic {name}", "DESCRIBE", name)
                    )
        absent, appeared = gather_absent(cluster, missing, stop)
        seen.update(absent)
        _configs(cluster, [*listed, *appeared], seen, stop)
        return seen


def list_topics(cluster: Cluster, stop: Stop) -> Iterator[tuple[Identity, Seen]]:
    """List what may be seen and is not Kafka's own, with every config key that is the topic's own."""
    try:
        names = topic_calls.list_names(cluster.ask)
        unseen = topic_calls.unseen(cluster.ask, [""])
    except NoContact as lost:
        yield (), Unreadable(errors.of_unreachable(lost, "list topics"))
        return
    if unseen:
        yield (), Unreadable(errors.of_unseen(unseen))
    for some in chunks(names, topic_calls.CONFIGS_IN_A_CALL):
        if stop.requested():
            return
        asks = [Ask((name,), None, None) for name in some]
        yield from read_topics(cluster, asks, stop).items()


def _look_up(cluster: Cluster, asks: Sequence[Ask], stop: Stop) -> Iterator[tuple[Ask, Listed | int | Fault]]:
    def look_up(some: Sequence[Ask]) -> list[tuple[Ask, Listed | int | Fault]]:
        found: dict[str, Listed | int] = {}
        failed = _STOPPED
        if not stop.requested():
            try:
                found = topic_calls.look_up(cluster.ask, [ask.identity[0] for ask in some])
            except NoContact as lost:
                failed = errors.of_unreachable(lost, "read topics")
        return [(ask, found.get(ask.identity[0], failed)) for ask in some]

    for answers in topic_calls.ahead(look_up, list(chunks(asks, topic_calls.NAMES_IN_A_CALL))):
        yield from answers


def _configs(
    cluster: Cluster, listed: Sequence[tuple[Ask, Listed]], seen: dict[Identity, Seen], stop: Stop
) -> None:
    moving = _moving(cluster) if listed else {}
    read: list[_Read] = []
    parts = list(chunks(listed, topic_calls.CONFIGS_IN_A_CALL))
    for answers in topic_calls.ahead(lambda some: list(_described(cluster, some, stop)), parts):
        for ask, one, config in answers:
            if isinstance(config, Fault):
                seen[ask.identity] = Unreadable(config)
            elif not one.partitions:
                seen[ask.identity] = Unreadable(half_known(one.name))
            elif not isinstance(moving, Fault):
                read.append(_Read(ask, one, config, moving.get(one.name)))
            elif _may_be_moving(ask, one):
                seen[ask.identity] = Unreadable(moving)
            else:
                read.append(_Read(ask, one, config, None))
    found = [(one.ask, one.listed, _found(one)) for one in read]
    seen.update(gather_found(cluster, found, stop))


def _moving(cluster: Cluster) -> dict[str, Moving] | Fault:
    what = "see whether replicas of topics are being moved"
    try:
        found = topic_calls.reassignments(cluster.ask)
    except NoContact as lost:
        return errors.of_unreachable(lost, what)
    except TooOld:
        return {}
    return errors.of_cluster(found, what, "DESCRIBE") if isinstance(found, int) else found


def _may_be_moving(ask: Ask, listed: Listed) -> bool:
    """Tell whether more replicas than there should be could be those that a reassignment adds and has yet to remove."""
    for values in (ask.desired, ask.prior):
        factor = reveal((values or {}).get("replication_factor"))
        if isinstance(factor, int):
            return ask.desired is not None and listed.replicas > factor
    return False


def _described(
    cluster: Cluster, some: Sequence[tuple[Ask, Listed]], stop: Stop
) -> Iterator[tuple[Ask, Listed, Mapping[str, Entry] | Fault]]:
    wanted = {one.name: keys for ask, one in some if (keys := _keys(ask)) != ()}
    answers: dict[str, dict[str, Entry] | int] = {}
    failed = _STOPPED
    if wanted and not stop.requested():
        try:
            answers = topic_calls.describe(cluster.ask, wanted)
        except NoContact as lost:
            failed = errors.of_unreachable(lost, "read the config of topics")
    for ask, one in some:
        answer: dict[str, Entry] | int | Fault = answers.get(one.name, failed) if one.name in wanted else {}
        yield ask, one, describe_failed(one.name, answer) if isinstance(answer, int) else answer


def _keys(ask: Ask) -> tuple[str, ...] | None:
    """Give the config keys that matter to a topic; None for all."""
    if ask.desired is None and ask.prior is None:
        return _ALL
    desired, prior = _config(ask.desired), _config(ask.prior)
    return tuple({**desired, **prior})


def _config(values: Values | None) -> Mapping[str, Any]:
    config = reveal((values or {}).get("config"))
    return config if isinstance(config, dict) else {}


def _found(one: _Read) -> Found:
    prior = _config(one.ask.prior)
    own = {
        key: value
        for key, entry in one.config.items()
        if _is_own(entry, value := canonical_or_as_is(key, entry.value), prior.get(key))
    }
    listed, moving = one.listed, one.moving
    values = {
        "name": listed.name,
        "partitions": listed.partitions,
        "replication_factor": moving.replicas if moving else listed.replicas,
        "config": own,
        "id": listed.id,
    }
    return Found(
        values, None, f"{moving.partitions} of its partitions are being reassigned" if moving else ""
    )


def _is_own(entry: Entry, value: str, recorded: Any) -> bool:
    """Tell whether a key is the topic's own. Some vendors show what was set to the default as the default."""
    return entry.source == OWN or (entry.source == DEFAULT and recorded is not None and recorded == value)
