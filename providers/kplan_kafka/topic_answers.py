"""What a read gathers beside a topic's values so that the plan can be judged without another call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kplan.sdk.session import Absent, Fault, Found

MIN_ISR: Final = "min.insync.replicas"
LOSS_KEYS: Final = ("retention.ms", "retention.bytes", "cleanup.policy", MIN_ISR, "delete.retention.ms")

_NONE: Final[Mapping[str, str]] = {}


class Answers(NamedTuple):
    """Read only where a plan may need it.

    `effective`: canonical values in force, inherited ones included. `records` and `groups`: what a topic that is
    to go holds, and the consumer groups with offsets on it (None: not known). `untold`: why there may be more such
    groups; "" if there are none. `refused`: why the broker would not do what is wanted, which it says without doing it.
    """

    effective: Mapping[str, str] = _NONE
    records: int | None = None
    groups: tuple[str, ...] | None = None
    untold: str = ""
    refused: tuple[Fault, ...] = ()


NOTHING: Final = Answers()


def answers_of(seen: Found | Absent) -> Answers:
    """Give a seen topic's answers; one that comes from a journal has none."""
    found: Any = seen.answers
    return found if isinstance(found, Answers) else NOTHING
