"""Saved plans: a plan written to a file with what it rests on, and read back."""

from __future__ import annotations

import contextlib
import os
import time
from secrets import token_hex
from typing import TYPE_CHECKING, NamedTuple, cast

from kplan import __version__
from kplan.config.connections import for_connections
from kplan.config.extract import extract, needed_for
from kplan.config.plain_secrets import places, written_out
from kplan.config.secret_files import may_be_secret
from kplan.graph.address import block_address
from kplan.lang.diagnostics import DiagnosticsError, error
from kplan.operations.secret_texts import holds, texts_in, texts_sent, texts_versioned
from kplan.plan import saved as file
from kplan.plan.model import Action, Change, is_change
from kplan.plan.saved import Again, NotAPlanError, OtherVersionError, SavedPlan
from kplan.plan.secrets import digest
from kplan.sdk.types import EndpointKind
from kplan.sdk.values import reveal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kplan.config.configuration import Configuration
    from kplan.config.extract import Pieces
    from kplan.config.files import ModuleFiles, Seen
    from kplan.operations.options import Options
    from kplan.operations.planning import Made
    from kplan.sdk.values import Value
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
        with contextlib.suppress(OSError):
            part.unlink()
        detail = f"{path}: {problem.strerror or problem}."
        raise DiagnosticsError([error("The plan can't be saved", detail)]) from None


def load(path: Path) -> SavedPlan:
    """Read a saved plan. Raises DiagnosticsError."""
    try:
        return file.read(path.read_bytes())
    except OSError as problem:
        detail = f"{path}: {problem.strerror or problem}."
        raise DiagnosticsError([error("The saved plan can't be read", detail)]) from None
    except NotAPlanError as wrong:
        remedy = "Plan again, with -out."
        raise DiagnosticsError(
            [error("Not a usable saved plan", f"{path}: {wrong}.", remedy=remedy)]
        ) from None
    except OtherVersionError as other:
        detail = f"It was made by kplan {other}, and this is {__version__}, which may decide otherwise."
        remedy = f"Apply it with kplan {other}, or plan again."
        raise DiagnosticsError([error("Saved plan of another version", detail, remedy=remedy)]) from None


class _Secrets(NamedTuple):
    """The secrets of a plan as texts: those that go to clusters, and with the variables' all that are known.

    `versioned`: those of which nothing is to be stored, since a version beside them says when they change.
    """

    sent: set[str]
    known: set[str]
    versioned: set[str]


def _saved(made: Made, configuration: Configuration, options: Options, state: State) -> SavedPlan:
    leaves = made.leaves
    changes = [one for one in made.plan.changes if file.is_part(one, leaves.get(one.key))]
    secrets = _secrets(made, configuration)
    nodes = list(_needed(changes, made, configuration, options))
    pieces = extract(configuration, nodes)
    _refuse_plain(pieces, secrets.sent)
    kept = {block[1][0] for one in pieces["."] for _, block in one.blocks if block[0] == "variable"}
    variables = _variables(kept, configuration, nodes, secrets)
    values = configuration.variables
    shown = {one.key for one in changes if is_change(one)}
    return SavedPlan(
        time.time(),
        state.lineage,
        state.serial,
        options.workspace,
        configuration.module.backend_path,
        made.plan,
        {one.key: leaves.get(one.key) for one in changes},
        options.targets,
        options.consents,
        Again(
            pieces,
            {name: values[name] for name in sorted(kept - variables.asked)},
            tuple(sorted(variables.asked)),
            tuple(sorted(variables.open)),
            _seen(configuration, secrets.known),
            configuration.surroundings.began,
        ),
        _digest(
            {name: made.secrets.secrets[name] for name, key in made.secrets.owners.items() if key in shown},
            {name: values[name] for name in variables.compared},
        ),
    )


def _secrets(made: Made, configuration: Configuration) -> _Secrets:
    sent = texts_sent(made.evaluation) | written_out(configuration.read.files)
    known = sent | texts_in(configuration.variables.values())
    return _Secrets(sent, known, texts_versioned(made.evaluation))


def _needed(
    changes: list[Change], made: Made, configuration: Configuration, options: Options
) -> Iterator[str]:
    """Name what the changes come from. To destroy takes nothing but the clusters."""
    declared = configuration.module.declared
    uids = {one.key.uid for one in changes}
    blocks = {block_address(at) for at, one in made.plan.endpoints.items() if one.record.uid in uids}
    blocks.update(block for one in changes for block in one.blocks if block in declared)
    if options.destroy:
        blocks = {one for one in blocks if isinstance(declared[one].kind, EndpointKind)}
    yield from blocks
    yield from (f"output.{one.name}" for one in made.plan.outputs if one.changed and one.after is not None)
    if any(one.action in (Action.DELETE, Action.FORGET) for one in changes):
        yield from (unit.path for unit in configuration.units if unit.path and unit.module.removed)


def _refuse_plain(pieces: Pieces, secrets: set[str]) -> None:
    """Refuse to save a plan whose blocks have a secret written out."""
    found = places(pieces, secrets)
    if found:
        detail = (
            f"What is sensitive is written out at {', '.join(found)}, and a saved plan holds no secrets. Put it into a "
            "variable that is declared sensitive, or into a file: sensitive(file(…))."
        )
        raise DiagnosticsError([error("The plan can't be saved", detail)])


class _Variables(NamedTuple):
    """Which variables are asked for again, which of the others may be given again, and which are to be the same."""

    asked: set[str]
    open: set[str]
    compared: set[str]


def _variables(
    kept: set[str], configuration: Configuration, nodes: list[str], secrets: _Secrets
) -> _Variables:
    """Tell the variables apart. Who applies a plan may connect otherwise than who made it."""
    values = configuration.variables
    asked = {
        name
        for name, one in configuration.module.variables.items()
        if one.sensitive or holds(values[name], secrets.sent)  # sensitive(var.x) makes of x a secret too
    }
    connecting = for_connections(configuration, needed_for(configuration, nodes))
    compared = {
        name for name in (asked & kept) - connecting if not holds(reveal(values[name]), secrets.versioned)
    }
    return _Variables(asked, (kept & connecting) - asked, compared)


def _seen(configuration: Configuration, known: set[str]) -> Seen:
    """Give what was read of files, without contents that may be secret."""
    seen = cast("ModuleFiles", configuration.surroundings.files).seen()
    secret = may_be_secret(configuration.read.files, seen.contents, known)
    return seen._replace(contents={path: one for path, one in seen.contents.items() if path not in secret})


def _digest(objects: dict[str, str], variables: dict[str, Value]) -> dict[str, object]:
    """Digest the secrets of a plan's objects, and the variables that they come from, to know all of them again."""
    if not objects and not variables:
        return {}
    salt = token_hex(16)
    said = digest(file.secrets_of(objects, variables), salt)
    return {"salt": salt, "names": sorted(objects), "variables": sorted(variables), "digest": said}
