"""Plans in short, sessions that follow a script, a store in memory: what an executor needs, and nothing real."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from kplan.apply.journal import Journal
from kplan.apply.lanes import InlineLanes
from kplan.apply.run import Executor, Means
from kplan.plan.model import Action, Change, Plan
from kplan.registry.types import Types
from kplan.sdk.session import Absent, Checkpoint, Danger, Done, Failed, Fault, Found, Loss, Step
from kplan.sdk.types import Leaf
from kplan.state.model import Key, State, StateLeaf, empty
from kplan.state.records import Began, fold
from kplan.state.store import Loaded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kplan.sdk.session import Ask, Event, Identity, Seen, Stop, Work
    from kplan.state.records import Record

FAULT = Fault("refused", "It was refused")
LOST = Fault("timed_out", "No answer", retry="outcome_unknown")
EXISTS = Fault("already_exists", "It exists")
LONG = Loss(Danger.LONG, "it takes long")


CREATE, UPDATE, DELETE, REPLACE = Action.CREATE, Action.UPDATE, Action.DELETE, Action.REPLACE


class SettledAs:
    """Rules that settle everything alike."""

    def __init__(self, verdict: str = "done") -> None:
        self.verdict, self.asked = verdict, []

    def settle(self, leaf: str, opened: Any, seen: Any) -> str:
        self.asked.append((leaf, opened, seen))
        return self.verdict


def types(batch: int = 1000, rules: Any = None, **ranks: int) -> Types:
    """Lay out leaf types by name and rank; `topic` has rank 40."""
    leaves = {
        name: Leaf(name, (), ("name",), "cluster", "cluster", rank=rank, batch=batch)
        for name, rank in {"topic": 40, **ranks}.items()
    }
    return Types({**leaves}, {**leaves}, {}, {}, dict.fromkeys(leaves, rules or SettledAs()), ())


def leaf(name: str, type_: str = "topic", endpoint: str = "cluster.a") -> StateLeaf:
    key = Key(f"uid of {endpoint}", type_, (name,))
    return StateLeaf(key, (f"{type_}.{name}",), endpoint, {"name": name}, {})


def change(
    name: str, action: Action = Action.CREATE, type_: str = "topic", endpoint: str = "cluster.a", **more: Any
) -> Change:
    """Make a change of `topic.NAME`, with one step named as the action."""
    made = leaf(name, type_, endpoint)
    there = action is not Action.CREATE
    one = Change(
        made.address,
        action,
        made.key,
        endpoint,
        {"name": name} if there else None,
        None if action is Action.DELETE else {"name": name},
        None if action is Action.DELETE else made,
        (Step("create" if action is Action.REPLACE else action.value, {"name": name}),),
        (Step("delete", {"name": name}),) if action is Action.REPLACE else (),
        seen=Found({"name": name}) if there else None,
    )
    return one._replace(**more)


def plan(
    *changes: Change, edges: dict[str, tuple[str, ...]] | None = None, settled: tuple[Record, ...] = ()
) -> Plan:
    """Make a plan; blocks of changes refer to nothing unless `edges` say so."""
    blocks = {one.address.partition("[")[0]: () for one in changes}
    return Plan(changes, (), {}, settled, {**blocks, **(edges or {})})


class MemoryStore:
    """A store that keeps what was appended, line by line."""

    def __init__(self, state: State | None = None) -> None:
        self.snapshot, self.lines = state, []
        self.on_append: Callable[[Sequence[Record]], None] = lambda _: None

    def load(self) -> Loaded:
        return Loaded(self.snapshot, [record for line in self.lines for record in line])

    def append(self, records: Sequence[Record]) -> None:
        self.on_append(records)
        self.lines.append(list(records))

    def compact(self, state: State) -> State:
        self.snapshot, self.lines = state._replace(serial=state.serial + 1), []
        return self.snapshot

    def lock(self, operation: str, timeout: float) -> Any:
        return nullcontext()

    def written(self) -> list[Record]:
        """List what is on disk, but for who began when."""
        return [record for line in self.lines for record in line if not isinstance(record, Began)]


Script = "dict[str, list[Any]]"


class Scripted:
    """A session that answers each work as scripted by object name; what is not scripted is done at once.

    An entry of a script is an event without its id (a Fault, values, or a function from id to event), or an
    exception to raise. Several answers follow one another; none at all is an empty script.
    """

    def __init__(
        self, script: dict[str, list[Any]] | None = None, seen: dict[str, Seen] | None = None
    ) -> None:
        self.script, self.seen = script or {}, seen or {}
        self.calls: list[tuple[str, tuple[str, ...]]] = []
        self.works: list[Work] = []
        self.read_asks: list[Ask] = []
        self.types: list[str] = []
        self.stops: list[Stop] = []
        self.before_call: Callable[[], None] = lambda: None

    def apply(self, leaf: str, work: Sequence[Work], stop: Stop) -> Iterator[Event]:
        self.before_call()
        self._called(leaf, stop)
        self.calls.append((work[0].steps[0].verb, tuple(one.identity[0] for one in work)))
        self.works += work
        for one in work:
            verb, name = one.steps[0].verb, one.identity[0]
            answers = self.script.get(
                f"{verb} {name}", self.script.get(name, [{"name": name} if verb != "delete" else {}])
            )
            for answer in answers:
                yield self._event(one.id, answer)

    def _called(self, leaf: str, stop: Stop) -> None:
        self.types.append(leaf)
        self.stops.append(stop)

    def _event(self, id_: str, answer: Any) -> Event:
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, Fault):
            return Failed(id_, answer)
        return Done(id_, answer) if isinstance(answer, dict) else answer(id_)

    def read(self, leaf: str, asks: Sequence[Ask], stop: Stop) -> dict[Identity, Seen]:
        self.read_asks += asks
        self._called(leaf, stop)
        found = {}
        for ask in asks:
            answer = self.seen.get(ask.identity[0], Absent())
            if isinstance(answer, BaseException):
                raise answer
            found[ask.identity] = answer
        return found


class Stops:
    """A stop that is requested once `when` says so."""

    def __init__(self, when: Callable[[], bool] = lambda: False) -> None:
        self.requested = when

    def seconds_left(self) -> float:
        return 1e9


class Resolver:
    """Gives changes back as `known` says, and remembers what it was told."""

    def __init__(self, known: dict[str, Any] | None = None) -> None:
        self.known, self.learned, self.asked = known or {}, [], []

    def resolve(self, change: Change) -> Any:
        self.asked.append(change.address)
        return self.known.get(change.address, change._replace(unresolved=False))

    def learn(self, change: Change, values: dict[str, object]) -> None:
        self.learned.append((change.address, values))


class Bench:
    """An executor over scripted sessions."""

    def __init__(
        self,
        plan: Plan,
        script: dict[str, list[Any]] | None = None,
        *,
        state: State | None = None,
        types_: Types | None = None,
        lanes: Any = None,
        stop: Callable[[], bool] = lambda: False,
        resolver: Resolver | None = None,
        seen: dict[str, Seen] | None = None,
        sessions: dict[str, Any] | None = None,
    ) -> None:
        self.state = state or empty("lineage")
        self.store = MemoryStore(self.state)
        self.told: list[Any] = []
        self.seconds = 0.0
        self.resolver = resolver or Resolver()
        self.sessions = sessions or {one.endpoint: Scripted(script, seen) for one in plan.changes}
        journal = Journal(self.store, self.state, "run", 1.0)
        self.executor = Executor(
            plan,
            Means(
                lambda endpoint, _: self.sessions[endpoint],
                types_ or types(),
                journal,
                self.resolver,
                lanes or InlineLanes(),
                Stops(stop),
                self.told.append,
                lambda: 1000.0,
                self._tick,
            ),
        )

    def _tick(self) -> float:
        self.seconds += 1
        return self.seconds

    def run(self) -> Any:
        self.tally = self.executor.run()
        return self.tally

    @property
    def calls(self) -> list[tuple[str, tuple[str, ...]]]:
        """List the calls of the only session."""
        (session,) = self.sessions.values()
        return session.calls

    def after(self) -> State:
        """Give the state as a reader of the store finds it."""
        return fold(self.store.snapshot, self.store.load().records)

    def said(self, kind: type) -> list[Any]:
        return [one for one in self.told if isinstance(one, kind)]

    def ended(self) -> dict[str, int]:
        """Count how the changes ended, leaving out what did not occur."""
        return {name: count for name, count in self.tally._asdict().items() if count}


class Gate:
    """Lets sessions of several endpoints go on only once all of them have been called."""

    def __init__(self, parties: int) -> None:
        self.barrier = threading.Barrier(parties)

    def __call__(self) -> None:
        self.barrier.wait(timeout=30)


def kinds(records: Sequence[Record]) -> list[str]:
    """Name the types of records."""
    return [type(one).__name__ for one in records]


def checkpoint(token: Any, done: int = 1, total: int = 2) -> Callable[[str], Checkpoint]:
    """Script a checkpoint."""
    return lambda id_: Checkpoint(id_, token, done, total)


def holding(*leaves: StateLeaf) -> State:
    """Make a state of these."""
    return empty("lineage")._replace(leaves={one.key: one for one in leaves})
