"""The pure half of the provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan_connect import checking, planning, settling
from kplan_connect.types import CONNECTOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kplan.sdk.session import (
        Absent,
        Case,
        Facts,
        Fault,
        Found,
        Identity,
        Opened,
        Settlement,
        Values,
        Verdict,
    )


class ConnectRules:
    """What kplan asks about connectors without contacting anything."""

    def complete(self, leaf: str, desired: Values, endpoint: Values) -> Values:  # noqa: ARG002 - no defaults there
        """Write a connector canonically."""
        _known(leaf)
        return checking.complete(desired)

    def check(self, leaf: str, desired: Values) -> Sequence[Fault]:
        """Find what is wrong with a declared connector before anything is contacted."""
        _known(leaf)
        return list(checking.check(desired))

    def check_query(self, source: str, args: Values) -> Sequence[Fault]:  # noqa: ARG002 - there are no sources
        """Find nothing: there are no data blocks."""
        return ()

    def fenced_out(self, leaf: str, identity: Identity, endpoint: Values) -> str:
        """Say why a connector lies outside what its Connect cluster's block `manages`, or ""."""
        _known(leaf)
        return checking.fenced_out(identity[0], endpoint)

    def plan(self, leaf: str, facts: Facts, cases: Sequence[Case]) -> Sequence[Verdict]:
        """Decide each case."""
        _known(leaf)
        return planning.plan(facts, cases)

    def settle(self, leaf: str, opened: Opened, seen: Found | Absent) -> Settlement:
        """Decide what an intent of unknown outcome came to."""
        _known(leaf)
        return settling.settle(opened, seen)


def _known(leaf: str) -> None:
    if leaf != CONNECTOR:
        raise ValueError(f"there is no type {leaf} in this provider")
