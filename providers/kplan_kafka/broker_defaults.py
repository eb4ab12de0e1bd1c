"""What a topic gets where it says nothing, as far as a broker's own config tells it and no other topic does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kplan_kafka import errors
from kplan_kafka.protocol import DescribeConfigsRequest
from kplan_kafka.unreachable import Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kplan_kafka.cluster import Cluster

_WITHIN: Final = 5.0
_BROKER: Final = 4  # the resource type
_HOUR: Final = 3_600_000
_COUNTS: Final = {
    "default_partitions": "num.partitions",
    "default_replication_factor": "default.replication.factor",
}
_IN_UNITS: Final[dict[str, dict[str, int]]] = {
    "retention.ms": {"log.retention.ms": 1, "log.retention.minutes": 60_000, "log.retention.hours": _HOUR},
    "segment.ms": {"log.roll.ms": 1, "log.roll.hours": _HOUR},
    "segment.jitter.ms": {"log.roll.jitter.ms": 1, "log.roll.jitter.hours": _HOUR},
}
"""What a broker may have in several units, of which the first that is set counts.

For these a topic that has a value of its own does not tell what it would get without, unlike for all other keys.
"""


def with_brokers(cluster: Cluster, defaults: dict[str, Any]) -> dict[str, Any]:
    """Add to defaults what a broker says; `untold` names the right to ask it, where that is missing."""
    config = _of_some_broker(cluster)
    if config is None:
        return {**defaults, "untold": errors.missing_right("DESCRIBE_CONFIGS", "the cluster")}
    counts = {name: int(value) for name, key in _COUNTS.items() if (value := config.get(key))}
    known = defaults["config_defaults"]
    told = {key: value for key in known if known[key] is None and (value := _in_ms(key, config)) is not None}
    return {**defaults, **counts, "config_defaults": {**known, **told}}


def _of_some_broker(cluster: Cluster) -> Mapping[str, str | None] | None:
    keys = [*_COUNTS.values(), *(key for units in _IN_UNITS.values() for key in units)]
    resource = DescribeConfigsRequest.DescribeConfigsResource
    for node in cluster.nodes():
        asked = [resource(resource_type=_BROKER, resource_name=str(node), configuration_keys=keys)]
        request = DescribeConfigsRequest(resources=asked, include_synonyms=False, include_documentation=False)
        try:
            [answer] = cluster.ask_node(node, request, within=_WITHIN).results
        except Unreachable:
            continue
        if answer.error_code == errors.OK:
            return {one.name: one.value for one in answer.configs}
        if answer.error_code in errors.UNAUTHORIZED:
            return None
    return {}


def _in_ms(key: str, config: Mapping[str, str | None]) -> str | None:
    for name, unit in _IN_UNITS.get(key, {}).items():
        value = config.get(name)
        if value is not None:
            return str(int(value) * unit) if int(value) >= 0 else value
    return None
