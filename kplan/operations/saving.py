"""Saved plans: a plan written to a file with what it rests on, and read back."""

from __future__ import annotations

import os
import time
from secrets import token_hex
from typing import TYPE_CHECKING, cast

from kplan import __version__
from kplan.config.extract import extract
from kplan.config.secret_files import may_be_secret
from kplan.graph.address import block_address
from kplan.lang.diagnostics import DiagnosticsError, error
from kplan.plan import saved as file
from kplan.plan.saved import Again, NotAPlanError, SavedPlan
from kplan.plan.secrets import digest

if TYPE_CHECKING:
    from pathlib import Path

    from kplan.config.configuration import Configuration
    from kplan.config.files import ModuleFiles, Seen
    from kplan.operations.options import Options
    from kplan.operations.planning import Made
    from kplan.state.model import State


def save(made: Made, configuration: Configuration, options: Options, state: State, path: Path) -> None:
    """Write a plan that can be applied to a file. Raises DiagnosticsError."""
    data = file.write(_saved(made, configuration, options, state))
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(data)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(path)
    except OSError as problem:
        detail = f"{path}: {problem.strerror or problem}."
        raise DiagnosticsError([error("The plan can't be saved", detail)]) from None


def load(path: Path) -> SavedPlan:
    """Read a saved plan. Raises DiagnosticsError."""
    try:
        saved = file.read(path.read_bytes())
    except OSError as problem:
        detail = f"{path}: {problem.strerror or problem}."
        raise DiagnosticsError([error("The saved plan can't be read", detail)]) from None
    except NotAPlanError as wrong:
        remedy = "Plan again, with -out."
        raise DiagnosticsError(
            [error("Not a usable saved plan", f"{path}: {wrong}.", remedy=remedy)]
        ) from None
    if saved.kplan_version != __version__:
        detail = f"It was made by kplan {saved.kplan_version}, and this is {__version__}, which may decide otherwise."
        remedy = f"Apply it with kplan {saved.kplan_version}, or plan again."
        raise DiagnosticsError([error("Saved plan of another version", detail, remedy=remedy)])
    return saved


def _saved(made: Made, configuration: Configuration, options: Options, state: State) -> SavedPlan:
    changes = [one for one in made.plan.changes if file.is_part(one)]
    module = configuration.module
    blocks = {block for one in changes for block in one.blocks if block in module.declared}
    blocks |= {block_address(one.endpoint) for one in changes} & module.declared.keys()
    outputs = not (options.is_partial or options.destroy)
    pieces = extract(configuration, blocks, outputs=outputs)
    named = {block[1][0] for one in pieces["."] for _, block in one.blocks if block[0] == "variable"}
    asked = tuple(sorted(name for name in named if module.variables[name].sensitive))
    variables = {name: configuration.variables[name] for name in sorted(named.difference(asked))}
    again = Again(pieces, variables, asked, _seen(configuration), configuration.surroundings.began)
    keys = {one.key for one in changes}
    return SavedPlan(
        __version__,
        time.time(),
        state.lineage,
        state.serial,
        options.workspace,
        module.backend_path,
        made.plan,
        {one.key: file.fingerprint(one, configuration.types) for one in changes},
        {key: made.leaves.get(key) for key in sorted(keys)},
        options.is_partial,
        options.consents,
        again,
        _secrets(made, {name for name, key in made.secrets.owners.items() if key in keys}),
    )


def _seen(configuration: Configuration) -> Seen:
    """Give what was read of files, without contents that may be secret."""
    seen = cast("ModuleFiles", configuration.surroundings.files).seen()
    secret = may_be_secret(configuration.read.files, seen.contents)
    return seen._replace(contents={path: one for path, one in seen.contents.items() if path not in secret})


def _secrets(made: Made, names: set[str]) -> dict[str, object]:
    """Digest the secrets of a plan's objects together, to know them again."""
    if not names:
        return {}
    salt = token_hex(16)
    ours = {name: made.secrets.secrets[name] for name in names}
    return {"salt": salt, "names": sorted(names), "digest": digest(ours, salt)}
