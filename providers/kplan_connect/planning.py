"""Connectors decided: what is declared against what workers have, exactly, and what a change costs. Pure."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from kplan.sdk.session import Absent, Danger, Do, Fault, Found, Keep, Loss, Refuse, Step
from kplan.sdk.values import SECRET, UNKNOWN, Unknown, equal, make_map, marks, marks_in, reveal, secret_keys
from kplan_connect.checking import open_secret
from kplan_connect.flat import PARTS, path_of
from kplan_connect.mirroring import renamed, stays
from kplan_connect.paths import RESTART_FAILED, connector_path
from kplan_connect.seen import NOTHING_KNOWN, Answers
from kplan_connect.sensitive import HIDDEN
from kplan_connect.types import FAILED, KEEP, PAUSED, RESET, RUNNING, STOPPED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.sdk.session import Case, Facts, Values, Verdict
    from kplan.sdk.values import Value

CREATE: Final = "create"
CONFIGURE: Final = "configure"
SET_STATE: Final = "set_state"
RESTART: Final = "restart"
DELETE: Final = "delete"
REMEMBER: Final = "remember"
"""Nothing on the workers: what is to become of offsets is known to state alone, and changes with an apply."""

_DOES: Final = {PAUSED: "paused", STOPPED: "stopped"}


def plan(facts: Facts, cases: Sequence[Case]) -> list[Verdict]:
    """Decide each case."""
    plugins: Mapping[str, str] = facts.values.get("plugins", {})
    return [_decide(plugins, case) for case in cases]


def _decide(plugins: Mapping[str, str], case: Case) -> Verdict:
    if case.desired is None:
        return Keep({}) if isinstance(case.seen, Absent) else _delete(case)
    answers = case.seen.answers if isinstance(case.seen.answers, Answers) else NOTHING_KNOWN
    secrets = [_open_secret(key, case.desired) for key in answers.open_secrets]
    if isinstance(case.seen, Absent):
        faults = (*secrets, *_impossible(plugins, case.desired, answers))
        return Refuse(faults) if faults else _create(plugins, case.identity[0], case.desired, answers)
    return Refuse(tuple(secrets)) if secrets else _changed(plugins, case, case.seen, answers)


def _delete(case: Case) -> Do:
    offsets = (case.prior or {}).get("offsets_on_destroy")
    step = Step(DELETE, {"offsets": RESET if offsets == RESET else "keep"})
    topic = stays(case.seen.values) if isinstance(case.seen, Found) else ""
    kept = (f"MirrorMaker's own topic stays: {topic}",) if topic else ()
    if offsets == RESET:
        what = f"the offsets of connector {case.identity[0]} are reset: one of that name would begin anew"
        return Do({}, (step,), (Loss(Danger.DATA_LOSS, what),), kept)
    note = "its offsets are kept: a connector of the same name goes on from there (offsets_on_destroy)"
    return Do({}, (step,), (), (note, *kept))


def _create(plugins: Mapping[str, str], name: str, desired: Values, answers: Answers) -> Do:
    args = {**_args(name, desired), "state": _to_be(desired)}
    return Do(_planned(plugins, desired), (Step(CREATE, make_map(args)),), (), _unasked(answers))


def _args(name: str, desired: Values) -> Values:
    """Give what a connector's configuration is made of, and the names of what is sensitive in it."""
    wanted: Values = {part: desired[part] for part in PARTS if part in desired}
    secret = desired.get("sensitive_config")
    return {"name": name, **wanted, "sensitive_config": secret, "sensitive_keys": secret_keys(secret)}


def _to_be(desired: Values) -> Value:
    """Give the state that it is to have, if any; that it failed is what it was where changes of its state are ignored."""
    state = desired.get("state")
    return None if not marks(state) and state == FAILED else state


def _planned(plugins: Mapping[str, str], desired: Values) -> Values:
    keys = secret_keys(desired.get("sensitive_config"))
    named = {"sensitive_keys": keys} if keys else {}
    return make_map({**desired, **named, "type": _type_of(plugins, desired["class"])})


def _type_of(plugins: Mapping[str, str], class_: Value) -> Value:
    found = None if marks(class_) & UNKNOWN else _plugin(plugins, reveal(class_))
    return Unknown("string") if found is None else plugins[found]


