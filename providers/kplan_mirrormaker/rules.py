"""The rules of links: they only expand."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from kplan_mirrormaker import link_expand, link_flows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kplan.sdk.session import (
        Absent,
        Case,
        Child,
        Facts,
        Fault,
        Flow,
        Found,
        Identity,
        Opened,
        Outcome,
        Question,
        Settlement,
        Values,
        Verdict,
    )


class MirrorMakerRules:
    """What kplan asks about links; of leaves there are none."""

    def asks(
        self, composite: str, desired: Values, endpoints: Mapping[str, Values]
    ) -> Sequence[Question] | Sequence[Fault]:
        """Say what must be known of both clusters."""
        _known(composite)
        return link_expand.asks(desired, endpoints)

    def expand_answered(
        self,
        composite: str,
        desired: Values,
        endpoints: Mapping[str, Values],
        answers: Sequence[Values] | None,
        planned: Sequence[Outcome],
    ) -> Sequence[Child] | Sequence[Fault]:
        """Give what a link comes to."""
        _known(composite)
        return link_expand.expand(desired, endpoints, answers, planned)

    def flows(
        self,
        composite: str,
        desired: Values,
        endpoints: Mapping[str, Values],
        answers: Sequence[Values] | None,
    ) -> Sequence[Flow]:
        """Say what a link copies from where to where."""
        _known(composite)
        return link_flows.flows(desired, endpoints, answers)

    def complete(self, leaf: str, desired: Values, endpoint: Values) -> Values:  # noqa: ARG002
        """Have no leaf."""
        _no_leaf(leaf)

    def check(self, leaf: str, desired: Values) -> Sequence[Fault]:  # noqa: ARG002
        """Have no leaf."""
        _no_leaf(leaf)

    def check_query(self, source: str, args: Values) -> Sequence[Fault]:  # noqa: ARG002
        """Have no source."""
        _no_leaf(source)

    def fenced_out(self, leaf: str, identity: Identity, endpoint: Values) -> str:  # noqa: ARG002
        """Have no leaf."""
        _no_leaf(leaf)

    def plan(self, leaf: str, facts: Facts, cases: Sequence[Case]) -> Sequence[Verdict]:  # noqa: ARG002
        """Have no leaf."""
        _no_leaf(leaf)

    def settle(self, leaf: str, opened: Opened, seen: Found | Absent) -> Settlement:  # noqa: ARG002
        """Have no leaf."""
        _no_leaf(leaf)


def _known(composite: str) -> None:
    if composite != "replication_link":
        raise ValueError(f"there is no type {composite} in this provider")


def _no_leaf(name: str) -> NoReturn:
    raise ValueError(f"there is no type {name} in this provider")
