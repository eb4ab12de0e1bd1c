"""Rules of memory_topic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.session import Absent, Danger, Do, Fault, Found, Keep, Loss, Refuse, Step
from kplan.sdk.values import Secret, Unknown, equal, make_map, marks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kplan.sdk.session import Case, Opened, Settlement, Values, Verdict

_NO_CONFIG: Final[Values] = {}
_TEXT: Final = frozenset({str, Secret, Unknown})
_LONGEST_NAME: Final = 249


def complete(desired: Values, endpoint: Values) -> Values:
    """Fill in the defaults of the cluster's block and of the type.

    A null attribute counts as not declared; a null config key leaves the cluster's default for it out.
    """
    defaults = endpoint.get("topic_defaults") or _NO_CONFIG
    if None in desired.values():
        desired = {key: value for key, value in desired.items() if value is not None}
    config = desired.get("config", _NO_CONFIG)
    common = defaults.get("config")
    if isinstance(common, Unknown):
        config = common
    elif common and isinstance(config, dict):
        merged = {**common, **config}
        config = merged if type(common) is type(config) is dict else make_map(merged)
    if isinstance(config, dict) and None in config.values():
        config = make_map({key: value for key, value in config.items() if value is not None})
    partitions = defaults.get("partitions") or 1
    completed = {"partitions": partitions, "note": None, **desired, "config": config}
    plain = type(desired) is type(config) is dict and type(partitions) is int
    return completed if plain else make_map(completed)


def check(desired: Values) -> Sequence[Fault]:
    """Find values that no topic can have."""
    name, partitions, config = (
        desired.get("name", "x"),
        desired.get("partitions", 1),
        desired.get("config", _NO_CONFIG),
    )
    faults: list[Fault] = []
    if not marks(name) and not 0 < len(name) <= _LONGEST_NAME:
        what = f"A topic's name has 1 to {_LONGEST_NAME} characters, not {len(name)}."
        faults.append(Fault("bad_name", what, remedy="Give it another name.", path=("name",)))
    if type(partitions) is not int or partitions < 1:
        faults.extend(_bad_number("partitions", partitions))
    if "replication_factor" in desired:
        faults.extend(_bad_number("replication_factor", desired["replication_factor"]))
    if config and not _TEXT.issuperset(map(type, config.values() if isinstance(config, dict) else ())):
        faults.extend(_bad_config(config))
    return faults


def _bad_number(name: str, value: Any) -> Iterator[Fault]:
    if not marks(value) and value is not None and (type(value) is not int or value < 1):
        what = f"{name} must be a whole number of at least 1, not {value}."
        yield Fault("bad_number", what, remedy="Write 1 or more.", path=(name,))


def _bad_config(config: Values) -> Iterator[Fault]:
    for key, value in config.items():
        if type(value) not in _TEXT:
            remedy = f'Write the value of "{key}" as text, or leave the key out.'
            yield Fault("bad_config", f"{key} has no text for a value.", "", remedy, ("config", key))


def plan(cases: Sequence[Case]) -> Sequence[Verdict]:
    """Decide each case by itself; one whose live values hold all desired ones is kept without a closer look."""
    verdicts: list[Verdict] = []
    for case in cases:
        _, prior, seen, desired, _ = case
        if (
            type(seen) is Found
            and desired is not None
            and desired.items() <= seen.values.items()
            and (prior is None or prior.get("id") == seen.values["id"])
        ):
            verdicts.append(Keep(seen.values))
        else:
            verdicts.append(_decide(case))
    return verdicts


def _decide(case: Case) -> Verdict:
    if isinstance(case.seen, Absent):
        return Keep({}) if case.desired is None else _create(case.desired)
    live, prior = case.seen.values, case.prior
    if prior is not None and prior.get("id") not in (None, live["id"]):
        return Refuse((_recreated(live, prior),))
    if case.desired is None:
        return _delete(live)
    return _update(case.desired, live, prior)


def _recreated(live: Values, prior: Values) -> Fault:
    name = live["name"]
    detail = f"The id of {name} was {prior['id']} and is {live['id']}: somebody deleted and created it."
    remedy = "Forget it with `kplan state rm`, then adopt the new one if it is yours."
    return Fault("not_ours", f"{name} is another topic now", detail, remedy)


def _create(desired: Values) -> Verdict:
    declared = {key: value for key, value in desired.items() if value is not None}
    computed = {"replication_factor": Unknown("number"), "note": None, "id": Unknown("string")}
    planned = make_map({**computed, "records": Unknown("number"), **declared})
    return Do(planned, (Step("create", make_map(declared)),))


def _delete(live: Values) -> Verdict:
    name, records = live["name"], live["records"]
    loss = Loss(Danger.DATA_LOSS, f"topic {name} is deleted", f"{records} records" if records else "")
    return Do({}, (Step("delete", {"name": name, "id": live["id"]}),), (loss,))


def _update(desired: Values, live: Values, prior: Values | None) -> Verdict:
    faults = (*_impossible(desired, live),)
    if faults:
        return Refuse(faults)
    planned = make_map({**live, **{key: value for key, value in desired.items() if value is not None}})
    planned = make_map({**planned, "note": desired.get("note")})
    steps = (*_grow(desired, live), *_alter(desired, live, prior))
    return Do(planned, steps) if steps else Keep(planned)


def _impossible(desired: Values, live: Values) -> Iterator[Fault]:
    partitions, now = desired.get("partitions"), live["partitions"]
    if isinstance(partitions, int) and partitions < now:
        what = f"{live['name']} has {now} partitions and cannot have {partitions}"
        remedy = (
            f"Write partitions = {now}, or have the topic made anew with -replace, which loses its records."
        )
        yield Fault("partitions_decreased", what, "Partitions are only ever added.", remedy, ("partitions",))
    copies, has = desired.get("replication_factor"), live["replication_factor"]
    if copies is not None and not isinstance(copies, Unknown) and not _same(copies, has):
        what = f"{live['name']} has replication factor {has} and cannot have {copies}"
        remedy = f"Write replication_factor = {has}, or leave it out."
        detail = "A world copies nothing to other brokers."
        yield Fault("replication_factor_changed", what, detail, remedy, ("replication_factor",))


def _grow(desired: Values, live: Values) -> Iterator[Step]:
    wanted = desired.get("partitions")
    if wanted is not None and not _same(wanted, live["partitions"]):
        yield Step("grow", make_map({"name": live["name"], "partitions": wanted}))


def _alter(desired: Values, live: Values, prior: Values | None) -> Iterator[Step]:
    """Set what differs; unset what we had declared and no longer do."""
    config, now = desired.get("config", _NO_CONFIG), live["config"]
    if isinstance(config, dict):
        changed: Any = make_map(
            {key: value for key, value in config.items() if not _same(value, now.get(key))}
        )
        had = (prior or _NO_CONFIG).get("config") or _NO_CONFIG
        unset = tuple(key for key in now if key in had and key not in config)
    else:
        changed, unset = config, ()
    args: Values = {"set": changed, "unset": unset}
    if not _same(desired.get("note"), live["note"]):
        args["note"] = desired.get("note")
    if isinstance(desired.get("replication_factor"), Unknown):
        args["replication_factor"] = desired["replication_factor"]  # to be planned again once it is known
    if changed or unset or len(args) > 2:
        yield Step("alter", make_map({"name": live["name"], **args}))


def _same(wanted: Any, live: Any) -> bool:
    """Compare without taking a secret's mark off."""
    return equal(wanted, Secret(live) if isinstance(wanted, Secret) else live)


