"""A connector's configuration as Connect has it, one flat map of texts, and as attributes. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.values import make_map, number_text, reveal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kplan.sdk.session import Values

    Path = tuple[str | int, ...]

NAME: Final = "name"
CLASS: Final = "connector.class"
TASKS_MAX: Final = "tasks.max"
TRANSFORMS: Final = "transforms"
_TYPE: Final = "type"
_PREFIX: Final = f"{TRANSFORMS}."
_WRITTEN_AS: Final = {NAME: "name", CLASS: "class", TASKS_MAX: "tasks_max", TRANSFORMS: "transform"}
PARTS: Final = ("class", "tasks_max", "config", "transform")
"""The attributes that a configuration comes to, beside what is sensitive."""


def written_as(key: str) -> str:
    """Name the attribute or block that stands for a key which kplan writes itself; "" for any other."""
    return "transform" if key.startswith(_PREFIX) else _WRITTEN_AS.get(key, "")


def flat_of(name: str, desired: Values) -> dict[str, str]:
    """Write a declared connector, in which everything is known, as Connect has it. What is sensitive is in the open."""
    bare = reveal(make_map({part: desired.get(part) for part in (*PARTS, "sensitive_config")}))
    flat = {**(bare["config"] or {}), **(bare["sensitive_config"] or {})}
    flat = {key: str(value) for key, value in flat.items() if value is not None}
    flat |= {NAME: name, CLASS: bare["class"]}
    if bare["tasks_max"] is not None:
        flat[TASKS_MAX] = number_text(bare["tasks_max"])
    if bare["transform"]:
        flat[TRANSFORMS] = ",".join(one["label"] for one in bare["transform"])
    for one in bare["transform"] or ():
        flat[transform_key(one["label"], _TYPE)] = one["type"]
        flat |= {transform_key(one["label"], key): value for key, value in (one.get("config") or {}).items()}
    return flat


def transform_key(label: str, key: str) -> str:
    """Name a key of a transformation as Connect does."""
    return f"{_PREFIX}{label}.{key}"


def parts_of(flat: Mapping[str, str]) -> Values:
    """Read a connector's attributes out of what Connect has; what belongs to no attribute stays in config."""
    rest = dict(flat)
    name, class_ = rest.pop(NAME, ""), rest.pop(CLASS, "")
    tasks_max = rest.pop(TASKS_MAX, None)
    labels = [label for one in rest.get(TRANSFORMS, "").split(",") if (label := one.strip())]
    transforms = _transforms(labels, rest)
    if all(one[_TYPE] for one in transforms):
        rest.pop(TRANSFORMS, None)
    found: Values = {"name": name, "class": class_, "config": rest, "transform": tuple(transforms)}
    if tasks_max is not None:
        found["tasks_max"] = int(tasks_max) if tasks_max.isdecimal() else tasks_max
    return found


def _transforms(labels: Iterable[str], rest: dict[str, str]) -> list[Values]:
    """Take transformations, in order, out of a flat map; a key belongs to the longest label that fits."""
    configs: dict[str, dict[str, str]] = {label: {} for label in labels}
    for key in [one for one in rest if one.startswith(_PREFIX)]:
        inner = key.removeprefix(_PREFIX)
        fitting = [label for label in configs if inner.startswith(f"{label}.")]
        if fitting:
            label = max(fitting, key=len)
            configs[label][inner.removeprefix(f"{label}.")] = rest.pop(key)
    return [
        {"label": label, _TYPE: config.pop(_TYPE, ""), "config": config} for label, config in configs.items()
    ]


def path_of(key: str, desired: Values) -> Path:
    """Find where in a block a key of the flat map is declared; () if nowhere."""
    sensitive, config = reveal(desired.get("sensitive_config")), reveal(desired.get("config"))
    if isinstance(sensitive, dict) and key in sensitive:
        return ("sensitive_config", key)
    if isinstance(config, dict) and key in config:
        return ("config", key)
    for number, one in enumerate(reveal(desired.get("transform")) or ()):
        inner = key.removeprefix(_PREFIX)
        if key.startswith(_PREFIX) and inner.startswith(f"{one['label']}."):
            step = inner.removeprefix(f"{one['label']}.")
            return ("transform", number, _TYPE) if step == _TYPE else ("transform", number, "config", step)
    return (_WRITTEN_AS[key],) if key in _WRITTEN_AS else ()


def entries(desired: Values) -> dict[Path, tuple[str, Any]]:
    """Give every key and value that is written out in config or in a transformation's, by its place in the block."""
    found: dict[Path, tuple[str, Any]] = {}
    config = desired.get("config")
    if isinstance(config, dict):
        found |= {("config", key): (key, value) for key, value in config.items()}
    for number, one in enumerate(desired.get("transform") or ()):
        inner = one.get("config") if isinstance(one, dict) else None
        if isinstance(inner, dict):
            found |= {
                ("transform", number, "config", key): (transform_key(one["label"], key), value)
                for key, value in inner.items()
            }
    return found
