"""The pure half of the provider: each leaf type's rules, found by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.sdk.filters import check_filter
from kplan_kafka import (
    access_expand,
    access_types,
    binding_rules,
    topic_plan,
    topic_rules,
    topic_settle,
    types,
    user_rules,
    user_types,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kplan.sdk.composites import Child
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


class KafkaRules:
    """What kplan asks about Kafka's types without contacting anything."""

    def complete(self, leaf: str, desired: Values, endpoint: Values) -> Values:
        """Fill in the cluster's defaults and write values canonically."""
        match leaf:
            case types.TOPIC:
                return topic_rules.complete(desired, endpoint)
            case access_types.BINDING:
                return desired
            case user_types.USER:
                return user_rules.complete(desired)
        raise _unknown(leaf)

    def check(self, leaf: str, desired: Values) -> Sequence[Fault]:
        """Find what is wrong with a declared object before anything is contacted."""
        match leaf:
            case types.TOPIC:
                return topic_rules.check(desired)
            case access_types.BINDING:
                return ()
            case user_types.USER:
                return list(user_rules.check(desired))
        raise _unknown(leaf)

    def check_query(self, source: str, args: Values) -> Sequence[Fault]:
        """Find what is wrong with a data block's arguments."""
        return check_filter(args) if source == types.TOPICS else ()

    def fenced_out(self, leaf: str, identity: Identity, endpoint: Values) -> str:
        """Say why an object lies outside the cluster's `manages`, or ""."""
        match leaf:
            case types.TOPIC:
                return topic_rules.fenced_out(identity[0], endpoint)
            case access_types.BINDING:
                return access_expand.fenced_out(identity[0], endpoint)
            case user_types.USER:
                return access_expand.fenced_out(f"User:{identity[0]}", endpoint)
        raise _unknown(leaf)

    def expand(
        self, composite: str, desired: Values, endpoints: Mapping[str, Values]
    ) -> Sequence[Child] | Sequence[Fault]:
        """Give the bindings that an acl or a grant comes to."""
        return access_expand.expand(composite, desired, endpoints)

    def plan(self, leaf: str, facts: Facts, cases: Sequence[Case]) -> Sequence[Verdict]:
        """Decide each case."""
        match leaf:
            case types.TOPIC:
                return topic_plan.plan(facts, cases)
            case access_types.BINDING:
                return binding_rules.plan(cases)
            case user_types.USER:
                return user_rules.plan(facts, cases)
        raise _unknown(leaf)

    def review(self, outcomes: Sequence[Outcome]) -> Mapping[int, Fault]:
        """Find users that would go while access for them stays."""
        from kplan_kafka.access_review import orphaned_access

        return orphaned_access(outcomes)

    def settle(self, leaf: str, opened: Opened, seen: Found | Absent) -> Settlement:
        """Decide what an intent of unknown outcome came to."""
        match leaf:
            case types.TOPIC:
                return topic_settle.settle(opened, seen)
            case access_types.BINDING:
                return binding_rules.settle(opened, seen)
            case user_types.USER:
                return user_rules.settle(opened, seen)
        raise _unknown(leaf)


def _unknown(leaf: str) -> ValueError:
    return ValueError(f"there is no type {leaf} in this provider")
