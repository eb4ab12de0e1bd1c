"""A link as a flow, for what is judged over all links. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.filters import EXCLUDE, PARTS
from kplan.sdk.flows import Filter, Flow, Unmet
from kplan.sdk.values import UNKNOWN, Endpoint, marks
from kplan_mirrormaker.link_intervals import remarks
from kplan_mirrormaker.types import UNCHANGED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.sdk.session import Values

_ANY: Final = "(?s:.*)"  # an exclusion that isn't known may leave out whatever it is


def flows(desired: Values, endpoints: Mapping[str, Values], answers: Sequence[Values] | None) -> list[Flow]:
    """Give the one flow of a link, if its ends are known."""
    source, target = desired.get("source"), desired.get("target")
    if not isinstance(source, Endpoint) or not isinstance(target, Endpoint):
        return []
    topics, groups = (_filter(desired.get(name)) for name in ("topics", "groups"))
    unchanged = desired.get("naming") == UNCHANGED
    return [
        Flow(
            source.address,
            target.address,
            topics,
            groups,
            unchanged,
            "" if unchanged else f"{endpoints[source.address]['name']}.",
            frozenset(answers[0]["topics"]) if answers is not None else None,
            tuple(_unmet(answers[0])) if answers is not None else (),
            tuple(remarks(desired)),
        )
    ]


def _unmet(answer: Values) -> Iterator[Unmet]:
    for one in answer["unmet"]:
        path = ("topics", one["argument"], one["number"])
        yield Unmet(path, one["entry"], one["nearest"] or "")


def _filter(block: Any) -> Filter:
    if not isinstance(block, dict):
        return Filter()
    names, prefixes, patterns = (_known(block, part) for part in PARTS)
    left_out = [_known(block, EXCLUDE + part) for part in PARTS]
    if any(marks(block.get(EXCLUDE + part)) & UNKNOWN for part in PARTS):
        left_out[2] = (*left_out[2], _ANY)
    return Filter(names, prefixes, patterns, *left_out)


def _known(block: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Give the entries that are known."""
    listed = block.get(name)
    return tuple(one for one in listed if isinstance(one, str)) if isinstance(listed, tuple) else ()
