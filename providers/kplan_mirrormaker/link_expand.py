"""A link to what it comes to: access on both sides, topics on the target, and the connectors, in that order. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.composites import Child, Question
from kplan.sdk.filters import filter_of
from kplan.sdk.session import Fault
from kplan.sdk.values import UNKNOWN, Endpoint, Secret, make_map, marks, unknown_by
from kplan_mirrormaker import file_config, link_config
from kplan_mirrormaker.file_types import FILE
from kplan_mirrormaker.link_check import check
from kplan_mirrormaker.link_config import PACKAGE, SOURCE, Link
from kplan_mirrormaker.link_filters import is_copied
from kplan_mirrormaker.link_notes import notes
from kplan_mirrormaker.types import DELETE, MIRRORMAKER2

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.sdk.planned import Planned
    from kplan.sdk.session import Values

_TOPIC: Final = "topic"
_GRANT: Final = "grant"
_CONNECTOR: Final = "connector"
# What may be decided by an apply: it is handed on as it is, and nothing else follows from it.
_MAY_BE_LATE: Final = ("ca",)
_MAPS: Final = ("source_config", "checkpoint_config", "heartbeat_config", "config")


def asks(desired: Values, endpoints: Mapping[str, Values]) -> Sequence[Question] | Sequence[Fault]:
    """Ask which topics the source has, and how many brokers each side has."""
    faults = [*_undecided(desired), *check(desired, endpoints)]
    if faults:
        return faults
    source, target = desired["source"].address, desired["target"].address
    meant = {name: value for name, value in desired["topics"].items() if value}
    return [
        Question(source, "topics", {**meant, "include_internal": False}),
        Question(source, "cluster", {}),
        Question(target, "cluster", {}),
    ]


def expand(
    desired: Values,
    endpoints: Mapping[str, Values],
    answers: Sequence[Values] | None,
    planned: Planned,
) -> Sequence[Child] | Sequence[Fault]:
    """Give what the link comes to; where nothing was asked, only what is wrong with it."""
    if answers is None:
        return list(check(desired, endpoints))
    source, target = desired["source"], desired["target"]
    topics, here, there = answers
    link = Link(
        desired,
        endpoints[source.address],
        endpoints[target.address],
        (here["broker_count"], there["broker_count"]),
    )
    grants = list(_grants(link, endpoints))
    outcomes = planned.of(_TOPIC, source.address)
    known = {**topics["topics"], **_to_come(desired["topics"], source.address, planned)}
    copied = {
        name: topic
        for name, topic in sorted(known.items())
        if ((name,) not in outcomes or not outcomes[name,].goes)
        and is_copied(name, link.target, unchanged=link.unchanged)
    }
    copies = list(_copies(link, target.address, copied))
    needed = tuple(one.key for one in (*grants, *copies))
    told = tuple(notes(desired, copied))
    if link.dedicated:
        return [*grants, *copies, *_file(link, target.address, needed, told)]
    return [*grants, *copies, *_connectors(link, needed, told, idle=not copied)]


def _undecided(block: Values, path: tuple[str, ...] = ()) -> Iterator[Fault]:
    """Find what isn't known yet; of maps the values may come later, not the keys."""
    for name, value in block.items():
        if not marks(value) & UNKNOWN or name in _MAY_BE_LATE:
            continue
        if isinstance(value, dict):
            if name not in _MAPS:
                yield from _undecided(value, (*path, name))
            continue
        by = ", ".join(unknown_by(value)) or "something else"
        detail = f"What the link comes to follows from it, so it must be known while planning; {by} decides it later."
        yield Fault("not_known", f"{name} is not known yet", detail, "", (*path, name))


def _to_come(topics: Mapping[str, Sequence[str]], source: str, planned: Planned) -> dict[str, Values]:
    """Find what this plan has on the source and the link means."""
    there = planned.of(_TOPIC, source)
    met = planned.names(_TOPIC, source).met(filter_of(topics))
    return {name: there[name,].values for name in met if _has_partitions(there[name,].values)}


def _has_partitions(topic: Values) -> bool:
    return "partitions" in topic and not marks(topic["partitions"])


