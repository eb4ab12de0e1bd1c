"""What a stored syntax tree depends on, found without importing any of it."""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib.util import find_spec
from typing import Final

from kplan.lang.ast import FORMAT

_PACKAGES: Final = (("hcl2", "python_hcl2-"), ("lark", "lark-"))
_FILES: Final = (
    "ast.py",
    "bodies.py",
    "build.py",
    "directives.py",
    "grammar.py",
    "lexer.py",
    "parser.py",
    "syntax.py",
    "tables.json",
    "templates.py",
    "tokens.py",
)


@cache
def parser_key() -> bytes:
    """Name what a tree of a text depends on: Python, python-hcl2, lark, and this package's own reading code."""
    return grammar_key() + b"\n" + _stamps(_FILES)


@cache
def grammar_key() -> bytes:
    """Name what the tables depend on: Python, python-hcl2, lark, and how they are kept."""
    return "\n".join([str(FORMAT), sys.version, *packages()]).encode() + b"\n" + _stamps(("grammar.py",))


@cache
def packages() -> list[str]:
    """Name the installed python-hcl2 and lark, each with its version."""
    return [_installed(module, prefix) for module, prefix in _PACKAGES]


def _stamps(names: tuple[str, ...]) -> bytes:
    """Name the state of this package's files, so that who works on them meets no old trees."""
    return ",".join(map(_stamp, names)).encode()


def _stamp(name: str) -> str:
    try:
        found = os.stat(os.path.join(os.path.dirname(__file__), name))  # noqa: PTH116, PTH118, PTH120 - a cheap start
    except OSError:
        return "?"
    return f"{found.st_size}:{found.st_mtime_ns}"


def _installed(module: str, prefix: str) -> str:
    """Name the version of an installed package by its metadata folder: importlib.metadata costs 20 ms."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        return f"{module}?"
    beside = os.path.dirname(os.path.dirname(spec.origin))  # noqa: PTH120
    named = [name for name in os.listdir(beside) if name.startswith(prefix) and name.endswith(".dist-info")]  # noqa: PTH208
    if named:
        return ",".join(sorted(named)).removesuffix(".dist-info")
    from importlib.metadata import version

    return prefix + version(prefix.rstrip("-").replace("_", "-"))