def settle(opened: Opened, seen: Found | Absent) -> Settlement:
    """Compare what is there with what was sent and with what was there before."""
    match opened.steps[0].verb:
        case "create":
            if isinstance(seen, Absent):
                return "not_done"
            return "done" if _holds(opened.planned, seen.values) else "stop"
        case "delete":
            return "done" if isinstance(seen, Absent) or not _same_topic(opened.seen, seen) else "not_done"
        case _:
            return _changed(opened, seen)


def _changed(opened: Opened, seen: Found | Absent) -> Settlement:
    if isinstance(seen, Absent) or not _same_topic(opened.seen, seen):
        return "not_done"
    before = opened.seen.values if isinstance(opened.seen, Found) else _NO_CONFIG
    if {**before, "records": None} == {**seen.values, "records": None}:
        return "not_done"
    return "done" if _holds(opened.planned, seen.values) and not _still_set(opened.steps, seen) else "redo"


def _same_topic(before: Found | Absent, seen: Found) -> bool:
    return isinstance(before, Found) and before.values.get("id") == seen.values["id"]


def _still_set(steps: Sequence[Step], seen: Found) -> bool:
    config = seen.answers or seen.values["config"]
    return any(key in config for step in steps for key in step.args.get("unset", ()))


def _holds(expected: Values, live: Values) -> bool:
    """Tell whether live has every value that was expected and known; a secret's was not written down."""
    for key, value in expected.items():
        if key == "config" and isinstance(value, dict):
            if not all(
                item is None or marks(item) or live[key].get(name) == item for name, item in value.items()
            ):
                return False
        elif key != "records" and not marks(value) and value != live.get(key):
            return False
    return True
