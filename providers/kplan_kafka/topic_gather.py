"""What a plan may need beside the topics' values: asked only of topics that are to change, appear or go."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kplan.sdk.session import Absent, Fault, Found, Unreadable
from kplan.sdk.values import SECRET, UNKNOWN, marks, reveal
from kplan_kafka import errors, topic_calls, topic_usage
from kplan_kafka.cluster import NoContact
from kplan_kafka.config_keys import canonical_or_as_is
from kplan_kafka.protocol import CreatePartitionsRequest, CreateTopicsRequest, IncrementalAlterConfigsRequest
from kplan_kafka.topic_answers import LOSS_KEYS, Answers
from kplan_kafka.topic_plan import config_change
from kplan_kafka.unreachable import Unreachable
from kplan_kafka.wire import TooOld

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kplan.sdk.session import Ask, Identity, Seen, Stop, Values
    from kplan_kafka.cluster import Cluster
    from kplan_kafka.topic_calls import Listed

    Read = tuple[Ask, Listed, Found]

RECORDS_IN_A_CALL: Final = 10_000
TOPICS_IN_A_CALL: Final = 1000
_ANSWER_MS: Final = 30_000
_NO_RIGHT: Final = frozenset((errors.TOPIC_UNAUTHORIZED, errors.CLUSTER_UNAUTHORIZED))
_SET: Final = 0
_AGREE_WITHIN: Final = 5.0


def gather_absent(
    cluster: Cluster, asks: Sequence[Ask], stop: Stop
) -> tuple[dict[Identity, Seen], list[tuple[Ask, Listed]]]:
    """Ask of absent topics whether they could be created; gives also those that are there after all."""
    there = _known_to_others(cluster, [ask.identity[0] for ask in asks if ask.prior])
    refused = _create_in_thought(cluster, [ask for ask in asks if ask.identity[0] not in there], stop)
    hidden = [name for name, fault in refused.items() if fault.code == "already_exists"]
    there |= _wait_for(cluster, hidden, stop)
    seen: dict[Identity, Seen] = {}
    for ask in asks:
        name = ask.identity[0]
        if name in there:
            continue
        fault = refused.get(name)
        if name in hidden and fault:
            seen[ask.identity] = Unreadable(half_known(name))
        else:
            seen[ask.identity] = Absent(Answers(refused=(fault,))) if fault else Absent()
    return seen, [(ask, there[ask.identity[0]]) for ask in asks if ask.identity[0] in there]


def half_known(name: str) -> Fault:
    """Say that brokers do not agree on a topic."""
    detail = "It is being created or deleted, or the brokers have not all heard of it."
    return Fault(
        "not_settled", f"the cluster does not agree yet on topic {name}", detail, "Plan again.", (), "later"
    )


def describe_failed(name: str, code: int) -> Fault:
    """Say that the config of a topic that is there could not be read."""
    if code == errors.UNKNOWN_TOPIC:
        return half_known(name)
    return errors.of_topic(code, f"read the config of topic {name}", "DESCRIBE_CONFIGS", name)


def _known_to_others(cluster: Cluster, names: Sequence[str]) -> dict[str, Listed]:
    """Look recorded topics that one broker misses up at all others: each answers from its own copy."""
    found: dict[str, Listed] = {}
    if not names or len(cluster.brokers) == 1:
        return found
    for ask in cluster.each():
        try:
            answers = topic_calls.look_up(ask, names)
        except Unreachable:
            continue
        found |= {name: answer for name, answer in answers.items() if not isinstance(answer, int)}
    return found


def _wait_for(cluster: Cluster, names: Sequence[str], stop: Stop) -> dict[str, Listed]:
    """Wait a little for topics that the controller has and a broker has not heard of."""
    found: dict[str, Listed] = {}
    until = time.monotonic() + _AGREE_WITHIN
    while len(found) < len(names) and time.monotonic() < until and not stop.requested():
        try:
            answers = topic_calls.look_up(cluster.ask, names)
        except NoContact:
            break
        found = {name: answer for name, answer in answers.items() if not isinstance(answer, int)}
        time.sleep(0.1)
    return found


def _create_in_thought(cluster: Cluster, asks: Sequence[Ask], stop: Stop) -> dict[str, Fault]:
    """Have the broker check topics that are to be created, without creating them. No right to: no answer."""
    wanted = [
        desired for ask in asks if (desired := ask.desired) is not None and not marks(desired) & UNKNOWN
    ]
    refused: dict[str, Fault] = {}
    for some in cut([(one, weight(one)) for one in wanted]):
        if stop.requested():
            break
        topic = [_creatable(reveal(one)) for one in some]
        request = CreateTopicsRequest(topics=topic, timeout_ms=_ANSWER_MS, validate_only=True, min_version=4)
        try:
            answer = cluster.ask(request)
        except (NoContact, TooOld):
            break
        secret = {one["name"] for one in some if marks(one.get("config")) & SECRET}
        configured = {one["name"] for one in some if reveal(one.get("config"))}
        for one in answer.topics:
            if one.topic_config_error_code == errors.TOPIC_UNAUTHORIZED and one.name in configured:
                refused[one.name] = describe_failed(one.name, one.topic_config_error_code)
            if _counts(one.error_code, one.error_message):
                message = None if one.name in secret else one.error_message
                refused[one.name] = errors.of_code(one.error_code, f"create topic {one.name}", message)
    return refused


def _counts(code: int, message: str | None) -> bool:
    """Tell whether a refusal in thought foretells one in earnest; a missing right or a busy moment does not."""
    return (
        code != errors.OK
        and code not in _NO_RIGHT
        and not errors.is_passing(code, message)
        and code != errors.TIMED_OUT
    )


def _creatable(wanted: Values) -> Any:
    topic = CreateTopicsRequest.CreatableTopic
    config = [
        topic.CreatableTopicConfig(name=key, value=value)
        for key, value in (wanted.get("config") or {}).items()
    ]
    partitions, factor = wanted.get("partitions") or -1, wanted.get("replication_factor") or -1
    return topic(name=wanted["name"], num_partitions=partitions, replication_factor=factor, configs=config)


def weight(wanted: Values) -> int:
    """Count the records that a call's argument makes in the metadata log: the topic, its partitions, its config keys."""
    counted = 1 + (reveal(wanted.get("partitions")) or 1)
    for name in ("config", "set", "unset"):
        counted += len(reveal(wanted.get(name)) or ())
    return counted


