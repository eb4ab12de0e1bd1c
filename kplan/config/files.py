"""Finds and reads the files of a module. One of the four places with effects: what was read is recorded."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kplan.lang.diagnostics import Diagnostic, error
from kplan.lang.parser import parse
from kplan.lang.source import Source

if TYPE_CHECKING:
    from pathlib import Path

    from kplan.lang.ast import ParsedFile
    from kplan.lang.cache import BlockCache

SUFFIX = ".kplan.hcl"
VARIABLES_SUFFIX = ".kplanvars.hcl"
AUTO_SUFFIX = ".auto.kplanvars.hcl"
VARIABLES_FILE = "kplan.kplanvars.hcl"


class ModuleFiles:
    """The files that expressions read. What was read once stays as it was for the whole run."""

    def __init__(self, folder: Path) -> None:
        """Take the module's folder, where relative paths start."""
        self._folder = folder
        self._texts: dict[str, str] = {}

    def read(self, path: str) -> str:
        """Read a UTF-8 text. Raises OSError or ValueError."""
        if path not in self._texts:
            data = (self._folder / os.path.expanduser(path)).read_bytes()  # noqa: PTH111 - `~nobody` stays as it is
            self._texts[path] = data.decode("utf-8")
        return self._texts[path]


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
