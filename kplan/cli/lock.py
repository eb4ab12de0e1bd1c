"""`kplan lock` and `kplan force-unlock`: a hold that stays until a person lifts it."""

from __future__ import annotations

import click

from kplan.cli.command import Command, option, switch
from kplan.cli.flags import WORKSPACE, options_of
from kplan.cli.invocation import invocation
from kplan.cli.question import ask


@click.command(cls=Command, examples=("kplan lock -reason='migration until Friday, ask ops'",))
@WORKSPACE
@option("--reason", value="TEXT", required=True, help="Why; whoever is refused reads it.")
@click.pass_context
def lock(context: click.Context, /, reason: str, **_flags: object) -> int:
    """Put a hold on a workspace, so that nothing runs on it until the hold is lifted."""
    from kplan.operations.state import lock as put_hold

    options = options_of(context)
    hold = put_hold(options, reason)
    invocation(context).screen.write(
        f'Workspace "{options.workspace}" is on hold: {hold.reason}\n\nTo lift it, run: kplan force-unlock {hold.id}\n'
    )
    return 0


@click.command(
    "force-unlock", cls=Command, examples=("kplan force-unlock 5f0c1d9e", "kplan force-unlock -force")
)
@WORKSPACE
@switch("force", "Don't ask.")
@click.argument("id", default="", required=False, metavar="[ID]")
@click.pass_context
def force_unlock(context: click.Context, /, id: str, force: bool, **_flags: object) -> int:  # noqa: A002 - click's name
    """Lift a hold that `kplan lock` put on a workspace.

    The lock of a run needs no lifting: it frees itself when its process ends, however it ends.
    """
    from kplan.operations.state import force_unlock as lift

    options, screen = options_of(context), invocation(context).screen
    if not force:
        title = f'Do you really want to lift the hold on workspace "{options.workspace}"?'
        explained = ("Whoever put it there had a reason. Only 'yes' will be accepted to confirm.",)
        if ask(screen, title, explained) != "yes":
            screen.write("\nThe hold stays.\n")
            return 1
        screen.write("\n")
    hold = lift(options, id)
    if hold is None:
        screen.write(f'There is no hold on workspace "{options.workspace}".\n')
    else:
        screen.write(f"The hold of {hold.who} since {hold.since} is lifted: {hold.reason}\n")
    return 0
