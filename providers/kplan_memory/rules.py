"""The pure rules of the memory types: defaults, checks, plans and settlements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kplan.sdk.session import Fault
from kplan.sdk.values import make_map
from kplan_memory import jobs, members, relays, topics, types

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kplan.sdk.composites import Child, Question
    from kplan.sdk.planned import Planned
    from kplan.sdk.session import Absent, Case, Facts, Found, Identity, Opened, Settlement, Values, Verdict
    from kplan.sdk.values import Value


class MemoryRules:
    """What the engine asks without a session."""

    def complete(self, leaf: str, desired: Values, endpoint: Values) -> Values:
        """Fill in `topic_defaults`, and one partition where nobody says more."""
        return topics.complete(desired, endpoint) if leaf == types.TOPIC else desired

    def check(self, leaf: str, desired: Values) -> Sequence[Fault]:
        """Find values that no world takes."""
        match leaf:
            case types.JOB:
                return jobs.check(desired)
            case types.MEMBER:
                return ()
        return topics.check(desired)

    def check_query(self, source: str, args: Values) -> Sequence[Fault]:  # noqa: ARG002 - any prefix will do
        """Find nothing wrong: every question can be asked."""
        return ()

    def fenced_out(self, leaf: str, identity: Identity, endpoint: Values) -> str:
        """Say why a topic lies outside `manages.topic_prefixes`; nothing else has a fence."""
        fence = endpoint.get("manages") or {}
        prefixes = fence.get("topic_prefixes")
        if leaf != types.TOPIC or prefixes is None or identity[0].startswith(tuple(prefixes)):
            return ""
        return f"its name starts with none of {', '.join(prefixes) or 'the prefixes (there are none)'}"

    def expand(
        self,
        composite: str,  # noqa: ARG002 - both are alike
        desired: Values,
        endpoints: Mapping[str, Values],
    ) -> Sequence[Child] | Sequence[Fault]:
        """Give the members that a team or a seat comes to."""
        return members.expand(desired, endpoints)

    def asks(
        self,
        composite: str,  # noqa: ARG002 - there is one that asks
        desired: Values,
        endpoints: Mapping[str, Values],  # noqa: ARG002
    ) -> Sequence[Question] | Sequence[Fault]:
        """Ask what a relay must know."""
        return relays.asks(desired)

    def expand_answered(
        self,
        composite: str,  # noqa: ARG002 - there is one that asks
        desired: Values,
        endpoints: Mapping[str, Values],
        answers: Sequence[Values] | None,
        planned: Planned,
    ) -> Sequence[Child] | Sequence[Fault]:
        """Give what a relay comes to."""
        return relays.expand(desired, endpoints, answers, planned)

    def plan(self, leaf: str, facts: Facts, cases: Sequence[Case]) -> Sequence[Verdict]:  # noqa: ARG002 - facts decide nothing
        """Decide each case by itself."""
        match leaf:
            case types.JOB:
                return [jobs.plan(case) for case in cases]
            case types.MEMBER:
                return members.plan(cases)
        return topics.plan(cases)

    def settle(self, leaf: str, opened: Opened, seen: Found | Absent) -> Settlement:
        """Decide what an intent of unknown outcome came to."""
        match leaf:
            case types.JOB:
                return jobs.settle(opened, seen)
            case types.MEMBER:
                return members.settle(opened, seen)
        return topics.settle(opened, seen)


def check_cluster(settings: Mapping[str, Value]) -> Sequence[Fault]:
    """Find what is wrong with a memory_cluster block."""
    faults = []
    if settings.get("world") == "":
        remedy = "Give the path of a file, or leave `world` out to hold the cluster in this process."
        faults.append(Fault("empty_world", "The world has no file name.", "", remedy, ("world",)))
    defaults: Any = settings.get("topic_defaults")
    if isinstance(defaults, dict):
        known = make_map({key: value for key, value in defaults.items() if value is not None})
        faults += [fault._replace(path=("topic_defaults", *fault.path)) for fault in topics.check(known)]
    return faults
