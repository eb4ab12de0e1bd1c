"""How kplan's commands declare options and print their help: in Terraform's shape, one dash, with examples."""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING, Any, Final

import click

from kplan.view.text import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.shell_completion import CompletionItem

_COLUMN: Final = 26  # where the words about an option begin
_WIDTH: Final = 80


class Option(click.Option):
    """An option whose help shows it as `-name=VALUE`. `default_true`: its help is about `-name=false`."""

    def __init__(self, declarations: list[str], *, value: str = "", **attributes: Any) -> None:
        """Take click's declaration and the word that stands for the value."""
        super().__init__(declarations, **attributes)
        self.shown = self._spelled(value)

    def _spelled(self, value: str) -> str:
        name = self.opts[0].lstrip("-")
        if self.secondary_opts:
            return f"-{name}=false"
        return f"-{name}={value}" if value else f"-{name}"


def option(*declarations: str, value: str = "", **attributes: Any) -> Callable[[Any], Any]:
    """Declare an option."""
    return click.option(*declarations, cls=Option, value=value, **attributes)


def switch(name: str, help: str, *, on: bool = False) -> Callable[[Any], Any]:  # noqa: A002 - click's word
    """Declare an option that is true or false; one that is on by default is switched off by `-name=false`."""
    if on:
        return option(f"--{name}/--no-{name}", default=True, help=help)
    return option(f"--{name}", is_flag=True, help=help)


class Command(click.Command):
    """A command with examples."""

    def __init__(self, *args: Any, examples: tuple[str, ...] = (), **attributes: Any) -> None:
        """Take what click takes, and the examples."""
        super().__init__(*args, **attributes)
        self.examples = examples

    def get_help(self, ctx: click.Context) -> str:
        """Write the help."""
        arguments = [one.make_metavar(ctx) for one in self.params if isinstance(one, click.Argument)]
        usage = " ".join([f"Usage: {ctx.command_path}", "[options]", *arguments])
        described = _indented(_paragraphs(self.help or ""))
        options = [
            line
            for one in sorted(self.params, key=lambda one: one.name or "")
            if isinstance(one, Option) and not one.hidden
            for line in _entry(one.shown, one.help or "")
        ]
        lines = [usage, "", *described]
        if options:
            lines += ["", "Options:", "", *options]
        if self.examples:
            lines += ["", "Examples:", "", *(f"  {one}" for one in self.examples)]
        return "\n".join(lines)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer options with the dashes that were typed."""
        return completed_options(self, ctx, incomplete)


def completed_options(command: click.Command, context: click.Context, typed: str) -> list[CompletionItem]:
    """Offer the options that fit what was typed, with one dash unless two were typed."""
    if not typed.startswith("-"):
        return []
    found = click.Command.shell_complete(command, context, f"--{typed.lstrip('-')}")
    negative = {name for one in command.params if isinstance(one, Option) for name in one.secondary_opts}
    kept = [item for item in found if item.value not in negative and item.value.startswith("--")]
    if not typed.startswith("--"):
        for item in kept:
            item.value = item.value[1:]
    return kept


def _paragraphs(text: str) -> list[str]:
    """Join the lines of each paragraph and wrap it."""
    lines: list[str] = []
    for paragraph in cleandoc(text).split("\n\n"):
        if lines:
            lines.append("")
        shaped = paragraph.startswith(" ")
        lines += paragraph.split("\n") if shaped else wrapped(" ".join(paragraph.split()), _WIDTH - 2)
    return lines


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}".rstrip() for line in lines]


def _entry(name: str, about: str) -> list[str]:
    """Write a name and what it does, in two columns."""
    text = wrapped(" ".join(about.split()), _WIDTH - _COLUMN)
    head = f"  {name}"
    if len(head) >= _COLUMN - 1:
        return [head, *(" " * _COLUMN + line for line in text)]
    return [f"{head:<{_COLUMN}}{text[0]}", *(" " * _COLUMN + line for line in text[1:])]


class Group(click.Group):
    """Commands of which each is imported only when it is used. `table`: name to (where it is, what it does)."""

    def __init__(self, *args: Any, table: dict[str, tuple[str, str]], **attributes: Any) -> None:
        """Take what click takes, and the table."""
        super().__init__(*args, **attributes)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the commands, in the table's order."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in self.table:
            return None
        from importlib import import_module

        module, _, name = self.table[cmd_name][0].partition(":")
        found: click.Command = getattr(import_module(module), name)
        return found

    def get_help(self, ctx: click.Context) -> str:
        """Write the help: what the group is for, and its commands."""
        options = [
            line
            for one in self.params
            if isinstance(one, Option)
            for line in _entry(one.shown, one.help or "")
        ]
        lines = [f"Usage: {ctx.command_path}{' [global options]' if options else ''} COMMAND [options]", ""]
        lines += [*_indented(_paragraphs(self.help or "")), "", "Commands:", ""]
        for name, (_where, about) in self.table.items():
            lines += _entry(name, about)
        if options:
            lines += ["", "Global options (use these before the command):", "", *options]
        lines += ["", f"For a command's options and examples, run: {ctx.command_path} COMMAND -help"]
        return "\n".join(lines)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer the commands that fit, without importing them."""
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(name, help=about)
            for name, (_where, about) in self.table.items()
            if name.startswith(incomplete)
        ]
        return found + completed_options(self, ctx, incomplete)
