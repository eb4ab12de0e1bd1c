"""What a composite does once it is there, looked at live: what carries it out, and how far each topic is copied.

Errors are values here too: what can't be read is a Fault among the answers, never a zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kplan.sdk.composites import Question
    from kplan.sdk.session import Fault, Values


class Carrier(NamedTuple):
    """What carries a flow out, such as a connector: its name, how it is, and why it is so ("" if that is as it should be)."""

    name: str
    state: str
    why: str = ""


class Place(NamedTuple):
    """A partition.

    `begin` and `end`: the first offset of the source and that of its next record. `last`: the last offset that was
    copied, -1 for none. None is what could not be read, or is not told.
    """

    partition: int
    begin: int | None
    end: int | None
    last: int | None

    @property
    def lag(self) -> int | None:
        """How many offsets are there to be copied; what the source deleted meanwhile doesn't count."""
        if self.begin is None or self.end is None or self.last is None:
            return None
        return max(0, self.end - max(self.begin, self.last + 1))


class Copied(NamedTuple):
    """One topic and its copy. `newest`: when the newest record of the copy was written, seconds since the epoch."""

    topic: str
    copy: str
    places: tuple[Place, ...]
    newest: float | None = None

    @property
    def lag(self) -> int | None:
        """How many offsets of all partitions are there to be copied; None if that is not known of one of them."""
        known = [one.lag for one in self.places]
        return None if None in known else sum(one for one in known if one is not None)


class Watched(NamedTuple):
    """A flow as it is now. `remarks`: what must be known to read it; `faults`: what could not be read.

    `told`: whether it is told at all what was copied last, so that there can be a lag.
    """

    source: str
    target: str
    carriers: tuple[Carrier, ...]
    topics: tuple[Copied, ...]
    remarks: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    told: bool = True


@runtime_checkable
class Watching(Protocol):
    """Rules of a provider whose composites can be watched."""

    def watches(self, composite: str, desired: Values, endpoints: Mapping[str, Values]) -> Sequence[Question]:
        """Say what is to be asked of which endpoints. `desired` has been checked."""

    def watched(
        self,
        composite: str,
        desired: Values,
        endpoints: Mapping[str, Values],
        answers: Sequence[Values | Fault],
    ) -> Watched:
        """Make out of the answers, in the order of the questions, how far the composite is."""
