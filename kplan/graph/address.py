"""Addresses as text: `topic.orders`, `topic.orders["eu"]`, `data.topics.all`. A block's address has no key."""

from __future__ import annotations

import json
import re

_INSTANCE = re.compile(r'((?:data\.)?[^.\[\]"\s]+\.[^.\[\]"\s]+)(?:\[(?:"((?:[^"\\]|\\.)*)"|(\d+))\])?\Z')


def instance_address(block: str, key: str | int | None) -> str:
    """Name one instance of a block."""
    return block if key is None else f"{block}[{json.dumps(key, ensure_ascii=False)}]"


def block_address(address: str) -> str:
    """Give the block that an instance belongs to."""
    return address.partition("[")[0]


def parse(text: str) -> tuple[str, str | int | None] | None:
    """Split an address as a user types it into block and key; None if it is none. `x[k]` counts as `x["k"]`."""
    text = text.strip()
    found = _INSTANCE.match(text)
    if found is None:
        bare = re.fullmatch(r'([^\[]+)\[([^"\]]+)\]', text)  # a shell ate the quotes
        return parse(f"{bare[1]}[{json.dumps(bare[2])}]") if bare else None
    block, key, index = found.groups()
    if index is not None:
        return block, int(index)
    try:
        return block, None if key is None else json.loads(f'"{key}"', strict=False)
    except ValueError:  # an escape that is none
        return None


def matches(address: str, wanted: str) -> bool:
    """Tell whether an instance is meant by a target: itself, or any instance of the block."""
    return address == wanted or address.partition("[")[0] == wanted
