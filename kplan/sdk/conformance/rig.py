"""Drives a provider as the engine does, and watches that each call keeps its protocol."""

from __future__ import annotations

import itertools
import json
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kplan.sdk.session import (
    Absent,
    Ask,
    Case,
    Checkpoint,
    Do,
    Done,
    Facts,
    Failed,
    Found,
    Keep,
    Parked,
    Refuse,
    Unreadable,
    Work,
)
from kplan.sdk.types import Is, Leaf
from kplan.sdk.values import UNKNOWN, equal, marks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kplan.sdk.conformance.subject import Declare, LeafSubject, Settings, Subject
    from kplan.sdk.session import Event, Identity, Seen, Session, Values, Verdict

_numbers: Final = itertools.count(1)


class Violation(AssertionError):  # noqa: N818 - a broken law is not a fault of the suite
    """A law that the provider breaks; the text says which and how."""


def demand(kept: object, broken: str) -> None:
    """Raise a Violation unless a law is kept."""
    if not kept:
        raise Violation(broken)


class Patience:
    """A Stop: time left, and a request to stop once `stopping` is set."""

    def __init__(self, seconds: float = 60.0, *, stopping: bool = False) -> None:
        """Start the time."""
        self.stopping = stopping
        self._until = time.monotonic() + seconds

    def requested(self) -> bool:
        """Tell whether to stop."""
        return self.stopping

    def seconds_left(self) -> float:
        """Give the seconds left."""
        return max(0.0, self._until - time.monotonic())


class Made(NamedTuple):
    """An object brought to life: what was declared (complete), what was there before, the verdict, what it is now."""

    name: str
    identity: Identity
    desired: Values
    before: Found | Absent
    verdict: Do
    values: Values


class Rig:
    """A session on the subject's endpoint, and one leaf type's examples."""

    def __init__(self, subject: Subject, leaf: LeafSubject) -> None:
        """Connect, and demand facts."""
        self.subject, self.leaf = subject, leaf
        self.settings = subject.settings()
        self.endpoint: Values = dict(self.settings)
        self.rules = subject.provider.rules()
        self.declared = declared_leaf(subject, leaf.leaf)
        self.facts = live_facts(subject, self.settings)
        self.session: Session = subject.provider.connect(subject.kind, self.settings)
        self._touched: dict[Identity, None] = {}

    def reconnect(self) -> None:
        """Go on with a new session, as another process would."""
        self.session.close()
        self.session = self.subject.provider.connect(self.subject.kind, self.settings)
        self.session.facts(Patience())

    def clean(self) -> None:
        """Delete what was made, and close."""
        for identity in self._touched:
            seen = self.read(identity, None, None)
            if isinstance(seen, Found):
                case = Case(identity, None, seen, None)
                self.finish(case, self.plan(case))
        self.session.close()

    # Declared objects.

    def example(self) -> Values:
        """Declare the example under a new name, complete."""
        return self.complete(self.leaf.example(fresh_name()))

    def complete(self, declared: Values) -> Values:
        """Fill in defaults."""
        return self.rules.complete(self.leaf.leaf, declared, self.endpoint)

    def identity(self, desired: Values) -> Identity:
        """Give the key, and remember to clean it up."""
        made = identity_of(self.declared, desired)
        self._touched[made] = None
        return made

    # Calls.

    def read_all(self, asks: Sequence[Ask]) -> dict[Identity, Seen]:
        """Read, and demand an answer for each ask and no other."""
        seen = dict(self.session.read(self.leaf.leaf, asks, Patience()))
        asked = {ask.identity for ask in asks}
        demand(set(seen) == asked, f"read answers {sorted(seen)} when asked for {sorted(asked)}")
        for identity, one in seen.items():
            demand(type(one) in (Found, Absent, Unreadable), f"read gives {one!r} for {identity}")
        return seen

    def read(self, identity: Identity, desired: Values | None, prior: Values | None) -> Found | Absent:
        """Read one object of a live endpoint."""
        seen = self.read_all([Ask(identity, desired, prior)])[identity]
        if isinstance(seen, Unreadable):
            raise Violation(f"{identity} of a live endpoint is unreadable: {seen.fault}")
        return seen

    def plan_all(self, cases: Sequence[Case]) -> list[Verdict]:
        """Plan, and demand one verdict for each case."""
        verdicts = list(self.rules.plan(self.leaf.leaf, self.facts, cases))
        demand(len(verdicts) == len(cases), f"{len(verdicts)} verdicts for {len(cases)} cases")
        for one in verdicts:
            demand(type(one) in (Keep, Do, Refuse), f"{one!r} is no verdict")
        return verdicts

    def plan(self, case: Case) -> Verdict:
        """Plan one case."""
        return self.plan_all([case])[0]

    def do(self, case: Case) -> Do:
        """Plan one case that needs something done."""
        verdict = self.plan(case)
        if not isinstance(verdict, Do):
            raise Violation(f"something needs doing about {case}, and the verdict is {verdict}")
        demand(verdict.steps, f"a Do without steps: {verdict}")
        return verdict

    def events(self, works: Sequence[Work], stop: Patience | None = None) -> list[Event]:
        """Carry out, and demand that every work ends in exactly one Done, Failed or Parked."""
        return list(watched(works, self.session.apply(self.leaf.leaf, works, stop or Patience())))

    def finish(self, case: Case, verdict: Verdict, resume: Any = None) -> Values:
        """Carry out one verdict; give the object as it is then, {} after a delete."""
        if not isinstance(verdict, Do):
            raise Violation(f"nothing to carry out in {verdict}")
        work = Work("work", case.identity, verdict.steps, case.seen, verdict.planned, resume)
        last = self.events([work])[-1]
        if not isinstance(last, Done):
            raise Violation(f"{verdict.steps} on {case.identity} ended in {last}")
        return last.values

    def make(self, declare: Declare | None = None) -> Made:
        """Bring a new example to life, or what `declare` gives."""
        return self._bring_about(declare or self.leaf.example, fresh_name(), None)

    def change(self, made: Made, declare: Declare | None = None) -> Made:
        """Turn an object into its changed version, or into what `declare` gives."""
        return self._bring_about(declare or self.leaf.changed, made.name, made.values)

    def _bring_about(self, declare: Declare, name: str, prior: Values | None) -> Made:
        desired = self.complete(declare(name))
        identity = self.identity(desired)
        seen = self.read(identity, desired, prior)
        case = Case(identity, prior, seen, desired)
        verdict = self.do(case)
        return Made(name, identity, desired, seen, verdict, self.finish(case, verdict))

    def delete(self, made: Made) -> Made:
        """Delete an object."""
        seen = self.see_again(made)
        case = Case(made.identity, made.values, seen, None)
        verdict = self.do(case)
        return Made(made.name, made.identity, made.desired, seen, verdict, self.finish(case, verdict))

    def see_again(self, made: Made) -> Found | Absent:
        """Read an object again."""
        return self.read(made.identity, made.desired, made.values)

    def plan_again(self, made: Made) -> Verdict:
        """Read and plan an object again, as the next run would."""
        return self.plan(Case(made.identity, made.values, self.see_again(made), made.desired))

    def demand_as_declared(self, values: Values, desired: Values, what: str) -> None:
        """Demand that values agree with what was declared wherever that is known."""
        for name, wanted in desired.items():
            if wanted is not None and not marks(wanted) & UNKNOWN:
                has = values.get(name)
                demand(equal(has, wanted), f"{what} has {name} = {has!r} where {wanted!r} is declared")

    def comparable(self, values: Values) -> Values:
        """Leave out what changes by itself."""
        volatile = {one.name for one in self.declared.attributes if Is.VOLATILE in one.flags}
        return {name: value for name, value in values.items() if name not in volatile and value is not None}


