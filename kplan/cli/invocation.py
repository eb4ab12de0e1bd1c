"""What the commands of one command line share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import click

    from kplan.cli.screen import Screen


class Invocation(NamedTuple):
    """The screen, and the options with values in the order in which they were given."""

    screen: Screen
    given: tuple[tuple[str, str], ...]


def invocation(context: click.Context) -> Invocation:
    """Get the invocation that a command belongs to."""
    found = context.find_object(Invocation)
    if found is None:
        raise RuntimeError("a command was run without its invocation")
    return found
