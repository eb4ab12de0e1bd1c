"""`ignore_changes`: what of an existing object is left as it is, whatever its block says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kplan.sdk.types import Is
from kplan.sdk.values import UNKNOWN, make_map, marks_in

if TYPE_CHECKING:
    from kplan.config.model import Declared, Instance

Values = dict[str, Any]


class Kept(NamedTuple):
    """An instance and what state remembers of it, both without what is ignored."""

    instance: Instance
    prior: Values | None


def ignoring(instance: Instance, declared: Declared, live: Values, prior: Values | None) -> Kept:
    """Take what is ignored out of an object that exists: it counts as not declared, and as never set by us.

    What must be declared is as it is live instead.
    """
    desired, remembered = dict(instance.desired), None if prior is None else dict(prior)
    for path in _paths(instance, declared):
        name = path[0]
        attribute = declared.schema.declared.get(name)
        if attribute is not None and Is.REQUIRED in attribute.flags and len(path) == 1:
            desired[name] = live.get(name, desired.get(name))
            continue
        _drop(desired, path)
        if remembered is not None and not (attribute is not None and Is.COMPUTED in attribute.flags):
            _drop(remembered, path)
    unresolved = bool(marks_in(desired.values()) & UNKNOWN)
    return Kept(instance._replace(desired=desired, unresolved=unresolved), remembered)


def _paths(instance: Instance, declared: Declared) -> list[tuple[str, ...]]:
    if not declared.ignores_all:
        return [one.path for one in declared.ignored if one.path[0] not in instance.leaf.identity]
    return [(name,) for name in instance.desired if name not in instance.leaf.identity]


def _drop(values: Values, path: tuple[str, ...]) -> None:
    name, *rest = path
    if not rest:
        values.pop(name, None)
        return
    inner = values.get(name)
    if isinstance(inner, dict):
        copied = dict(inner)
        _drop(copied, tuple(rest))
        values[name] = make_map(copied)
