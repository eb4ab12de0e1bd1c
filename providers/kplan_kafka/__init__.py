"""Apache Kafka's own objects on a cluster: its topics, users and who may do what; later quotas.

Owns the block types `cluster`, `topic`, `scram_user`, `acl` and `grant`, their rules, and the sessions that speak to brokers. Must not know
kplan beyond `kplan.sdk`. Neither this module nor the rules import a client library: only a session does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kplan.sdk.session import Fault, Rules, Session
    from kplan.sdk.types import BlockType
    from kplan.sdk.values import Value


class KafkaProvider:
    """What the entry points name."""

    @property
    def types(self) -> Sequence[BlockType]:
        """Declare every block type of this provider."""
        from kplan_kafka.access_types import ACCESS_TYPES
        from kplan_kafka.types import BLOCK_TYPES
        from kplan_kafka.user_types import USER_TYPES

        return (*BLOCK_TYPES, *USER_TYPES, *ACCESS_TYPES)

    def rules(self) -> Rules:
        """Give the pure rules."""
        from kplan_kafka.rules import KafkaRules

        return KafkaRules()

    def check_endpoint(self, kind: str, settings: Mapping[str, Value]) -> Sequence[Fault]:  # noqa: ARG002 - one kind
        """Find what is wrong with a cluster block before it is contacted."""
        from kplan_kafka.endpoint import check_cluster

        return check_cluster(settings)

    def connect(self, kind: str, settings: Mapping[str, Value]) -> Session:  # noqa: ARG002 - one kind
        """Make a session; its first call contacts the cluster."""
        from kplan_kafka.session import KafkaSession

        return KafkaSession(settings)


PROVIDER = KafkaProvider()
