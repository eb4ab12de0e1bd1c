"""What of a configuration must be evaluated again when a saved plan is applied: its blocks as trees, and no source.

Only what the plan's changes, outputs and endpoints need is taken along, directly or through values. Of the source
there are the lengths of lines, so that a mistake can still be told where it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kplan.config.before import attributes_before
from kplan.config.schema import LABELS
from kplan.config.secret_files import is_sensitive
from kplan.config.units import Read
from kplan.graph.order import closure
from kplan.lang.ast import Block, ParsedFile
from kplan.lang.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from kplan.config.configuration import Configuration
    from kplan.config.units import Unit

_META = frozenset({"source", "for_each", "count", "depends_on", "version", "providers"})


class Piece(NamedTuple):
    """What is taken along of a file: the path that users know, the lengths of its lines, blocks with their bases."""

    path: str
    lines: tuple[int, ...]
    blocks: tuple[tuple[int, Block], ...]


Pieces = dict[str, tuple[Piece, ...]]  # by folder


def extract(configuration: Configuration, nodes: Iterable[str]) -> Pieces:
    """Take along what these nodes need: blocks by address, outputs of the root module, calls of modules."""
    needed = needed_for(configuration, nodes)
    before = attributes_before(configuration.types)
    pieces: Pieces = {}
    for folder, files in configuration.read.files.items():
        wants = _wants(configuration.units, folder, needed)
        kept = [
            Piece(file.source.path, *_kept(_without_befores(file, wants, before), wants, folder))
            for file in files
        ]
        if folder == ".":
            kept = _without_unused(kept)
        if folder == "." or any(
            unit.folder == folder and unit.path in needed for unit in configuration.units
        ):
            pieces[folder] = tuple(one for one in kept if one.blocks)
    return pieces


def _without_befores(
    file: ParsedFile, wants: Callable[[str], bool], before: Mapping[str, Mapping[str, str]]
) -> ParsedFile:
    """Leave out what names a block that is not taken along: it says something of that one only."""
    if before.keys().isdisjoint(block[0] for _, block in file.blocks):
        return file

    def kept(block: Block) -> Block:
        names = before.get(block[0], {})
        attributes = tuple(
            one
            for one in block[4]
            if one[0] not in names
            or all(wants(".".join(named[:2])) for named, *_ in one[4] if named[0] == names[one[0]])
        )
        return (*block[:4], attributes, *block[5:])

    return file._replace(blocks=tuple((base, kept(block)) for base, block in file.blocks))


def restored(pieces: Pieces) -> Read:
    """Give what was taken along as if it had been read."""
    files = {
        folder: [
            ParsedFile(Source(one.path, "\n".join(" " * length for length in one.lines)), one.blocks)
            for one in listed
        ]
        for folder, listed in pieces.items()
    }
    return Read(files, [], {folder: frozenset() for folder in files})


def needed_for(configuration: Configuration, nodes: Iterable[str]) -> set[str]:
    """Find every node that is needed. A module's variable needed in one of its calls is kept in all of them."""
    links, units = configuration.links, configuration.units
    roots = {*nodes}
    while True:
        needed = closure(links, roots)
        inner = {
            unit.node(f"var.{name}")
            for unit in units
            for name in unit.module.variables
            if unit.path in needed and _in_any(units, unit.folder, f"var.{name}", needed)
        }
        if inner <= needed:
            return needed
        roots |= inner


def _in_any(units: Iterable[Unit], folder: str, local: str, needed: set[str]) -> bool:
    return any(unit.node(local) in needed for unit in units if unit.folder == folder)


def _without_unused(pieces: list[Piece]) -> list[Piece]:
    """Leave out the variables that nothing kept refers to: their values need not be known again."""
    variables = {block[1][0]: block for one in pieces for _, block in one.blocks if block[0] == "variable"}
    others = [block for one in pieces for _, block in one.blocks if block[0] != "variable"]
    used: set[str] = set()
    waiting = others
    while waiting:
        names = {name for block in waiting for name in _variables_of(block)} - used
        used |= names
        waiting = [variables[name] for name in names if name in variables]
    return [
        one._replace(
            blocks=tuple(pair for pair in one.blocks if pair[1][0] != "variable" or pair[1][1][0] in used)
        )
        for one in pieces
    ]


def _variables_of(block: Block) -> Iterator[str]:
    for attribute in block[4]:
        yield from (names[1] for names, *_ in attribute[4] if names[0] == "var" and len(names) > 1)
    for inner in block[5]:
        yield from _variables_of(inner)


def _wants(units: Iterable[Unit], folder: str, needed: set[str]) -> Callable[[str], bool]:
    own = [unit for unit in units if unit.folder == folder]
    return lambda local: any(unit.node(local) in needed for unit in own)


def _kept(
    file: ParsedFile, wants: Callable[[str], bool], folder: str
) -> tuple[tuple[int, ...], tuple[tuple[int, Block], ...]]:
    blocks = tuple((base, one) for base, block in file.blocks for one in _of_block(block, wants, folder))
    end = max((base + block[7] for base, block in blocks), default=0)
    return tuple(map(len, file.source.text[:end].split("\n"))), blocks


def _of_block(block: Block, wants: Callable[[str], bool], folder: str) -> Iterator[Block]:
    kind, labels = block[0], block[1]
    match kind:
        case "kplan" | "removed":
            yield block
        case "moved" | "import" | "check":
            pass  # what they ask for is in the plan, or was said with it
        case "variable":
            if folder == ".":
                yield _without_secret_default(block)
            elif wants(f"var.{labels[0]}"):
                yield block
        case "output":
            if wants(f"output.{labels[0]}"):
                yield block
        case "locals":
            attributes = tuple(one for one in block[4] if wants(f"local.{one[0]}"))
            if attributes:
                yield (*block[:4], attributes, *block[5:])
        case "module":
            yield from _of_call(block, wants)
        case _:
            address = ".".join([kind, *labels])
            if kind in LABELS or wants(address):
                yield block


def _without_secret_default(block: Block) -> Block:
    """Leave the default of a sensitive variable out, but for a null: its value is asked for again."""
    if not is_sensitive(block):
        return block
    kept = tuple(one for one in block[4] if one[0] != "default" or one[3][3:] == (None,))
    return (*block[:4], kept, *block[5:])


def _of_call(block: Block, wants: Callable[[str], bool]) -> Iterator[Block]:
    call = f"module.{block[1][0]}"
    if wants(call):
        kept = tuple(one for one in block[4] if one[0] in _META or wants(f"{call}.var.{one[0]}"))
        yield (*block[:4], kept, *block[5:])
