"""`kplan version`."""

from __future__ import annotations

import click

from kplan.cli.command import Command
from kplan.cli.flags import LOOK
from kplan.cli.invocation import invocation
from kplan.view.version import version_text


@click.command(cls=Command, examples=("kplan version",))
@LOOK
@click.pass_context
def version(context: click.Context, /) -> int:
    """Show kplan's version."""
    invocation(context).screen.write(version_text())
    return 0
