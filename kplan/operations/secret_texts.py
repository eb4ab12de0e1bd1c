"""The secrets that a plan holds, as texts: what is saved is held against them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kplan.plan.secrets import write_only
from kplan.sdk.values import SECRET, Secret, marks, reveal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from kplan.config.evaluation import Evaluation

_SHORTEST = 4  # of a secret that is looked for inside of a text


def texts_sent(evaluation: Evaluation) -> set[str]:
    """Collect the secrets that go to clusters: with objects, and to log in."""
    settings = [one.settings for one in evaluation.shared.handles.values()]
    scopes = (scope for listed in evaluation.scopes.values() for scope in listed)
    objects = [one.desired for scope in scopes for one in scope.every_leaf()]
    return texts_in(value for one in (*settings, *objects) for value in one.values())


def texts_versioned(evaluation: Evaluation) -> set[str]:
    """Collect the secrets of objects that have a version beside them."""
    scopes = (scope for listed in evaluation.scopes.values() for scope in listed)
    return texts_in(
        one.desired.get(name)
        for scope in scopes
        for one in scope.every_leaf()
        for name in write_only(one.leaf)
        if one.desired.get(f"{name}_version") is not None
    )


def texts_in(values: Iterable[Any]) -> set[str]:
    """Collect the texts of secrets in values."""
    return {text for value in values for secret in _secrets(value) for text in _texts(reveal(secret)) if text}


def holds(value: Any, secrets: Collection[str]) -> bool:
    """Tell whether a value holds a secret as a plain text."""
    return any(
        text in secrets or any(len(one) >= _SHORTEST and one in text for one in secrets)
        for text in _texts(value)
    )


def _secrets(value: Any) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif marks(value) & SECRET:
        for item in value.values() if isinstance(value, dict) else value:
            yield from _secrets(item)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from _texts(item)
        case tuple():
            for item in value:
                yield from _texts(item)
