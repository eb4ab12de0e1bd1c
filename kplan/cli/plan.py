"""`kplan plan`."""

from __future__ import annotations

from pathlib import Path

import click

from kplan.cli.command import Command, option, switch
from kplan.cli.flags import PLANNING, options_of
from kplan.cli.invocation import invocation

_CHANGES = 2


@click.command(
    cls=Command,
    examples=(
        "kplan plan",
        "kplan plan -var-file=prod.kplanvars.hcl -target=topic.orders",
        "kplan plan -exclude-cluster=cluster.dr",
        "kplan plan --adopt='topic.*'",
        "kplan plan -detailed-exitcode",
        "kplan plan -out=orders.plan",
    ),
)
@PLANNING
@switch("destroy", "Plan to destroy everything that is managed.")
@switch("detailed-exitcode", "Exit 0 if there is nothing to do, 2 if there are changes, 1 on errors.")
@option(
    "--out",
    value="FILE",
    type=click.Path(path_type=Path),
    help="Save the plan to a file, for `kplan apply FILE`. It holds no secrets.",
)
@switch("input", "Accepted as Terraform has it; plan never asks.", on=True)
@click.pass_context
def plan(
    context: click.Context,
    /,
    detailed_exitcode: bool,
    compact_warnings: bool,
    out: Path | None,
    **_flags: object,
) -> int:
    """Show what an apply would change.

    Reads the configuration, what kplan remembers, and the declared objects as they are live. Changes nothing. What
    would lose data is recapped above the summary, with the option that agrees to it.
    """
    from kplan.cli.run import Runner
    from kplan.operations.plan import plan as make_plan
    from kplan.view.plan_text import saved_text

    options = options_of(context)
    runner = Runner(invocation(context).screen, compact=compact_warnings, targets=options.targets)
    with runner.listening():
        outcome = make_plan(options, runner.run, out)
    made = outcome.plan
    if made is not None:
        runner.show(made, outcome.diagnostics, made.refusals)
    else:
        runner.warn(outcome.diagnostics)
    wrong = runner.complain((*(made.diagnostics if made else ()), *outcome.diagnostics))
    if made is None or wrong or not made.complete:
        return 1
    if out is not None:
        runner.screen.write(saved_text(str(out)))
    return _CHANGES if detailed_exitcode and made.has_changes() else 0
