"""`kplan state`: look at and mend what kplan remembers. None of these changes anything live."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kplan.cli.command import Command, Group, option, switch
from kplan.cli.flags import LOCKING, VARIABLES, WORKSPACE, options_of
from kplan.cli.invocation import invocation
from kplan.view.text import counted

_TABLE = {
    "list": ("kplan.cli.state:list_", "List the objects that kplan remembers"),
    "show": ("kplan.cli.state:show", "Show one object as kplan remembers it"),
    "mv": ("kplan.cli.state:mv", "Have an object go by another address"),
    "rm": ("kplan.cli.state:rm", "Forget objects; they stay as they are live"),
    "pull": ("kplan.cli.state:pull", "Write the state to standard output"),
    "push": ("kplan.cli.state:push", "Replace the state by a file"),
    "replace-endpoint": ("kplan.cli.state:replace_endpoint", "Accept that a cluster is another one now"),
}


@click.command(cls=Group, table=_TABLE)
def state() -> None:
    """Look at and mend what kplan remembers. None of these commands changes anything on a cluster."""


@click.command(
    "list",
    cls=Command,
    examples=("kplan state list", "kplan state list topic.orders 'topic.telemetry[\"fra\"]'"),
)
@WORKSPACE
@click.argument("patterns", nargs=-1, metavar="[ADDRESS...]")
@click.pass_context
def list_(context: click.Context, /, patterns: tuple[str, ...], **_flags: object) -> int:
    """List the objects that kplan remembers, all or those whose address fits."""
    from kplan.operations.state import list_ as find

    leaves = find(options_of(context), patterns)
    invocation(context).screen.write("".join(f"{leaf.address}\n" for leaf in leaves))
    return 0


@click.command(cls=Command, examples=("kplan state show topic.orders", "kplan state show 'topic.t[\"fra\"]'"))
@WORKSPACE
@click.argument("address", metavar="ADDRESS")
@click.pass_context
def show(context: click.Context, /, address: str, **_flags: object) -> int:
    """Show one object as kplan remembers it."""
    from kplan.operations.state import show as find
    from kplan.view.state_text import leaf_text

    invocation(context).screen.write(leaf_text(find(options_of(context), address)))
    return 0


@click.command(cls=Command, examples=("kplan state mv topic.orders topic.purchases",))
@LOCKING
@click.argument("source", metavar="SOURCE")
@click.argument("destination", metavar="DESTINATION")
@click.pass_context
def mv(context: click.Context, /, source: str, destination: str, **_flags: object) -> int:
    """Have an object, or all instances of a block, go by another address.

    A block that was renamed needs this only if its objects' names follow from its label: kplan sees by itself that
    an object with the same name is the same.
    """
    from kplan.operations.state import move

    moved = move(options_of(context), source, destination)
    lines = [f'Move "{old}" to "{new}"\n' for old, new in moved]
    invocation(context).screen.write(
        "".join(lines) + f"Successfully moved {counted(len(moved), 'object')}.\n"
    )
    return 0


@click.command(cls=Command, examples=("kplan state rm topic.orders",))
@LOCKING
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@click.pass_context
def rm(context: click.Context, /, addresses: tuple[str, ...], **_flags: object) -> int:
    """Forget objects. They stay as they are live, and kplan no longer manages them."""
    from kplan.operations.state import remove

    removed = remove(options_of(context), addresses)
    lines = [f"Removed {one}\n" for one in removed]
    invocation(context).screen.write(
        "".join(lines) + f"Successfully removed {counted(len(removed), 'object')}.\n"
    )
    return 0


@click.command(cls=Command, examples=("kplan state pull > backup.json",))
@LOCKING
@click.pass_context
def pull(context: click.Context, /, **_flags: object) -> int:
    """Write the state to standard output, what the journal holds included."""
    from kplan.operations.state import pull as read

    screen = invocation(context).screen
    screen.write(read(options_of(context)).decode())
    return 0


@click.command(cls=Command, examples=("kplan state push backup.json", "kplan state push - < backup.json"))
@LOCKING
@switch("force", "Accept a file of another lineage or an older serial.")
@click.argument("file", type=click.Path(), metavar="FILE")
@click.pass_context
def push(context: click.Context, /, file: str, force: bool, **_flags: object) -> int:
    """Replace the state by a file, or by standard input where FILE is `-`."""
    from kplan.operations.state import push as write

    screen = invocation(context).screen
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as problem:
        screen.error(f"Can't read {file}", f"{problem.strerror}.")
        return 1
    write(options_of(context), data, force=force)
    screen.write("The state was replaced.\n")
    return 0


@click.command(
    "replace-endpoint",
    cls=Command,
    examples=(
        "kplan state replace-endpoint cluster.primary",
        "kplan state replace-endpoint cluster.primary -uid=q1Sh-9_ISia_zwGINzRvyQ",
    ),
)
@VARIABLES
@LOCKING
@click.argument("address", metavar="CLUSTER")
@option(
    "--uid", value="ID", help="The id of the cluster that it is now; by default that of the one that answers."
)
@click.pass_context
def replace_endpoint(context: click.Context, /, address: str, uid: str | None, **_flags: object) -> int:
    """Accept that a cluster is another one now, say after it was set up anew.

    What kplan remembers there is taken to be on that cluster. The next plan shows what is missing on it.
    """
    from kplan.operations.state import replace_endpoint as accept

    old, new = accept(options_of(context), address, uid)
    invocation(context).screen.write(f"{address} was {old} and is {new} from now on.\n")
    return 0
