"""Functions that read files, and those on paths. A relative path is one from the configuration's folder."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final, TypeVar

from kplan.lang.constraints import STRING
from kplan.lang.functions import Parameter, function
from kplan.lang.library.globs import found
from kplan.lang.library.outside import world
from kplan.lang.problems import FunctionError
from kplan.sdk.values import make_set

if TYPE_CHECKING:
    from collections.abc import Callable

    from kplan.lang.functions import FileReader, Surroundings
    from kplan.sdk.values import Value

_PATH: Final = Parameter("path", STRING)
_Contents = TypeVar("_Contents", str, bytes)


def text_of(path: str, files: FileReader) -> str:
    """Read a UTF-8 text. Raises FunctionError of the first argument."""
    try:
        return _tried(files.read, path)
    except UnicodeDecodeError:
        raise FunctionError(
            f'contents of "{path}" are not valid UTF-8; filebase64 reads any file, and filesha256 gives its digest',
            0,
        ) from None


def bytes_of(path: str, files: FileReader) -> bytes:
    """Read a file. Raises FunctionError of the first argument."""
    return _tried(files.read_bytes, path)


def _tried(read: Callable[[str], _Contents], path: str) -> _Contents:
    try:
        return read(path)
    except UnicodeDecodeError:
        raise
    except FileNotFoundError:
        raise FunctionError(
            f'no file exists at "{path}"; a relative path starts at the folder of the configuration', 0
        ) from None
    except (OSError, ValueError) as problem:
        raise FunctionError(
            f'failed to read "{path}": {getattr(problem, "strerror", None) or problem}', 0
        ) from None


@function("file", _PATH, gives="string", outside=True)
def _file(path: str, surroundings: Surroundings | None) -> str:
    return text_of(path, world(surroundings).files)


@function("fileexists", _PATH, gives="bool", outside=True)
def _fileexists(path: str, surroundings: Surroundings | None) -> bool:
    files = world(surroundings).files
    try:
        return files.exists(path)
    except (OSError, ValueError) as problem:
        raise FunctionError(
            f'"{path}" is no file: {getattr(problem, "strerror", None) or problem}', 0
        ) from None


@function("fileset", _PATH, Parameter("pattern", STRING), gives="set(string)", outside=True)
def _fileset(path: str, pattern: str, surroundings: Surroundings | None) -> Value:
    files = world(surroundings).files
    try:
        return make_set(found(path, pattern, files.entries))
    except re.error:
        raise FunctionError(
            f'"{pattern}" is no pattern for files: a bracket or brace is never closed', 1
        ) from None
    except (OSError, ValueError) as problem:
        raise FunctionError(
            f'failed to look for files in "{path}": {getattr(problem, "strerror", None) or problem}', 0
        ) from None


def _declare(name: str, made: Callable[[bytes], str]) -> None:
    def run(path: str, surroundings: Surroundings | None) -> str:
        return made(bytes_of(path, world(surroundings).files))

    run.__name__ = f"_{name}"
    function(name, _PATH, gives="string", outside=True)(run)


def _digest(algorithm: str) -> Callable[[bytes], str]:
    def made(data: bytes) -> str:
        from kplan.lang.library.hashes import hexadecimal

        return hexadecimal(algorithm, data)

    return made


def _digest_in_base64(algorithm: str) -> Callable[[bytes], str]:
    def made(data: bytes) -> str:
        from kplan.lang.library.hashes import in_base64

        return in_base64(algorithm, data)

    return made


def _base64(data: bytes) -> str:
    from kplan.lang.library.encodings import to_base64

    return to_base64(data)


_declare("filebase64", _base64)
for _algorithm in ("md5", "sha1", "sha256", "sha512"):
    _declare(f"file{_algorithm}", _digest(_algorithm))
for _algorithm in ("sha256", "sha512"):
    _declare(f"filebase64{_algorithm}", _digest_in_base64(_algorithm))


@function("basename", _PATH, gives="string")
def _basename(path: str) -> str:
    if not path:
        return "."
    return posixpath.basename(path.rstrip("/")) or "/"


@function("dirname", _PATH, gives="string")
def _dirname(path: str) -> str:
    return cleaned(path[: path.rfind("/") + 1])


@function("abspath", _PATH, gives="string", outside=True)
def _abspath(path: str, surroundings: Surroundings | None) -> str:
    return cleaned(path if path.startswith("/") else world(surroundings).files.absolute(path))


@function("pathexpand", _PATH, gives="string", outside=True)
def _pathexpand(path: str, surroundings: Surroundings | None) -> str:
    if not path.startswith("~"):
        return path
    first, _, rest = path.partition("/")
    if first != "~":
        raise FunctionError("only ~ alone is expanded, not the home folder of a named user", 0)
    home = world(surroundings).environment.get("HOME")
    if not home:
        raise FunctionError("there is no home folder: the environment variable HOME is not set", 0)
    return cleaned(f"{home}/{rest}")


def cleaned(path: str) -> str:
    """Take what says nothing out of a path: `a//b/../c` is `a/c`."""
    made = posixpath.normpath(path) if path else "."
    return made[1:] if made.startswith("//") else made