def _plugin(plugins: Mapping[str, str], called: str) -> str | None:
    """Find a connector's plugin by its class, or a short name as Connect has them."""
    for name, kind in plugins.items():
        simple = name.rpartition(".")[2]
        if kind in {"source", "sink"} and called in {name, simple, simple.removesuffix("Connector")}:
            return name
    return None


def _impossible(plugins: Mapping[str, str], desired: Values, answers: Answers) -> Iterator[Fault]:
    """Say what workers would refuse: a plugin that they don't have, and what their validate finds."""
    class_ = desired["class"]
    if plugins and not marks(class_) & UNKNOWN and _plugin(plugins, reveal(class_)) is None:
        yield _no_plugin(plugins, reveal(class_), secret=bool(marks(class_) & SECRET))
    for key, message in answers.refused:
        path = path_of(key, desired) or ("config",)
        summary = f"the workers refuse {key}" if key else "the workers refuse it"
        yield Fault("refused", summary, message, f"Correct {key or 'its configuration'}.", path)


def _no_plugin(plugins: Mapping[str, str], called: str, *, secret: bool) -> Fault:
    there = [name for name, kind in plugins.items() if kind in {"source", "sink"}]
    if secret:
        return Fault("no_plugin", "the workers have no plugin of that class", "", "Install it.", ("class",))
    simple = {name.rpartition(".")[2]: name for name in there}
    near = difflib.get_close_matches(called.rpartition(".")[2], simple, 1)
    meant = f"Did you mean {simple[near[0]]}? " if near else ""
    remedy = f"{meant}Else install it on every worker (plugin.path), and restart them."
    detail = f"They have {', '.join(sorted(there)) or 'none'}."
    return Fault("no_plugin", f"the workers have no plugin {called}", detail, remedy, ("class",))


def _open_secret(key: str, desired: Values) -> Fault:
    return open_secret(key, path_of(key, desired) or ("config",), "is a password to its plugin")


def _unasked(answers: Answers) -> tuple[str, ...]:
    return (f"not validated: {answers.unasked}",) if answers.unasked else ()


def _changed(plugins: Mapping[str, str], case: Case, seen: Found, answers: Answers) -> Verdict:
    desired, live, name = case.desired or {}, seen.values, case.identity[0]
    wanted_state = desired.get("state")
    edited = _is_edited(desired, live, answers, rotated=case.rotated)
    moved = wanted_state is not None and not _same(wanted_state, live.get("state"))
    if (
        not edited
        and not moved
        and not _same(desired["offsets_on_destroy"], live.get("offsets_on_destroy", KEEP))
    ):
        args = {"name": name, "offsets_on_destroy": desired["offsets_on_destroy"]}
        return Do(_kept(plugins, desired, live), (Step(REMEMBER, make_map(args)),))
    if not edited and not moved:
        return Keep(_kept(plugins, desired, live), tuple(_remarks(name, desired, answers)))
    if edited:
        never = (*_other_type(plugins, desired, live), *renamed(desired, live))
        faults = (*never, *_impossible(plugins, desired, answers))
        if faults:
            return Refuse(faults)
    steps = _steps(name, desired, answers, live, edited=edited, moved=moved)
    planned = _planned(plugins, desired) if edited else _kept(plugins, desired, live)
    notes = tuple(_notes(desired, answers, edited=edited, rotated=case.rotated))
    return Do(planned, steps, tuple(_losses(name, desired, answers, edited=edited, moved=moved)), notes)


def _kept(plugins: Mapping[str, str], desired: Values, live: Values) -> Values:
    """Give an object whose configuration stays: what workers decided is as it is."""
    decided: Values = {name: live[name] for name in ("type", "sensitive_keys") if name in live}
    return make_map({**_planned(plugins, desired), **decided})


def _is_edited(desired: Values, live: Values, answers: Answers, *, rotated: bool) -> bool:
    if not all(_same(desired.get(part), live.get(part)) for part in PARTS):
        return True
    secret = desired.get("sensitive_config")
    if marks(secret) & UNKNOWN:
        return True
    if secret is None or "sensitive_config" not in desired or answers is NOTHING_KNOWN:
        return rotated and secret is not None  # nobody looked: what state knows has to do
    by_version = desired.get("sensitive_config_version") is not None
    return (bool(answers.differing) or not answers.compared) and (rotated or not by_version)


