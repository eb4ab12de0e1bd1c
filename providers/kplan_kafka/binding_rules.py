"""Bindings decided: each is there or not, and has nothing else that could differ. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.sdk.session import Absent, Do, Found, Keep, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kplan.sdk.session import Case, Opened, Settlement, Values, Verdict


def plan(cases: Sequence[Case]) -> list[Verdict]:
    """Decide each case."""
    return [_decide(case.desired, case.seen) for case in cases]


def _decide(desired: Values | None, seen: Found | Absent) -> Verdict:
    if desired is None:
        assert isinstance(seen, Found)  # noqa: S101 - what is not there needs no delete
        return Do({}, (Step("delete", seen.values),))
    if isinstance(seen, Found):
        return Keep(desired)
    return Do(desired, (Step("create", desired),))


def settle(opened: Opened, seen: Found | Absent) -> Settlement:
    """Decide what an intent came to: what was to be there is, or what was to go is gone."""
    there = isinstance(seen, Found)
    return "done" if there is (opened.steps[0].verb == "create") else "not_done"
