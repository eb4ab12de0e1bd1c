"""A folder to a Configuration: files read and parsed, blocks decoded, references checked, variables given values."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kplan.config import variables as values
from kplan.config.decode import Decoder, types_named
from kplan.config.files import ModuleFiles, parse_folder
from kplan.config.references import Edges, Links, block_edges, strata
from kplan.config.rehearsal import rehearse
from kplan.config.transitions import check_transitions
from kplan.graph.order import order
from kplan.lang.diagnostics import DiagnosticsError, error, has_errors, sort_and_dedupe
from kplan.lang.functions import Surroundings
from kplan.registry import types as registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from kplan.config.model import Module
    from kplan.config.variables import Flag
    from kplan.lang.cache import BlockCache
    from kplan.lang.diagnostics import Diagnostic
    from kplan.registry.types import Types
    from kplan.sdk.values import Value


class Configuration(NamedTuple):
    """A module that holds together. `order` has every local and block, dependencies first; `edges` blocks only."""

    module: Module
    types: Types
    variables: dict[str, Value]
    order: tuple[str, ...]
    edges: Edges
    strata: dict[str, int]
    warnings: tuple[Diagnostic, ...]
    surroundings: Surroundings


def load_module(folder: Path, cache: BlockCache | None) -> tuple[Module, Types, list[Diagnostic]]:
    """Read a folder's blocks; errors are in the list."""
    files, diagnostics = parse_folder(folder, cache)
    try:
        types = registry.load(types_named(files))
    except registry.RegistryProblem as problem:
        raise DiagnosticsError([error(problem.summary, str(problem))]) from None
    decoder = Decoder(types)
    for file in files:
        decoder.file(file)
    module = decoder.module(folder, tuple(file.source for file in files))
    return module, types, diagnostics + decoder.diagnostics


def load(
    folder: Path, flags: Iterable[Flag], environment: Mapping[str, str], cache: BlockCache | None
) -> Configuration:
    """Load a configuration, or raise every error found as DiagnosticsError."""
    module, types, diagnostics = load_module(folder, cache)
    if has_errors(diagnostics) and not module.declared:
        raise DiagnosticsError(sort_and_dedupe(diagnostics))
    given = values.gather(module.variables, folder, flags, environment)
    diagnostics += given.diagnostics
    links = Links(module, given.values)
    sorted_, cycles = order(links.edges)
    diagnostics += [*links.diagnostics, *check_transitions(module)]
    diagnostics += [_cycle(module, path) for path in cycles]
    found = sort_and_dedupe(diagnostics)
    configuration = Configuration(
        module,
        types,
        given.values,
        tuple(sorted_),
        block_edges(links.edges, sorted_),
        strata(sorted_, links.edges, links.raising),
        found,
        Surroundings(ModuleFiles(folder), environment),
    )
    if has_errors(found):
        # What evaluation finds beside them is told in the same run; a circle can't be evaluated.
        more = () if cycles else rehearse(configuration).diagnostics
        raise DiagnosticsError(sort_and_dedupe([*found, *more]))
    return configuration


def _cycle(module: Module, path: list[str]) -> Diagnostic:
    way = " → ".join(path)
    detail = f"Each of these needs the next: {way}. Break the circle at one of them."
    first = path[0]
    if first in module.declared:
        declared = module.declared[first]
        return declared.place.error("Cycle", detail, declared.block[2], declared.block[3])
    if first.startswith("local."):
        local = module.locals[first.removeprefix("local.")]
        return local.place.error("Cycle", detail, local.attribute[1], local.attribute[2])
    return error("Cycle", detail)
