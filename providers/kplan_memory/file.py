"""The file of a world: read only when another has written it, replaced as a whole."""

from __future__ import annotations

import json
import marshal
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

_MAGIC: Final = b"kplan memory world 1\n"
_UNREAD: Final = (-1,)
_MARSHAL_VERSION: Final = 4  # the newest that every supported Python reads


class WorldFile:
    """Where a world is kept; knows whether the file has changed since it was last read or written."""

    def __init__(self, path: str) -> None:
        """Name the file; it need not exist."""
        self.path = Path(path).absolute()
        self._text = self.path.suffix == ".json"
        self._seen: tuple[int, ...] = ()

    def uid(self) -> str:
        """Derive an id for the world of an absent file."""
        return f"memory-{sha256(str(self.path).encode()).hexdigest()[:12]}"

    def load(self) -> dict[str, Any] | None:
        """Read the file, or give None if it is as last seen. ValueError if it holds no world."""
        stamp = self._stamp()
        if stamp == self._seen:
            return None
        if not stamp:
            self._seen = stamp
            return {"uid": self.uid(), "serial": 0, "objects": {}, "injections": [], "pending": []}
        data = self.path.read_bytes()
        try:
            held: dict[str, Any] = json.loads(data) if self._text else _unmarshal(data)
            held["uid"], held["objects"]
        except (ValueError, KeyError, TypeError, EOFError) as error:
            raise ValueError(f"{self.path} holds no world: {error}") from error
        self._seen = stamp
        return held

    def save(self, held: dict[str, Any]) -> None:
        """Replace the file."""
        data = (
            json.dumps(held, indent=1).encode()
            if self._text
            else _MAGIC + marshal.dumps(held, _MARSHAL_VERSION)
        )
        fresh = self.path.with_name(f".{self.path.name}.new")
        self._seen = _UNREAD  # should a write fail, the file is right and what is held is not
        fresh.write_bytes(data)
        fresh.replace(self.path)
        self._seen = self._stamp()

    def _stamp(self) -> tuple[int, ...]:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return ()
        return found.st_ino, found.st_mtime_ns, found.st_size


def _unmarshal(data: bytes) -> dict[str, Any]:
    if not data.startswith(_MAGIC):
        raise ValueError("it begins otherwise")
    held: dict[str, Any] = marshal.loads(memoryview(data)[len(_MAGIC) :])  # noqa: S302 - a test's own file
    return held
