"""A world: the live system of the in-memory provider, with hooks by which tests disturb and watch it.

`world(name)` is the process's own of that name, `file_world(path)` one kept in a file (JSON where the name ends
so, else Python's marshal, which loads three times as fast). Other clients' edits are `create`, `edit`, `delete`.
Values of objects are never changed in place, so that readers may share them.
"""

from __future__ import annotations

import time
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Self

from kplan.sdk.session import Fault
from kplan_memory.effects import carry_out
from kplan_memory.types import JOB, MEMBER, TOPIC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kplan.sdk.session import Identity, Step, Values
    from kplan_memory.file import WorldFile

What = Literal["refuse", "later", "lost_before", "lost_after", "late", "unreadable", "down", "slow"]
When = Literal["before", "after"]


class Injection(NamedTuple):
    """A disturbance. `verb` and `name` narrow what it meets ("" is any); it acts `times` times (-1: always).

    Met by a step's effect: `refuse` and `later` (no effect; retry "no" or "later"), `lost_before` and `lost_after`
    (outcome unknown; before or after the effect), `late` (outcome unknown; the effect comes once the object has
    been read `reads` times). Met by a read of an object: `unreadable`. Met by any call: `down`; `slow` (`seconds`
    pass, and a call with less time left ends: a read unreadable, a step with its outcome unknown).
    """

    what: What
    verb: str = ""
    name: str = ""
    times: int = 1
    reads: int = 0
    seconds: float = 0.0


class Call(NamedTuple):
    """A call that the world received: its verb ("facts", "read", "list", "query" or a step's) and for what."""

    verb: str
    leaf: str
    identities: tuple[Identity, ...]


class Effect(NamedTuple):
    """Something that a client of kplan changed in the world."""

    verb: str
    leaf: str
    identity: Identity


class Pending(NamedTuple):
    """A step whose effect is still to come, after `reads` more reads of the object."""

    leaf: str
    name: str
    verb: str
    args: Values
    reads: int


STEP_INJECTIONS: Final = ("refuse", "later", "lost_before", "lost_after", "late")


