"""What a user declared, whole: modules that hold together, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from kplan.config.links import Edges
    from kplan.config.model import Module
    from kplan.config.units import Read, Unit
    from kplan.lang.diagnostics import Diagnostic
    from kplan.lang.functions import Surroundings
    from kplan.registry.types import Types
    from kplan.sdk.values import Value


class Configuration(NamedTuple):
    """Modules that hold together.

    `module` is the root module, with the blocks of all modules among its `declared`; `units` are the calls, the root
    first. `order` has every node, dependencies first (see `kplan.config.links`); `edges` blocks only, `links` all.
    `read` is what it was decoded from.
    """

    module: Module
    types: Types
    variables: dict[str, Value]
    order: tuple[str, ...]
    edges: Edges
    strata: dict[str, int]
    warnings: tuple[Diagnostic, ...]
    surroundings: Surroundings
    units: tuple[Unit, ...]
    read: Read
    links: Edges
    workspace: str = "default"

    @property
    def promises(self) -> bool:
        """Whether any block has a postcondition."""
        return any(one.postconditions for unit in self.units for one in unit.module.declared.values())
