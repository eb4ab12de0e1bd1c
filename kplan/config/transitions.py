"""Static checks of `import` and `removed` blocks: they must agree with what is declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.graph.address import block_address
from kplan.lang.diagnostics import did_you_mean
from kplan.sdk.types import Leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan.config.model import Import, Module, Place, Removed
    from kplan.lang.diagnostics import Diagnostic


def check_transitions(module: Module) -> Iterator[Diagnostic]:
    """Find what is wrong with import and removed blocks as far as no for_each has to be evaluated."""
    imported: dict[str, Import] = {}
    for one in module.imports:
        summary, detail = _misfit(module, one)
        if summary:
            yield one.place.error(summary, detail, *one.at)
        elif imported.setdefault(one.to, one) is not one:
            detail = f"{one.to} is imported {_where(imported[one.to].place, imported[one.to].at[0])} already."
            yield one.place.error("Duplicate import", detail, *one.at)
    removed: dict[str, Removed] = {}
    for gone in module.removed:
        if gone.address in module.declared:
            yield still_declared(gone)
        elif removed.setdefault(gone.address, gone) is not gone:
            first = removed[gone.address]
            detail = f"What becomes of {gone.address} is said {_where(first.place, first.start)} already."
            yield gone.place.error("Duplicate removed block", detail, gone.start, gone.end)


def _misfit(module: Module, one: Import) -> tuple[str, str]:
    block = block_address(one.to)
    declared = module.declared.get(block)
    if declared is None:
        hint = did_you_mean(block, module.declared)
        return (
            "Import to undeclared address",
            f"{one.to} is not declared.{hint} Write its block, then import.",
        )
    if not isinstance(declared.kind, Leaf):
        return "Invalid import", f"{one.to} is no object on a cluster, so there is nothing to import."
    if (one.to == block) != (declared.for_each is None):
        want = f'one instance, such as {block}["key"]' if one.to == block else f"the block itself, as {block}"
        why = "has" if one.to == block else "has no"
        return "Invalid import", f"{block} {why} for_each: name {want}."
    return "", ""


def still_declared(gone: Removed) -> Diagnostic:
    """Refuse a removed block that speaks of something that is there."""
    detail = (
        f"{gone.address} is still declared. Take its block away as well, or take this removed block away: as it is, they "
        "contradict each other."
    )
    return gone.place.error("Removed block is still declared", detail, gone.start, gone.end)


def _where(place: Place, start: int) -> str:
    line, _ = place.source.position(place.base + start)
    return f"at {place.source.path}:{line}"
