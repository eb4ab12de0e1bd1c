"""Users decided: what of them can be read is compared, and the password is sent when it is another. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.session import Absent, Do, Fault, Found, Keep, Refuse, Step
from kplan.sdk.values import SECRET, UNKNOWN, make_map, marks, reveal
from kplan_kafka.user_types import ITERATIONS, MECHANISMS, SHA_512

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kplan.sdk.session import Case, Facts, Opened, Settlement, Values, Verdict

_LONGEST: Final = 1024  # of a name; brokers state no limit, and a log line should hold it


def complete(desired: Values) -> Values:
    """Fill in the mechanism."""
    mechanism = desired.get("mechanism")
    if isinstance(mechanism, str):
        return make_map({**desired, "mechanism": mechanism.upper()})
    return desired if mechanism is not None else make_map({**desired, "mechanism": SHA_512})


def check(desired: Values) -> Iterator[Fault]:
    """Find what is wrong with a declared user."""
    name, mechanism = desired.get("name"), desired["mechanism"]
    if isinstance(name, str) and not 0 < len(name) <= _LONGEST:
        yield Fault(
            "invalid_user_name",
            "a user's name is empty" if not name else "a user's name is too long",
            path=("name",),
        )
    if isinstance(name, str) and name.startswith("User:"):
        remedy = f'Write name = "{name.removeprefix("User:")}".'
        yield Fault(
            "principal_as_name", f'"{name}" is a principal, not the name of a user', "", remedy, ("name",)
        )
    if not marks(mechanism) & UNKNOWN and mechanism not in MECHANISMS:
        remedy = f"It is one of: {', '.join(MECHANISMS)}."
        yield Fault("invalid_mechanism", f'mechanism can\'t be "{mechanism}"', "", remedy, ("mechanism",))
    yield from _check_iterations(desired.get("iterations"))
    password = desired.get("password")
    if not marks(password) & UNKNOWN and reveal(password) == "":
        yield Fault("empty_password", "the password is empty", "", "Give it a value.", ("password",))


def _check_iterations(iterations: Any) -> Iterator[Fault]:
    if iterations is None or marks(iterations) & UNKNOWN or iterations in ITERATIONS:
        return
    detail = f"Brokers take {ITERATIONS.start} to {ITERATIONS.stop - 1}."
    said = "a sensitive value" if marks(iterations) & SECRET else iterations
    yield Fault("invalid_iterations", f"iterations can't be {said}", detail, "", ("iterations",))


def plan(facts: Facts, cases: Sequence[Case]) -> list[Verdict]:
    """Decide each case."""
    return [_decide(facts, case) for case in cases]


def _decide(facts: Facts, case: Case) -> Verdict:
    name, mechanism = case.identity
    key: Values = {"name": name, "mechanism": mechanism}
    desired = case.desired
    if desired is None:
        if facts.values.get("principal") == f"User:{name}":
            return Refuse((_own(name),))
        return Do({}, (Step("delete", key),))
    if isinstance(case.seen, Absent):
        iterations = desired.get("iterations") or ITERATIONS.start
        return _upsert(key, desired, iterations)
    live = case.seen.values
    wanted = desired.get("iterations")
    iterations = live["iterations"] if wanted is None else wanted
    if not case.rotated and iterations == live["iterations"]:
        return Keep(make_map({**desired, "iterations": iterations}))
    if "password" not in desired:
        return Refuse((_not_without_password(name),))
    return _upsert(key, desired, iterations)


def _upsert(key: Values, desired: Values, iterations: Any) -> Do:
    args = make_map({**key, "password": desired["password"], "iterations": iterations})
    return Do(make_map({**desired, "iterations": iterations}), (Step("upsert", args),))


def _not_without_password(name: str) -> Fault:
    return Fault(
        "password_ignored",
        f"the password of {name} is to be hashed otherwise, and ignore_changes says not to send it",
        "Brokers keep no password that could be hashed anew.",
        "Put iterations into ignore_changes too, or take the password out of it.",
        ("iterations",),
    )


def _own(name: str) -> Fault:
    return Fault(
        "own_user",
        f"{name} is the user that kplan itself logs in as",
        "Without it kplan could go on with nothing that comes after, and not undo it.",
        "Log in as another, or write a removed block with destroy = false to let it be.",
    )


def settle(opened: Opened, seen: Found | Absent) -> Settlement:
    """Decide what an intent came to. Whether a password took effect can't be seen: it may be sent again."""
    step = opened.steps[0]
    if step.verb == "delete":
        return "done" if isinstance(seen, Absent) else "not_done"
    if isinstance(seen, Absent):
        return "not_done"
    if isinstance(opened.seen, Found):
        return "redo"
    return "done" if seen.values["iterations"] == step.args["iterations"] else "not_done"
