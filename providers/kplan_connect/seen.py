"""What a read finds out about a connector beside its values, for the rules only. Data."""

from __future__ import annotations

from typing import NamedTuple


class Refused(NamedTuple):
    """What a worker's validate says of one key; `key` "" where it is of none."""

    key: str
    message: str


class Answers(NamedTuple):
    """About one connector.

    `compared`: enough was declared to compare what is sensitive. `state` is what it runs as ("" if absent); `trouble` why it doesn't run, "" if it does, with `cause`. `differing`
    are keys of sensitive_config that are not live as declared, `kept` those that are live at all. `open_secrets` are
    keys of the declared configuration that the plugin takes for passwords and that hold a literal. `refused` is what
    validate said, `unasked` why it could not be asked.
    """

    state: str = ""
    trouble: str = ""
    cause: str = ""
    differing: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    open_secrets: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()
    unasked: str = ""
    compared: bool = True


NOTHING_KNOWN = Answers()
