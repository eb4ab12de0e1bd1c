"""Blocks that speak of state rather than of what is wanted: import, moved, removed. They must agree with what is declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.graph.address import split, within
from kplan.lang.diagnostics import did_you_mean
from kplan.sdk.types import Composite, Leaf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kplan.config.model import Declared, Import, Moved, Place, Removed
    from kplan.config.units import Unit
    from kplan.lang.diagnostics import Diagnostic


def removed_of(units: Iterable[Unit]) -> tuple[Removed, ...]:
    """Collect all modules' removed blocks, with addresses as the root module sees them."""
    return tuple(
        one._replace(address=unit.node(one.address)) for unit in units for one in unit.module.removed
    )


def moved_of(units: Iterable[Unit]) -> tuple[Moved, ...]:
    """Collect all modules' moved blocks, with addresses as the root module sees them."""
    return tuple(
        one._replace(source=unit.node(one.source), to=unit.node(one.to))
        for unit in units
        for one in unit.module.moved
    )


def check_transitions(units: list[Unit], declared: Mapping[str, Declared]) -> Iterator[Diagnostic]:
    """Find what is wrong with import, moved and removed blocks as far as nothing has to be evaluated."""
    calls = {unit.path: unit for unit in units}
    for one in units[0].module.imports:
        summary, detail = _misfit(one, declared, calls)
        if summary:
            yield one.place.error(summary, detail, *one.to[3][1:3])
    removed: dict[str, Removed] = {}
    for gone in removed_of(units):
        if gone.address in declared or gone.address in calls:
            yield still_declared(gone)
        elif removed.setdefault(gone.address, gone) is not gone:
            first = removed[gone.address]
            detail = f"What becomes of {gone.address} is said {where(first.place, first.start)} already."
            yield gone.place.error("Duplicate removed block", detail, gone.start, gone.end)
    yield from _check_moved(moved_of(units))


def _misfit(one: Import, declared: Mapping[str, Declared], calls: Mapping[str, Unit]) -> tuple[str, str]:
    found = declared.get(one.block)
    if found is None:
        hint = did_you_mean(one.block, declared)
        detail = f"{one.block} is not declared.{hint} Write its block, then import."
        return "Import to undeclared address", detail
    if not isinstance(found.kind, (Leaf, Composite)):
        return "Invalid import", f"{one.block} is no object on a cluster, so there is nothing to import."
    path = ""
    for name, key in one.keys:
        path = within(path, name)
        unit = calls.get(path)
        repeated = unit.call is not None and unit.call.repeats if unit else found.repeats
        if repeated == (key is None):
            how = "count" if (found.counted if not unit else unit.call and unit.call.counted) else "for_each"
            want = f'one instance, such as {path}["key"]' if repeated else f"the block itself, as {path}"
            what = "has" if repeated else "has no"
            return "Invalid import", f"{path} {what} {how}: name {want}."
    return "", ""


def _check_moved(moved: tuple[Moved, ...]) -> Iterator[Diagnostic]:
    by_source: dict[str, Moved] = {}
    for one in moved:
        if _kind(one.source) != _kind(one.to):
            detail = f"{one.source} can't become {one.to}: a move keeps the type, and modules stay modules."
            yield one.place.error("Invalid move", detail, *one.at_to)
        elif one.source == one.to:
            detail = f"{one.source} is moved to where it is. Take this block away."
            yield one.place.error("Redundant move", detail, *one.at_to)
        elif by_source.setdefault(one.source, one) is not one:
            first = by_source[one.source]
            detail = f"Where {one.source} went is said {where(first.place, first.at_source[0])} already."
            yield one.place.error("Ambiguous move", detail, *one.at_source)
    targets: dict[str, Moved] = {}
    for one in by_source.values():
        if targets.setdefault(one.to, one) is not one:
            other = targets[one.to]
            detail = f"{other.source} and {one.source} can't both become {one.to}."
            yield one.place.error("Ambiguous move", detail, *one.at_to)
        way = [one.source]
        step: Moved | None = one
        while step is not None and step.to not in way:
            way.append(step.to)
            step = by_source.get(step.to)
        if step is not None and step.to == one.source:
            detail = f"These moves go in a circle: {' → '.join([*way, step.to])}. Take one of them away."
            yield one.place.error("Cyclic moves", detail, *one.at_source)


def _kind(address: str) -> str:
    steps = split(address) or ()
    name = steps[-1].name if steps else ""
    return name.rpartition(".")[0]


def still_declared(gone: Removed) -> Diagnostic:
    """Refuse a removed block that speaks of something that is there."""
    detail = (
        f"{gone.address} is still declared. Take its block away as well, or take this removed block away: as it is, they "
        "contradict each other."
    )
    return gone.place.error("Removed block is still declared", detail, gone.start, gone.end)


def where(place: Place, start: int) -> str:
    """Say where something stands."""
    line, _ = place.source.position(place.base + start)
    return f"at {place.source.path}:{line}"
