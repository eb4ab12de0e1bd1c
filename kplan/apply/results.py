"""Between a change and what is sent, written down and remembered for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kplan.sdk.session import Absent, Ask, Fault, Found, Opened, Step, Unreadable, Work
from kplan.sdk.values import UNKNOWN, marks, marks_in, redact
from kplan.state.model import Pending

if TYPE_CHECKING:
    from kplan.plan.model import Change
    from kplan.registry.types import Types
    from kplan.sdk.session import Session, Stop
    from kplan.state.model import StateLeaf

Values = dict[str, Any]


def recordable(values: Values) -> Values:
    """Leave out what is unknown, put null for what is secret: what the journal may hold."""
    if not marks_in(values.values()):
        return values
    return {name: redact(value) for name, value in values.items() if not marks(value) & UNKNOWN}


def intent(change: Change, now: float, *, delete: bool) -> Pending:
    """Write down what is about to be sent. `delete`: the first half of a replacement."""
    steps = change.delete_steps if delete else change.steps
    after_delete = bool(change.delete_steps) and not delete
    before = None if change.seen is None or after_delete else recordable(change.seen.values)
    return Pending(
        change.key,
        change.address,
        change.endpoint,
        "delete" if delete else change.action.value,
        tuple((step.verb, recordable(step.args)) for step in steps),
        before,
        {} if delete else recordable(change.after or {}),
        None if delete else change.leaf,
        now,
        None if delete else change.resume,
    )


def work_of(id_: str, change: Change, *, delete: bool) -> Work:
    """Say what a session has to do."""
    after_delete = bool(change.delete_steps) and not delete
    seen: Found | Absent = Absent() if change.seen is None or after_delete else change.seen
    if delete:
        return Work(id_, change.key.identity, change.delete_steps, seen, {})
    return Work(id_, change.key.identity, change.steps, seen, change.after or {}, change.resume)


def outcome_leaf(leaf: StateLeaf, values: Values) -> StateLeaf:
    """Fill in what the live system decided."""
    computed = {
        name: value
        for name, value in values.items()
        if name not in leaf.attributes and value is not None and not marks(value)
    }
    return leaf._replace(computed=computed)


def equals_sent(session: Session, types: Types, change: Change, stop: Stop) -> Found | Unreadable | None:
    """Read an object that exists unexpectedly; give it if it is exactly what an earlier create of ours sent.

    None: it is not, or is gone again. Unreadable: nobody knows.
    """
    identity = change.key.identity
    try:
        found = session.read(change.type, [Ask(identity, change.after, None)], stop).get(identity)
    except Exception as error:  # noqa: BLE001 - a provider's fault must not end the run
        return Unreadable(
            Fault("provider_error", "The provider failed", f"It raised {type(error).__name__}.")
        )
    if found is None or isinstance(found, Unreadable):
        return found or Unreadable(Fault("provider_error", "The provider failed", "It gave no answer."))
    if isinstance(found, Absent):
        return None
    opened = Opened(
        identity,
        tuple(Step(step.verb, recordable(step.args)) for step in change.steps),
        Absent(),
        recordable(change.after or {}),
    )
    return found if types.rules[change.type].settle(change.type, opened, found) == "done" else None
