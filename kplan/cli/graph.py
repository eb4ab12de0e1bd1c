"""`kplan graph`."""

from __future__ import annotations

import click

from kplan.cli.command import Command, option
from kplan.cli.flags import LOOK, VARIABLES, options_of
from kplan.cli.invocation import invocation


@click.command(
    cls=Command, examples=("kplan graph | dot -Tsvg > graph.svg", "kplan graph -flows -type=mermaid")
)
@VARIABLES
@LOOK
@option(
    "--type",
    value="dot|mermaid",
    type=click.Choice(["dot", "mermaid"]),
    default="dot",
    help="What to write: DOT for Graphviz, or Mermaid, as code hosts draw it in Markdown.",
)
@option(
    "--flows",
    is_flag=True,
    help="Draw clusters and what links copy between them, instead of blocks.",
)
@click.pass_context
def graph(context: click.Context, /, type: str, flows: bool) -> int:  # noqa: A002 - the option's name
    """Draw what depends on what. An arrow leads from a block to what it needs. Nothing is contacted."""
    from kplan.operations.graph import graph as drawn
    from kplan.operations.graph import map_of_flows
    from kplan.view import flows_text, graph_text

    options = options_of(context)
    if flows:
        copied = map_of_flows(options)
        text = flows_text.dot(copied) if type == "dot" else flows_text.mermaid(copied)
    else:
        found = drawn(options)
        text = graph_text.dot(found) if type == "dot" else graph_text.mermaid(found)
    invocation(context).screen.write(text)
    return 0
