"""What an apply tells while it runs: data for the view, never read back."""

from __future__ import annotations

from typing import NamedTuple

from kplan.plan.model import Action  # noqa: TC001 - read by NamedTuple
from kplan.sdk.session import Fault  # noqa: TC001


class Reading(NamedTuple):
    """An endpoint is being read: `objects` asked for there, `kind` their type; "" while it is first contacted."""

    endpoint: str
    kind: str
    objects: int


class Starting(NamedTuple):
    """A change is being sent."""

    address: str
    action: Action


class Progress(NamedTuple):
    """Long work came this far."""

    address: str
    done: int
    total: int


class Finished(NamedTuple):
    """A change was carried out and seen; `identity` is what to call the live object."""

    address: str
    action: Action
    seconds: float


class Errored(NamedTuple):
    """A change failed; unknown outcomes are claims and are settled by the next run."""

    address: str
    action: Action
    fault: Fault


class Skipped(NamedTuple):
    """A change was not tried because `because` (an address) failed, was parked, or the run was stopped ("")."""

    address: str
    action: Action
    because: str


class Halted(NamedTuple):
    """Long work was parked at its last checkpoint."""

    address: str


Event = Reading | Starting | Progress | Finished | Errored | Skipped | Halted


class Tally(NamedTuple):
    """What an apply did, by leaf."""

    adopted: int = 0
    added: int = 0
    changed: int = 0
    destroyed: int = 0
    forgotten: int = 0
    failed: int = 0
    skipped: int = 0
    parked: int = 0

    @property
    def undone(self) -> int:
        """How many changes are left, for whatever reason."""
        return self.failed + self.skipped + self.parked
