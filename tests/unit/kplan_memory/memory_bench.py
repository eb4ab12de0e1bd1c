"""Drives the in-memory provider for these tests."""

from kplan.sdk.session import Ask, Case, Do, Facts, Work
from kplan_memory import PROVIDER
from kplan_memory.types import CLUSTER, TOPIC
from kplan_memory.world import World

RULES = PROVIDER.rules()
FACTS = Facts("memory", {})


class Patience:
    """A Stop that is asked `calls` times before it says stop."""

    def __init__(self, calls=10**9, seconds=float("inf")):
        self.calls, self.seconds = calls, seconds

    def requested(self):
        self.calls -= 1
        return self.calls < 0

    def seconds_left(self):
        return self.seconds


STOP = Patience()


def session_on(world: World):
    from kplan_memory.session import MemorySession

    return MemorySession(world)


def connect(**settings):
    return PROVIDER.connect(CLUSTER, settings)


def complete(name, **declared):
    return RULES.complete(TOPIC, {"name": name, **declared}, {})


def read(session, leaf, name, desired=None, prior=None):
    return session.read(leaf, [Ask((name,), desired, prior)], STOP)[(name,)]


def plan(session, leaf, name, desired, prior=None):
    seen = read(session, leaf, name, desired, prior)
    [verdict] = RULES.plan(leaf, FACTS, [Case((name,), prior, seen, desired)])
    return seen, verdict


def work(session, leaf, name, desired, prior=None, resume=None):
    seen, verdict = plan(session, leaf, name, desired, prior)
    assert isinstance(verdict, Do), verdict
    return Work(name, (name,), verdict.steps, seen, verdict.planned, resume)


def apply(session, leaf, *works, stop=STOP):
    return list(session.apply(leaf, works, stop))


def bring_about(session, leaf, name, desired, prior=None):
    """Read, plan and apply one object; give its last event."""
    return apply(session, leaf, work(session, leaf, name, desired, prior))[-1]