class World:
    """One live system. Its hooks are plain attributes: `uid`, `injections`, `effect`, `sleep`, `calls`, `effects`."""

    def __init__(self, uid: str, file: WorldFile | None = None) -> None:
        """Make an empty world, or the one that the file holds."""
        self.uid = uid
        self.serial = 0
        self.objects: dict[str, dict[str, Values]] = {TOPIC: {}, JOB: {}, MEMBER: {}}
        self.injections: list[Injection] = []
        self.pending: list[Pending] = []
        self.calls: list[Call] = []
        self.effects: list[Effect] = []
        self.effect: Callable[[When, Effect], None] | None = None
        self.sleep: Callable[[float], None] = time.sleep
        self.lock = RLock()
        self._file = file

    # What other clients do; none of it is recorded.

    def get(self, leaf: str, name: str) -> Values | None:
        """Give an object as it is now, or None."""
        with self.lock:
            self.refresh()
            return self.objects[leaf].get(name)

    def names(self, leaf: str = TOPIC) -> list[str]:
        """Name what is there, sorted."""
        with self.lock:
            self.refresh()
            return sorted(self.objects[leaf])

    def create(self, leaf: str, name: str, **values: Any) -> Values:
        """Create an object as another client would; a topic gets a new id."""
        return self._foreign(leaf, name, "create", {"name": name, **values})

    def edit(self, leaf: str, name: str, **changes: Any) -> Values:
        """Set attributes of an object as another client would; anything goes."""
        with self:
            made = self.objects[leaf][name] = {**self.objects[leaf][name], **changes}
            return made

    def delete(self, leaf: str, name: str) -> None:
        """Delete an object as another client would."""
        self._foreign(leaf, name, "delete", {"name": name})

    def _foreign(self, leaf: str, name: str, verb: str, args: Values) -> Values:
        with self:
            fault = self._change(leaf, name, verb, args)
            if fault is not None:
                raise ValueError(fault.summary)
            return self.objects[leaf].get(name, {})

    def inject(self, *injections: Injection) -> None:
        """Add disturbances; the first that fits is met first."""
        with self:
            self.injections.extend(injections)

    # What a session does.

    def __enter__(self) -> Self:
        """Take the world for a change. On leaving, a file world is written once.

        After an exception too: a client that dies takes nothing back.
        """
        self.lock.acquire()
        self.refresh()
        return self

    def __exit__(self, *raised: object) -> None:
        try:
            if self._file is not None:
                self._file.save(self._snapshot())
        finally:
            self.lock.release()

    def received(self, verb: str, leaf: str, identities: Sequence[Identity]) -> None:
        """Record a call."""
        self.calls.append(Call(verb, leaf, tuple(identities)))

    def met(self, *what: What, verb: str, name: str = "") -> Injection | None:
        """Take the first disturbance of these kinds that a call meets, and count it."""
        for at, one in enumerate(self.injections):
            if one.what in what and one.verb in ("", verb) and one.name in ("", name) and one.times:
                if one.times > 0:
                    self.injections[at] = one._replace(times=one.times - 1)
                return one
        return None

    def step(self, leaf: str, name: str, step: Step) -> Fault | None:
        """Carry out one step on one object, unless a disturbance has it otherwise."""
        met = self.met(*STEP_INJECTIONS, verb=step.verb, name=name) if self.injections else None
        match met.what if met else None:
            case None:
                return self._act(leaf, name, step.verb, step.args)
            case "refuse":
                return Fault("refused", f"the cluster refused to {step.verb} {name}")
            case "later":
                return Fault("busy", f"the cluster is too busy to {step.verb} {name}", retry="later")
            case "lost_after":
                self._act(leaf, name, step.verb, step.args)
            case "late" if met:
                self.pending.append(Pending(leaf, name, step.verb, step.args, met.reads))
            case _:
                pass
        return Fault("timed_out", f"no answer to {step.verb} {name} in time", retry="outcome_unknown")

    def pass_by(self, leaf: str, names: Iterable[str]) -> None:
        """Count one read of these objects; steps that were late take effect where theirs have passed."""
        asked = set(names)
        waiting: list[Pending] = []
        for one in self.pending:
            if one.leaf != leaf or one.name not in asked:
                waiting.append(one)
            elif one.reads > 0:
                waiting.append(one._replace(reads=one.reads - 1))
            else:
                self._act(one.leaf, one.name, one.verb, one.args)
        self.pending = waiting

    def _act(self, leaf: str, name: str, verb: str, args: Values) -> Fault | None:
        effect = Effect(verb, leaf, (name,))
        if self.effect is not None:
            self.effect("before", effect)
        fault = self._change(leaf, name, verb, args)
        if fault is None:
            self.effects.append(effect)
        if self.effect is not None:
            self.effect("after", effect)
        return fault

    def _change(self, leaf: str, name: str, verb: str, args: Values) -> Fault | None:
        here = self.objects[leaf]
        after = carry_out(leaf, here.get(name), verb, args, f"{self.uid}-{self.serial + 1}")
        if isinstance(after, Fault):
            return after
        if verb == "create":
            self.serial += 1
        if after is None:
            here.pop(name, None)
        else:
            here[name] = after
        return None

    # The file.

    def refresh(self) -> None:
        """Load a file world again if another process has written it. ValueError if the file holds no world."""
        held = self._file.load() if self._file is not None else None
        if held is not None:
            self.uid, self.serial = held["uid"], held["serial"]
            self.objects = {TOPIC: {}, JOB: {}, MEMBER: {}, **held["objects"]}
            self.injections = [Injection(*one) for one in held["injections"]]
            self.pending = [Pending(*one) for one in held["pending"]]

    def _snapshot(self) -> dict[str, Any]:
        return {
            "uid": self.uid,
            "serial": self.serial,
            "objects": self.objects,
            "injections": [tuple(one) for one in self.injections],
            "pending": [tuple(one) for one in self.pending],
        }


_worlds: dict[str, World] = {}
_worlds_lock: Final = RLock()


def world(name: str) -> World:
    """Give the process's own world of that name, made at first use."""
    with _worlds_lock:
        return _worlds.setdefault(name, World(f"memory-{name}"))


def forget(name: str) -> None:
    """Drop a world, so that its name stands for a new and empty one."""
    with _worlds_lock:
        _worlds.pop(name, None)


def file_world(path: str) -> World:
    """Give the world kept in a file; an absent file is an empty world, whose id follows from its path."""
    from kplan_memory.file import WorldFile

    file = WorldFile(path)
    with _worlds_lock:
        return _worlds.setdefault(f"file {file.path}", World(file.uid(), file))
