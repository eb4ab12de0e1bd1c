"""The story of `kplan output`: what the last apply remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.operations.workspace import open_state, remember

if TYPE_CHECKING:
    from kplan.operations.options import Options
    from kplan.state.model import OutputRecord


def outputs(options: Options) -> dict[str, OutputRecord]:
    """Give the outputs in state; a sensitive one has no value there."""
    store = open_state(options)
    with store.lock("output", options.lock_timeout):
        return remember(store).state.outputs
