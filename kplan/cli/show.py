"""`kplan show`."""

from __future__ import annotations

from pathlib import Path

import click

from kplan.cli.command import Command
from kplan.cli.flags import LOCKING, options_of
from kplan.cli.invocation import invocation


@click.command(cls=Command, examples=("kplan show orders.plan", "kplan show"))
@LOCKING
@click.argument("plan", metavar="[PLAN]", required=False, type=click.Path(path_type=Path))
@click.pass_context
def show(context: click.Context, /, plan: Path | None, **_flags: object) -> int:
    """Show a saved plan, or without one all that kplan remembers.

    Contacts nothing. A plan is shown as it was when it was made.
    """
    screen = invocation(context).screen
    if plan is None:
        from kplan.operations.state import list_ as find
        from kplan.view.state_text import leaf_text

        screen.write("\n".join(map(leaf_text, find(options_of(context)))))
        return 0
    from kplan.lang.diagnostics import DiagnosticsError, Severity
    from kplan.operations.saving import load
    from kplan.view.diagnostics import diagnostics_text
    from kplan.view.plan_text import plan_text

    try:
        saved = load(plan)
    except DiagnosticsError as problem:
        screen.complain(problem.diagnostics)
        return 1
    lacking = [one._replace(severity=Severity.WARNING) for one in saved.plan.refusals]
    warnings = diagnostics_text(saved.plan.diagnostics, screen.look) + diagnostics_text(lacking, screen.look)
    screen.write(
        plan_text(saved.plan, screen.look, warnings, recap_consents=not lacking, targets=saved.targets)
    )
    return 0
