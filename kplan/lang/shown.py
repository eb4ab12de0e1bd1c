"""Values as one line of text for messages."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from kplan.sdk.values import Endpoint, Secret, SetValue, Unknown, number_text

if TYPE_CHECKING:
    from kplan.sdk.values import Value

_LONGEST_TEXT: Final = 80
_MOST_ITEMS: Final = 6
_DEEPEST: Final = 3


def shown(value: Value) -> str:
    """Write a value as the language would, on one line; long ones are cut, secrets and unknowns named as such."""
    return _shown(value, 0)


def _shown(value: Value, depth: int) -> str:
    if value is None:
        return "null"
    if isinstance(value, Secret):
        return "(sensitive value)"
    if isinstance(value, Unknown):
        return "(known after apply)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return number_text(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Endpoint):
        return value.address
    if depth == _DEEPEST:
        return "{…}" if isinstance(value, dict) else "[…]"
    if isinstance(value, dict):
        return _map(value, depth)
    items = ", ".join(_shown(item, depth + 1) for item in value[:_MOST_ITEMS])
    listed = f"[{items}{_more(len(value))}]"
    return f"toset({listed})" if isinstance(value, SetValue) else listed


def _map(value: dict[str, Value], depth: int) -> str:
    if not value:
        return "{}"
    first = list(value.items())[:_MOST_ITEMS]
    items = ", ".join(f"{_key(key)} = {_shown(item, depth + 1)}" for key, item in first)
    return f"{{ {items}{_more(len(value))} }}"


def _more(count: int) -> str:
    return f", … {count - _MOST_ITEMS} more" if count > _MOST_ITEMS else ""


def _key(key: str) -> str:
    return key if key.isidentifier() else _quoted(key)


def _quoted(text: str) -> str:
    cut = text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
    return json.dumps(cut, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
