"""The user's cache of syntax trees: one file for each source file, so that its blocks load at once.

A cache can only save time: what is missing, foreign, damaged or can't be written is parsed.
"""

from __future__ import annotations

import marshal
import os
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from kplan.lang import files, versions

if TYPE_CHECKING:
    from pathlib import Path

# The digest of a piece of text to its top-level blocks, or to the length of the longer piece that it begins; and that
# of the file, with "file" before it, to all of its blocks with their bases.
Trees = dict[bytes, tuple[Any, ...] | int]


class BlockCache:
    """A folder with trees of files' pieces."""

    def __init__(self, folder: Path, module: str | None = None) -> None:
        """Take the folder, which need not exist, and that of the files, which are known by shown paths only."""
        self.folder = folder
        self.module = os.getcwd() if module is None else module  # noqa: PTH109 - a cheap start matters here

    def load(self, path: str) -> Trees:
        """Give what is known of a source file's pieces."""
        stored = files.load(self._file(path), versions.parser_key())
        if stored is None:
            return {}
        trees: Trees = marshal.loads(stored)  # noqa: S302 - our own file, and its checksum was right
        return trees

    def store(self, path: str, trees: Trees) -> None:
        """Keep a source file's pieces in place of what was kept before."""
        try:
            body = marshal.dumps(trees)
        except ValueError:  # a tree nested deeper than marshal goes
            return
        files.store(self._file(path), versions.parser_key(), body)

    def _file(self, path: str) -> Path:
        name = digest(f"{self.module}\n{path}").hex()
        return self.folder / f"{name}.bin"


def digest(piece: str) -> bytes:
    """Name a piece of text."""
    return blake2b(piece.encode("utf-8", "surrogatepass"), digest_size=16).digest()
