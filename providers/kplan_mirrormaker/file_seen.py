"""What a read finds out about a file beside its values, for the rules only. Data."""

from __future__ import annotations

from typing import NamedTuple


class Answers(NamedTuple):
    """About one file.

    `compared`: enough was declared to compare what is sensitive. `differing` are keys of sensitive_config that are not
    in the file as declared. `hidden`: it has further properties that look secret, so that they are not shown.
    `exposed`: there are secrets in it, and everybody may read it.
    """

    compared: bool = False
    differing: tuple[str, ...] = ()
    hidden: bool = False
    exposed: bool = False
