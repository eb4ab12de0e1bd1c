"""`kplan apply` and `kplan destroy`: the same story with another plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from kplan.cli.command import Command, switch
from kplan.cli.flags import PLANNING, all_of, options_of
from kplan.cli.invocation import invocation

if TYPE_CHECKING:
    from collections.abc import Callable

    from kplan.cli.approval import Approval
    from kplan.operations.options import ApplyOutcome, Options, Run

_APPLYING: Callable[[Any], Any] = all_of(
    PLANNING,
    switch("auto-approve", "Don't ask before applying. Never agrees to data loss."),
    switch("input", "Never ask: without -auto-approve, an apply that has something to do fails.", on=True),
)


@click.command(
    cls=Command,
    examples=(
        "kplan apply",
        "kplan apply -auto-approve -lock-timeout=5m",
        "kplan apply -target='topic.telemetry[\"fra\"]'",
        "kplan apply --allow-data-loss 2",
        "kplan apply orders.plan",
    ),
)
@_APPLYING
@switch("destroy", "Destroy everything that is managed; the same as `kplan destroy`.")
@click.argument("plan", metavar="[PLAN]", required=False, type=click.Path(path_type=Path))
@click.pass_context
def apply(context: click.Context, /, plan: Path | None, **flags: Any) -> int:
    """Make the live systems as the configuration says.

    Plans, shows the plan, asks, and carries it out. Every step is journalled, so that an apply that was interrupted
    or killed goes on where it was. Ctrl-C once stops in order, twice at once.

    With a PLAN that `kplan plan -out` saved, exactly that is applied, without a question, or nothing if what it rests
    on has changed. Sensitive variables are given again, by -var, -var-file, files or the environment.
    """
    if plan is not None:
        return _run_saved(context, flags, plan)
    return _run(context, flags, destroy=flags["destroy"])


@click.command(
    cls=Command,
    examples=("kplan destroy", "kplan destroy -target=topic.orders --allow-data-loss 1"),
)
@_APPLYING
@click.pass_context
def destroy(context: click.Context, /, **flags: Any) -> int:
    """Destroy everything that this configuration manages.

    What was never created or adopted by kplan stays as it is.
    """
    return _run(context, flags, destroy=True)


_OF_PLANS: Final = ("target", "replace", "exclude_cluster", "adopt", "destroy", "workspace")


def _run_saved(context: click.Context, flags: dict[str, Any], path: Path) -> int:
    from kplan.lang.diagnostics import DiagnosticsError
    from kplan.operations.apply_saved import apply_saved
    from kplan.operations.saving import load

    given = [name for name in _OF_PLANS if flags[name]] + ([] if flags["refresh"] else ["refresh"])
    if given:
        names = ", ".join(f"-{name.replace('_', '-')}" for name in given)
        raise click.UsageError(
            f"{names}: a saved plan is applied as it is, so that nothing of it can be chosen"
        )
    screen, options = invocation(context).screen, options_of(context)
    try:
        saved = load(path)
    except DiagnosticsError as problem:
        screen.complain(problem.diagnostics)
        return 1
    return _carry_out(
        context,
        {**flags, "auto_approve": True},
        options._replace(workspace=saved.workspace, targets=saved.targets),
        lambda run, approval: apply_saved(saved, options, run, approval),
        destroy=saved.plan.destroy,
    )


def _run(context: click.Context, flags: dict[str, Any], *, destroy: bool) -> int:
    from kplan.operations.apply import apply as carry_out

    options = options_of(context, destroy=destroy)
    return _carry_out(
        context, flags, options, lambda run, approval: carry_out(options, run, approval), destroy=destroy
    )


def _carry_out(
    context: click.Context,
    flags: dict[str, Any],
    options: Options,
    story: Callable[[Run, Approval], ApplyOutcome],
    *,
    destroy: bool,
) -> int:
    from kplan.cli.approval import Approval
    from kplan.cli.run import Runner
    from kplan.view.apply_text import apply_text

    screen = invocation(context).screen
    runner = Runner(screen, compact=flags["compact_warnings"], targets=options.targets)
    approval = Approval(
        runner, workspace=options.workspace, auto=flags["auto_approve"], ask=flags["input"], destroy=destroy
    )
    with runner.listening():
        outcome = story(runner.run, approval)
    if outcome.plan is not None and not approval.shown:
        runner.show(outcome.plan, outcome.diagnostics)
    runner.warn(outcome.diagnostics)
    planned = outcome.plan
    wrong = runner.complain(
        (
            *(planned.diagnostics if planned else ()),
            *(planned.refusals if planned else ()),
            *outcome.diagnostics,
        )
    )
    if outcome.tally is None:
        if outcome.declined and not wrong and not approval.unanswered:
            screen.write(f"\n{approval.cancelled}\n")
        return 1
    screen.write(apply_text(outcome.tally, outcome.outputs, screen.look, destroy=destroy, wrong=wrong))
    return 1 if wrong or outcome.tally.undone or (planned is not None and not planned.complete) else 0
