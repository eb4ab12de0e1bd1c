"""Which files that expressions read may hold secrets: those inside of `sensitive(…)`, wherever the call stands.

Their contents never go into a saved plan. What can't be told for certain counts as secret.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kplan.lang import ast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kplan.lang.ast import Block, Node, ParsedFile

_CORE: Final = "core::"  # may stand before the name of any function
_READERS: Final = ("file", "templatefile")  # and all whose names begin so
_READS: Final = re.compile(rb"\bfile\w*\s*\(")  # in a template
_SHORTEST: Final = 4  # of a secret that is looked for in files; shorter ones are everywhere


class Everything(Exception):  # noqa: N818 - an answer
    """Any file may hold a secret."""


def may_be_secret(
    files: Mapping[str, Iterable[ParsedFile]], contents: Mapping[str, bytes], known: Iterable[str]
) -> set[str]:
    """Give those of the files read that may be secret, by path.

    `files`: the configuration's, by folder; `known`: texts that are secret, wherever they came from.
    """
    blocks = {folder: [one for file in parsed for _, one in file.blocks] for folder, parsed in files.items()}
    inputs = any(_takes_secrets(inner) for folder, inner in blocks.items() if folder != ".")
    try:
        names = {
            name
            for folder, inner in blocks.items()
            for name in _Reading.of(inner, contents, root=folder == ".").secret_files(inner, inputs=inputs)
        }
    except Everything:
        return set(contents)
    texts = [one.encode() for one in known if len(one) >= _SHORTEST]
    return {
        path
        for path, data in contents.items()
        if posixpath.basename(path) in names or any(one in data for one in texts)
    }


def _takes_secrets(blocks: Iterable[Block]) -> bool:
    return any(block[0] == "variable" and is_sensitive(block) for block in blocks)


def is_sensitive(block: Block) -> bool:
    """Tell whether a variable or output says that it is sensitive."""
    return any(one[0] == "sensitive" and one[3][3:] != (False,) for one in block[4])


class _Reading(NamedTuple):
    """How the expressions of a module read files.

    `locals`: its locals; `secrets`: its sensitive variables; `nested`: some file, which may be a template, reads others;
    `hidden`: some file calls `sensitive`.
    """

    locals: dict[str, Node]
    secrets: set[str]
    nested: bool
    hidden: bool
    root: bool

    @classmethod
    def of(cls, blocks: list[Block], contents: Mapping[str, bytes], *, root: bool) -> _Reading:
        """Look at a module's blocks, and at what was read."""
        return cls(
            {one[0]: one[3] for block in blocks if block[0] == "locals" for one in block[4]},
            {block[1][0] for block in blocks if block[0] == "variable" and is_sensitive(block)},
            any(map(_READS.search, contents.values())),
            any(b"sensitive" in data for data in contents.values()),
            root,
        )

    def secret_files(self, blocks: list[Block], *, inputs: bool) -> Iterator[str]:
        """Name the files, without their folders, that are read for what is sensitive.

        `inputs`: some module has a variable that makes what it is given sensitive.
        """
        for block in blocks:
            secret = (block[0] == "output" and is_sensitive(block)) or (block[0] == "module" and inputs)
            for node in expressions(block):
                if secret:
                    yield from self._read_by(node, set())
                for inner in walk(node):
                    if is_call(inner, "sensitive"):
                        yield from self._read_by(inner, set())
                    elif _reads(inner) and (self._by_secret_name(inner) or self._hides(inner)):
                        raise Everything

    def _by_secret_name(self, call: Node) -> bool:
        """Tell whether which file is read is a secret: then what it holds is one too."""
        return any(
            is_call(inner, "sensitive")
            or is_call(inner, "env")
            or (inner[0] == ast.REF and inner[3][0] == "var" and inner[3][1] in self.secrets)
            for argument in call[4][:1]
            for inner in walk(argument)
        )

    def _hides(self, call: Node) -> bool:
        """Tell whether a template may say of a file that it is sensitive."""
        return self.hidden and self.nested and is_call(call, "templatefile")

    def _read_by(self, node: Node, seen: set[str]) -> Iterator[str]:
        for inner in walk(node):
            if _reads(inner):
                if self.nested and is_call(inner, "templatefile"):
                    raise Everything
                yield _file_name(inner[4][0])
            elif inner[0] == ast.REF:
                names = inner[3]
                if names[0] == "local" and names[1] in self.locals:
                    if names[1] not in seen:
                        seen.add(names[1])
                        yield from self._read_by(self.locals[names[1]], seen)
                elif names[0] not in {"path", "kplan", "count"} and not (self.root and names[0] == "var"):
                    raise Everything  # what it holds was made elsewhere


def _reads(node: Node) -> bool:
    return bool(node[0] == ast.CALL and node[3].removeprefix(_CORE).startswith(_READERS))


def is_call(node: Node, name: str) -> bool:
    """Tell whether a node calls a function."""
    return bool(node[0] == ast.CALL and node[3].removeprefix(_CORE) == name)


def _file_name(path: Node) -> str:
    """Give the last part of a path that is written out."""
    last = path[3][-1] if path[0] == ast.TEMPLATE and path[3] else path
    if last[0] != ast.LITERAL or not isinstance(last[3], str):
        raise Everything
    if path[0] == ast.TEMPLATE and "/" not in last[3]:
        raise Everything
    return posixpath.basename(last[3])


def expressions(block: Block) -> Iterator[Node]:
    """Step through a block's expressions."""
    for attribute in block[4]:
        yield attribute[3]
    for inner in block[5]:
        yield from expressions(inner)


def walk(node: Any) -> Iterator[Node]:
    """Step through a tree; what is no node is walked too, as it may hold some."""
    if type(node) is tuple:
        if len(node) > 3 and type(node[0]) is int and type(node[1]) is int and type(node[2]) is int:
            yield node
        for one in node:
            yield from walk(one)
