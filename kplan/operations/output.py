"""The story of `kplan output`: what the last apply remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.operations.workspace import open_state, remember

if TYPE_CHECKING:
    from kplan.operations.options import Options
    from kplan.state.model import OutputRecord


def outputs(options: Options) -> dict[str, OutputRecord]:
    """Give the outputs in state; a sensitive one has no value there."""
    return remember(open_state(options)).state.outputs
