"""Terraform's spellings of a command line, turned into the one that click reads.

Long options take one dash or two, flags take `=false`, `KPLAN_CLI_ARGS` and `KPLAN_CLI_ARGS_<command>` come first.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from kplan.lang.diagnostics import did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TRUE: Final = frozenset({"1", "t", "T", "true", "TRUE", "True"})  # as Go's flags have them
_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})


class WrongUsageError(Exception):
    """The command line makes no sense."""

    def __init__(self, summary: str, detail: str) -> None:
        """Say what is wrong with it and what would be right."""
        super().__init__(summary)
        self.summary, self.detail = summary, detail


class Spelled(NamedTuple):
    """A command line as click reads it, and its options with values in order. `cut`: it ends before a command."""

    args: list[str]
    given: tuple[tuple[str, str], ...]
    cut: bool


def normalise(root: click.Group, args: Sequence[str], environment: Mapping[str, str]) -> Spelled:
    """Read a command line once, from left to right."""
    return _Reader(root, environment).read(_helped(list(args)))


def _helped(args: list[str]) -> list[str]:
    """Understand `help COMMAND` and a `-version` that stands alone."""
    match args:
        case ["help", *rest]:
            return [*rest, "-help"]
        case ["-version" | "--version" | "-v", *rest]:
            return ["version", *rest]
        case _:
            return args


class _Reader:
    """Walks down the commands, knowing at each word which options there are."""

    def __init__(self, root: click.Group, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._args: list[str] = []
        self._given: list[tuple[str, str]] = []
        self._context = click.Context(root, info_name="kplan", **root.context_settings)
        self._options: dict[str, click.Option] = {}
        self._enter(self._context)

    def _enter(self, context: click.Context) -> None:
        self._context = context
        self._options = {
            name.lstrip("-"): one
            for one in context.command.get_params(context)
            if isinstance(one, click.Option)
            for name in (*one.opts, *one.secondary_opts)
        }

    def read(self, args: list[str]) -> Spelled:
        rest = args[::-1]
        while rest:
            word = rest.pop()
            if word == "--":
                self._args += [word, *rest[::-1]]
                break
            if len(word) > 1 and word.startswith("-"):
                self._option(word, rest)
            elif isinstance(self._context.command, click.Group):
                self._command(word, self._context.command, rest)
            else:
                self._args.append(word)
        cut = isinstance(self._context.command, click.Group) and "--help" not in self._args
        return Spelled([*self._args, "--help"] if cut else self._args, tuple(self._given), cut)

    def _command(self, name: str, group: click.Group, rest: list[str]) -> None:
        command = group.get_command(self._context, name)
        if command is None:
            known = group.list_commands(self._context)
            path = self._context.command_path
            raise WrongUsageError(
                f'There is no command "{name}"',
                f'kplan has no command "{_tail(path, name)}".{did_you_mean(name, known)}\n'
                f"For a list of commands, run: {path} -help",
            )
        self._args.append(name)
        self._enter(click.Context(command, info_name=name, parent=self._context, **command.context_settings))
        if not isinstance(command, click.Group):
            rest += self._always()[::-1]

    def _always(self) -> list[str]:
        """Give the options that the environment adds."""
        path = _tail(self._context.command_path, "").strip()
        names = ("KPLAN_CLI_ARGS", f"KPLAN_CLI_ARGS_{path.replace(' ', '_').replace('-', '_')}")
        found: list[str] = []
        for name in names:
            try:
                found += shlex.split(self._environment.get(name, ""))
            except ValueError as problem:
                raise WrongUsageError(
                    f"{name} can't be read",
                    f"The environment variable {name} holds options as a shell would read them, but: {problem}.",
                ) from None
        return found

    def _option(self, word: str, rest: list[str]) -> None:
        name, equals, value = word.lstrip("-").partition("=")
        option = self._options.get(name)
        if option is None:
            self._unknown(word, name, rest)
        elif option.is_flag or option.count:
            self._flag(option, name, value if equals else "true", repeat=not equals)
        else:
            if not equals:
                value = self._value_of(name, rest)
            long = self._long(option)
            self._given.append((long.lstrip("-"), value))
            self._args += [f"{long}={value}"] if long.startswith("--") else [long, value]

    def _unknown(self, word: str, name: str, rest: list[str]) -> None:
        letter = self._options.get(name[:1])
        attached = not word.startswith("--") and letter is not None and f"-{name[:1]}" in letter.opts
        if attached:  # -n5
            self._args.append(word)
            return
        if self._context.ignore_unknown_options:
            self._args += [word, *rest[::-1]]
            rest.clear()
            return
        likely = nearest(name, (one for one in self._options if len(one) > 1))
        meant = f" Did you mean -{likely}?" if likely else ""
        path = self._context.command_path
        raise WrongUsageError(
            f'There is no option "-{name}"',
            f'"{path}" has no option -{name}.{meant}\nFor a list of options, run: {path} -help',
        )

    @staticmethod
    def _long(option: click.Option) -> str:
        return next((one for one in option.opts if one.startswith("--")), option.opts[0])

    def _flag(self, option: click.Option, name: str, text: str, *, repeat: bool) -> None:
        long = self._long(option)
        negative = next(iter(option.secondary_opts), "")
        if text not in _TRUE | _FALSE:
            raise WrongUsageError(
                f"-{name} is true or false", f'"{text}" is neither. Write -{name} or -{name}=false.'
            )
        wanted = (text in _TRUE) != (f"--{name}" == negative)
        if option.count and repeat:
            self._args.append(long)
            return
        self._args = [one for one in self._args if one not in (long, negative)]  # the last one counts
        if wanted:
            self._args.append(long)
        elif negative:
            self._args.append(negative)

    def _value_of(self, name: str, rest: list[str]) -> str:
        following = rest[-1] if rest else None
        looks_like_option = (
            following is not None
            and following.startswith("-")
            and following.lstrip("-").partition("=")[0] in self._options
        )
        if following is None or looks_like_option:
            found = f", but what follows is the option {following}" if looks_like_option else ""
            raise WrongUsageError(f"-{name} needs a value", f"Write -{name}=VALUE or -{name} VALUE{found}.")
        return rest.pop()


def _tail(path: str, name: str) -> str:
    """Give a command's path without the program's name."""
    return f"{path} {name}".partition(" ")[2]
