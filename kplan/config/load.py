"""A folder to a Configuration: files read and parsed, blocks decoded, references checked, variables given values."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kplan.config import variables as values
from kplan.config.configuration import Configuration
from kplan.config.files import ModuleFiles
from kplan.config.links import Links, block_edges, strata
from kplan.config.rehearsal import rehearse
from kplan.config.transitions import check_transitions, moved_of, removed_of
from kplan.config.units import Unit, build_units, decode_folders, read_folders
from kplan.config.unused import unused
from kplan.graph.order import order
from kplan.lang.diagnostics import DiagnosticsError, error, has_errors, sort_and_dedupe
from kplan.lang.functions import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from kplan.config.model import Declared, Module, Variable
    from kplan.config.units import Read
    from kplan.config.variables import Flag, Gathered
    from kplan.lang.cache import BlockCache
    from kplan.lang.diagnostics import Diagnostic
    from kplan.registry.types import Types


def load_module(folder: Path, cache: BlockCache | None) -> tuple[Module, Types, list[Diagnostic]]:
    """Read the root module's blocks, and only them; errors are in the list."""
    read = read_folders(folder, cache)
    modules, diagnostics = decode_folders(folder, read)
    return modules.by_folder["."], modules.types, read.diagnostics + diagnostics


def load(
    folder: Path,
    flags: Iterable[Flag],
    environment: Mapping[str, str],
    cache: BlockCache | None,
    workspace: str = "default",
) -> Configuration:
    """Load a configuration, or raise every error found as DiagnosticsError."""
    return assemble(
        read_folders(folder, cache),
        folder,
        lambda declared: values.gather(declared, folder, flags, environment),
        Surroundings(ModuleFiles(folder), environment, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())),
        workspace,
    )


def assemble(
    read: Read,
    folder: Path,
    gather: Callable[[Mapping[str, Variable]], Gathered],
    surroundings: Surroundings,
    workspace: str,
    *,
    whole: bool = True,
) -> Configuration:
    """Make a configuration of what was read, or raise every error found as DiagnosticsError.

    `gather` gives the variables' values; not `whole`: a part of what was checked before.
    """
    modules, wrong = decode_folders(folder, read)
    units, misfits = build_units(modules)
    diagnostics = [*read.diagnostics, *wrong, *misfits]
    declared = {one.address: one for unit in units for one in unit.declared.values()}
    module = units[0].module._replace(declared=declared, removed=removed_of(units), moved=moved_of(units))
    if has_errors(diagnostics) and not declared:
        raise DiagnosticsError(sort_and_dedupe(diagnostics))
    given = gather(module.variables)
    diagnostics += given.diagnostics
    links = Links(units, given.values)
    sorted_, cycles = order(links.edges)
    diagnostics += [*links.diagnostics, *check_transitions(units, declared)]
    diagnostics += [_cycle(units, declared, path) for path in cycles]
    if whole and not has_errors(diagnostics):  # what seems unused may only be misspelt elsewhere
        diagnostics += unused(modules.by_folder.values())
    found = sort_and_dedupe(diagnostics)
    configuration = Configuration(
        module,
        modules.types,
        given.values,
        tuple(sorted_),
        block_edges(links.edges, sorted_, declared),
        strata(sorted_, links.edges, links.raising),
        found,
        surroundings,
        tuple(units),
        read,
        links.edges,
        workspace,
    )
    if has_errors(found):
        # What evaluation finds beside them is told in the same run; a circle can't be evaluated.
        more = () if cycles else rehearse(configuration).diagnostics
        raise DiagnosticsError(sort_and_dedupe([*found, *more]))
    return configuration


def _cycle(units: Iterable[Unit], declared: Mapping[str, Declared], path: list[str]) -> Diagnostic:
    way = " → ".join(path)
    detail = f"Each of these needs the next: {way}. Break the circle at one of them."
    for node in path:
        if node in declared:
            one = declared[node]
            return one.place.error("Cycle", detail, one.block[2], one.block[3])
        for unit in units:
            local = next((each for each in unit.module.locals if unit.node(f"local.{each}") == node), None)
            if local is not None:
                found = unit.module.locals[local]
                return found.place.error("Cycle", detail, found.attribute[1], found.attribute[2])
    return error("Cycle", detail)
