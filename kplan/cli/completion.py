"""`kplan completion`, and what its scripts call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kplan.cli.command import Command
from kplan.cli.invocation import invocation

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_VARIABLE = "_KPLAN_COMPLETE"


@click.command(
    cls=Command,
    examples=(
        "kplan completion bash > ~/.local/share/bash-completion/completions/kplan",
        'kplan completion zsh > "${fpath[1]}/_kplan"',
        "kplan completion fish > ~/.config/fish/completions/kplan.fish",
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="bash|zsh|fish")
@click.pass_context
def completion(context: click.Context, /, shell: str) -> int:
    """Print the completion script for a shell."""
    made = _completer(context.find_root().command, shell)
    invocation(context).screen.write(made.source() + "\n")
    return 0


def complete(root: click.Command, instruction: str) -> int:
    """Answer a shell that asks for completions, as click's protocol has it."""
    shell, _, what = instruction.partition("_")
    if what not in ("source", "complete"):
        shell, what = what, shell
    if what == "source":
        click.echo(_completer(root, shell).source())
        return 0
    click.echo(_completer(root, shell).complete())
    return 0


def _completer(root: click.Command, shell: str) -> Any:
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"There is no completion for {shell}; there is for bash, zsh and fish")

    class Spelled(found):  # type: ignore[valid-type, misc]
        """Understands options with one dash."""

        def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
            known = [f"-{one}" if one.startswith("-") and not one.startswith("--") else one for one in args]
            result: list[CompletionItem] = super().get_completions(known, incomplete)
            return result

    return Spelled(root, {}, "kplan", _VARIABLE)
