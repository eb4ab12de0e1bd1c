"""Kafka Connect: clusters of workers, and the connectors that run on them.

Owns the block types `connect_cluster` and `connector`, their rules, and the sessions that speak to workers. Must not know
kplan beyond `kplan.sdk`. Neither this module nor the rules import a client library: only a session does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kplan.sdk.session import Fault, Rules, Session
    from kplan.sdk.types import BlockType
    from kplan.sdk.values import Value


class ConnectProvider:
    """What the entry points name."""

    @property
    def types(self) -> Sequence[BlockType]:
        """Declare every block type of this provider."""
        from kplan_connect.types import BLOCK_TYPES

        return BLOCK_TYPES

    def rules(self) -> Rules:
        """Give the pure rules."""
        from kplan_connect.rules import ConnectRules

        return ConnectRules()

    def check_endpoint(self, kind: str, settings: Mapping[str, Value]) -> Sequence[Fault]:  # noqa: ARG002 - one kind
        """Find what is wrong with a connect_cluster block before it is contacted."""
        from kplan_connect.endpoint import check_connect_cluster

        return check_connect_cluster(settings)

    def connect(self, kind: str, settings: Mapping[str, Value]) -> Session:  # noqa: ARG002 - one kind
        """Make a session; its first call contacts a worker."""
        from kplan_connect.session import ConnectSession

        return ConnectSession(settings)


PROVIDER = ConnectProvider()
