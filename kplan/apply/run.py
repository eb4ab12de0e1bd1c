"""Carries out a plan: one loop that owns the journal, hears of the lanes, and decides what starts next."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, NamedTuple, Protocol

from kplan.apply.events import Errored, Finished, Halted, Progress, Skipped, Starting, Tally
from kplan.apply.lanes import Ended, Lane, Lanes
from kplan.apply.results import equals_sent, intent, outcome_leaf, work_of
from kplan.apply.schedule import Schedule
from kplan.plan.model import Action, Change
from kplan.plan.settle import of_no_version
from kplan.sdk.session import Checkpoint, Danger, Done, Failed, Fault, Found, Parked, Unreadable
from kplan.state.records import (
    Declined,
    Dropped,
    Intended,
    LostTrack,
    Paused,
    Progressed,
    Put,
    Record,
    Succeeded,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from kplan.apply.events import Event as Told
    from kplan.apply.journal import Journal
    from kplan.plan.model import Plan
    from kplan.registry.types import Types
    from kplan.sdk.session import Event, Session, Stop
    from kplan.state.model import Key, StateLeaf

_UP, _DOWN = 0, 1


class Resolver(Protocol):
    """Evaluates again what the plan could not know."""

    def resolve(self, change: Change) -> Change | Fault:
        """Give the change with everything known, or why it is not what was planned."""

    def learn(self, change: Change, values: dict[str, object]) -> Fault | None:
        """Take in an object as it is after its change; gives what it then breaks of what was promised."""


class Means(NamedTuple):
    """What an apply works with; `clock` gives seconds since the epoch, `monotonic` seconds.

    `session` gives who works on an endpoint, by its address, on objects of a type.
    """

    session: Callable[[str, str], Session]
    types: Types
    journal: Journal
    resolver: Resolver
    lanes: Lanes
    stop: Stop
    tell: Callable[[Told], None]
    clock: Callable[[], float]
    monotonic: Callable[[], float]


class _InFlight(NamedTuple):
    numbers: dict[str, int]  # by work id
    phase_delete: bool


class _Waiting(NamedTuple):
    """A ready change in its lane's queue; what is equal but for the number goes in one batch."""

    priority: int
    direction: int
    action: str
    delete: bool
    number: int


