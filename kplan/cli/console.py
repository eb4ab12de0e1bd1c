"""`kplan console`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from kplan.cli.command import Command
from kplan.cli.flags import VARIABLES, WORKSPACE, options_of
from kplan.cli.invocation import invocation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan.operations.console import Console

_PROMPT = "> "
_MORE = ": "
_LEAVE = frozenset({"exit", "quit"})


@click.command(
    cls=Command,
    examples=(
        "kplan console",
        "echo 'length(var.teams)' | kplan console",
        "kplan console -var-file=prod.kplanvars.hcl",
    ),
)
@VARIABLES
@WORKSPACE
@click.pass_context
def console(context: click.Context, /, **_flags: object) -> int:
    """Evaluate expressions over the configuration.

    Reads one expression a line, from the terminal or from a pipe; a line that leaves a bracket or a heredoc open goes on in
    the next. Blocks are as they are declared and, where state knows them, as they were last applied.
    Nothing is contacted. `type(x)` shows the type of x. `exit`, or the end of the input, ends it.
    """
    from kplan.operations.console import Console
    from kplan.view.outputs import literal_text

    screen = invocation(context).screen
    asked = Console(options_of(context))
    talks = sys.stdin.isatty()
    if talks:
        _complete(asked)
    for text in _expressions(talks=talks):
        answer = asked.evaluate(text)
        if answer.diagnostics:
            screen.complain(answer.diagnostics)
            if not talks:
                return 1
            continue
        screen.write((answer.value if answer.is_type else literal_text(answer.value)) + "\n")
        screen.flush()
    return 0


def _expressions(*, talks: bool) -> Iterator[str]:
    from kplan.operations.console import is_open

    held = ""
    while True:
        line = _line(_MORE if held else _PROMPT) if talks else (sys.stdin.readline() or None)
        if line is None:
            if held.strip():
                yield held  # what is wrong with it is told
            return
        text = held + line.removesuffix("\n")
        if not held and text.strip() in _LEAVE:
            return
        if text.strip() and is_open(text):
            held = text + "\n"
            continue
        held = ""
        if text.strip():
            yield text


def _line(prompt: str) -> str | None:
    try:
        return input(prompt)
    except EOFError:
        sys.stdout.write("\n")
        return None
    except KeyboardInterrupt:
        sys.stdout.write("\n")
        return ""


def _complete(asked: Console) -> None:
    """Let the terminal complete names, and remember lines."""
    try:
        import readline
    except ImportError:  # a Python without it still reads lines
        return

    def offered(text: str, number: int) -> str | None:
        fitting = [name for name in asked.names if name.startswith(text)]
        return fitting[number] if number < len(fitting) else None

    readline.set_completer(offered)
    readline.set_completer_delims(" \t\n()[]{},=!<>&|?:+-*/%\"'")
    readline.parse_and_bind("tab: complete")
