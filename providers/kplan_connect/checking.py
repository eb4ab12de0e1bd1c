"""A declared connector before anything is contacted: completed, and checked. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.session import Fault
from kplan.sdk.values import SECRET, UNKNOWN, Secret, make_list, make_map, marks, reveal
from kplan_connect.flat import entries, written_as
from kplan_connect.sensitive import is_open_secret
from kplan_connect.types import KEEP, RESET, STATES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan.sdk.session import Values
    from kplan.sdk.values import Value

_UNREACHABLE: Final = re.compile(r"[/\\%{}\x00-\x1f\x7f]")
_NAME_REMEDY: Final = (
    "Choose a name without them; letters, digits and signs such as '-', '.', '_' and '->' are fine."
)


def complete(desired: Values) -> Values:
    """Write a connector canonically; what is not declared is left out, but for what is to be told from ignored."""
    made = {name: value for name, value in desired.items() if value is not None}
    made["sensitive_config"] = made.get("sensitive_config")
    made["config"] = _without_nulls(made.get("config", {}))
    made["transform"] = _transforms(made.get("transform", ()))
    made.setdefault("offsets_on_destroy", KEEP)
    if isinstance(made.get("state"), str):
        made["state"] = made["state"].upper()
    return make_map(made)


def _without_nulls(config: Value) -> Value:
    if not isinstance(config, dict):
        return config
    return make_map({key: value for key, value in config.items() if value is not None})


def _transforms(declared: Value) -> Value:
    if not isinstance(declared, (tuple, list)):
        return declared
    return make_list(
        make_map({**one, "config": _without_nulls(one.get("config") or {})}) if isinstance(one, dict) else one
        for one in declared
    )


def check(desired: Values) -> Iterator[Fault]:
    """Find what is wrong with a declared connector."""
    yield from _check_name(desired.get("name"))
    yield from _check_words(desired)
    yield from _check_tasks_max(desired.get("tasks_max"))
    yield from _check_own_keys(desired)
    yield from _check_twice(desired)
    yield from _check_open_secrets(desired)
    yield from _check_labels(desired.get("transform"))


def _check_name(name: Value) -> Iterator[Fault]:
    if not isinstance(name, str):
        return
    if not name.strip() or name != name.strip() or name in {".", ".."}:
        remedy = "Give it a name without blanks at its ends."
        yield Fault("invalid_name", f"\"{name}\" can't be a connector's name", "", remedy, ("name",))
    wrong = sorted(set(_UNREACHABLE.findall(name)))
    if wrong:
        detail = f"Workers would make it, and take it for no name in any later call: it has {', '.join(map(repr, wrong))}."
        yield Fault("invalid_name", f"{name!r} can't be a connector's name", detail, _NAME_REMEDY, ("name",))


def _check_words(desired: Values) -> Iterator[Fault]:
    for name, known in (("state", STATES), ("offsets_on_destroy", (KEEP, RESET))):
        given = desired.get(name)
        if given is None or marks(given) & UNKNOWN or reveal(given) in known:
            continue
        said = "a sensitive value" if marks(given) & SECRET else f'"{given}"'
        yield Fault(f"invalid_{name}", f"{name} can't be {said}", "", f"It is {_listed(known)}.", (name,))
    if desired.get("class") == "":
        remedy = 'Name the plugin, as in class = "org.apache.kafka.connect.file.FileStreamSinkConnector".'
        yield Fault("empty_class", "class names no plugin", "", remedy, ("class",))
    version = desired.get("sensitive_config_version")
    if version is not None and desired.get("sensitive_config") is None:
        yield Fault(
            "unused_version",
            "sensitive_config_version says when to send sensitive_config, and there is none",
            "",
            "Add sensitive_config, or take it out.",
            ("sensitive_config_version",),
        )


def _check_tasks_max(tasks_max: Value) -> Iterator[Fault]:
    if tasks_max is None or marks(tasks_max) & UNKNOWN:
        return
    bare = reveal(tasks_max)
    if isinstance(bare, int) and not isinstance(bare, bool) and bare >= 1:
        return
    said = "a sensitive value" if marks(tasks_max) & SECRET else bare
    detail = "It takes a whole number from 1."
    yield Fault("invalid_tasks_max", f"tasks_max can't be {said}", detail, "", ("tasks_max",))


def _check_own_keys(desired: Values) -> Iterator[Fault]:
    """Find keys that an attribute stands for: said twice, one of them would be lost without a word."""
    for attribute in ("config", "sensitive_config"):
        given = desired.get(attribute)
        for key in _keys(given):
            instead = written_as(key)
            inner = attribute == "sensitive_config" and key.count(".") > 1 and not key.endswith(".type")
            if not instead or inner:  # a transformation's own key may be secret
                continue
            how = f"a {instead} block" if instead == "transform" else instead
            remedy = f"Take it out, and write {how}."
            yield Fault(
                "own_key", f"{key} is written by kplan, from {how}", "", remedy, _at(given, attribute, key)
            )
    labels = desired.get("transform")
    for number, one in enumerate(labels if isinstance(labels, tuple) else ()):
        if isinstance(one, dict) and "type" in _keys(one.get("config")):
            remedy = "Take it out, and write type in the block."
            path = ("transform", number, "config", "type")
            yield Fault("own_key", "type is written by kplan, from the block's type", "", remedy, path)


def _check_twice(desired: Values) -> Iterator[Fault]:
    sensitive = desired.get("sensitive_config")
    secret = _keys(sensitive)
    for path, (key, _) in entries(desired).items():
        if key in secret:
            remedy = "Take it out of one of them."
            yield Fault("key_twice", f"{key} is in sensitive_config too", "", remedy, path)


def _check_open_secrets(desired: Values) -> Iterator[Fault]:
    allowed = allowed_plain(desired)
    if allowed is None:
        return
    for path, (key, value) in entries(desired).items():
        if isinstance(value, str) and key not in allowed and is_open_secret(key, value):
            yield open_secret(key, path)


def open_secret(key: str, path: tuple[str | int, ...], why: str = "looks like a secret") -> Fault:
    """Refuse a secret that is written out."""
    return Fault(
        "secret_in_plain_text",
        f"{key} {why}, and is written out",
        "It would be known to all who may read the files, the state or a plan.",
        'Put it into sensitive_config, write a placeholder that workers resolve, as "$${file:/etc/connect/db:password}", '
        f'or, if it is no secret, allow_plain = ["{key}"].',
        path,
    )


def allowed_plain(desired: Values) -> frozenset[str] | None:
    """Give the keys that may hold literals; None while that is not known."""
    given = desired.get("allow_plain")
    if marks(given) & UNKNOWN:
        return None
    return frozenset(reveal(given) or ())


def _check_labels(transforms: Value) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, one in enumerate(transforms if isinstance(transforms, tuple) else ()):
        label = one.get("label", "") if isinstance(one, dict) else ""
        if label in seen:
            remedy = "Give each a label of its own."
            yield Fault(
                "duplicate_label", f'there are two transforms "{label}"', "", remedy, ("transform", number)
            )
        seen.add(label)


def _keys(given: Value) -> tuple[str, ...]:
    """Name the keys of a map, also of one that is secret; none while it is not known."""
    if isinstance(given, Secret):
        given = given.reveal()
    return tuple(given) if isinstance(given, dict) else ()


def _at(given: Value, attribute: str, key: str) -> tuple[str, ...]:
    return (attribute, key) if isinstance(given, dict) else (attribute,)


def _listed(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def fenced_out(name: str, endpoint: Values) -> str:
    """Say why a connector lies outside what its endpoint's block `manages`, or ""."""
    manages: Any = endpoint.get("manages") or {}
    prefixes = reveal(manages.get("connector_prefixes"))
    if prefixes is None or marks(prefixes) & UNKNOWN or name.startswith(tuple(prefixes)):
        return ""
    return f"manages.connector_prefixes of the Connect cluster has no prefix of {name} (it has {', '.join(prefixes) or 'none'})"
