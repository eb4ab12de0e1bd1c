"""The options that several commands share, and how they become an Options."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from kplan.cli.command import option, switch
from kplan.cli.invocation import invocation
from kplan.operations.options import Options, VariableFlag
from kplan.plan.model import Consents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_NAME: Final = re.compile(r"[^\W\d][\w-]*\Z")
_WORKSPACE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


def _seconds(_context: click.Context, _parameter: click.Parameter, text: str) -> float:
    """Read a time such as `60s` or `1m30s`."""
    parts = _DURATION.findall(text)
    if text != "0" and (not parts or "".join(number + unit for number, unit in parts) != text):
        raise click.BadParameter(f'"{text}" is not a duration. Write it as 60s, 5m or 1h30m.')
    return float(sum(float(number) * _SECONDS[unit] for number, unit in parts))


def all_of(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Join options into one decorator."""

    def decorate(function: Any) -> Any:
        for one in reversed(options):
            function = one(function)
        return function

    return decorate


LOOK: Final = option("--no-color", is_flag=True, expose_value=False, help="Write without colour.")
WORKSPACE: Final = all_of(
    option(
        "--workspace",
        "workspace",
        value="NAME",
        help="The workspace, by default $KPLAN_WORKSPACE or `default`.",
    ),
    LOOK,
)
LOCKING: Final = all_of(
    WORKSPACE,
    option(
        "--lock-timeout",
        value="60s",
        default="0",
        callback=_seconds,
        help="Wait this long for a workspace that another run holds; by default not at all.",
    ),
)
VARIABLES: Final = all_of(
    option(
        "--var",
        value="'NAME=VALUE'",
        multiple=True,
        expose_value=False,
        help="Set a variable of the configuration; can be given often. Later ones win.",
    ),
    option(
        "--var-file",
        value="FILE",
        multiple=True,
        expose_value=False,
        type=click.Path(),
        help="Set variables from a file, beside *.auto.kplanvars.hcl; can be given often.",
    ),
)
PLANNING: Final = all_of(
    VARIABLES,
    LOCKING,
    option(
        "--target",
        value="ADDRESS",
        multiple=True,
        help="Look only at this block or instance and what it needs; can be given often.",
    ),
    option(
        "--replace",
        value="ADDRESS",
        multiple=True,
        help="Destroy this object and create it anew, whatever it holds; can be given often.",
    ),
    option(
        "--exclude-cluster",
        value="ADDRESS",
        multiple=True,
        help="Leave out this cluster and what depends on it, say because it can't be reached; can be given often.",
    ),
    option(
        "--adopt",
        value="PATTERN",
        multiple=True,
        help="Take over declared objects that exist already and whose address fits, with * for anything; can be "
        "given often. Adopting alone changes nothing on the cluster.",
    ),
    switch("refresh", "Trust what state remembers instead of reading what is live.", on=True),
    option(
        "--allow-data-loss",
        value="N",
        type=click.IntRange(min=0),
        default=0,
        help="Agree that at most N objects lose data or change for good. Nothing else implies it.",
    ),
    option(
        "--allow-deletes",
        value="N",
        type=click.IntRange(min=0),
        default=0,
        help="Agree to N deletes where that is a large part of a cluster's objects.",
    ),
    switch("compact-warnings", "Show warnings as one line each, unless there are errors too."),
)


def options_of(context: click.Context, *, destroy: bool = False) -> Options:
    """Make the Options of a command from what it was given."""
    given = context.params
    return Options(
        folder=Path(),
        workspace=_workspace(context),
        variables=tuple(_variables(invocation(context).given)),
        targets=given.get("target", ()),
        replaces=given.get("replace", ()),
        exclude_clusters=given.get("exclude_cluster", ()),
        adopt=given.get("adopt", ()),
        refresh=given.get("refresh", True),
        destroy=destroy or given.get("destroy", False),
        consents=Consents(given.get("allow_data_loss", 0), given.get("allow_deletes", 0)),
        lock_timeout=given.get("lock_timeout", 0.0),
    )


def _workspace(context: click.Context) -> str:
    """Take the command's -workspace, the one before the command, or the environment's."""
    root = context.find_root()
    name = (
        context.params.get("workspace") or root.params.get("workspace") or os.environ.get("KPLAN_WORKSPACE")
    )
    if not name:
        return "default"
    if not _WORKSPACE.match(name):
        raise click.UsageError(
            f'"{name}" can\'t be the name of a workspace: letters, digits, dots, dashes and underscores, the first a '
            "letter or digit",
            context,
        )
    return str(name)


def _variables(given: Iterable[tuple[str, str]]) -> Iterable[VariableFlag]:
    """Keep -var and -var-file in the order in which they were given."""
    for option_name, value in given:
        if option_name == "var-file":
            yield VariableFlag("", "", value)
        elif option_name == "var":
            name, equals, text = value.partition("=")
            if not equals or not _NAME.match(name.strip()):
                # What was given may hold a secret, so it isn't repeated.
                raise click.UsageError("-var takes NAME=VALUE, as in -var 'replicas=3'")
            yield VariableFlag(name.strip(), text)
