"""`kplan output`."""

from __future__ import annotations

import click

from kplan.cli.command import Command, switch
from kplan.cli.flags import WORKSPACE, options_of
from kplan.cli.invocation import invocation


@click.command(
    cls=Command,
    examples=("kplan output", "kplan output -json", "kplan output -raw orders_topic", "kplan output ids"),
)
@WORKSPACE
@switch("json", "Write JSON: all outputs with their types, or the value of the one that is named.")
@switch("raw", "Write the value of the one that is named as it is, for scripts: a string, number or bool.")
@click.argument("name", required=False)
@click.pass_context
def output(context: click.Context, /, name: str | None, json: bool, raw: bool, **_flags: object) -> int:
    """Show the outputs of the last apply.

    The value of a sensitive output is never stored, so it can't be shown.
    """
    from kplan.lang.diagnostics import did_you_mean
    from kplan.operations.output import outputs
    from kplan.view.outputs import json_text, output_json, output_text, outputs_text, plain, raw_text

    screen = invocation(context).screen
    if raw and (name is None or json):
        raise click.UsageError("-raw takes the name of one output, and no -json", context)
    found = outputs(options_of(context))
    if name is None:
        if json:
            screen.write(json_text({one: output_json(found[one]) for one in found}))
        elif found:
            screen.write(outputs_text(found))
        else:
            screen.write("There are no outputs: none is declared, or nothing has been applied since.\n")
        return 0
    if name not in found:
        known = (
            f" There are: {', '.join(sorted(found))}." if found else " Nothing with outputs was applied yet."
        )
        screen.error(
            f'There is no output "{name}"', f"The last apply left none.{did_you_mean(name, found)}{known}"
        )
        return 1
    one = found[name]
    if one.sensitive:
        screen.error(f'Output "{name}" is sensitive', "Its value is never stored, so that it can't be shown.")
        return 1
    if raw:
        text = raw_text(one.value)
        if text is None:
            screen.error(
                f'Output "{name}" has no raw form', "Only a string, number or bool has one; use -json."
            )
            return 1
        screen.write(text)
        return 0
    screen.write(json_text(plain(one.value)) if json else output_text(one) + "\n")
    return 0