def cut(weighed: Sequence[tuple[Any, int]]) -> list[list[Any]]:
    """Cut into calls: the controller refuses a call whole that makes more than 10,000 records."""
    calls: list[list[Any]] = [[]]
    total = 0
    for item, records in weighed:
        if calls[-1] and (total + records > RECORDS_IN_A_CALL or len(calls[-1]) >= TOPICS_IN_A_CALL):
            calls.append([])
            total = 0
        calls[-1].append(item)
        total += records
    return calls if calls[-1] else []


class _Change(NamedTuple):
    """A topic that is to change: config keys to set (known ones) and to give back, and the partitions to have."""

    name: str
    to_set: Mapping[str, Any]
    to_unset: tuple[str, ...]
    grow_to: int | None
    secret: bool


def gather_found(cluster: Cluster, reads: Sequence[Read], stop: Stop) -> dict[Identity, Seen]:
    """Add to topics that are there what a plan may need to judge their change."""
    changes = [change for ask, _, found in reads if (change := _change(ask, found))]
    going = [listed for ask, listed, _ in reads if ask.desired is None and ask.prior is not None]
    effective, failed = _effective(cluster, changes) if not stop.requested() else ({}, {})
    changes = [one for one in changes if one.name not in failed]
    refused = _alter_in_thought(cluster, changes) if changes and not stop.requested() else {}
    records = topic_usage.count_records(cluster, going) if going and not stop.requested() else {}
    answers = {
        change.name: Answers(effective.get(change.name, {}), refused=refused.get(change.name, ()))
        for change in changes
    }
    if going and not stop.requested():
        names = {one.name for one in going}
        users = topic_usage.users_of(cluster, names) if records else topic_usage.NOT_ASKED
        for one in going:
            groups = tuple(users.groups.get(one.name, ()))
            answers[one.name] = Answers(records=records.get(one.name), groups=groups, untold=users.untold)
    return {
        ask.identity: Unreadable(failed[listed.name])
        if listed.name in failed
        else found._replace(answers=answers.get(listed.name))
        for ask, listed, found in reads
    }


