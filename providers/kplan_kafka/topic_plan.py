"""Decide what to do about each topic, from what is declared, recorded and seen. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kplan.sdk.session import Absent, Case, Do, Facts, Found, Keep, Refuse, Step
from kplan.sdk.values import SECRET, UNKNOWN, Secret, Unknown, equal, make_map, marks, reveal
from kplan_kafka import topic_refusals as refusals
from kplan_kafka.config_keys import canonical_or_as_is
from kplan_kafka.topic_answers import MIN_ISR, answers_of
from kplan_kafka.topic_losses import losses_of_alter, losses_of_delete
from kplan_kafka.topic_rules import COUNTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kplan.sdk.session import Loss, Values, Verdict
    from kplan.sdk.values import Value

_MOVES: Final = (
    "keys move: records of a key written from now on may go to another partition than its earlier ones"
)
_COMPACTED: Final = "the topic is compacted: what a key left in its old partition stays there until it is written again in that partition"


class ConfigChange(NamedTuple):
    """Config keys to set (Unknown: which ones is decided later) and keys to give back."""

    to_set: Value
    to_unset: tuple[str, ...]


def plan(facts: Facts, cases: Sequence[Case]) -> list[Verdict]:
    """Decide each case; all topics of a cluster come together, so that names which collide are found."""
    others = refusals.colliding(cases)
    return [_decide(facts, case, others.get(case.identity[0], "")) for case in cases]


def _decide(facts: Facts, case: Case, collides_with: str) -> Verdict:
    name, desired, seen = case.identity[0], case.desired, case.seen
    if desired is None:
        return Keep({}) if isinstance(seen, Absent) else _delete(name, case.prior, seen)
    if isinstance(seen, Absent):
        return _create(facts, name, desired, seen, collides_with)
    return _update(facts, desired, case.prior, seen)


def _delete(name: str, prior: Values | None, seen: Found) -> Verdict:
    if is_other(prior, seen.values):
        return Keep({})  # ours is gone already; what has its name now is somebody else's
    if name in refusals.KAFKAS_OWN:
        return Refuse((refusals.kafkas_own(name, "deleted"),))
    args = {"id": seen.values.get("id"), "name": name}
    return Do({}, (Step("delete", args),), losses_of_delete(name, answers_of(seen)))


def is_other(prior: Values | None, live: Values) -> bool:
    """Tell whether a topic of this name was made anew since it was recorded."""
    recorded = (prior or {}).get("id")
    return bool(recorded) and bool(live.get("id")) and recorded != live["id"]


def _create(facts: Facts, name: str, desired: Values, seen: Absent, collides_with: str) -> Verdict:
    faults = refusals.of_create(facts, name, desired, collides_with) or answers_of(seen).refused
    if faults:
        return Refuse(tuple(faults))
    decided: Values = {"id": Unknown("string")}
    for count in COUNTS:
        wanted = desired.get(count)
        decided[count] = (
            wanted if wanted is not None else facts.values.get(f"default_{count}") or Unknown("number")
        )
    args = {
        "name": name,
        **{count: desired.get(count) for count in COUNTS},
        "config": desired.get("config") or {},
    }
    return Do(
        make_map({**desired, **decided}),
        (Step("create", make_map(args)),),
        notes=_create_notes(facts, desired),
    )


def _create_notes(facts: Facts, desired: Values) -> tuple[str, ...]:
    factor, up = reveal(desired.get("replication_factor")), facts.values.get("brokers_up")
    notes = []
    if isinstance(factor, int) and up and factor > up:
        brokers = "1 broker is" if up == 1 else f"{up} brokers are"
        notes.append(f"only {brokers} up: the other replicas come when theirs are back")
    untold = facts.values.get("untold")
    if untold and any(desired.get(count) is None for count in COUNTS):
        notes.append(f"the cluster's defaults can't be seen: {untold}")
    return tuple(notes)


def _update(facts: Facts, desired: Values, prior: Values | None, seen: Found) -> Verdict:
    live = seen.values
    if _is_in_place(desired, live) and not is_other(prior, live):
        return Keep(_planned(desired, live))
    change = config_change(desired.get("config"), live.get("config") or {}, (prior or {}).get("config"))
    faults = refusals.of_update(facts, desired, prior, seen) or answers_of(seen).refused
    if faults:
        return Refuse(tuple(faults))
    planned = _planned(desired, live)
    steps = (*_alter(change), *_grow(desired, live), *_undecided_factor(desired))
    if not steps:
        return Keep(planned)
    effective = _Effective(facts, seen, change)
    return Do(planned, steps, _losses(effective), (*_pin_notes(effective), *_grow_notes(steps, effective)))


def _is_in_place(desired: Values, live: Values) -> bool:
    """Tell quickly what holds for nearly all topics of most plans; False decides nothing."""
    config = desired.get("config") or {}
    return (
        not marks(desired)
        and config
        == live.get("config")  # which was read for what is declared or recorded, so nothing is to go
        and MIN_ISR not in config
        and all(desired.get(count) in (None, live.get(count)) for count in COUNTS)
    )


def _planned(desired: Values, live: Values) -> Values:
    kept = {count: live.get(count) for count in COUNTS if desired.get(count) is None}
    return make_map({**desired, **kept, "id": live.get("id")})


def config_change(declared: Value, own: Mapping[str, str], recorded: Any) -> ConfigChange:
    """Compare declared config with the topic's own. What was recorded and is declared no more is given back."""
    if isinstance(declared, Secret):
        inner = config_change(declared.reveal(), own, recorded)
        return inner._replace(to_set=_secret_items(inner.to_set))
    if declared is not None and not isinstance(declared, dict):
        return ConfigChange(declared, ())
    wanted = declared or {}
    to_set = {key: wanted[key] for key in sorted(wanted) if not _in_place(wanted[key], own.get(key))}
    was = recorded if isinstance(recorded, dict) else {}
    to_unset = tuple(sorted(key for key in was if key not in wanted and key in own))
    return ConfigChange(make_map(to_set), to_unset)


