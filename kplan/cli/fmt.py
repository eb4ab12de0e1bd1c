"""`kplan fmt`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kplan.cli.command import Command, switch
from kplan.cli.flags import LOOK
from kplan.cli.invocation import invocation

UNTIDY = 3  # what -check says of files that are not as they should be; Terraform's number


@click.command(
    cls=Command,
    examples=("kplan fmt", "kplan fmt -check -diff -recursive", "kplan fmt - < main.kplan.hcl"),
)
@switch("check", "Write nothing; exit with 3 if something is not formatted.")
@switch("diff", "Show what changes.")
@switch("list", "Don't name the files that change.", on=True)
@switch("recursive", "Go into folders below, too.")
@switch("write", "Write nothing; the names of files that would change are shown all the same.", on=True)
@LOOK
@click.argument("targets", nargs=-1)
@click.pass_context
def fmt(
    context: click.Context,
    /,
    targets: tuple[str, ...],
    check: bool,
    diff: bool,
    list: bool,  # noqa: A002 - the option's name
    recursive: bool,
    write: bool,
) -> int:
    """Lay out configuration files in the canonical way.

    Takes *.kplan.hcl and *.kplanvars.hcl files of this folder, or those that are named: files, folders, or - for
    standard input. Only white space changes, and files that can't be read are left as they are.
    """
    from kplan.operations.format import STANDARD_INPUT, format_files, format_text
    from kplan.view.format_text import format_diff

    screen = invocation(context).screen
    piped = targets == (STANDARD_INPUT,)
    if STANDARD_INPUT in targets and not piped:
        raise click.UsageError("- stands for standard input, and nothing can be named beside it", context)
    if piped:
        outcome = format_text(sys.stdin.read())
    else:
        outcome = format_files(Path(), targets, recursive=recursive, write=write and not check)
    changed = [one for one in outcome.files if one.changed]
    for one in changed:
        if list and not piped:
            screen.write(f"{one.path}\n")
        if diff:
            screen.write(format_diff(one, screen.look))
    if piped and not (check or diff):
        screen.write("".join(one.after for one in outcome.files))
    if outcome.diagnostics:
        screen.complain(outcome.diagnostics)
        return 1
    return UNTIDY if check and changed else 0
