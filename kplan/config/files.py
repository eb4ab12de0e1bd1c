"""Finds and reads the files of a module. One of the four places with effects: what was read is recorded."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from kplan.lang.diagnostics import Diagnostic, error
from kplan.lang.parser import parse
from kplan.lang.source import Source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kplan.lang.ast import ParsedFile
    from kplan.lang.cache import BlockCache

SUFFIX = ".kplan.hcl"
VARIABLES_SUFFIX = ".kplanvars.hcl"
AUTO_SUFFIX = ".auto.kplanvars.hcl"
VARIABLES_FILE = "kplan.kplanvars.hcl"


class Seen(NamedTuple):
    """What expressions saw of files: contents, what is in folders, and which files are there; by path as written."""

    contents: Mapping[str, bytes]
    entries: Mapping[str, tuple[tuple[str, bool], ...]]
    there: Mapping[str, bool]


class ModuleFiles:
    """The files that expressions read. What was read once stays as it was for the whole run."""

    def __init__(self, folder: Path, seen: Seen | None = None) -> None:
        """Take the module's folder, where relative paths start. `seen`: what a saved plan saw, and is to be seen again."""
        self._folder = folder
        self._contents: dict[str, bytes] = dict(seen.contents) if seen else {}
        self._entries: dict[str, tuple[tuple[str, bool], ...]] = dict(seen.entries) if seen else {}
        self._there: dict[str, bool] = dict(seen.there) if seen else {}

    def seen(self) -> Seen:
        """Give what was read."""
        return Seen(dict(self._contents), dict(self._entries), dict(self._there))

    def read(self, path: str) -> str:
        """Read a UTF-8 text. Raises OSError or ValueError."""
        return self.read_bytes(path).decode("utf-8")

    def read_bytes(self, path: str) -> bytes:
        """Read a file. Raises OSError or ValueError."""
        if self._there.get(path) is False:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        if path not in self._contents:
            try:
                self._contents[path] = self._path(path).read_bytes()
            except FileNotFoundError:
                self._there[path] = False
                raise
        return self._contents[path]

    def exists(self, path: str) -> bool:
        """Tell whether there is a regular file. Raises OSError for what is none."""
        if path in self._contents:
            return True
        if path not in self._there:
            self._there[path] = self._is_there(path)
        return self._there[path]

    def _is_there(self, path: str) -> bool:
        given = self._path(path)
        try:
            mode = given.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return False
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        return True

    def entries(self, folder: str) -> tuple[tuple[str, bool], ...]:
        """List the regular files and folders in a folder, sorted; none if it isn't there. Raises OSError."""
        if folder not in self._entries:
            try:
                with os.scandir(self._path(folder)) as found:
                    kept = [(one.name, one.is_dir()) for one in found if one.is_dir() or one.is_file()]
            except (FileNotFoundError, NotADirectoryError):
                kept = []
            self._entries[folder] = tuple(sorted(kept))
        return self._entries[folder]

    def absolute(self, path: str) -> str:
        """Give the whole path of a relative one."""
        return os.path.abspath(self._folder / path)  # noqa: PTH100 - links stay as they are written

    def _path(self, path: str) -> Path:
        return self._folder / os.path.expanduser(path)  # noqa: PTH111 - `~nobody` stays as it is


def read_source(path: Path, shown: str) -> Source | Diagnostic:
    """Read a text file; not there, not readable or not UTF-8 is an error."""
    try:
        data = path.read_bytes()
    except OSError as problem:
        return error("File can't be read", f"{shown}: {problem.strerror or problem}.")
    try:
        return Source(shown, data.decode("utf-8"))
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        good = Source(shown, data.decode("utf-8", "replace"))
        at = len(data[: problem.start].decode("utf-8"))
        detail = (
            f"Line {line} has a byte (0x{data[problem.start]:02x}) that isn't UTF-8. Save the file as UTF-8."
        )
        return error("Invalid character encoding", detail, good, at, at + 1)


def parse_folder(
    folder: Path, cache: BlockCache | None, shown: str = ""
) -> tuple[list[ParsedFile], list[Diagnostic]]:
    """Parse every `*.kplan.hcl` of a folder, in order of name; `shown` is what users are shown of its path."""
    diagnostics: list[Diagnostic] = []
    files: list[ParsedFile] = []
    try:
        paths = sorted(path for path in folder.iterdir() if path.name.endswith(SUFFIX))
    except OSError as problem:
        return [], [error("Folder can't be read", f"{folder}: {problem.strerror or problem}.")]
    if not paths:
        detail = f"There are no *{SUFFIX} files in {folder.resolve()}." + (
            "" if shown else " Go to a folder that has some, or use -chdir."
        )
        return [], [error("No configuration files", detail)]
    for path in paths:
        source = read_source(path, f"{shown}/{path.name}" if shown else path.name)
        if isinstance(source, Diagnostic):
            diagnostics.append(source)
            continue
        parsed, found = parse(source, cache)
        diagnostics.extend(found)
        if parsed is not None:
            files.append(parsed)
    return files, diagnostics


def variable_files(folder: Path) -> list[Path]:
    """List the files of values that are read unasked, in order of precedence, lowest first."""
    paths = [path for path in [folder / VARIABLES_FILE] if path.exists()]
    return paths + sorted(path for path in folder.iterdir() if path.name.endswith(AUTO_SUFFIX))
