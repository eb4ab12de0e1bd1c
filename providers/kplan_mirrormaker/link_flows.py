"""A link as a flow, for what is judged over all links. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kplan.sdk.session import Filter, Flow
from kplan.sdk.values import UNKNOWN, Endpoint, marks
from kplan_mirrormaker.types import UNCHANGED

if TYPE_CHECKING:
    from kplan.sdk.session import Values


def flows(desired: Values) -> list[Flow]:
    """Give the one flow of a link, if its ends are known."""
    source, target = desired.get("source"), desired.get("target")
    if not isinstance(source, Endpoint) or not isinstance(target, Endpoint):
        return []
    topics, groups = (_filter(desired.get(name)) for name in ("topics", "groups"))
    return [Flow(source.address, target.address, topics, groups, desired.get("naming") == UNCHANGED)]


def _filter(block: Any) -> Filter:
    if not isinstance(block, dict):
        return Filter()
    known = {name: value for name, value in block.items() if not marks(value) & UNKNOWN}
    return Filter(
        known.get("names", ()),
        known.get("prefixes", ()),
        known.get("patterns", ()),
        known.get("exclude_names", ()),
        known.get("exclude_prefixes", ()),
        known.get("exclude_patterns", ()),
    )
