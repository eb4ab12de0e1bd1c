"""A dedicated MirrorMaker's file decided: what is declared against what is written. Pure."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.session import Absent, Do, Fault, Found, Keep, Refuse, Step
from kplan.sdk.values import UNKNOWN, equal, make_map, marks, marks_in, reveal, secret_keys
from kplan_mirrormaker.file_seen import Answers
from kplan_mirrormaker.file_types import FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kplan.sdk.session import Case, Opened, Outcome, Settlement, Values, Verdict
    from kplan.sdk.values import Value

WRITE: Final = "write"
REMOVE: Final = "remove"
# What copies are called by, and the clusters' names in them.
_NAMING: Final = ("clusters", "replication.policy.class", "replication.policy.separator")
_SECRETS: Final = ("sasl.jaas.config", "password", "keystore.key", "client.secret")


def check(desired: Values) -> Iterator[Fault]:
    """Find what is wrong with a declared file."""
    path, config, secret = desired.get("path"), desired.get("config"), desired.get("sensitive_config")
    if isinstance(path, str) and names_no_file(path):
        yield Fault("invalid_path", f'"{path}" is no name of a file', "", "Name one.", ("path",))
    for key, value in config.items() if isinstance(config, dict) else ():
        if is_plain_secret(key, value):
            remedy = "Move it to sensitive_config, or give a placeholder that MirrorMaker looks up."
            yield Fault("plain_secret", f"{key} would be stored in plain text", "", remedy, ("config", key))
    bare = reveal(secret)
    if isinstance(config, dict) and isinstance(bare, dict):
        for key in sorted(config.keys() & bare.keys()):
            remedy = "Leave it in one of them."
            yield Fault("stated_twice", f"{key} is in both", "", remedy, ("sensitive_config",))


def names_no_file(path: str) -> bool:
    """Tell whether a text can't be the path of a file: it is empty, or means a folder."""
    return path.rpartition("/")[2].strip() in ("", ".", "..")


def is_plain_secret(key: str, value: Value) -> bool:
    """Tell whether a property is a secret written out. A placeholder, such as ${file:/etc/mm2:password}, is none."""
    return isinstance(value, str) and key.endswith(_SECRETS) and "${" not in value


def plan(cases: Sequence[Case]) -> list[Verdict]:
    """Decide each case."""
    return [_decide(case) for case in cases]


def _decide(case: Case) -> Verdict:
    path, there = case.identity[0], isinstance(case.seen, Found)
    if case.desired is None:
        note = "a MirrorMaker that runs with it goes on until it is stopped"
        return Do({}, (Step(REMOVE, {"path": path}),), (), (note,)) if there else Keep({})
    if not isinstance(case.seen, Found):
        note = f"start it with: connect-mirror-maker {path}"
        return _write(path, case.desired, note)
    faults = tuple(_renamed(case.desired, case.seen.values))
    if faults:
        return Refuse(faults)
    answers = case.seen.answers if isinstance(case.seen.answers, Answers) else Answers()
    if not _differs(case.desired, case.seen.values, answers, rotated=case.rotated):
        keys = case.seen.values.get("sensitive_keys")
        return Keep(make_map({**_planned(case.desired), **({"sensitive_keys": keys} if keys else {})}))
    notes = ["MirrorMaker reads it when it starts: restart it for this to take effect"]
    if answers.differing:
        notes.append(f"other secrets than declared are in it for: {', '.join(answers.differing)}")
    if answers.exposed:
        notes.append("everybody on this machine may read it, and it has secrets: then only its owner may")
    return _write(path, case.desired, *notes)


def _write(path: str, desired: Values, *notes: str) -> Do:
    args = {"path": path, "config": desired["config"], "sensitive_config": desired.get("sensitive_config")}
    return Do(_planned(desired), (Step(WRITE, make_map(args)),), (), notes)


def _planned(desired: Values) -> Values:
    keys = secret_keys(desired.get("sensitive_config"))
    return make_map({**desired, **({"sensitive_keys": keys} if keys else {})})


def _differs(desired: Values, live: Values, answers: Answers, *, rotated: bool) -> bool:
    if marks_in(desired.values()) & UNKNOWN or not equal(desired["config"], live.get("config")):
        return True
    if answers.exposed:
        return True
    if not answers.compared:  # nobody looked: what state knows has to do
        return rotated
    return bool(answers.differing) or answers.hidden


