"""What runs here, and on what."""

from __future__ import annotations

import os
import sys

from kplan import __version__


def version_text() -> str:
    """Name the version as Terraform does, and the Python under it."""
    system = os.uname()
    python = ".".join(map(str, sys.version_info[:3]))
    return f"kplan v{__version__}\non {system.sysname.lower()}_{system.machine}, Python {python}\n"
