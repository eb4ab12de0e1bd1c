"""A link before anything is asked: what is missing, contradicts itself, or would not work. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.filters import PARTS, check_filter
from kplan.sdk.session import Fault
from kplan.sdk.values import UNKNOWN, Endpoint, marks
from kplan_mirrormaker import link_transforms
from kplan_mirrormaker.file_plan import is_plain_secret, names_no_file
from kplan_mirrormaker.link_intervals import milliseconds
from kplan_mirrormaker.types import (
    CONNECT,
    DEDICATED,
    DELETE,
    DEPLOYMENTS,
    KEEP,
    MIRRORMAKER2,
    NAMINGS,
    STATES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kplan.sdk.session import Values

_GO_WITH: Final = {
    CONNECT: (("connect_cluster",), ("path", "config")),
    DEDICATED: (("path",), ("connect_cluster", "state")),
}
"""What each deployment needs, and what it has no use for."""
_PROTOCOLS: Final = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_ADDRESS: Final = re.compile(r"(?:[A-Za-z0-9_]+://)?(?:\[[0-9A-Fa-f:.%]+\]|[^\s:/,\[\]]+):[0-9]{1,5}")
_PLACEHOLDER: Final = "${"
_MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_OURS: Final = (
    "name",
    "connector.class",
    "tasks.max",
    "topics",
    "topics.exclude",
    "groups",
    "groups.exclude",
    "source.cluster.alias",
    "target.cluster.alias",
    "replication.policy.class",
    "replication.policy.separator",
    "source.cluster.bootstrap.servers",
    "target.cluster.bootstrap.servers",
    "sync.topic.configs.enabled",
    "sync.topic.acls.enabled",
    "sync.group.offsets.enabled",
    "replication.factor",
    "offset-syncs.topic.location",
)
"""Keys that follow from the link: another value in one connector would break the flow."""
_OF_THE_FILE: Final = ("clusters",)


def check(desired: Values, endpoints: Mapping[str, Values]) -> Iterator[Fault]:
    """Find what is wrong with a link."""
    yield from _ends(desired)
    engine, naming = desired.get("engine"), desired.get("naming", NAMINGS[0])
    if isinstance(engine, str) and engine != MIRRORMAKER2:
        remedy = f'Write engine = "{MIRRORMAKER2}".'
        yield Fault("unknown_engine", f'there is no engine "{engine}"', "", remedy, ("engine",))
    if isinstance(naming, str) and naming not in NAMINGS:
        yield Fault(
            "unknown_naming",
            f'naming can\'t be "{naming}"',
            "",
            f"It is one of: {', '.join(NAMINGS)}.",
            ("naming",),
        )
    yield from _deployment(desired.get(MIRRORMAKER2))
    if isinstance(desired.get("rpo"), str):
        try:
            milliseconds(desired["rpo"])
        except ValueError as wrong:
            yield Fault("invalid_rpo", f'rpo can\'t be "{desired["rpo"]}"', "", f"{wrong}", ("rpo",))
    kept = (desired.get("target_topics") or {}).get("on_destroy")
    if isinstance(kept, str) and kept not in (KEEP, DELETE):
        path = ("target_topics", "on_destroy")
        yield Fault("unknown_fate", f'on_destroy can\'t be "{kept}"', "", "It is keep or delete.", path)
    yield from _workers(desired, endpoints)
    yield from _filters(desired)
    for end in ("source", "target"):
        yield from _client(desired, endpoints, end)
    yield from _overrides(desired.get(MIRRORMAKER2) or {})
    interval = (desired.get("sync") or {}).get("interval_seconds")
    if isinstance(interval, int) and interval < 1:
        yield Fault(
            "invalid_interval",
            f"interval_seconds can't be {interval}",
            "",
            "It takes a number from 1.",
            ("sync", "interval_seconds"),
        )


def _deployment(block: Values | None) -> Iterator[Fault]:
    if not block:
        remedy = "Add a block mirrormaker2 with connect_cluster, or with deployment and path."
        yield Fault("no_workers", "the link doesn't say what runs it", "", remedy)
        return
    deployment = block.get("deployment", CONNECT)
    if marks(deployment) & UNKNOWN:
        return
    if deployment not in DEPLOYMENTS:
        remedy = f"It is one of: {', '.join(DEPLOYMENTS)}."
        path = (MIRRORMAKER2, "deployment")
        yield Fault("unknown_deployment", f'deployment can\'t be "{deployment}"', "", remedy, path)
        return
    needed, others = _GO_WITH[deployment]
    for name in needed:
        if block.get(name) is None:
            summary = f"a link with deployment = {deployment} needs {name}"
            yield Fault("missing_argument", summary, "", f"Add {name}.", (MIRRORMAKER2,))
    for name in others:
        if block.get(name) is not None:
            summary = f"{name} has no use with deployment = {deployment}"
            yield Fault("unused_argument", summary, "", "Take it out.", (MIRRORMAKER2, name))
    state = block.get("state")
    if isinstance(state, str) and state.upper() not in STATES:
        remedy = f"It is one of: {', '.join(STATES)}."
        yield Fault("unknown_state", f'state can\'t be "{state}"', "", remedy, (MIRRORMAKER2, "state"))
    file = block.get("path")
    if deployment == DEDICATED and isinstance(file, str) and names_no_file(file):
        yield Fault("invalid_path", f'"{file}" is no name of a file', "", "Name one.", (MIRRORMAKER2, "path"))


def _ends(desired: Values) -> Iterator[Fault]:
    source, target = desired.get("source"), desired.get("target")
    if isinstance(source, Endpoint) and isinstance(target, Endpoint) and source.address == target.address:
        remedy = "Name another cluster as the target."
        yield Fault("same_cluster", "a cluster can't be copied to itself", "", remedy, ("target",))


def _workers(desired: Values, endpoints: Mapping[str, Values]) -> Iterator[Fault]:
    """Find workers that don't belong to the target; whether they are where they say is seen when they are asked."""
    handle, target = (desired.get(MIRRORMAKER2) or {}).get("connect_cluster"), desired.get("target")
    place = endpoints.get(handle.address, {}).get("cluster") if isinstance(handle, Endpoint) else None
    if isinstance(place, Endpoint) and isinstance(target, Endpoint) and place.address != target.address:
        detail = f"Workers write to their own cluster, which is {place.address}; the link's target is {target.address}."
        remedy = f"Name a connect_cluster of {target.address}."
        summary = "the workers don't belong to the link's target"
        yield Fault("workers_elsewhere", summary, detail, remedy, (MIRRORMAKER2, "connect_cluster"))


