"""`kplan validate`."""

from __future__ import annotations

import click

from kplan.cli.command import Command, switch
from kplan.cli.flags import LOOK, VARIABLES, options_of
from kplan.cli.invocation import invocation


@click.command(
    cls=Command, examples=("kplan validate", "kplan validate -json", "kplan -chdir=envs/prod validate")
)
@VARIABLES
@LOOK
@switch("json", "Write JSON, as `terraform validate -json` does: for editors and other tools.")
@click.pass_context
def validate(context: click.Context, /, json: bool) -> int:
    """Check whether the configuration is valid. Nothing is contacted, and state isn't read."""
    from kplan.lang.diagnostics import has_errors
    from kplan.operations.validate import validate as check
    from kplan.view.diagnostics import diagnostics_text

    screen = invocation(context).screen
    found = check(options_of(context))
    if json:
        from kplan.view.diagnostics_json import validation_json
        from kplan.view.outputs import json_text

        screen.write(json_text(validation_json(found), sort=False))
        return 1 if has_errors(found) else 0
    if has_errors(found):
        screen.complain(found)
        return 1
    screen.write(diagnostics_text(found, screen.look))
    rest = ", but there were some validation warnings as shown above" if found else ""
    screen.write(("\n" if found else "") + f"Success! The configuration is valid{rest}.\n")
    return 0
