"""Secrets that are written out in a configuration: a saved plan takes none of them along."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from kplan.config.secret_files import expressions, is_call, is_sensitive, walk
from kplan.lang import ast

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from kplan.config.extract import Pieces
    from kplan.lang.ast import Node, ParsedFile


def written_out(files: Mapping[str, Iterable[ParsedFile]]) -> set[str]:
    """Collect the texts that stand inside of `sensitive(…)`, or as the default of a module's sensitive variable.

    The root module's defaults are not taken along: those values are given again.
    """
    found: set[str] = set()
    for folder, parsed in files.items():
        for block in (one for file in parsed for _, one in file.blocks):
            if block[0] == "variable" and folder != "." and is_sensitive(block):
                found.update(text for one in block[4] if one[0] == "default" for text in _texts(one[3]))
            for node in expressions(block):
                calls = (inner for inner in walk(node) if is_call(inner, "sensitive"))
                found.update(text for call in calls for text in _texts(call[4][0]))
    return found - {""}


def places(pieces: Pieces, secrets: Collection[str]) -> list[str]:
    """List where in what is taken along a secret is written out."""
    found: dict[str, None] = {}
    for one in (one for listed in pieces.values() for one in listed):
        for base, block in one.blocks:
            for node in (inner for whole in expressions(block) for inner in walk(whole)):
                if node[0] == ast.LITERAL and isinstance(node[3], str) and node[3] in secrets:
                    found[f"{one.path} line {_line(one.lines, base + node[1])}"] = None
    return list(found)


def _line(lengths: Iterable[int], offset: int) -> int:
    ends = accumulate(length + 1 for length in lengths)
    return sum(end <= offset for end in ends) + 1


def _texts(node: Node) -> Iterator[str]:
    """Step through the texts that an expression's value may be or hold, as far as they are written out."""
    match node[0]:
        case ast.LITERAL if isinstance(node[3], str):
            yield node[3]
        case ast.COND:
            yield from (*_texts(node[4]), *_texts(node[5]))
        case ast.LIST:
            yield from (text for item in node[3] for text in _texts(item))
        case ast.OBJECT:
            yield from (text for _, value in node[3] for text in _texts(value))