def _filters(desired: Values) -> Iterator[Fault]:
    for block in ("topics", "groups"):
        given = desired.get(block)
        if given is None:
            if block == "topics":
                remedy = "Add a block topics with names, prefixes or patterns."
                yield Fault("no_topics", "the link doesn't say what it copies", "", remedy)
            continue
        if not isinstance(given, dict):
            continue
        if not any(given.get(name) for name in PARTS):
            remedy = f"State at least one of {', '.join(PARTS)}."
            yield Fault("empty_filter", f"{block} means nothing", "", remedy, (block,))
        for name, listed in given.items():
            if not isinstance(listed, tuple):
                continue
            for number, text in enumerate(listed):
                cut = name.endswith("patterns") and isinstance(text, str) and "," in text
                if cut or (text == "" and not name.endswith("prefixes")):
                    what = f'"{text}", which has a comma' if cut else "an empty text"
                    remedy = (
                        r"Write \x2c for the sign, and a count without it, as in (a|aa)."
                        if cut
                        else "Take it out."
                    )
                    detail = "MirrorMaker takes its filters as one text, with commas between them."
                    yield Fault("invalid_filter", f"{name} has {what}", detail, remedy, (block, name, number))
        yield from check_filter(given, (block,), joined=True)


def _client(desired: Values, endpoints: Mapping[str, Values], end: str) -> Iterator[Fault]:
    client, handle = desired.get(f"{end}_client") or {}, desired.get(end)
    yield from _servers(client.get("bootstrap_servers"), (f"{end}_client", "bootstrap_servers"))
    place = endpoints.get(handle.address, {}) if isinstance(handle, Endpoint) else {}
    protocol = (place.get("security") or {}).get("protocol")
    security = client.get("security")
    if security is None:
        if isinstance(protocol, str) and protocol != "PLAINTEXT":
            yield Fault(
                "no_credentials",
                f"the {end} is reached by {protocol}, but the link doesn't say how the replicator logs in there",
                "kplan's own credentials are never given to a connector.",
                f"Add {end}_client with a block security.",
            )
        return
    path = (f"{end}_client", "security")
    yield from _security(security, path)


def _servers(servers: Any, path: tuple[str, ...]) -> Iterator[Fault]:
    """Find addresses at which no broker can be: workers would try them without end, and say nothing."""
    if not isinstance(servers, tuple):
        return
    if not servers:
        remedy = (
            "Name at least one broker, or take it out: the addresses of the cluster's block are taken then."
        )
        yield Fault("no_bootstrap_servers", "bootstrap_servers names no broker", "", remedy, path)
    for text in servers:
        if isinstance(text, str) and _PLACEHOLDER not in text and not _ADDRESS.fullmatch(text):
            remedy = 'Write host:port, as in "kafka1:9092"; an IPv6 address in brackets, as in "[::1]:9092".'
            yield Fault("invalid_address", f"{text!r} is not host:port", "", remedy, path)


def _security(security: Values, path: tuple[str, ...]) -> Iterator[Fault]:
    protocol, mechanism = security.get("protocol"), security.get("mechanism")
    if isinstance(protocol, str) and protocol not in _PROTOCOLS:
        remedy = f"It is one of: {', '.join(_PROTOCOLS)}."
        yield Fault("unknown_protocol", f'there is no protocol "{protocol}"', "", remedy, path)
        return
    if isinstance(protocol, str) and protocol.startswith("SASL_"):
        if mechanism not in _MECHANISMS and not marks(mechanism) & UNKNOWN:
            remedy = f"State mechanism: one of {', '.join(_MECHANISMS)}."
            yield Fault("unknown_mechanism", f"{protocol} needs a mechanism", "", remedy, path)
        for name in ("username", "password"):
            if security.get(name) is None:
                yield Fault("missing_login", f"{protocol} needs {name}", "", f"Add {name}.", path)
    elif isinstance(protocol, str) and mechanism is not None:
        remedy = "Take it out, or write a protocol that begins with SASL_."
        yield Fault(
            "unused_mechanism", "nobody logs in without SASL, so mechanism has no use", "", remedy, path
        )


def _overrides(block: Values) -> Iterator[Fault]:
    for name in ("source_config", "checkpoint_config", "heartbeat_config", "config"):
        given: Any = block.get(name)
        if isinstance(given, dict):
            yield from link_transforms.check(name, given)
        for key, value in given.items() if isinstance(given, dict) else ():
            path = (MIRRORMAKER2, name, key)
            if key in _OURS or (name == "config" and (key in _OF_THE_FILE or "->" in key)):
                detail = "All connectors of a link must agree on it, so it follows from the link."
                yield Fault("key_of_the_link", f"{key} can't be set here", detail, "Take it out.", path)
            elif is_plain_secret(key, value):
                remedy = "Say it in source_client or target_client, or give a placeholder that the workers look up."
                yield Fault("plain_secret", f"{key} would be stored in plain text", "", remedy, path)
