"""`kplan schema`."""

from __future__ import annotations

import click

from kplan.cli.command import Command
from kplan.cli.flags import LOOK
from kplan.cli.invocation import invocation


@click.command(cls=Command, examples=("kplan schema", "kplan schema topic", "kplan schema data.topics"))
@LOOK
@click.argument("block", required=False)
@click.pass_context
def schema(context: click.Context, /, block: str | None) -> int:
    """Write what each block may hold, as JSON Schema (2020-12), or one block type's body.

    For editors and other tools. It is the shape that HCL has in JSON: the block's type, its labels, its body.
    """
    from kplan.lang.diagnostics import did_you_mean
    from kplan.operations.schema import catalogue
    from kplan.view.outputs import json_text
    from kplan.view.schema_json import schema_json

    screen = invocation(context).screen
    found = catalogue()
    names = [f"data.{one.name}" if one.kind == "data" else one.name for one in found.blocks]
    if block is not None and block not in names:
        hint = did_you_mean(block, names)
        screen.error(f'There is no block type "{block}"', f"There are: {', '.join(sorted(names))}.{hint}")
        return 1
    screen.write(json_text(schema_json(found, block or ""), sort=False))
    return 0