def _secret_items(to_set: Value) -> Value:
    if not isinstance(to_set, dict):
        return to_set
    return make_map({key: Secret(value) for key, value in to_set.items()})


def _in_place(wanted: Value, own: str | None) -> bool:
    if own is None:
        return False
    return equal(wanted, Secret(own) if marks(wanted) & SECRET else own)


def _alter(change: ConfigChange) -> list[Step]:
    if isinstance(change.to_set, dict) and not change.to_set and not change.to_unset:
        return []
    return [Step("alter", make_map({"set": change.to_set, "unset": change.to_unset}))]


def _grow(desired: Values, live: Values) -> list[Step]:
    wanted = desired.get("partitions")
    if wanted is None or equal(reveal(wanted), live.get("partitions")):
        return []
    return [Step("grow", make_map({"partitions": wanted}))]


def _undecided_factor(desired: Values) -> list[Step]:
    """Keep a place for what may have to be done once the number is known; a known one that differs is refused."""
    wanted = desired.get("replication_factor")
    return [Step("reassign", make_map({"replication_factor": wanted}))] if marks(wanted) & UNKNOWN else []


class _Effective(NamedTuple):
    """The values in force before and after a change."""

    facts: Facts
    seen: Found
    change: ConfigChange

    def before(self, key: str) -> str | None:
        """Give the value in force now, canonically; None if not known."""
        own = self.seen.values.get("config") or {}
        value = answers_of(self.seen).effective.get(key, own.get(key))
        return value if value is not None else self._inherited(key)

    def after(self, key: str) -> str | None:
        """Give the value in force after; one that only an apply decides counts as unchanged."""
        if key in self.change.to_unset:
            return self._inherited(key)
        to_set = self.change.to_set
        if not isinstance(to_set, dict) or key not in to_set or marks(to_set[key]) & UNKNOWN:
            return self.before(key)
        return str(reveal(to_set[key]))

    def _inherited(self, key: str) -> str | None:
        default = (self.facts.values.get("config_defaults") or {}).get(key)
        return None if default is None else canonical_or_as_is(key, default)


def _losses(effective: _Effective) -> tuple[Loss, ...]:
    found = losses_of_alter(effective.before, effective.after)
    secret = marks(effective.change.to_set) & SECRET
    return tuple(loss._replace(amount="") for loss in found) if secret else found


def _pin_notes(effective: _Effective) -> tuple[str, ...]:
    """Say of keys that are set to what they inherit already why they are set all the same."""
    to_set = effective.change.to_set
    if not isinstance(to_set, dict):
        return ()
    pinned = [key for key in to_set if not marks(to_set[key]) and to_set[key] == effective.before(key)]
    return (f"{', '.join(pinned)}: inherited so far, now the topic's own",) if pinned else ()


def _grow_notes(steps: tuple[Step, ...], effective: _Effective) -> tuple[str, ...]:
    if all(step.verb != "grow" for step in steps):
        return ()
    compacted = "compact" in (effective.after("cleanup.policy") or "").split(",")
    return (_MOVES, _COMPACTED) if compacted else (_MOVES,)
