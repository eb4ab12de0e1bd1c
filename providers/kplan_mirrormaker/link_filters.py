"""Filters as MirrorMaker takes them: one text of Java regular expressions, with commas between them. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.sdk.session import Values

_SPECIAL: Final = re.compile(r"([\\^$.|?*+()\[\]{}])")
NEVER_TOPICS: Final = (r".*[\-\.]internal", r".*\.replica", "__.*")
NEVER_GROUPS: Final = ("console-consumer-.*", "connect-.*", "__.*")


def meant(block: Mapping[str, Sequence[str]], before: str = "") -> str:
    """Write what a block means, or with `exclude_` what it leaves out."""
    return ",".join(_parts(block, before))


def _parts(block: Mapping[str, Sequence[str]], before: str) -> Iterator[str]:
    yield from (literal(name) for name in block.get(f"{before}names") or ())
    yield from (f"{literal(prefix)}.*" for prefix in block.get(f"{before}prefixes") or ())
    yield from block.get(f"{before}patterns") or ()


def literal(text: str) -> str:
    """Write a text as the Java pattern that means it and nothing else."""
    return _SPECIAL.sub(r"\\\1", text)


def left_out(block: Values, never: Sequence[str]) -> str:
    """Write what is left out: what the block says, and what MirrorMaker never copies."""
    own = meant(block, "exclude_")
    return ",".join([*([own] if own else []), *never])
