"""Where workers have a connector, in their REST interface."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

RESTART_FAILED: Final = "/restart?includeTasks=true&onlyFailed=true"
"""The call by which what of a connector has failed starts again, and nothing else of it."""


def connector_path(name: str, rest: str = "") -> str:
    """Give the path of a connector; names have signs that a path may not."""
    return f"/connectors/{quote(name, safe='')}{rest}"
