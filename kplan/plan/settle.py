"""What became of steps whose outcome was lost: settled from what is seen now, or kept as a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kplan.plan.secrets import write_only
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


def settle(
    pending: Pending,
    seen: Found | Absent,
    rules: Rules,
    leaf: Leaf,
    now: float,
    prior: StateLeaf | None = None,
) -> Settled:
    """Settle one intent. `now`: seconds since the epoch; `prior`: what state holds of the object.

    Work done in part leaves what state remembered before, with what was to be added: either may still have to be
    unset. "Not done" holds only once what was sent can no longer appear; until then it stays a claim. Under that of a
    create the same create may be sent again: if it then exists as sent, it is ours.
    """
    if pending.parked:
        return Settled(None)
    match rules.settle(leaf.name, opened(pending), seen):
        case "done":
            return Settled(Succeeded(pending.key, as_seen(pending.leaf, seen)))
        case "not_done":
            # what is there under a name that we wanted keeps ours from appearing
            taken = pending.before is None and isinstance(seen, Found)
            if not taken and now < pending.since + leaf.appears_within:
                return Settled(None, claim=True)
            return Settled(Declined(pending.key))
        case "redo":
            made = as_seen(pending.leaf, seen) if pending.before is None else _half_way(prior, pending.leaf)
            made = made and of_no_version(made, leaf)
            return Settled(Declined(pending.key) if made is None else Put(made))
        case "stop":
            return Settled(None, stuck=True)


def _half_way(prior: StateLeaf | None, planned: StateLeaf | None) -> StateLeaf | None:
    if prior is None or planned is None:
        return None
    added = {
        name: {**value, **prior.attributes[name]}
        for name, value in planned.attributes.items()
        if isinstance(value, dict) and isinstance(prior.attributes.get(name), dict)
    }
    return prior._replace(attributes={**prior.attributes, **added})


def of_no_version(made: StateLeaf, leaf: Leaf) -> StateLeaf:
    """Forget which version of a secret is in effect: the one before, or the one that was to be sent."""
    versions = {f"{name}_version" for name in write_only(leaf)}
    if versions.isdisjoint(made.attributes):
        return made
    attributes = {name: None if name in versions else value for name, value in made.attributes.items()}
    return made._replace(attributes=attributes)


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
