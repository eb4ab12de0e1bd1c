"""The calls that read topics, in bulk: requests made and answers taken apart, nothing decided."""

from __future__ import annotations

import base64
import gc
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar
from uuid import UUID

from kplan_kafka import errors
from kplan_kafka.protocol import DescribeConfigsRequest, ListPartitionReassignmentsRequest, MetadataRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    Ask = Callable[[Any], Any]

_Given = TypeVar("_Given")

NAMES_IN_A_CALL: Final = 2000
CONFIGS_IN_A_CALL: Final = 1000
TOPIC: Final = 2  # the resource type
OWN: Final = 1  # the source DYNAMIC_TOPIC_CONFIG
DEFAULT: Final = 5  # the source DEFAULT_CONFIG


class Listed(NamedTuple):
    """A topic as metadata has it. `leaders`: by partition, -1 for none; `replicas`: the most that a partition has."""

    name: str
    id: str | None
    partitions: int
    replicas: int
    leaders: tuple[int, ...]
    internal: bool = False


class Entry(NamedTuple):
    """One config key of one topic."""

    value: str
    source: int


class Moving(NamedTuple):
    """A reassignment under way: how many partitions, and how many replicas each will have."""

    partitions: int
    replicas: int


@contextmanager
def gc_paused() -> Iterator[None]:
    """Keep the collector from walking a large answer again and again while it is taken apart."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Cut into runs of at most `size`."""
    return (items[at : at + size] for at in range(0, len(items), size))


def ahead(call: Callable[[Any], _Given], items: Sequence[Any]) -> Iterator[_Given]:
    """Make calls in order, the next one under way while the answer of one is taken apart and used."""
    if len(items) < 2:
        yield from map(call, items)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2, thread_name_prefix="ahead") as pool:
        yield from pool.map(call, items)


def list_names(ask: Ask) -> list[str]:
    """List the topics that may be seen; those that may not are silently missing."""
    listed = ask(MetadataRequest(topics=None)).topics
    return sorted(one.name for one in listed if one.error_code == errors.OK and not one.is_internal)


def list_all(ask: Ask) -> list[Listed]:
    """List the topics that may be seen, Kafka's own included, in order of name."""
    listed = ask(MetadataRequest(topics=None)).topics
    return sorted(_listed(one) for one in listed if one.error_code == errors.OK and one.name)


def unseen(ask: Ask, prefixes: Sequence[str]) -> list[str]:
    """Give the prefixes under which a listing may leave topics out, as kplan may not see what begins so as a whole.

    A topic that nobody has is unknown to who may see it, and forbidden to who may not.
    """
    names = {f"{prefix}kplan-{secrets.token_hex(6)}": prefix for prefix in prefixes}
    found = look_up(ask, list(names)) if names else {}
    return [prefix for name, prefix in names.items() if found.get(name) == errors.TOPIC_UNAUTHORIZED]


def look_up(ask: Ask, names: Sequence[str]) -> dict[str, Listed | int]:
    """Look topics up by name; a code stands for an error."""
    topic = MetadataRequest.MetadataRequestTopic
    request = MetadataRequest(topics=[topic(name=name) for name in names], allow_auto_topic_creation=False)
    return {one.name: one.error_code or _listed(one) for one in ask(request).topics}


def _listed(one: Any) -> Listed:
    partitions = one.partitions
    if len(partitions) > 1:
        partitions = sorted(partitions, key=lambda part: part.partition_index)
    return Listed(
        one.name,
        id_text(one.topic_id),
        len(partitions),
        max((len(part.replica_nodes) for part in partitions), default=0),
        tuple(part.leader_id for part in partitions),
        bool(one.is_internal),
    )


def id_text(topic_id: Any) -> str | None:
    """Write a topic's id as Kafka's own tools do; None from a broker that has none."""
    if topic_id is None or not topic_id.int:
        return None
    return base64.urlsafe_b64encode(topic_id.bytes).decode().rstrip("=")


def id_from(text: str) -> UUID:
    """Read a topic's id."""
    return UUID(bytes=base64.urlsafe_b64decode(text + "=="))


def describe(ask: Ask, wanted: Mapping[str, Iterable[str] | None]) -> dict[str, dict[str, Entry] | int]:
    """Read config keys (None: all of them) of topics; a code stands for an error."""
    resource = DescribeConfigsRequest.DescribeConfigsResource
    asked = [
        resource(
            resource_type=TOPIC, resource_name=name, configuration_keys=None if keys is None else list(keys)
        )
        for name, keys in wanted.items()
    ]
    request = DescribeConfigsRequest(resources=asked, include_synonyms=False, include_documentation=False)
    return {
        one.resource_name: one.error_code
        or {entry.name: Entry(entry.value or "", entry.config_source) for entry in one.configs}
        for one in ask(request).results
    }


def reassignments(ask: Ask) -> dict[str, Moving] | int:
    """List the topics whose replicas are being moved; a code stands for an error."""
    answer = ask(ListPartitionReassignmentsRequest(topics=None))
    return answer.error_code or {
        one.name: Moving(
            len(one.partitions),
            max(len(part.replicas) - len(part.removing_replicas) for part in one.partitions),
        )
        for one in answer.topics or ()
        if one.partitions
    }
