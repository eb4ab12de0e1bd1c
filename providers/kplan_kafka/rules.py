"""The pure half of the provider: each leaf type's rules, found by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan_kafka import topic_plan, topic_rules, topic_settle
from kplan_kafka.filters import check_filter
from kplan_kafka.types import TOPIC, TOPICS

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


class KafkaRules:
    """What kplan asks about Kafka's types without contacting anything."""

    def complete(self, leaf: str, desired: Values, endpoint: Values) -> Values:
        """Fill in the cluster's defaults and write values canonically."""
        _known(leaf)
        return topic_rules.complete(desired, endpoint)

    def check(self, leaf: str, desired: Values) -> Sequence[Fault]:
        """Find what is wrong with a declared object before anything is contacted."""
        _known(leaf)
        return topic_rules.check(desired)

    def check_query(self, source: str, args: Values) -> Sequence[Fault]:
        """Find what is wrong with a data block's arguments."""
        return check_filter(args) if source == TOPICS else ()

    def fenced_out(self, leaf: str, identity: Identity, endpoint: Values) -> str:
        """Say why an object lies outside the cluster's `manages`, or ""."""
        _known(leaf)
        return topic_rules.fenced_out(identity[0], endpoint)

    def plan(self, leaf: str, facts: Facts, cases: Sequence[Case]) -> Sequence[Verdict]:
        """Decide each case."""
        _known(leaf)
        return topic_plan.plan(facts, cases)

    def settle(self, leaf: str, opened: Opened, seen: Found | Absent) -> Settlement:
        """Decide what an intent of unknown outcome came to."""
        _known(leaf)
        return topic_settle.settle(opened, seen)


def _known(leaf: str) -> None:
    if leaf != TOPIC:
        raise ValueError(f"there is no type {leaf} in this provider")
