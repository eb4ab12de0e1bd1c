"""The few file operations that durability rests on, in one place, so that tests can stop the world at each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Disk:
    """The real file system. What a file holds is durable after its `sync`, which names a folder has after the folder's."""

    def read(self, path: Path) -> bytes | None:
        """Read a file; None if there is none."""
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

    def write(self, path: Path, data: bytes) -> None:
        """Write a whole file."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - from a descriptor, for the mode
            file.write(data)

    def append(self, path: Path, data: bytes, at: int) -> None:
        """Write at an offset, cutting off what follows."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123
            file.truncate(at)
            file.seek(at)
            file.write(data)

    def sync(self, path: Path) -> None:
        """Make a file's content, or a folder's entries, durable."""
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def make_folder(self, path: Path) -> None:
        """Make a folder, and those above it, if it is not there; durable when it returns."""
        if not path.is_dir():
            self.make_folder(path.parent)
            path.mkdir(exist_ok=True)
            self.sync(path.parent)

    def rename(self, old: Path, new: Path) -> None:
        """Put one file in another's place in one step."""
        old.replace(new)

    def remove(self, path: Path) -> None:
        """Remove a file if it is there."""
        path.unlink(missing_ok=True)

    def link(self, old: Path, new: Path) -> None:
        """Give a file a second name, in place of whatever has that name."""
        spare = new.with_name(new.name + ".tmp")
        spare.unlink(missing_ok=True)
        os.link(old, spare)
        spare.replace(new)
