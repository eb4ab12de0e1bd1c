"""A declared topic before anything is contacted: completed from its cluster's defaults, and checked."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.session import Fault
from kplan.sdk.values import SECRET, UNKNOWN, Secret, make_map, marks, number_text, reveal
from kplan_kafka.config_keys import canonical, canonical_or_as_is

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kplan.sdk.session import Values
    from kplan.sdk.values import Value

NAME_LIMIT: Final = 249
_LEGAL: Final = re.compile(r"[a-zA-Z0-9._-]+\Z")
_ILLEGAL: Final = re.compile(r"[^a-zA-Z0-9._-]")
COUNTS: Final = ("partitions", "replication_factor")


def complete(desired: Values, endpoint: Values) -> Values:
    """Fill in `topic_defaults` (what is declared wins, config key by key) and write config values canonically."""
    defaults = endpoint.get("topic_defaults") or {}
    completed = dict(desired)
    for name in COUNTS:
        if completed.get(name) is None and defaults.get(name) is not None:
            completed[name] = defaults[name]
    completed["config"] = _config(defaults.get("config"), completed.get("config"))
    return make_map(completed)


def _config(default: Value, declared: Value) -> Value:
    if isinstance(default, Secret) or isinstance(declared, Secret):
        merged = _config(reveal(default), reveal(declared))
        return Secret(merged)
    for whole in (declared, default):
        if whole is not None and not isinstance(whole, dict):
            return whole  # unknown as a whole: which keys it has is decided later
    merged = {**(default or {}), **(declared or {})}
    return make_map({key: _canonical(key, value) for key, value in merged.items() if value is not None})


def _canonical(key: str, value: Value) -> Value:
    if marks(value) & UNKNOWN:
        return value
    if isinstance(value, Secret):
        return value.derive(lambda bare: canonical_or_as_is(key, config_text(bare)))
    return canonical_or_as_is(key, config_text(value))


def config_text(value: Any) -> str:
    """Write a config value as text, should it not have been converted yet."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, (int, Decimal)) else str(value)


def check(desired: Values) -> list[Fault]:
    """Find what is wrong with a declared topic whatever cluster it is on."""
    faults = list(_check_name(desired.get("name")))
    for name in COUNTS:
        faults += check_count(desired.get(name), (name,))
    return [*faults, *check_config(desired.get("config"), ("config",))]


def _check_name(name: Value) -> Iterator[Fault]:
    if name is None or marks(name) & UNKNOWN:
        return
    text = reveal(name)
    wrong = _name_wrong(text)
    if wrong:
        yield Fault(
            "invalid_topic_name",
            f"{text!r} is not a topic name" if text else "a topic's name is empty",
            wrong,
            "Topic names have 1 to 249 letters, digits, '.', '_' and '-'.",
            ("name",),
        )


def _name_wrong(name: str) -> str:
    if not name:
        return "Kafka takes no empty name."
    if name in (".", ".."):
        return "Kafka names folders after topics, so '.' and '..' cannot be names."
    if not _LEGAL.match(name):
        found = dict.fromkeys(_ILLEGAL.findall(name))
        return f"It holds {', '.join(map(repr, found))}."
    return f"It has {len(name)} characters." if len(name) > NAME_LIMIT else ""


def check_count(value: Value, path: tuple[str, ...]) -> list[Fault]:
    """Find what is wrong with a number of partitions or replicas."""
    if value is None or marks(value) & UNKNOWN:
        return []
    bare = reveal(value)
    if isinstance(bare, int) and not isinstance(bare, bool) and bare >= 1:
        return []
    said = "a sensitive value" if marks(value) & SECRET else config_text(bare)
    return [
        Fault(
            f"invalid_{path[-1]}", f"{path[-1]} cannot be {said}", "It takes a whole number from 1.", "", path
        )
    ]


def check_config(config: Value, path: tuple[str, ...]) -> list[Fault]:
    """Find config keys that collide, and values that mean nothing where the key's type is evident."""
    if not isinstance(config, dict):
        return []
    faults = list(_colliding(config, path))
    for key, value in config.items():
        if value is None or marks(value):
            continue
        try:
            canonical(key, config_text(value))
        except ValueError as wrong:
            shown = config_text(value)
            summary = f'{key} cannot be "{shown}": {wrong}'
            faults.append(
                Fault("invalid_config_value", summary, "", f"Change the value of {key}.", (*path, key))
            )
    return faults


def _colliding(config: Mapping[str, Value], path: tuple[str, ...]) -> Iterator[Fault]:
    plain: dict[str, str] = {}
    for key in config:
        first = plain.setdefault(key.strip().lower(), key)
        if first != key:
            summary = f"{key!r} and {first!r} are one config key"
            yield Fault(
                "duplicate_config_key",
                summary,
                "",
                f"Remove one; Kafka knows {key.strip().lower()}.",
                (*path, key),
            )


def fenced_out(name: str, endpoint: Values) -> str:
    """Say why a topic lies outside the cluster's `manages`, or ""."""
    prefixes = reveal((endpoint.get("manages") or {}).get("topic_prefixes"))
    if prefixes is None or marks(prefixes) & UNKNOWN or name.startswith(tuple(prefixes)):
        return ""
    return f"manages.topic_prefixes of the cluster has no prefix of {name} (it has {', '.join(prefixes) or 'none'})"
