"""Transformations that a link's connectors are given, held against what goes through them: bytes, to topics that mean something.

Pure. Which of Kafka's own work on bytes was tried out (Kafka 4.3.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.session import Fault
from kplan_mirrormaker.types import MIRRORMAKER2

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PACKAGE: Final = "org.apache.kafka.connect.transforms."
NEEDS_FIELDS: Final = frozenset(
    (
        "Cast",
        "ExtractField",
        "Flatten",
        "HeaderFrom",
        "HoistField",
        "InsertField",
        "InsertHeader",
        "MaskField",
        "ReplaceField",
        "SetSchemaMetadata",
        "TimestampConverter",
        "ValueToKey",
    )
)
RENAMES: Final = frozenset(("RegexRouter", "TimestampRouter"))
DROPS: Final = "Filter"


def check(attribute: str, config: Mapping[str, Any]) -> Iterator[Fault]:
    """Find transformations in a connector's further keys that would fail at the first record, lead it astray or drop it."""
    listed = config.get("transforms")
    for label in listed.split(",") if isinstance(listed, str) else ():
        before = f"transforms.{label.strip()}."
        class_ = config.get(f"{before}type")
        if not isinstance(class_, str):
            continue
        name = class_.removeprefix(_PACKAGE)
        path = (MIRRORMAKER2, attribute, f"{before}type")
        if name.partition("$")[0] in NEEDS_FIELDS:
            yield _fails(name, path)
        elif name in RENAMES:
            yield _renames(name, path)
        elif name == DROPS and config.get(f"{before}predicate") is None:
            remedy = f"State which: {before}predicate, and predicates."
            yield Fault("drops_all", f"{name} without a predicate drops every record", "", remedy, path)


def _fails(name: str, path: tuple[str, ...]) -> Fault:
    return Fault(
        "not_on_bytes",
        f"{name} can't work on mirrored records",
        "Keys, values and headers are copied as bytes that nobody looks into, and only bytes can be written: the task would "
        "fail at the first record.",
        "Take it out, and transform records where they are read.",
        path,
    )


def _renames(name: str, path: tuple[str, ...]) -> Fault:
    return Fault(
        "renames_copies",
        f"{name} would give copies names that nobody knows",
        "Topics on the target are made and kept up to date, and offsets of groups translated, under the names that naming "
        "gives; records would go to others.",
        'Take it out. naming = "unchanged" keeps names as they are; for any others declare connectors of your own.',
        path,
    )
