"""What every story starts with: the configuration, the store, and the state folded with its journal."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kplan.config import load as configuration
from kplan.config.variables import Flag
from kplan.lang.cache import BlockCache
from kplan.lang.diagnostics import DiagnosticsError, has_errors, sort_and_dedupe
from kplan.registry import types as registry
from kplan.state.local import LocalStore
from kplan.state.model import State, empty
from kplan.state.records import fold

if TYPE_CHECKING:
    from kplan.config.configuration import Configuration
    from kplan.operations.options import Options
    from kplan.state.store import Store


class Remembered(NamedTuple):
    """State as it is now. `fresh`: the journal was empty."""

    state: State
    fresh: bool


def cache_folder() -> Path:
    """Give the folder for what can be made again: KPLAN_CACHE_DIR, else the user's cache folder."""
    stated = os.environ.get("KPLAN_CACHE_DIR")
    if stated:
        return Path(stated)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "kplan"


def load_configuration(options: Options) -> Configuration:
    """Load the configuration of the folder, or raise all its errors."""
    flags = [Flag(*flag) for flag in options.variables]
    return configuration.load(
        options.folder,
        flags,
        os.environ,
        BlockCache(cache_folder() / "blocks", str(options.folder.resolve())),
        options.workspace,
    )


def knowing(configuration: Configuration, state: State) -> Configuration:
    """Load the types of what state remembers too: on an endpoint may be objects of a provider that no block names any more."""
    known = configuration.types
    missing = {key.type for key in (*state.leaves, *state.pending)} - known.leaves.keys()
    if not missing & set(known.known):
        return configuration
    return configuration._replace(types=registry.load({*known.resources, *known.sources, *missing}))


def open_store(options: Options, backend_path: str) -> LocalStore:
    """Name the store of the workspace."""
    return LocalStore(options.folder / backend_path, options.workspace)


def open_state(options: Options) -> LocalStore:
    """Name the store for a story that needs no evaluated configuration."""
    module, _, diagnostics = configuration.load_module(
        options.folder, BlockCache(cache_folder() / "blocks", str(options.folder.resolve()))
    )
    if has_errors(diagnostics):
        raise DiagnosticsError(sort_and_dedupe(diagnostics))
    return open_store(options, module.backend_path)


def remember(store: Store) -> Remembered:
    """Read state; a workspace that has none yet starts an empty one with a lineage of its own."""
    loaded = store.load()
    snapshot = loaded.snapshot
    if snapshot is None:
        began = loaded.records[0] if loaded.records else None
        lineage = getattr(began, "lineage", "") or str(uuid.uuid4())
        snapshot = empty(lineage)
    return Remembered(fold(snapshot, loaded.records), not loaded.records)
