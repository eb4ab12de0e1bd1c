"""The story of `kplan fmt`: files found, read, laid out anew, and written where that changes them."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kplan.config.files import SUFFIX, VARIABLES_SUFFIX, read_source
from kplan.lang.cache import BlockCache
from kplan.lang.diagnostics import Diagnostic, error, has_errors
from kplan.lang.format import formatted
from kplan.lang.parser import parse, parse_variables
from kplan.lang.source import Source
from kplan.operations.workspace import cache_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STANDARD_INPUT = "-"
_KINDS = (SUFFIX, VARIABLES_SUFFIX)


class Formatted(NamedTuple):
    """One file before and after; `path` is what users are shown."""

    path: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether its layout was another."""
        return self.before != self.after


class Outcome(NamedTuple):
    """What came of all files: those that could be read, and what is wrong with the others."""

    files: tuple[Formatted, ...]
    diagnostics: tuple[Diagnostic, ...]


def format_text(text: str, shown: str = "<stdin>") -> Outcome:
    """Lay out one text, of blocks or of values for variables."""
    return _outcome([_formatted(Source(shown, text), None)])


def format_files(folder: Path, targets: Iterable[str], *, recursive: bool, write: bool) -> Outcome:
    """Lay out the files of folders, or single files; those with mistakes are left as they are and told of."""
    cache = BlockCache(cache_folder() / "blocks", str(folder.resolve()))
    found: list[Formatted | list[Diagnostic]] = []
    for one in _files(folder, list(targets) or ["."], recursive=recursive):
        if isinstance(one, Diagnostic):
            found.append([one])
            continue
        source = read_source(folder / one, one)
        made = [source] if isinstance(source, Diagnostic) else _formatted(source, cache)
        if isinstance(made, Formatted) and made.changed and write:
            problem = _write(folder / one, one, made.after)
            made = [problem] if problem else made
        found.append(made)
    return _outcome(found)


def _outcome(found: Iterable[Formatted | list[Diagnostic]]) -> Outcome:
    files = tuple(one for one in found if isinstance(one, Formatted))
    return Outcome(files, tuple(each for one in found if isinstance(one, list) for each in one))


def _files(folder: Path, targets: list[str], *, recursive: bool) -> Iterator[str | Diagnostic]:
    for target in dict.fromkeys(targets):
        path = folder / target
        if path.is_dir():
            yield from _within(folder, Path(target), recursive=recursive)
        elif not path.exists():
            yield error("No such file or folder", f"There is no {target} here.")
        elif not target.endswith(_KINDS):
            detail = f"{target}: only files named *{SUFFIX} and *{VARIABLES_SUFFIX} can be formatted."
            yield error("Not a file of kplan's", detail)
        else:
            yield target


def _within(folder: Path, inside: Path, *, recursive: bool) -> Iterator[str | Diagnostic]:
    try:
        entries = sorted((folder / inside).iterdir())
    except OSError as problem:
        yield error("Folder can't be read", f"{inside}: {problem.strerror or problem}.")
        return
    for entry in entries:
        if entry.name.endswith(_KINDS) and entry.is_file():
            yield str(inside / entry.name)
    for entry in entries if recursive else ():
        if entry.is_dir() and not entry.is_symlink() and not entry.name.startswith("."):
            yield from _within(folder, inside / entry.name, recursive=True)


def _formatted(source: Source, cache: BlockCache | None) -> Formatted | list[Diagnostic]:
    if source.path.endswith(VARIABLES_SUFFIX):
        problems = parse_variables(source)[1]
    else:
        problems = parse(source, cache)[1]
    if has_errors(problems) and not (source.path == "<stdin>" and not has_errors(parse_variables(source)[1])):
        return list(problems)
    try:
        return Formatted(source.path, source.text, formatted(source.text))
    except RecursionError:
        return [error("Too deeply nested", f"{source.path} is nested too deeply to be laid out.")]


def _write(path: Path, shown: str, text: str) -> Diagnostic | None:
    """Put a new text in a file's place, whole or not at all, with the same rights."""
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.resolve().parent, prefix=".kplan-fmt-", delete=False
        ) as file:
            temporary = Path(file.name)
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(path.stat().st_mode & 0o7777)
        temporary.replace(path.resolve())
    except OSError as problem:
        with suppress(OSError, UnboundLocalError):
            temporary.unlink()
        return error("File can't be written", f"{shown}: {problem.strerror or problem}.")
    return None