def _renamed(desired: Values, live: Values) -> Iterator[Fault]:
    """Refuse that a MirrorMaker goes on under other names of topics."""
    wanted, there = desired.get("config"), live.get("config")
    if not isinstance(wanted, dict) or not isinstance(there, dict):
        return
    for key in _NAMING:
        now, before = wanted.get(key), there.get(key)
        if marks(now) & UNKNOWN or before is None or _spaceless(now) == _spaceless(before):
            continue
        yield Fault(
            "renames_copies",
            f"{key} can't be changed: copies would get other names",
            "What is copied already would stay in the topics of today, new records would go to others, and the offsets of "
            "groups would be translated for those.",
            "Add a second link with the other naming that runs on Connect workers, which copies everything, and remove this "
            "one when nobody reads its topics any more; or have the file made anew with -replace.",
            ("config",),
        )


def _spaceless(value: Any) -> str:
    return "".join(str(value or "").split())


def settle(opened: Opened, seen: Found | Absent) -> Settlement:
    """Decide what an intent came to. A file is replaced at once, so that it is the old one or the new one."""
    (step,) = opened.steps
    if step.verb == REMOVE:
        return "done" if isinstance(seen, Absent) else "not_done"
    if isinstance(seen, Absent):
        return "not_done"
    if not equal(seen.values.get("config"), opened.planned.get("config")):
        same = isinstance(opened.seen, Found) and equal(opened.seen.values, seen.values)
        return "not_done" if same else "stop"
    return "redo" if opened.planned.get("sensitive_keys") else "done"  # the next plan sees the secrets


def review(outcomes: Sequence[Outcome]) -> dict[int, Fault]:
    """Find files that don't go together; each is told once."""
    files = [(at, one) for at, one in enumerate(outcomes) if one.leaf == FILE]
    return {**_same_workers(files), **_same_files(files)}


def _same_files(files: Sequence[tuple[int, Outcome]]) -> dict[int, Fault]:
    """Find files that are written for two clusters, so that each takes the other's out, or written and removed at once."""
    first: dict[str, Outcome] = {}
    found: dict[int, Fault] = {}
    gone = {os.path.normpath(one.identity[0]): one.identity[0] for _, one in files if one.goes}
    for at, one in files:
        path = os.path.normpath(one.identity[0])
        if not one.there:
            continue
        if path in first:
            other = first[path].endpoint
            detail = f"A link to {other} and one to {one.endpoint} both write it, each over the other's."
            remedy = "Give each link a path of its own, and start a MirrorMaker for each."
            found[at] = Fault("two_writers", f"{path} is the file of two links", detail, remedy, ("path",))
        elif path in gone:
            detail = f'"{gone[path]}" would be removed, which is the same file.'
            remedy = "Name another path, or leave the file where it was."
            found[at] = Fault(
                "removed_again", f"{path} would be written and removed", detail, remedy, ("path",)
            )
        first.setdefault(path, one)
    return found


def _same_workers(files: Sequence[tuple[int, Outcome]]) -> dict[int, Fault]:
    """Find MirrorMakers that would be workers of one group, of whose connectors each takes the other's place."""
    first: dict[tuple[str, str, str], str] = {}
    found: dict[int, Fault] = {}
    for at, one in files:
        config = one.values.get("config")
        for target, group in _groups(config) if one.there and isinstance(config, dict) else ():
            where, path = (one.endpoint, target, group), one.identity[0]
            if where in first:
                detail = (
                    f"The MirrorMakers of {first[where]} and {path} would be workers of the group {group} on {target}, and "
                    "keep their connectors, which are called the same, in the same topics: only one of them would copy."
                )
                remedy = "Let one link take the topics of both, or have one of them run on Connect workers."
                summary = f"{first[where]} and {path} have MirrorMaker do the same way twice"
                found[at] = Fault("one_group", summary, detail, remedy, ("path",))
            first.setdefault(where, path)
    return found


def _groups(config: Values) -> Iterator[tuple[str, str]]:
    """Name the cluster and the group of workers of each way that a file has MirrorMaker go."""
    for key, value in config.items():
        source, arrow, rest = key.partition("->")
        target, _, last = rest.partition(".")
        if arrow and last == "enabled" and value == "true":
            yield target, str(config.get(f"{target}.group.id", f"{source}-mm2"))
