"""`module` blocks: where the module is, and what is given to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.config.model import Call
from kplan.lang import ast

if TYPE_CHECKING:
    from kplan.config.model import Place
    from kplan.config.settings import Settings
    from kplan.lang.ast import Attribute, Block
    from kplan.lang.diagnostics import Diagnostic

_OWN = frozenset({"source", "for_each", "count", "depends_on"})
_REFUSED = {
    "version": "Only modules in folders of this configuration can be called, and those have no versions.",
    "providers": "Clusters are values: give them to the module as inputs, as `cluster = cluster.primary`.",
}


def call_of(place: Place, block: Block, settings: Settings, diagnostics: list[Diagnostic]) -> Call | None:
    """Read a module block; None after an error that leaves no call."""
    own: dict[str, Attribute] = {}
    inputs: dict[str, Attribute] = {}
    for attribute in block[ast.ATTRIBUTES]:
        name = attribute[ast.NAME]
        if name in _REFUSED:
            span = attribute[ast.NAME_START], attribute[ast.NAME_END]
            diagnostics.append(place.error("Unsupported argument", _REFUSED[name], *span))
        else:
            (own if name in _OWN else inputs)[name] = attribute
    for inner in block[ast.BLOCKS]:
        detail = "A module block has only arguments: write `name = value`."
        span = inner[ast.HEADER_START], inner[ast.HEADER_END]
        diagnostics.append(place.error("Unsupported block type", detail, *span))
    if "for_each" in own and "count" in own:
        detail = (
            "A block may have count or for_each, not both: for_each makes instances by key, count by number."
        )
        span = own["for_each"][ast.NAME_START], own["for_each"][ast.NAME_END]
        diagnostics.append(place.error("Invalid combination of count and for_each", detail, *span))
    source = _source(place, block, own, settings, diagnostics)
    if not source:
        return None
    depends = settings.addresses(place, own["depends_on"]) if "depends_on" in own else ()
    return Call(
        block[ast.LABELS][0], place, block, source, inputs, own.get("for_each"), own.get("count"), depends
    )


def _source(
    place: Place,
    block: Block,
    own: dict[str, Attribute],
    settings: Settings,
    diagnostics: list[Diagnostic],
) -> str:
    attribute = own.get("source")
    if attribute is None:
        detail = 'The argument "source" is required: the folder of the module, such as "./modules/topics".'
        span = block[ast.HEADER_START], block[ast.HEADER_END]
        diagnostics.append(place.error("Missing required argument", detail, *span))
        return ""
    source: str = settings.literal(place, attribute, str, "")
    if source and not source.startswith(("./", "../")):
        detail = (
            f'"{source}" is not a folder of this configuration: a source begins with "./" or "../". '
            "Modules from registries and repositories are not fetched; keep a copy in a folder."
        )
        diagnostics.append(place.error("Unsupported module source", detail, *attribute[ast.EXPRESSION][1:3]))
        return ""
    return source
