"""`ignore_changes`: what of an existing object is left as it is, whatever its block says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kplan.sdk.values import UNKNOWN, make_map, marks_in

if TYPE_CHECKING:
    from kplan.config.model import Declared, Instance

Values = dict[str, Any]
_MISSING = object()


class Kept(NamedTuple):
    """An instance and what state remembers of it, both with what is ignored as it is live."""

    instance: Instance
    prior: Values | None


def ignoring(instance: Instance, declared: Declared, live: Values, prior: Values | None) -> Kept:
    """Put what is live in the place of what is ignored, in what is declared and in what was remembered.

    So nothing has changed there. What isn't there live counts as not declared, and as never set by us.
    """
    desired = dict(instance.desired)
    remembered = None if prior is None else dict(prior)
    for path in _paths(instance, declared):
        value = _within(live, path)
        wanted = desired.get(path[0])
        if len(path) == 1 and isinstance(value, dict) and isinstance(wanted, dict):
            value = {key: value[key] for key in wanted if key in value}  # others' keys don't become ours
        for values in (desired, remembered):
            if values is not None:
                _put(values, path, value)
    unresolved = bool(marks_in(desired.values()) & UNKNOWN)
    return Kept(instance._replace(desired=desired, unresolved=unresolved), remembered)


def ignored_names(instance: Instance, declared: Declared) -> frozenset[str]:
    """Name the arguments of which something is ignored."""
    if instance.parent or not (declared.ignored or declared.ignores_all):
        return frozenset()
    return frozenset(path[0] for path in _paths(instance, declared))


def _paths(instance: Instance, declared: Declared) -> list[tuple[str, ...]]:
    if not declared.ignores_all:
        return [one.path for one in declared.ignored if one.path[0] not in instance.leaf.identity]
    return [(name,) for name in instance.desired if name not in instance.leaf.identity]


def _within(values: Values, path: tuple[str, ...]) -> Any:
    found: Any = values
    for name in path:
        found = found.get(name, _MISSING) if isinstance(found, dict) else _MISSING
    return _MISSING if found is None else found


def _put(values: Values, path: tuple[str, ...], value: Any) -> None:
    name, *rest = path
    if not rest:
        if value is _MISSING:
            values.pop(name, None)
        else:
            values[name] = value
        return
    inner = values.get(name)
    if isinstance(inner, dict):
        copied = dict(inner)
        _put(copied, tuple(rest), value)
        values[name] = make_map(copied)
