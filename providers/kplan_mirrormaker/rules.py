"""The rules of links, which only expand, and of dedicated MirrorMakers' files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan_mirrormaker import file_plan, link_expand, link_flows, link_watch
from kplan_mirrormaker.file_types import FILE
from kplan_mirrormaker.types import LINK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kplan.sdk.composites import Child, Question
    from kplan.sdk.flows import Flow
    from kplan.sdk.planned import Planned
    from kplan.sdk.session import (
        Absent,
        Case,
        Facts,
        Fault,
        Found,
        Identity,
        Opened,
        Outcome,
        Settlement,
        Values,
        Verdict,
    )
    from kplan.sdk.watching import Watched


class MirrorMakerRules:
    """What kplan asks about links and files."""

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
        planned: Planned,
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

    def watches(self, composite: str, desired: Values, endpoints: Mapping[str, Values]) -> Sequence[Question]:
        """Say what must be asked to know how far a link is."""
        _known(composite)
        return link_watch.watches(desired, endpoints)

    def watched(
        self,
        composite: str,
        desired: Values,
        endpoints: Mapping[str, Values],
        answers: Sequence[Values | Fault],
    ) -> Watched:
        """Say how far a link is."""
        _known(composite)
        return link_watch.watched(desired, endpoints, answers)

    def complete(self, leaf: str, desired: Values, endpoint: Values) -> Values:  # noqa: ARG002
        """Leave a file as it is declared."""
        _known(leaf, FILE)
        return desired

    def check(self, leaf: str, desired: Values) -> Sequence[Fault]:
        """Find what is wrong with a declared file."""
        _known(leaf, FILE)
        return [*file_plan.check(desired)]

    def check_query(self, source: str, args: Values) -> Sequence[Fault]:
        """Have no source."""
        raise ValueError(f"there is no data {source} in this provider: {sorted(args)}")

    def fenced_out(self, leaf: str, identity: Identity, endpoint: Values) -> str:  # noqa: ARG002
        """Fence nothing out: what a cluster's block says of fences is about what is on the cluster."""
        _known(leaf, FILE)
        return ""

    def plan(self, leaf: str, facts: Facts, cases: Sequence[Case]) -> Sequence[Verdict]:  # noqa: ARG002
        """Decide each file."""
        _known(leaf, FILE)
        return file_plan.plan(cases)

    def settle(self, leaf: str, opened: Opened, seen: Found | Absent) -> Settlement:
        """Decide what an intent came to."""
        _known(leaf, FILE)
        return file_plan.settle(opened, seen)

    def review(self, outcomes: Sequence[Outcome]) -> Mapping[int, Fault]:
        """Find files that are two MirrorMakers'."""
        return file_plan.review(outcomes)


def _known(name: str, wanted: str = LINK) -> None:
    if name != wanted:
        raise ValueError(f"there is no type {name} in this provider")
