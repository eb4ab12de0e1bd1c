"""What MirrorMaker doesn't copy of what is meant, told beside the change of the connector that copies. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kplan_mirrormaker.link_config import NEVER_CONFIGS
from kplan_mirrormaker.types import MIRRORMAKER2

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.sdk.session import Values

_EXCLUDED: Final = "config.properties.exclude"
_SHOWN: Final = 3
_ACCESS: Final = (
    "of access, only that to topics by name is copied, without WRITE and with READ for ALL; "
    "what is taken back at the source stays at the target"
)


def notes(desired: Values, topics: Mapping[str, Values]) -> Iterator[str]:
    """Say what isn't copied of these topics of the source, whose config is known where this configuration declares it."""
    own = (desired.get("target_topics") or {}).get("config") or {}
    if _EXCLUDED not in (desired[MIRRORMAKER2].get("source_config") or {}):
        for key in NEVER_CONFIGS:
            of = sorted(name for name, topic in topics.items() if key in (topic.get("config") or {}))
            if of and key not in own:
                yield f"{key} of {_few(of)} isn't copied; state it in target_topics if copies are to have it"
    if (desired.get("sync") or {}).get("acls"):
        yield _ACCESS


def _few(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