class Executor:
    """One apply of one plan."""

    def __init__(self, plan: Plan, means: Means) -> None:
        """Take the changes that do something; the others are remembered by `run` first."""
        self.plan, self.means = plan, means
        self.changes: list[Change] = [one for one in plan.changes if one.steps or one.delete_steps]
        self.schedule = Schedule(self.changes, plan.edges)
        self.tally = dict.fromkeys(Tally._fields, 0)
        self.faults: list[tuple[Change, Fault]] = []
        self._flights: dict[Lane, _InFlight] = {}
        self._queues: dict[Lane, list[_Waiting]] = {}
        self._open: dict[str, dict[int, int]] = {}  # endpoint: priority: changes that did not end yet
        self._began: dict[int, float] = {}
        self.carried: set[Key] = set()  # what was carried out, and seen
        self._claims: dict[Lane, list[tuple[int, Fault]]] = {}
        for number, change in enumerate(self.changes):
            counts = self._open.setdefault(change.endpoint, {})
            priority = self._priority(number)
            counts[priority] = counts.get(priority, 0) + (not _is_long(change))

    def run(self) -> Tally:
        """Carry everything out; every change ends as done, failed, skipped or parked."""
        self._remember()
        self._dispatch()
        while self._flights:
            lane, heard = self.means.lanes.hear()
            if isinstance(heard, Ended):
                self._ended(lane, heard)
            else:
                self._heard(lane, heard)
            self._dispatch()
        self._leave_rest()
        return Tally(**self.tally)

    def _remember(self) -> None:
        """Write down what changes in state only: what was settled, moved, adopted, forgotten."""
        records: list[Record] = list(self.plan.settled)
        for change in self.plan.changes:
            if change.action is Action.FORGET:
                records.append(Dropped(change.key))
                self.tally["forgotten"] += 1
            elif change.adopting:
                if change.leaf is not None:
                    records.append(Put(self._as_adopted(change, change.leaf)))
                self.tally["adopted"] += 1
            elif change.remember and change.leaf is not None and not change.steps:
                records.append(Put(change.leaf))
        if records or self.changes:
            self.means.journal.write(*records)

    def _as_adopted(self, change: Change, leaf: StateLeaf) -> StateLeaf:
        adopted = outcome_leaf(leaf, change.before or {})
        return of_no_version(adopted, self.means.types.leaf(change.type)) if change.steps else adopted

    # --- what starts next

    def _dispatch(self) -> None:
        progress = True
        while progress:
            # again each time: what turns out to need nothing is done at once, and lets others begin
            for number in self.schedule.take_ready():
                self._enqueue(number, delete=self.changes[number].action is Action.REPLACE)
            if self.means.stop.requested():
                return
            progress = self._start_lanes(strict=True)
            if not progress and not self._flights:  # ranks alone never stand in the way of a dependency
                progress = self._start_lanes(strict=False)

    def _enqueue(self, number: int, *, delete: bool) -> None:
        change = self.changes[number]
        lane = (change.endpoint, change.type, "long" if _is_long(change) else "")
        direction = _DOWN if delete or change.action is Action.DELETE else _UP
        entry = _Waiting(self._priority(number), direction, change.action.value, delete, number)
        heapq.heappush(self._queues.setdefault(lane, []), entry)

    def _priority(self, number: int) -> int:
        change = self.changes[number]
        rank = self.means.types.leaf(change.type).rank
        return 1000 - rank if change.action is Action.DELETE else rank

    def _start_lanes(self, *, strict: bool) -> bool:
        started = False
        for lane in sorted(self._queues):
            waiting = self._queues[lane]
            if (
                waiting
                and lane not in self._flights
                and (not strict or self._its_turn(lane[0], waiting[0].priority))
            ):
                started = self._start(lane, waiting) or started
                if not strict and started:
                    return True
        return started

    def _its_turn(self, endpoint: str, priority: int) -> bool:
        return all(count == 0 for rank, count in self._open[endpoint].items() if rank < priority)

    def _start(self, lane: Lane, waiting: list[_Waiting]) -> bool:
        """Send the next batch of a lane: all that is alike, up to what one call takes."""
        limit = self.means.types.leaf(lane[1]).batch
        first = waiting[0]
        batch: list[int] = []
        while waiting and len(batch) < limit and waiting[0][:-1] == first[:-1]:
            batch.append(heapq.heappop(waiting).number)
        ready = [number for number in batch if self._resolved(number)]
        if ready:
            self._send(lane, ready, delete=first.delete)
        return True

    def _resolved(self, number: int) -> bool:
        change = self.changes[number]
        if not change.unresolved:
            return True
        resolved = self.means.resolver.resolve(change)
        if isinstance(resolved, Fault):
            self._failed(number, resolved, None)
            return False
        self.changes[number] = resolved
        if not resolved.steps:
            assert resolved.leaf is not None  # noqa: S101 - only a delete leaves nothing
            self.means.journal.note(Put(resolved.leaf))
            self._done(number)
            return False
        return True

    def _send(self, lane: Lane, numbers: list[int], *, delete: bool) -> None:
        now = self.means.monotonic()
        flight = _InFlight({str(number): number for number in numbers}, delete)
        self._flights[lane] = flight
        batch = [self.changes[number] for number in numbers]
        for number, change in zip(numbers, batch, strict=True):
            if number not in self._began:
                self._began[number] = now
                self.means.tell(Starting(change.address, change.action))
        self.means.journal.write(
            Intended(tuple(intent(change, self.means.clock(), delete=delete) for change in batch))
        )
        work = [work_of(str(number), self.changes[number], delete=delete) for number in numbers]
        session, leaf, stop = self.means.session(lane[0], lane[1]), lane[1], self.means.stop
        self.means.lanes.start(lane, lambda: session.apply(leaf, work, stop))

    # --- what was heard

    def _heard(self, lane: Lane, event: Event) -> None:
        flight = self._flights[lane]
        number = flight.numbers.get(event.id)
        if number is None:  # a provider's second answer for one work changes nothing
            if isinstance(event, Checkpoint):
                self.means.lanes.go_on(lane)
            return
        change = self.changes[number]
        match event:
            case Checkpoint(_, token, done, total):
                self.means.journal.write(Progressed(change.key, token))
                self.means.tell(Progress(change.address, done, total))
                self.means.lanes.go_on(lane)
            case Done(_, values, fault):
                del flight.numbers[event.id]
                self._succeeded(number, values, fault, delete=flight.phase_delete)
            case Failed(_, fault):
                del flight.numbers[event.id]
                self._lost_or_failed(lane, number, fault)
            case Parked():
                del flight.numbers[event.id]
                self._parked(number)

    def _succeeded(
        self, number: int, values: dict[str, object], fault: Fault | None = None, *, delete: bool
    ) -> None:
        change = self.changes[number]
        if delete:
            self.means.journal.note(Succeeded(change.key, None))
            self._enqueue(number, delete=False)
            return
        leaf = None if change.leaf is None else outcome_leaf(change.leaf, values)
        self.means.journal.note(Succeeded(change.key, leaf))
        broken = self.means.resolver.learn(change, values) if leaf is not None else None
        if fault is not None:
            self.carried.add(change.key)
            self._failed(number, fault, None)
            return
        self._done(number, broken)

    def _done(self, number: int, broken: Fault | None = None) -> None:
        """Count a change that was carried out; `broken`: it is not as those that need it, or its postcondition, want it."""
        change = self.changes[number]
        match change.action:
            case Action.CREATE:
                self.tally["added"] += 1
            case Action.DELETE:
                self.tally["destroyed"] += 1
            case Action.REPLACE:
                self.tally["added"] += 1
                self.tally["destroyed"] += 1
            case _:
                self.tally["changed"] += 1
        self.carried.add(change.key)
        seconds = self.means.monotonic() - self._began.get(number, self.means.monotonic())
        self.means.tell(Finished(change.address, change.action, seconds))
        self._close(number)
        if broken is not None:
            self.faults.append((change, broken))
            self.means.tell(Errored(change.address, change.action, broken))
        self._skip(self.schedule.settle(number, succeeded=broken is None))

    def _close(self, number: int) -> None:
        change = self.changes[number]
        self._open[change.endpoint][self._priority(number)] -= not _is_long(change)

    def _lost_or_failed(self, lane: Lane, number: int, fault: Fault) -> None:
        change = self.changes[number]
        if change.claimed and fault.code == "already_exists":
            self._claims.setdefault(lane, []).append((number, fault))  # read once the lane's call is over
            return
        lost = (
            fault.retry == "outcome_unknown" or change.claimed
        )  # the create before this one may still appear
        self._failed(number, fault, LostTrack(change.key) if lost else Declined(change.key))

    def _settle_claims(self, lane: Lane) -> None:
        """Look at what exists where a create was refused: under a claim it is ours if it is what was sent."""
        for number, fault in self._claims.pop(lane, ()):
            change = self.changes[number]
            session = self.means.session(lane[0], lane[1])
            match equals_sent(session, self.means.types, change, self.means.stop):
                case Found(values):
                    self._succeeded(number, values, delete=False)
                case Unreadable():
                    self._failed(number, fault, LostTrack(change.key))
                case None:
                    self._failed(number, fault, Declined(change.key))

    def _failed(self, number: int, fault: Fault, record: Record | None) -> None:
        change = self.changes[number]
        if record is not None:
            self.means.journal.note(record)
        self.tally["failed"] += 1
        self.faults.append((change, fault))
        self.means.tell(Errored(change.address, change.action, fault))
        self._close(number)
        self._skip(self.schedule.settle(number, succeeded=False))

    def _parked(self, number: int) -> None:
        change = self.changes[number]
        if self.means.journal.draft.pending[change.key].resume is None:  # nothing of it was sent yet
            self.means.journal.note(LostTrack(change.key) if change.claimed else Declined(change.key))
            self.tally["skipped"] += 1
            self.means.tell(Skipped(change.address, change.action, ""))
        else:
            self.means.journal.note(Paused(change.key))
            self.tally["parked"] += 1
            self.means.tell(Halted(change.address))
        self._close(number)
        self._skip(self.schedule.settle(number, succeeded=False))

    def _skip(self, numbers: list[int]) -> None:
        for number in numbers:
            change = self.changes[number]
            because = self.changes[self.schedule.skipped[number]].address
            self.tally["skipped"] += 1
            self._close(number)
            self.means.tell(Skipped(change.address, change.action, because))

    def _ended(self, lane: Lane, ended: Ended) -> None:
        """Take a lane's end; a work without an answer has an outcome that nobody knows."""
        flight = self._flights.pop(lane)
        if flight.numbers:
            error = ended.error
            what = f"it raised {type(error).__name__}" if error is not None else "it gave no answer"
            fault = Fault(
                "provider_error",
                "The provider failed",
                f"Whether the change took effect is not known ({what}); the next run finds out.",
                retry="outcome_unknown",
            )
            for number in list(flight.numbers.values()):
                self._failed(number, fault, LostTrack(self.changes[number].key))
        self._settle_claims(lane)
        self.means.journal.write()

    def _leave_rest(self) -> None:
        """After a stop: what never started is told as skipped."""
        waiting = sorted({entry.number for queue in self._queues.values() for entry in queue})
        rest = {*waiting}
        for number in waiting:
            rest.update(self.schedule.settle(number, succeeded=False))
        for number in sorted(rest):
            self.tally["skipped"] += 1
            change = self.changes[number]
            self.means.tell(Skipped(change.address, change.action, ""))


def _is_long(change: Change) -> bool:
    return any(loss.danger is Danger.LONG for loss in change.losses)
