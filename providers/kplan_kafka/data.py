"""Data blocks answered in bulk: topics by name, topics by filter, and the cluster itself."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from kplan.sdk.filters import Listing, filter_of
from kplan.sdk.session import Fault
from kplan_kafka import errors, topic_calls
from kplan_kafka.cluster import NoContact
from kplan_kafka.config_keys import canonical_or_as_is
from kplan_kafka.filters_unmet import Entries
from kplan_kafka.protocol import ApiVersionsRequest, MetadataRequest
from kplan_kafka.topic_calls import CONFIGS_IN_A_CALL, NAMES_IN_A_CALL, OWN, Entry, Listed, chunks
from kplan_kafka.topic_ends import TOPIC_ENDS, topic_ends
from kplan_kafka.topic_gather import half_known
from kplan_kafka.topic_hidden import may_lack
from kplan_kafka.types import CLUSTER, TOPIC, TOPICS
from kplan_kafka.wire import SOFTWARE, TooOld

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kplan.sdk.session import Stop, Values
    from kplan_kafka.cluster import Cluster

Answer = "Values | Fault"
_METADATA_VERSION = "metadata.version"
_OR_WITHOUT = "Or set visible_only = true to go without what is hidden."


def answer(cluster: Cluster, source: str, asked: Sequence[Values], stop: Stop) -> Sequence[Values | Fault]:
    """Answer questions of one source; same order back."""
    try:
        if source == TOPIC:
            return _topics_by_name(cluster, [one["name"] for one in asked], stop)
        if source == TOPICS:
            return _topics_by_filter(cluster, asked)
        if source == CLUSTER:
            return [_of_cluster(cluster)] * len(asked)
        if source == TOPIC_ENDS:
            return topic_ends(cluster, asked)
    except NoContact as lost:
        return [errors.of_unreachable(lost, "answer data blocks")] * len(asked)
    return [Fault("unknown_source", f"there is no data {source} of Kafka")] * len(asked)


def _topics_by_name(cluster: Cluster, names: Sequence[str], stop: Stop) -> list[Values | Fault]:
    found: dict[str, Listed | int] = {}
    configs: dict[str, dict[str, Entry] | int] = {}
    wanted = list(dict.fromkeys(names))
    for some in chunks(wanted, NAMES_IN_A_CALL):
        found |= topic_calls.look_up(cluster.ask, some)
    there = [name for name in wanted if isinstance(found.get(name), Listed)]
    for some in chunks(there, CONFIGS_IN_A_CALL):
        if stop.requested():
            break
        configs |= topic_calls.describe(cluster.ask, dict.fromkeys(some))
    missing = any(found.get(name) == errors.UNKNOWN_TOPIC for name in wanted)
    known = topic_calls.list_names(cluster.ask) if missing else []
    answers = {name: _topic(name, found.get(name), configs.get(name), known) for name in wanted}
    return [answers[name] for name in names]


def _topic(
    name: str, found: Listed | int | None, config: Mapping[str, Entry] | int | None, known: Sequence[str]
) -> Values | Fault:
    if isinstance(found, Listed):
        if config is None:
            return Fault("stopped", "stopped on request before it was read", retry="later")
        if isinstance(config, int):
            return errors.of_topic(config, f"read the config of topic {name}", "DESCRIBE_CONFIGS", name)
        if not found.partitions:
            return half_known(name)
        own = {
            key: canonical_or_as_is(key, entry.value)
            for key, entry in sorted(config.items())
            if entry.source == OWN
        }
        return {**_described(found), "name": name, "config": own}
    if found == errors.UNKNOWN_TOPIC or found is None:
        near = get_close_matches(name, known, n=1)
        hint = f' Did you mean "{near[0]}"?' if near else ""
        return Fault("not_found", "Topic not found", f'There is no topic "{name}" on the cluster.{hint}')
    return errors.of_topic(found, f"see topic {name}", "DESCRIBE", name)


def _described(listed: Listed) -> Values:
    return {
        "partitions": listed.partitions,
        "replication_factor": listed.replicas,
        "id": listed.id,
        "internal": listed.internal,
    }


def _topics_by_filter(cluster: Cluster, asked: Sequence[Values]) -> list[Values | Fault]:
    """Match every question against one listing."""
    listed = topic_calls.list_all(cluster.ask)
    known = {one.name: one for one in listed}
    wary = [one for one in asked if not one.get("visible_only")]
    lacking = iter(may_lack(cluster, wary, known))
    names = Listing(known)
    entries = Entries(known, names)
    answers: list[Values | Fault] = []
    for args in asked:
        if not args.get("visible_only") and (fault := next(lacking)):
            answers.append(fault._replace(remedy=f"{fault.remedy} {_OR_WITHOUT}"))
            continue
        internal = bool(args.get("include_internal"))
        met = [name for name in names.met(filter_of(args)) if internal or not known[name].internal]
        answers.append(
            {
                "found": tuple(met),
                "topics": {name: _described(known[name]) for name in met},
                "unmet": entries.unmet(args),
            }
        )
    return answers


def _of_cluster(cluster: Cluster) -> Values:
    metadata = cluster.ask(MetadataRequest(topics=[]))
    brokers = tuple(
        {
            "id": broker.node,
            "host": broker.address.host,
            "port": broker.address.port,
            "rack": broker.rack or None,
        }
        for broker in cluster.brokers.values()
    )
    return {
        "cluster_id": cluster.id,
        "controller_id": metadata.controller_id if metadata.controller_id >= 0 else None,
        "brokers": brokers,
        "broker_count": len(brokers),
        "racks": tuple(sorted({broker.rack for broker in cluster.brokers.values() if broker.rack})),
        "metadata_version": _metadata_version(cluster),
    }


def _metadata_version(cluster: Cluster) -> int | None:
    """Give the finalised feature level of the cluster's metadata; None before KRaft, or where it is not told."""
    try:
        request = ApiVersionsRequest(client_software_name=SOFTWARE, client_software_version="0")
        answered: Any = cluster.ask(request, newest=3)
    except (NoContact, TooOld):
        return None
    for one in answered.finalized_features or ():
        if one.name == _METADATA_VERSION:
            level: int = one.max_version_level
            return level
    return None