def _change(ask: Ask, found: Found) -> _Change | None:
    if ask.desired is None:
        return None
    own = found.values["config"]
    if own == ask.desired.get("config") and ask.desired.get("partitions") in (
        None,
        found.values["partitions"],
    ):
        return None
    to_set, to_unset = config_change(ask.desired.get("config"), own, (ask.prior or {}).get("config"))
    known = (
        {key: value for key, value in to_set.items() if not marks(value) & UNKNOWN}
        if isinstance(to_set, dict)
        else {}
    )
    wanted = reveal(ask.desired.get("partitions"))
    grow_to = wanted if isinstance(wanted, int) and wanted > found.values["partitions"] else None
    if not known and not to_unset and grow_to is None:
        return None
    return _Change(ask.identity[0], reveal(known), to_unset, grow_to, bool(marks(to_set) & SECRET))


def _effective(
    cluster: Cluster, changes: Sequence[_Change]
) -> tuple[dict[str, dict[str, str]], dict[str, Fault]]:
    """Read what is in force, without which the losses of a change could not be told; and where that failed."""
    found: dict[str, dict[str, str]] = {}
    failed: dict[str, Fault] = {}
    for some in topic_calls.chunks(changes, topic_calls.CONFIGS_IN_A_CALL):
        wanted = {one.name: dict.fromkeys((*LOSS_KEYS, *one.to_set, *one.to_unset)) for one in some}
        try:
            answers = topic_calls.describe(cluster.ask, wanted)
        except NoContact as lost:
            failed |= dict.fromkeys(wanted, errors.of_unreachable(lost, "read the config of topics"))
            continue
        for name, entries in answers.items():
            if isinstance(entries, int):
                failed[name] = describe_failed(name, entries)
            else:
                found[name] = {key: canonical_or_as_is(key, entry.value) for key, entry in entries.items()}
    return found, failed


def _alter_in_thought(cluster: Cluster, changes: Sequence[_Change]) -> dict[str, tuple[Fault, ...]]:
    """Have the broker check changes without making them. No right to: no answer."""
    refused: dict[str, tuple[Fault, ...]] = {}
    resource = IncrementalAlterConfigsRequest.AlterConfigsResource
    altering = [(one, 1 + len(one.to_set)) for one in changes if one.to_set]
    for some in cut(altering):
        resources = [
            resource(
                resource_type=topic_calls.TOPIC,
                resource_name=one.name,
                configs=[
                    resource.AlterableConfig(name=key, config_operation=_SET, value=value)
                    for key, value in one.to_set.items()
                ],
            )
            for one in some
        ]
        try:
            answer = cluster.ask(IncrementalAlterConfigsRequest(resources=resources, validate_only=True))
        except (NoContact, TooOld):
            break
        secret = {one.name for one in some if one.secret}
        for one in answer.responses:
            if _counts(one.error_code, one.error_message):
                message = None if one.resource_name in secret else one.error_message
                refused[one.resource_name] = (
                    errors.of_code(one.error_code, f"change topic {one.resource_name}", message),
                )
    return refused | _grow_in_thought(cluster, changes, refused)


def _grow_in_thought(
    cluster: Cluster, changes: Sequence[_Change], refused: Mapping[str, tuple[Fault, ...]]
) -> dict[str, tuple[Fault, ...]]:
    topic = CreatePartitionsRequest.CreatePartitionsTopic
    found: dict[str, tuple[Fault, ...]] = {}
    growing = [(one, 1 + one.grow_to) for one in changes if one.grow_to]
    for some in cut(growing):
        topics = [topic(name=one.name, count=one.grow_to, assignments=None) for one in some]
        try:
            answer = cluster.ask(
                CreatePartitionsRequest(topics=topics, timeout_ms=_ANSWER_MS, validate_only=True)
            )
        except (NoContact, TooOld):
            break
        for one in answer.results:
            if _counts(one.error_code, one.error_message):
                fault = errors.of_code(one.error_code, f"grow topic {one.name}", one.error_message)
                found[one.name] = (*refused.get(one.name, ()), fault)
    return found