def _copies(link: Link, target: str, topics: Mapping[str, Values]) -> Iterator[Child]:
    """Give the topics on the target, with the source's partitions."""
    own = link.desired.get("target_topics")
    if own is None:
        return
    for name, topic in topics.items():
        wanted: dict[str, Any] = {"name": link.remote(name), "partitions": topic["partitions"]}
        if own.get("replication_factor") is not None:
            wanted["replication_factor"] = own["replication_factor"]
        wanted["config"] = own.get("config") or {}
        left = own.get("on_destroy") != DELETE
        yield Child(_TOPIC, target, f"topic:{name}", make_map(wanted), taken_over=True, left=left)


def _grants(link: Link, endpoints: Mapping[str, Values]) -> Iterator[Child]:
    """Give what the replicator must be allowed, for whoever it is known to be."""
    desired = link.desired
    topics, groups = desired["topics"], desired.get("groups") or {}
    acls = bool((desired.get("sync") or {}).get("acls", False))
    lists = {
        "topics": topics.get("names"),
        "topic_prefixes": topics.get("prefixes"),
        "groups": groups.get("names"),
        "group_prefixes": groups.get("prefixes"),
    }
    if topics.get("patterns"):
        lists = {**lists, "topics": ("*",), "topic_prefixes": None}
    if groups.get("patterns"):
        lists = {**lists, "groups": ("*",), "group_prefixes": None}
    source = _principal(desired.get("source_client"))
    if source:
        mirror = {"side": "source", "alias": link.target, "sync_acls": acls, **_stated(lists)}
        yield Child(
            _GRANT, desired["source"].address, "source", make_map({"principals": (source,), "mirror": mirror})
        )
    there = [_principal(desired.get("target_client"))]
    if not link.dedicated:
        there.append(endpoints[desired[MIRRORMAKER2]["connect_cluster"].address].get("principal") or "")
    principals = tuple(dict.fromkeys(one for one in there if one))
    if principals:
        if not link.unchanged:
            lists = {**lists, "topics": None, "topic_prefixes": (f"{link.source}.",)}
        mirror = {"side": "target", "alias": link.source, "sync_acls": acls, **_stated(lists)}
        granted = {"principals": principals, "mirror": mirror}
        if link.dedicated:
            granted["connect"] = _own_workers(link)
        yield Child(_GRANT, desired["target"].address, "target", make_map(granted))


def _own_workers(link: Link) -> dict[str, str]:
    """Name what a dedicated MirrorMaker keeps as the worker that it is (Kafka 4.3.1: MirrorMaker.addHerder)."""
    return {
        "group_id": f"{link.source}-mm2",
        "config_topic": f"mm2-configs.{link.source}.internal",
        "offset_topic": f"mm2-offsets.{link.source}.internal",
        "status_topic": f"mm2-status.{link.source}.internal",
    }


def _stated(lists: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in lists.items() if value}


def _principal(client: Values | None) -> str:
    security = (client or {}).get("security") or {}
    principal, username = security.get("principal"), security.get("username")
    return principal or (f"User:{username}" if username else "")


def _file(link: Link, target: str, needed: tuple[str, ...], told: tuple[str, ...]) -> Iterator[Child]:
    shown, hidden = link_config.parted(file_config.properties(link))
    wanted: dict[str, Any] = {"path": link.desired[MIRRORMAKER2]["path"], "config": shown}
    if hidden:
        wanted["sensitive_config"] = Secret(make_map(hidden))
    yield Child(FILE, target, "file", make_map(wanted), after=needed, notes=told)


def _connectors(link: Link, needed: tuple[str, ...], told: tuple[str, ...], *, idle: bool) -> Iterator[Child]:
    """Give the connectors. `idle`: no topic is to be copied yet, so that the one that copies has no task."""
    block = link.desired[MIRRORMAKER2]
    workers: Endpoint = block["connect_cluster"]
    for kind in link_config.carriers(link.desired):
        tasks = block.get("tasks_max", 1) if kind == SOURCE else 1
        shown, hidden = link_config.parted(link_config.config_of(kind, link))
        wanted: dict[str, Any] = {
            "name": f"{link.name}.{kind}",
            "class": f"{PACKAGE}{kind}",
            "tasks_max": tasks,
            "config": shown,
        }
        if hidden:
            wanted["sensitive_config"] = Secret(make_map(hidden))
        if kind == SOURCE and idle:
            wanted["may_be_idle"] = True
        if block.get("state") is not None:
            wanted["state"] = block["state"]
        beside = told if kind == SOURCE else ()
        yield Child(
            _CONNECTOR, workers.address, f"connector:{kind}", make_map(wanted), after=needed, notes=beside
        )
