"""Rules of memory_team and memory_seat, and of the members that both come to: a member is there or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.sdk.composites import Child
from kplan.sdk.session import Absent, Do, Fault, Found, Keep, Step
from kplan.sdk.values import UNKNOWN, Endpoint, marks, unknown_by
from kplan_memory.types import MEMBER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kplan.sdk.session import Case, Opened, Settlement, Values, Verdict


def expand(desired: Values, endpoints: Mapping[str, Values]) -> Sequence[Child] | Sequence[Fault]:
    """Give a team's members, or the one of a seat."""
    members = desired.get("members") or (desired["member"],)
    if marks(members) & UNKNOWN:
        by = unknown_by(members)
        detail = f"Who is a member must be known while planning; {', '.join(by)} decides it later."
        return [Fault("unknown_member", "Invalid identity", detail, "", ("members",))] if by else []
    if "" in members:
        return [
            Fault("nobody", "A member has no name.", remedy="Give every member a name.", path=("members",))
        ]
    handle = desired["cluster"]
    assert isinstance(handle, Endpoint)  # noqa: S101 - the engine has seen to it
    name = endpoints[handle.address]["name"]
    return [
        Child(MEMBER, handle.address, f"{name}/{member}", {"name": member})
        for member in dict.fromkeys(members)
    ]


def plan(cases: Sequence[Case]) -> list[Verdict]:
    """Decide each case."""
    return [_decide(case) for case in cases]


def _decide(case: Case) -> Verdict:
    if case.desired is None:
        return Do({}, (Step("delete", {"name": case.identity[0]}),))
    if isinstance(case.seen, Found):
        return Keep(case.desired)
    return Do(case.desired, (Step("create", case.desired),))


def settle(opened: Opened, seen: Found | Absent) -> Settlement:
    """Decide what an intent came to: the member is there, or is not."""
    return "done" if isinstance(seen, Found) is (opened.steps[0].verb == "create") else "not_done"