def live_facts(subject: Subject, settings: Settings | None = None) -> Facts:
    """Ask a live endpoint what it says of itself, in a session of its own."""
    session = subject.provider.connect(subject.kind, subject.settings() if settings is None else settings)
    try:
        facts = session.facts(Patience())
    finally:
        session.close()
    if not isinstance(facts, Facts):
        raise Violation(f"facts of a live endpoint are a fault: {facts}")
    return facts


def fresh_name() -> str:
    """Give a name that no run before had."""
    return f"conformance-{os.getpid()}-{time.time_ns() // 1_000_000 % 10**10}-{next(_numbers)}"


def declared_leaf(subject: Subject, name: str) -> Leaf:
    """Find a leaf type's declaration."""
    for one in subject.provider.types:
        if isinstance(one, Leaf) and one.name == name:
            return one
    raise Violation(f"the provider declares no leaf type {name}")


def identity_of(leaf: Leaf, desired: Values) -> Identity:
    """Give an object's key on its endpoint."""
    return tuple(str(desired[name]) for name in leaf.identity)


@contextmanager
def rig(subject: Subject, leaf: LeafSubject) -> Iterator[Rig]:
    """Set up for one check; afterwards nothing that it made is left."""
    made = Rig(subject, leaf)
    try:
        yield made
    finally:
        made.clean()


def watched(works: Sequence[Work], events: Iterator[Event]) -> Iterator[Event]:
    """Pass events on, and demand their protocol."""
    open_works = {work.id: -1 for work in works}
    for event in events:
        demand(event.id in open_works, f"an event for no open work: {event}; open are {sorted(open_works)}")
        match event:
            case Checkpoint(id=id_, done=done, total=total):
                demand(
                    open_works[id_] <= done <= total, f"progress runs backwards or beyond its total: {event}"
                )
                demand(_is_json(event.token), f"a checkpoint's token is no JSON: {event.token!r}")
                open_works[id_] = done
            case Done() | Failed() | Parked():
                del open_works[event.id]
        yield event
    demand(not open_works, f"works without an end: {sorted(open_works)}")


def _is_json(token: Any) -> bool:
    try:
        return bool(json.loads(json.dumps(token)) == token)
    except (TypeError, ValueError):
        return False
