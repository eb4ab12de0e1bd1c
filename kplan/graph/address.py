"""Addresses as text: `topic.orders`, `topic.orders["eu"]`, `module.eu["x"].topic.orders[0]`, `data.topics.all`.

A block's address has no keys, whatever module it is in: `module.eu.topic.orders`. What a composite yields goes by the
composite's address and, after a slash, the rest of its own: `grant.billing/primary/User:billing:READ:topic:orders`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

Key = str | int | None

_NAME = r'[^.\[\]"\s/]+'
_KEY = r'\[(?:"((?:[^"\\]|\\.)*)"|(\d+)|([^\[\]"]+))\]'  # a bare word: a shell ate the quotes
_STEP = re.compile(
    rf"(module\.{_NAME}|data\.{_NAME}\.{_NAME}|{_NAME}\.{_NAME})(?:{_KEY})?(\.|/|\Z)", re.DOTALL
)
_KEYS = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]', re.DOTALL)
_WHOLE = re.compile(
    r'(?:[^\["/]|\[(?:"(?:[^"\\]|\\.)*"|[^\["\]]*)\])*', re.DOTALL
)  # up to a slash outside of keys
_MODULE = "module."


class Step(NamedTuple):
    """One part of an address: a module call or, last, a block; with the key of its instance.

    `child`: which of the things that a composite yields; "" for the block itself.
    """

    name: str
    key: Key
    child: str = ""


def instance_address(block: str, key: Key, child: str = "") -> str:
    """Name one instance of a block or of a module call, or something that a composite yields."""
    whole = block if key is None else f"{block}[{json.dumps(key, ensure_ascii=False)}]"
    return f"{whole}/{child}" if child else whole


def block_address(address: str) -> str:
    """Give the block that an instance belongs to: the address without its keys and without what it yields."""
    if address.startswith(_MODULE):
        whole = parent_address(address) if "/" in address else address
        return _KEYS.sub("", whole) if "[" in whole else whole
    return address.partition("[")[0].partition("/")[0]


def parent_address(address: str) -> str:
    """Give the instance of a composite that yields what an address names; any other address as it is."""
    found = _WHOLE.match(address)
    return found[0] if found else address


def is_child(address: str) -> bool:
    """Tell whether an address names something that a composite yields."""
    return "/" in address and parent_address(address) != address


def within(module: str, local: str) -> str:
    """Name something of a module by its address in there; "" is the root module."""
    return f"{module}.{local}" if module else local


def module_of(address: str) -> str:
    """Give the address of the module instance that an instance is in; "" for the root module."""
    if not address.startswith(_MODULE):
        return ""
    return ".".join(instance_address(*step) for step in (split(address) or ())[:-1])


def split(text: str) -> tuple[Step, ...] | None:
    """Take an address as a user types it apart; None if it is none. `x[k]` counts as `x["k"]`."""
    found = tuple(_steps(text.strip()))
    if not found or None in found:
        return None
    steps = tuple(one for one in found if one is not None)
    if any(not one.name.startswith(_MODULE) for one in steps[:-1]):
        return None
    return steps


def _steps(text: str) -> Iterator[Step | None]:
    at, more = 0, "."
    while more == ".":
        found = _STEP.match(text, at)
        if found is None:
            yield None
            return
        name, quoted, index, bare, more = found.groups()
        try:
            key: Key = json.loads(f'"{quoted}"', strict=False) if quoted is not None else bare
        except ValueError:  # an escape that is none
            yield None
            return
        at = found.end()
        yield Step(name, int(index) if index is not None else key, text[at:] if more == "/" else "")


def parse(text: str) -> Step | None:
    """Split an address as a user types it into what it is of, the last key and the child; None if it is none."""
    steps = split(text)
    if steps is None:
        return None
    *outer, last = steps
    return last._replace(name=within(".".join(instance_address(*step) for step in outer), last.name))


def matches(address: str, wanted: str) -> bool:
    """Tell whether an instance is meant by a target: itself, an instance of a block, what one yields, or in a module."""
    if address == wanted:
        return True
    if not wanted.startswith(_MODULE):
        if address.startswith(_MODULE):
            return False
        return block_address(address) == wanted or ("/" in address and parent_address(address) == wanted)
    mine, theirs = split(address), split(wanted)
    if mine is None or theirs is None or len(mine) < len(theirs) or theirs[-1].child:
        return False
    pairs = zip(mine, theirs, strict=False)
    return all(one.name == other.name and other.key in {None, one.key} for one, other in pairs)
