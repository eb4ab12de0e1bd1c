"""Filters as MirrorMaker takes them: one text of Java regular expressions, with commas between them. Pure.

It cuts the text at commas, takes blanks off, refuses what stands twice, and joins the rest with "|" to one expression.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from kplan.sdk.filters import EXCLUDE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.sdk.session import Values

_SPECIAL: Final = re.compile(r"([\\^$.|?*+()\[\]{}])")
_CUT: Final = re.compile(
    r"^[\0- ]+|[\0- ]+$|,"
)  # what MirrorMaker takes for something else than a name's part
NEVER_TOPICS: Final = (r".*[\-\.]internal", r".*\.replica", "__.*")
NEVER_GROUPS: Final = ("console-consumer-.*", "connect-.*", "__.*")
_NEVER_BEFORE: Final = ("__", ".")  # beginnings; MirrorMaker takes those with a dot for its own
_NEVER_AFTER: Final = ("-internal", ".internal", ".replica")
HEARTBEATS: Final = "heartbeats"


def meant(block: Mapping[str, Sequence[str]]) -> str:
    """Write what a block means."""
    return ",".join(dict.fromkeys(_parts(block, "")))


def _parts(block: Mapping[str, Sequence[str]], before: str) -> Iterator[str]:
    yield from (literal(name) for name in block.get(f"{before}names") or ())
    yield from (f"{literal(prefix)}.*" for prefix in block.get(f"{before}prefixes") or ())
    yield from block.get(f"{before}patterns") or ()


def literal(text: str) -> str:
    """Write a text as the Java pattern that means it and nothing else, wherever it stands."""
    return _CUT.sub(
        lambda found: "".join(f"\\x{ord(one):02x}" for one in found[0]), _SPECIAL.sub(r"\\\1", text)
    )


def left_out(block: Values, never: Sequence[str]) -> str:
    """Write what is left out: what the block says, and what is never copied."""
    return ",".join(dict.fromkeys([*_parts(block, EXCLUDE), *never]))


def remote(topic: str, source: str, *, unchanged: bool) -> str:
    """Give a topic's name on the target. What may be heartbeats has its prefix also where names are kept."""
    return topic if unchanged and not topic.endswith(HEARTBEATS) else f"{source}.{topic}"


def is_copied(topic: str, target: str, *, unchanged: bool) -> bool:
    """Tell whether a topic that is meant is copied: not one of the engine's own, nor what comes from the target."""
    if topic.startswith(_NEVER_BEFORE) or topic.endswith(_NEVER_AFTER):
        return False
    if unchanged and not topic.endswith(HEARTBEATS):
        return True
    return (
        target not in topic.rstrip(".").split(".")[:-1]
    )  # what is before the last dot are aliases to MirrorMaker
