"""`kplan show`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kplan.cli.command import Command
from kplan.cli.flags import VARIABLES, WORKSPACE, options_of
from kplan.cli.invocation import invocation

if TYPE_CHECKING:
    from kplan.cli.screen import Screen


@click.command(
    cls=Command,
    examples=("kplan show orders.plan", "kplan show replication_link.primary_to_dr", "kplan show"),
)
@VARIABLES
@WORKSPACE
@click.argument("what", metavar="[PLAN|ADDRESS]", required=False)
@click.pass_context
def show(context: click.Context, /, what: str | None, **_flags: object) -> int:
    """Show a saved plan, what there is at an address, or without either all that kplan remembers.

    A plan is shown as it was when it was made, and objects as kplan remembers them. At the address of a replication
    link its clusters and workers are asked how its connectors run, and how far each topic is copied; exits 1 if
    something of that can't be read. Nothing else is contacted, nothing is changed, and a run that goes on meanwhile is
    not waited for.
    """
    screen = invocation(context).screen
    if what is None:
        from kplan.operations.state import list_ as find
        from kplan.view.state_text import leaf_text

        screen.write("\n".join(map(leaf_text, find(options_of(context)))))
        return 0
    if Path(what).exists() or not _is_address(what):
        return _plan(screen, Path(what))
    return _address(context, screen, what)


def _is_address(text: str) -> bool:
    """Tell an address from the name of a file that isn't there: it begins with a type of block, or names a module."""
    from kplan.graph.address import parse
    from kplan.registry.types import load

    return parse(text) is not None and text.partition(".")[0] in {"module", "data", *load(()).known}


def _plan(screen: Screen, path: Path) -> int:
    from kplan.lang.diagnostics import DiagnosticsError, Severity
    from kplan.operations.saving import load
    from kplan.view.diagnostics import diagnostics_text
    from kplan.view.plan_text import plan_text

    try:
        saved = load(path)
    except DiagnosticsError as problem:
        screen.complain(problem.diagnostics)
        return 1
    lacking = [one._replace(severity=Severity.WARNING) for one in saved.plan.refusals]
    warnings = diagnostics_text(saved.plan.diagnostics, screen.look) + diagnostics_text(lacking, screen.look)
    screen.write(
        plan_text(saved.plan, screen.look, warnings, recap_consents=not lacking, targets=saved.targets)
    )
    return 0


def _address(context: click.Context, screen: Screen, address: str) -> int:
    from kplan.lang.diagnostics import has_errors
    from kplan.operations.watch import show as look
    from kplan.view.state_text import leaf_text
    from kplan.view.watch_text import watched_text

    shown = look(options_of(context), address, lambda _: None)
    screen.write("\n".join(map(leaf_text, shown.leaves)))
    screen.write("".join(watched_text(link, one, screen.look) for link, one in shown.flows))
    screen.complain(shown.diagnostics)
    return 1 if has_errors(shown.diagnostics) else 0
