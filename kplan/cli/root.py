"""The root of all commands: a table, so that one is imported only when it runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import click

from kplan.cli.command import Group, option, switch

if TYPE_CHECKING:
    from pathlib import Path

_TABLE: Final = {
    "validate": (
        "kplan.cli.validate:validate",
        "Check whether the configuration is valid, without contacting anything",
    ),
    "plan": ("kplan.cli.plan:plan", "Show what an apply would change"),
    "apply": ("kplan.cli.apply:apply", "Make the live systems as the configuration says"),
    "show": ("kplan.cli.show:show", "Show a saved plan, or what kplan remembers"),
    "destroy": ("kplan.cli.apply:destroy", "Destroy everything that this configuration manages"),
    "fmt": ("kplan.cli.fmt:fmt", "Lay out configuration files in the canonical way"),
    "console": ("kplan.cli.console:console", "Evaluate expressions over the configuration"),
    "graph": ("kplan.cli.graph:graph", "Draw what depends on what"),
    "schema": ("kplan.cli.schema:schema", "Show what each block may hold, as JSON Schema"),
    "output": ("kplan.cli.output:output", "Show the outputs of the last apply"),
    "state": ("kplan.cli.state:state", "Look at and mend what kplan remembers"),
    "lock": ("kplan.cli.lock:lock", "Put a hold on a workspace, so that nothing runs on it"),
    "force-unlock": ("kplan.cli.lock:force_unlock", "Lift a hold"),
    "sandbox": ("kplan.cli.sandbox:sandbox", "Run real Kafka clusters on this machine, for trying things"),
    "completion": ("kplan.cli.completion:completion", "Print the completion script for a shell"),
    "version": ("kplan.cli.version:version", "Show kplan's version"),
}


@click.command(
    cls=Group,
    table=_TABLE,
    context_settings={"help_option_names": ["--help", "-h"]},
)
@option("--chdir", value="DIR", help="Switch to this folder before doing anything.")
@option("--workspace", value="NAME", help="The workspace, by default $KPLAN_WORKSPACE or `default`.")
@switch("no-color", "Write without colour.")
def ROOT(  # noqa: N802 - a constant in all but syntax
    chdir: Path | None, workspace: str | None, no_color: bool
) -> int:
    """Plan and apply Kafka topologies: clusters, topics, access and replication, written as HCL.

    The usual way: write `*.kplan.hcl` files, run `kplan plan`, read it, run `kplan apply`.
    """
    del workspace, no_color  # each is looked up where it counts
    if chdir is not None:
        try:
            os.chdir(chdir)
        except OSError as problem:
            raise click.UsageError(f"-chdir={chdir}: {problem.strerror}") from None
    return 0
