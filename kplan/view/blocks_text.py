"""docs/blocks.md: every block and argument, from the same data as the schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kplan.config.own_blocks import EVERYWHERE, LABELS, LIFECYCLE
from kplan.sdk.types import Is

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kplan.operations.schema import Catalogue, Described
    from kplan.sdk.types import Attribute, NestedBlock

_HEAD: Final = """# Blocks

Every block and its arguments. This page is written by `make docs` from what `kplan schema` shows; what blocks mean
together is in [the language](language.md).
"""
_TITLES: Final = {
    "endpoint": "Live systems",
    "object": "Objects on them",
    "data": "Data sources",
    "own": "kplan's own blocks",
}


def blocks_text(catalogue: Catalogue, without: str = "memory_") -> str:
    """Write the page; types whose names begin with `without` are for tests."""
    shown = [one for one in catalogue.blocks if not one.name.startswith(without)]
    lines = [_HEAD]
    for kind, title in _TITLES.items():
        blocks = [one for one in shown if one.kind == kind]
        if blocks:
            lines.append(f"## {title}\n")
            lines += [line for one in blocks for line in _block(one)]
    lines += ["## On the blocks of providers\n", *_table((*EVERYWHERE, LABELS)), *_nested(LIFECYCLE, 3)]
    return "\n".join(lines).rstrip() + "\n"


def _block(one: Described) -> Iterator[str]:
    words = ["data" if one.kind == "data" else one.name]
    if one.kind == "data":
        words.append(f'"{one.name}"')
    words += [f'"{label.upper()}"' for label in one.labels]
    yield f"### `{' '.join(words)}`\n"
    if one.doc:
        yield f"{one.doc}\n"
    yield from _table(one.attributes)
    if one.own:
        names = [each.name for each in one.own] + ["lifecycle"] * (one.kind != "endpoint")
        yield f"Beside these: {', '.join(f'`{name}`' for name in names)} ([below](#on-the-blocks-of-providers)).\n"
    if one.identity:
        yield f"Which object it is: {', '.join(f'`{name}`' for name in one.identity)} on its cluster.\n"
    for block in one.blocks:
        if not (one.own and block.name == "lifecycle"):
            yield from _nested(block, 4)


def _nested(block: NestedBlock, level: int) -> Iterator[str]:
    label = ' "NAME"' if block.many else ""
    yield f"{'#' * level} `{block.name}{label}`\n"
    if block.doc:
        yield f"{block.doc}\n"
    yield from _table(block.attributes)
    for inner in block.blocks:
        yield from _nested(inner, level + 1)


def _table(attributes: Iterable[Attribute]) -> Iterator[str]:
    listed = list(attributes)
    if not listed:
        return
    changing = any(one.changing for one in listed)
    yield "| argument | type | | example |" + (" changing it |" if changing else "")
    yield "|---|---|---|---|" + ("---|" if changing else "")
    for one in listed:
        cells = [
            f"`{one.name}`",
            f"`{one.type}`{_nature(one)}",
            one.doc,
            f"`{one.example}`" if one.example else "",
        ]
        if changing:
            cells.append(one.changing)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""


def _nature(one: Attribute) -> str:
    if Is.CONFIG not in one.flags:
        return ", read only"
    words = {Is.REQUIRED: ", required", Is.SENSITIVE: ", sensitive"}
    return "".join(word for flag, word in words.items() if flag in one.flags)
