"""A whole plan of a cluster: nobody is deleted whose access stays behind. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kplan.sdk.session import Fault
from kplan_kafka.access_types import BINDING
from kplan_kafka.user_types import USER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kplan.sdk.session import Identity, Outcome

_SHOWN: Final = 5


def orphaned_access(outcomes: Sequence[Outcome]) -> Mapping[int, Fault]:
    """Find users that go, by both mechanisms, while bindings for them stay."""
    going = {
        at: (one.endpoint, f"User:{one.identity[0]}")
        for at, one in enumerate(outcomes)
        if one.leaf == USER and one.goes
    }
    if not going:
        return {}
    staying = {
        (one.endpoint, f"User:{one.identity[0]}") for one in outcomes if one.leaf == USER and one.there
    }
    bindings: dict[tuple[str, str], list[Identity]] = {}
    for one in outcomes:
        if one.leaf == BINDING and one.there:
            bindings.setdefault((one.endpoint, one.identity[0]), []).append(one.identity)
    return {
        at: _left_behind(who[1], bindings[who])
        for at, who in going.items()
        if who in bindings and who not in staying
    }


def _left_behind(principal: str, bindings: Sequence[Identity]) -> Fault:
    shown = [f"{operation} on {kind} {name}" for _, operation, kind, name, *_ in sorted(bindings)[:_SHOWN]]
    more = f" and {len(bindings) - _SHOWN} more" if len(bindings) > _SHOWN else ""
    return Fault(
        "access_left_behind",
        f"access for {principal} would stay behind",
        f"The user goes, but not {', '.join(shown)}{more}: whoever is given that name later would have it.",
        "Take the principal out of its acl and grant blocks in the same plan.",
    )
