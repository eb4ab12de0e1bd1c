"""A provider without a server: its live system is a world held in the process or in a file.

It is for tests, benchmarks and as the example of how a provider is laid out. Owns the memory_* types, their
rules and the worlds; must not know kplan beyond `kplan.sdk`, and imports no client library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kplan.sdk.session import Fault, Rules, Session
    from kplan.sdk.types import BlockType
    from kplan.sdk.values import Value


class MemoryProvider:
    """What the entry points name. `appears_within`: seconds, as `Leaf.appears_within` has it."""

    def __init__(self, appears_within: float = 1.0) -> None:
        """Make a provider; nothing is opened or imported."""
        self.appears_within = appears_within

    @property
    def types(self) -> Sequence[BlockType]:
        """Declare every block type of this provider."""
        from kplan_memory.types import block_types

        return block_types(self.appears_within)

    def rules(self) -> Rules:
        """Give the pure rules."""
        from kplan_memory.rules import MemoryRules

        return MemoryRules()

    def check_endpoint(self, kind: str, settings: Mapping[str, Value]) -> Sequence[Fault]:  # noqa: ARG002 - one kind
        """Find what is wrong with a memory_cluster block."""
        from kplan_memory.rules import check_cluster

        return check_cluster(settings)

    def connect(self, kind: str, settings: Mapping[str, Value]) -> Session:  # noqa: ARG002 - one kind
        """Open the world that the block names: the file `world`, else the process's own under `name`."""
        from kplan_memory.session import MemorySession
        from kplan_memory.world import file_world, world

        path = settings.get("world")
        return MemorySession(file_world(path) if path else world(settings.get("name") or "default"))


PROVIDER = MemoryProvider()
