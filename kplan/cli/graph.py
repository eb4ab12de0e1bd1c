"""`kplan graph`."""

from __future__ import annotations

import click

from kplan.cli.command import Command, option
from kplan.cli.flags import LOOK, VARIABLES, options_of
from kplan.cli.invocation import invocation


@click.command(cls=Command, examples=("kplan graph | dot -Tsvg > graph.svg", "kplan graph -type=mermaid"))
@VARIABLES
@LOOK
@option(
    "--type",
    value="dot|mermaid",
    type=click.Choice(["dot", "mermaid"]),
    default="dot",
    help="What to write: DOT for Graphviz, or Mermaid, as code hosts draw it in Markdown.",
)
@click.pass_context
def graph(context: click.Context, /, type: str) -> int:  # noqa: A002 - the option's name
    """Draw what depends on what. An arrow leads from a block to what it needs. Nothing is contacted."""
    from kplan.operations.graph import graph as drawn
    from kplan.view.graph_text import dot, mermaid

    found = drawn(options_of(context))
    invocation(context).screen.write(dot(found) if type == "dot" else mermaid(found))
    return 0
