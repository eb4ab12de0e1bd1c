"""MirrorMaker 2: replication links between Kafka clusters, as connectors, access and topics.

Owns the block type `replication_link` and its rules. It has no session and no client: what a link comes to belongs to the
providers of those types. Must not know kplan beyond `kplan.sdk`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kplan.sdk.session import Fault, Rules, Session
    from kplan.sdk.types import BlockType
    from kplan.sdk.values import Value


class MirrorMakerProvider:
    """What the entry point names."""

    @property
    def types(self) -> Sequence[BlockType]:
        """Declare every block type of this provider."""
        from kplan_mirrormaker.types import BLOCK_TYPES

        return BLOCK_TYPES

    def rules(self) -> Rules:
        """Give the pure rules."""
        from kplan_mirrormaker.rules import MirrorMakerRules

        return MirrorMakerRules()

    def check_endpoint(self, kind: str, settings: Mapping[str, Value]) -> Sequence[Fault]:
        """Have no kind of endpoint."""
        raise ValueError(f"there is no endpoint {kind} in this provider: {sorted(settings)}")

    def connect(self, kind: str, settings: Mapping[str, Value]) -> Session:
        """Have no session."""
        raise ValueError(f"there is no endpoint {kind} in this provider: {sorted(settings)}")


PROVIDER = MirrorMakerProvider()
