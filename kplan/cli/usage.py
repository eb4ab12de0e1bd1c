"""What click finds wrong with a command line, in kplan's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click import ClickException


def in_words(problem: ClickException) -> tuple[str, str]:
    """Give a summary and a detail."""
    path = problem.ctx.command_path if isinstance(problem, click.UsageError) and problem.ctx else "kplan"
    see = f"For how to use it, run: {path} -help"
    match problem:
        case click.MissingParameter(param=click.Parameter() as missing, ctx=click.Context() as context):
            name = f"-{missing.name}" if isinstance(missing, click.Option) else missing.make_metavar(context)
            return f"{name} is missing", see
        case click.BadParameter(param=click.Option() as wrong):
            name = (wrong.name or "").replace("_", "-")
            return f"Invalid value for -{name}", f"{problem.message}\n{see}"
        case click.BadParameter(param=click.Parameter() as wrong, ctx=click.Context() as context):
            return f"Invalid value for {wrong.make_metavar(context)}", f"{problem.message}\n{see}"
        case click.UsageError():
            return _sentence(problem.format_message()), see
        case _:
            first, _, rest = problem.format_message().partition("\n")
            return first, rest


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".")
