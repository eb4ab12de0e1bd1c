"""What a cluster says of itself: its id and brokers, and what a topic has where it says nothing."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.session import Facts, Fault
from kplan_kafka import errors
from kplan_kafka.broker_defaults import with_brokers
from kplan_kafka.cluster import NoContact
from kplan_kafka.protocol import (
    CreateTopicsRequest,
    DescribeClusterRequest,
    DescribeConfigsRequest,
    MetadataRequest,
)
from kplan_kafka.wire import TooOld

if TYPE_CHECKING:
    from kplan_kafka.cluster import Cluster

_WITHIN: Final = 5.0
_TOPIC: Final = 2  # the resource type of DescribeConfigs
_OWN: Final = 1  # DYNAMIC_TOPIC
_OLDEST: Final = (2, 4)


def read_facts(cluster: Cluster) -> Facts | Fault:
    """Contact the cluster and ask it about itself."""
    try:
        cluster.contact()
        if not cluster.id:
            return Fault(
                "no_cluster_id", "the cluster has no id, so that kplan could not tell it from another"
            )
        values = {**_brokers(cluster), **_defaults(cluster)}
        values["principal"] = cluster.options.security.principal
    except NoContact as failed:
        return errors.of_no_contact(failed.failures)
    except TooOld as wrong:
        return Fault(
            "too_old", "the brokers are too old for kplan", str(wrong), "Kafka 2.4 or newer is needed."
        )
    return Facts(cluster.id, values)


def _brokers(cluster: Cluster) -> dict[str, Any]:
    up = {str(broker.node): broker.rack for broker in cluster.brokers.values()}
    try:
        answer = cluster.ask(
            DescribeClusterRequest(include_fenced_brokers=True, min_version=2), within=_WITHIN
        )
    except TooOld:
        return {"brokers": up, "brokers_up": len(up)}
    known = {str(one.broker_id): one.rack or "" for one in answer.brokers}
    fenced = sum(one.is_fenced for one in answer.brokers)
    return {"brokers": known or up, "brokers_up": len(known) - fenced if known else len(up)}


def _defaults(cluster: Cluster) -> dict[str, Any]:
    """Ask what a topic would get: by making one in thought, or else of one that is there and of a broker."""
    prefix = next(iter(cluster.options.prefixes), "")
    made = CreateTopicsRequest.CreatableTopic(
        name=f"{prefix}kplan-{secrets.token_hex(6)}", num_partitions=-1, replication_factor=-1, configs=[]
    )
    request = CreateTopicsRequest(
        topics=[made], timeout_ms=int(_WITHIN * 1000), validate_only=True, min_version=5
    )
    try:
        answer = cluster.ask(request, within=_WITHIN).topics[0]
    except TooOld:
        return _defaults_of_some_topic(cluster)
    if answer.error_code != errors.OK or not answer.configs:
        return with_brokers(cluster, _defaults_of_some_topic(cluster))
    return {
        "config_defaults": {one.name: one.value or "" for one in answer.configs},
        "default_partitions": answer.num_partitions,
        "default_replication_factor": answer.replication_factor,
    }


def _defaults_of_some_topic(cluster: Cluster) -> dict[str, Any]:
    listed = cluster.ask(MetadataRequest(topics=None), within=_WITHIN).topics
    names = [one.name for one in listed if one.error_code == errors.OK][:50]
    if not names:
        return {"config_defaults": {}}
    resource = DescribeConfigsRequest.DescribeConfigsResource
    asked = [resource(resource_type=_TOPIC, resource_name=name, configuration_keys=None) for name in names]
    request = DescribeConfigsRequest(resources=asked, include_synonyms=True, include_documentation=False)
    defaults: dict[str, str | None] = {}
    for result in cluster.ask(request, within=_WITHIN).results:
        for one in result.configs:
            defaults[one.name] = defaults.get(one.name) or _inherited(one)
    return {"config_defaults": defaults}


def _inherited(entry: Any) -> str | None:
    """Give what a topic has without its own value; None if that is not told."""
    if entry.config_source != _OWN:
        return entry.value or ""
    return next((one.value or "" for one in entry.synonyms if one.source != _OWN), None)
