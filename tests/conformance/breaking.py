"""Providers that are the in-memory one with one thing broken, to prove that the suite finds it."""

from dataclasses import dataclass, field

from kplan.sdk.session import Do, Found
from kplan_memory import PROVIDER


class Bent:
    """An object that answers as another does, but for some methods; each is given the other's own as `real`."""

    def __init__(self, inner, bends):
        self._inner = inner
        self._bends = bends

    def __getattr__(self, name):
        real = getattr(self._inner, name)
        bend = self._bends.get(name)
        return real if bend is None else lambda *given, **named: bend(real, *given, **named)


@dataclass
class Broken:
    """A provider whose rules, sessions or own answers are bent."""

    rules_bends: dict = field(default_factory=dict)
    session_bends: dict = field(default_factory=dict)
    own_bends: dict = field(default_factory=dict)

    def __or__(self, other):
        """Give a provider that is broken in both ways."""
        return Broken(
            self.rules_bends | other.rules_bends,
            self.session_bends | other.session_bends,
            self.own_bends | other.own_bends,
        )

    @property
    def types(self):
        bend = self.own_bends.get("types")
        return bend(PROVIDER.types) if bend else PROVIDER.types

    def rules(self):
        return Bent(PROVIDER.rules(), self.rules_bends)

    def check_endpoint(self, kind, settings):
        bend = self.own_bends.get("check_endpoint")
        return bend(kind, settings) if bend else PROVIDER.check_endpoint(kind, settings)

    def connect(self, kind, settings):
        return Bent(PROVIDER.connect(kind, settings), self.session_bends)


def rules(**bends) -> Broken:
    return Broken(rules_bends=bends)


def session(**bends) -> Broken:
    return Broken(session_bends=bends)


def own(**bends) -> Broken:
    return Broken(own_bends=bends)


def each_verdict(bend):
    """Bend a plan verdict by verdict."""

    def plan(real, leaf, facts, cases):
        return [bend(case, verdict) for case, verdict in zip(cases, real(leaf, facts, cases), strict=True)]

    return rules(plan=plan)


def each_do(bend):
    """Bend the verdicts that do something."""
    return each_verdict(lambda case, verdict: bend(case, verdict) if isinstance(verdict, Do) else verdict)


def each_seen(bend):
    """Bend a read object by object."""

    def read(real, leaf, asks, stop):
        seen = real(leaf, asks, stop)
        return {ask.identity: bend(ask, seen[ask.identity]) for ask in asks}

    return session(read=read)


def each_found(bend):
    """Bend the objects that are found."""
    return each_seen(lambda _, seen: bend(seen) if isinstance(seen, Found) else seen)


def each_event(kind, bend):
    """Bend the events of one kind; the bend gives those to pass on."""

    def apply(real, leaf, work, stop):
        for event in real(leaf, work, stop):
            yield from bend(event) if isinstance(event, kind) else [event]

    return session(apply=apply)
