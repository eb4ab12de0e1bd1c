"""Small binary files that may be lost or damaged at any time: a checksum tells, and then they were never there."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path
from typing import Final

_SUM: Final = 16  # bytes


def user_folder() -> Path:
    """Give the folder for what can be made again: KPLAN_CACHE_DIR, else one in the user's cache folder."""
    stated = os.environ.get("KPLAN_CACHE_DIR")
    if stated:
        return Path(stated)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "kplan"


def load(path: Path, key: bytes) -> bytes | None:
    """Read what was stored under a key; None if it isn't there, is of another key, or is damaged."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - Path.open costs a module
            stored = file.read()
    except OSError:
        return None
    body = stored[_SUM:]
    return body if stored[:_SUM] == _sum(body, key) else None


def store(path: Path, key: bytes, body: bytes) -> None:
    """Write for `load`, whole or not at all; a folder that can't be written to is no error."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary.write_bytes(_sum(body, key) + body)
        temporary.replace(path)
    except OSError:
        _forget(temporary)


def _forget(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        pass


def _sum(body: bytes, key: bytes) -> bytes:
    return blake2b(body, digest_size=_SUM, key=blake2b(key, digest_size=32).digest()).digest()
