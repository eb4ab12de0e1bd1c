"""What became of steps whose outcome was lost: settled from what is seen now, or kept as a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kplan.sdk.session import Absent, Found, Opened, Step
from kplan.state.records import Declined, Put, Record, Succeeded

if TYPE_CHECKING:
    from kplan.sdk.session import Rules
    from kplan.sdk.types import Leaf
    from kplan.state.model import Pending, StateLeaf


class Settled(NamedTuple):
    """What an intent came to. `record` brings state up to it (None: it stays open). `claim`: it may still appear.

    `stuck`: what is seen is neither as before nor as intended, so a person has to decide.
    """

    record: Record | None
    claim: bool = False
    stuck: bool = False


def opened(pending: Pending) -> Opened:
    """Give the rules an intent as they know it."""
    before = Absent() if pending.before is None else Found(pending.before)
    steps = tuple(Step(verb, args) for verb, args in pending.steps)
    return Opened(pending.key.identity, steps, before, pending.planned, pending.resume)


def settle(pending: Pending, seen: Found | Absent, rules: Rules, leaf: Leaf, now: float) -> Settled:
    """Settle one intent. `now`: seconds since the epoch.

    Work done in part leaves what state remembered before, so that what it no longer declares is still unset; only what
    did not exist before is taken in. "Not done" holds only once what was sent can no longer appear; until then a lost create stays a claim, under
    which the same create may be sent again: if it then exists as sent, it is ours.
    """
    if pending.parked:
        return Settled(None)
    match rules.settle(leaf.name, opened(pending), seen):
        case "done":
            return Settled(Succeeded(pending.key, as_seen(pending.leaf, seen)))
        case "not_done":
            lost_create = pending.before is None and isinstance(seen, Absent)
            if lost_create and now < pending.since + leaf.appears_within:
                return Settled(None, claim=True)
            return Settled(Declined(pending.key))
        case "redo":
            made = as_seen(pending.leaf, seen) if pending.before is None else None
            return Settled(Declined(pending.key) if made is None else Put(made))
        case "stop":
            return Settled(None, stuck=True)


def as_seen(leaf: StateLeaf | None, seen: Found | Absent) -> StateLeaf | None:
    """Fill in what the live system decided."""
    if leaf is None or isinstance(seen, Absent):
        return leaf
    computed = {
        name: value
        for name, value in seen.values.items()
        if name not in leaf.attributes and value is not None
    }
    return leaf._replace(computed=computed)
