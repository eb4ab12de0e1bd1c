"""MirrorMaker 2: replication links between Kafka clusters, as connectors, access and topics, or a dedicated MirrorMaker's file.

Owns the block types `replication_link` and `mirrormaker_file` and their rules. It has no client of Kafka: what a link comes
to otherwise belongs to the providers of those types. Must not know kplan beyond `kplan.sdk`.
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

    def connect(self, kind: str, settings: Mapping[str, Value]) -> Session:  # noqa: ARG002
        """Open a session for the files of links to a cluster, which is not contacted."""
        from kplan_mirrormaker.file_session import FileSession

        return FileSession()


PROVIDER = MirrorMakerProvider()