def _same(wanted: Value, live: Value) -> bool:
    """Compare without taking a secret's mark off for long; an unknown equals nothing, a hidden value neither."""
    if marks(wanted) & UNKNOWN:
        return False
    return equal(reveal(wanted), live) and not _hides(live)


def _hides(live: Value) -> bool:
    """Tell whether something of a live value is not to be seen, so that it is not what is declared."""
    if isinstance(live, dict):
        return HIDDEN in live.values() or any(_hides(one) for one in live.values() if isinstance(one, dict))
    return isinstance(live, tuple) and any(_hides(one) for one in live)


def _other_type(plugins: Mapping[str, str], desired: Values, live: Values) -> Iterator[Fault]:
    type_, before = _type_of(plugins, desired["class"]), live.get("type")
    if isinstance(type_, str) and before in {"source", "sink"} and type_ != before:
        yield Fault(
            "other_type",
            f"a {before} connector can't become a {type_} connector",
            "Workers would take it, and the offsets of the one mean nothing to the other.",
            "Give it another name, or have it made anew with -replace.",
            ("class",),
        )


def _steps(
    name: str, desired: Values, answers: Answers, live: Values, *, edited: bool, moved: bool
) -> tuple[Step, ...]:
    """Give what to do: it is resumed or restarted last, and paused first, so that it never runs as it shouldn't."""
    state = desired.get("state")
    runs = not marks(state) and state == RUNNING
    to: tuple[Step, ...] = ()
    if moved:
        verb = RESTART if runs and live.get("state") == FAILED else SET_STATE
        to = (Step(verb, make_map({"name": name, "state": state})),)
    if not edited:
        return to
    kept = () if "sensitive_config" in desired else answers.kept
    args = {**_args(name, desired), "kept": kept, "state": _to_be(desired)}
    configure = Step(CONFIGURE, make_map(args))
    return (configure, *to) if runs else (*to, configure)


def _losses(name: str, desired: Values, answers: Answers, *, edited: bool, moved: bool) -> Iterator[Loss]:
    state = desired.get("state")
    if moved and isinstance(state, str) and state in _DOES and answers.state == RUNNING:
        yield Loss(Danger.INTERRUPTS, f"connector {name} is {_DOES[state]}")
    elif edited and answers.state == RUNNING:
        yield Loss(Danger.INTERRUPTS, f"the tasks of connector {name} restart")


def _notes(desired: Values, answers: Answers, *, edited: bool, rotated: bool) -> Iterator[str]:
    if edited and answers.differing and not rotated and not marks_in(desired.values()) & UNKNOWN:
        yield f"in sensitive_config, the workers have other values for: {', '.join(answers.differing)}"
    if desired.get("state") is None and answers.state in _DOES:
        yield f"it is {_DOES[answers.state]}, and stays so: state is not declared"
    if answers.trouble:
        yield f"it doesn't run at present: {answers.trouble}"
    yield from _unasked(answers)


def _remarks(name: str, desired: Values, answers: Answers) -> Iterator[Fault]:
    """Tell of what is as declared and all the same not as one would think."""
    if desired.get("state") is None and answers.state in _DOES:
        does = _DOES[answers.state]
        yield Fault(
            "held",
            f"connector {name} is {does}",
            f"Somebody else {does} it, and it is held: its state is not declared, so kplan leaves it as it is.",
            f'Resume it, write state = "{RUNNING}" to have kplan do so, or state = "{answers.state}" to keep it so.',
        )
    elif answers.trouble:
        detail = f"{answers.trouble}\n{answers.cause}" if answers.cause else answers.trouble
        remedy = f"Its configuration is as declared. See the workers' logs. {once_mended(name)}"
        yield Fault("not_running", f"connector {name} doesn't run", detail, remedy)


def once_mended(name: str) -> str:
    """Say how a connector that has failed is brought back."""
    call = connector_path(name, RESTART_FAILED)
    return (
        f'Once the cause is mended, what has failed is restarted by an apply where state = "{RUNNING}" is declared, else '
        f"by a call to a worker, POST {call}, or is made anew with -replace."
    )
