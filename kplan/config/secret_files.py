"""Which files that expressions read may hold secrets: those inside of `sensitive(…)`, wherever the call stands.

Their contents never go into a saved plan. What can't be told for certain counts as secret.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any, Final

from kplan.lang import ast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kplan.lang.ast import Block, Node, ParsedFile

_READERS: Final = ("file", "templatefile")  # and all whose names begin so


class Everything(Exception):  # noqa: N818 - an answer
    """Any file may hold a secret."""


def may_be_secret(files: Mapping[str, Iterable[ParsedFile]], paths: Iterable[str]) -> set[str]:
    """Give those of the paths read whose contents may be secret. `files`: the configuration's, by folder."""
    listed = list(paths)
    blocks = {folder: [one for file in parsed for _, one in file.blocks] for folder, parsed in files.items()}
    inputs = any(
        block[0] == "variable" and _is_sensitive(block)
        for folder, inner in blocks.items()
        if folder != "."
        for block in inner
    )
    try:
        names = {
            name
            for folder, inner in blocks.items()
            for name in _of_module(inner, root=folder == ".", inputs=inputs)
        }
    except Everything:
        return set(listed)
    return {path for path in listed if posixpath.basename(path) in names}


def _of_module(blocks: list[Block], *, root: bool, inputs: bool) -> Iterator[str]:
    """Name the files, without their folders, that a module reads for what is sensitive.

    `inputs`: some module has a variable that makes what it is given sensitive.
    """
    locals_ = {one[0]: one[3] for block in blocks if block[0] == "locals" for one in block[4]}
    for block in blocks:
        secret = (block[0] == "output" and _is_sensitive(block)) or (block[0] == "module" and inputs)
        for node in _expressions(block):
            if secret:
                yield from _read_by(node, locals_, set(), root=root)
                continue
            for inner in _walk(node):
                if inner[0] == ast.CALL and inner[3] == "sensitive":
                    yield from _read_by(inner, locals_, set(), root=root)


def _is_sensitive(block: Block) -> bool:
    return any(one[0] == "sensitive" and one[3][3:] != (False,) for one in block[4])


def _read_by(node: Node, locals_: Mapping[str, Node], seen: set[str], *, root: bool) -> Iterator[str]:
    for inner in _walk(node):
        if inner[0] == ast.CALL and inner[3].startswith(_READERS):
            yield _file_name(inner[4][0])
        elif inner[0] == ast.REF:
            names = inner[3]
            if names[0] == "local" and names[1] in locals_:
                if names[1] not in seen:
                    seen.add(names[1])
                    yield from _read_by(locals_[names[1]], locals_, seen, root=root)
            elif names[0] not in {"path", "kplan", "count"} and not (root and names[0] == "var"):
                raise Everything  # what it holds was made elsewhere


def _file_name(path: Node) -> str:
    """Give the last part of a path that is written out."""
    last = path[3][-1] if path[0] == ast.TEMPLATE and path[3] else path
    if last[0] != ast.LITERAL or not isinstance(last[3], str):
        raise Everything
    if path[0] == ast.TEMPLATE and "/" not in last[3]:
        raise Everything
    return posixpath.basename(last[3])


def _expressions(block: Block) -> Iterator[Node]:
    for attribute in block[4]:
        yield attribute[3]
    for inner in block[5]:
        yield from _expressions(inner)


def _walk(node: Any) -> Iterator[Node]:
    """Step through a tree; what is no node is walked too, as it may hold some."""
    if type(node) is tuple:
        if len(node) > 3 and type(node[0]) is int and type(node[1]) is int and type(node[2]) is int:
            yield node
        for one in node:
            yield from _walk(one)
