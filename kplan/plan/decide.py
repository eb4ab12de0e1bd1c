"""One object at a time: desired, prior and live compared into a change, a question of ownership, or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kplan.graph.address import parent_address
from kplan.plan.model import Action, Change
from kplan.plan.secrets import before_and_after
from kplan.sdk.session import Absent, Case, Do, Found, Keep, Refuse
from kplan.sdk.values import UNKNOWN, equal, marks, marks_in, redact
from kplan.state.model import Key, StateLeaf

if TYPE_CHECKING:
    from kplan.config.model import Instance
    from kplan.sdk.session import Fault, Seen, Verdict
    from kplan.sdk.types import Leaf
    from kplan.state.model import Pending

Values = dict[str, Any]


class Subject(NamedTuple):
    """All that is known of one object before it is decided. `instance` None: no longer declared; `leaf`: its type.

    `rotated`: a secret of it is not what was last sent.
    """

    key: Key
    leaf: Leaf
    instance: Instance | None
    state: StateLeaf | None
    pending: Pending | None
    seen: Seen
    adopt: bool = False
    replace: bool = False
    rotated: bool = False

    @property
    def address(self) -> str:
        """The address to show it under."""
        if self.instance is not None:
            return self.instance.address
        if self.state is not None:
            return self.state.address
        assert self.pending is not None  # noqa: S101 - something made it a subject
        return self.pending.address


class Unowned(NamedTuple):
    """Declared and live, but not ours: to be listed, with the ways to adopt. `recreated`: ours had another id."""

    subject: Subject
    recreated: bool


class Broken(NamedTuple):
    """Can't be planned."""

    subject: Subject
    faults: tuple[Fault, ...]


Decision = Change | Unowned | Broken | None


def prior_values(state: StateLeaf | None) -> Values | None:
    """Give what state remembers as one object."""
    return None if state is None else {**state.attributes, **state.computed}


def same_object(state: StateLeaf, found: Found) -> bool:
    """Tell whether a live object is the one that state remembers: its own id, where both know it, must agree."""
    mine, theirs = state.computed.get("id"), found.values.get("id")
    return mine == theirs or mine is None or theirs is None


def case_of(subject: Subject) -> Case | None:
    """Say what the rules have to decide; None when there is nothing to ask them."""
    seen = subject.seen
    assert isinstance(seen, (Found, Absent))  # noqa: S101 - unreadable ones never come here
    desired = subject.instance.desired if subject.instance else None
    if desired is None:
        if isinstance(seen, Absent) or subject.state is None or not same_object(subject.state, seen):
            return None
    elif isinstance(seen, Found) and not subject.adopt and not _ours(subject, seen):
        return None
    return Case(subject.key.identity, prior_values(subject.state), seen, desired, subject.rotated)


def _ours(subject: Subject, seen: Found) -> bool:
    return subject.state is not None and same_object(subject.state, seen)


def decide(subject: Subject, verdict: Verdict | None, created: Verdict | None) -> Decision:
    """Turn a verdict into a change. `created` is the verdict on making it anew, where a replacement was asked for."""
    instance, seen = subject.instance, subject.seen
    if instance is None:
        return _gone_from_configuration(subject, verdict)
    if verdict is None:
        return Unowned(subject, recreated=subject.state is not None)
    match verdict:
        case Refuse(faults):
            # what can't be changed in place can still be made anew, on request and only if it is ours
            if subject.replace and isinstance(seen, Found) and _ours(subject, seen):
                return _replace(subject, seen, created)
            return Broken(subject, faults)
        case Keep(planned):
            faults = _disagreements(instance.desired, planned)
            if faults:
                return Broken(subject, faults)
            if subject.replace and isinstance(seen, Found):
                return _replace(subject, seen, created)
            return _keep(subject, planned)
        case Do(planned):
            faults = _disagreements(instance.desired, planned)
            if faults:
                return Broken(subject, faults)
            if subject.replace and isinstance(seen, Found):
                return _replace(subject, seen, created)
            action = Action.UPDATE if isinstance(seen, Found) else Action.CREATE
            return _do(subject, verdict, action)


def _disagreements(desired: Values, planned: Values) -> tuple[Fault, ...]:
    """Hold a planned object against what was declared: known attributes must be equal. A fault is the provider's bug."""
    if not marks_in(desired.values()) and desired.items() <= planned.items():
        return ()
    wrong = [
        name
        for name, value in desired.items()
        if not marks(value) & UNKNOWN and not (name in planned and equal(value, planned[name]))
    ]
    if not wrong:
        return ()
    from kplan.sdk.session import Fault

    detail = (
        f"The provider planned other values than were declared for: {', '.join(wrong)}. This is a bug in it."
    )
    return (Fault("provider_bug", "Provider planned what was not declared", detail),)


def leaf_after(subject: Subject, planned: Values) -> StateLeaf:
    """Write what state will hold: declared attributes without secrets, computed ones as far as they are known."""
    instance = subject.instance
    assert instance is not None  # noqa: S101 - only declared objects are remembered
    declared = instance.desired
    computed = {
        name: value
        for name, value in planned.items()
        if name not in declared and value is not None and not marks(value)
    }
    attributes = declared
    if marks_in(declared.values()):
        attributes = {name: redact(value) for name, value in declared.items() if not marks(value) & UNKNOWN}
    return StateLeaf(
        subject.key,
        (instance.address, *instance.owners),
        instance.endpoint,
        attributes,
        computed,
        (*instance.depends, *instance.siblings),
        instance.prevent_destroy,
        instance.name_defaulted,
        instance.left,
    )


def _moved_from(subject: Subject) -> str:
    instance, state = subject.instance, subject.state
    if instance is None or state is None or instance.address in state.owners:
        return ""
    if not set(state.owners).isdisjoint(instance.owners):
        return ""
    return state.address


def _keep(subject: Subject, planned: Values) -> Change:
    instance, seen = subject.instance, subject.seen
    assert instance is not None  # noqa: S101
    leaf = leaf_after(subject, planned)
    before = seen.values if isinstance(seen, Found) else None
    return Change(
        instance.address,
        Action.NO_OP,
        subject.key,
        instance.endpoint,
        before,
        planned,
        leaf,
        seen=seen if isinstance(seen, Found) else None,
        previous_address=_moved_from(subject),
        adopting=subject.adopt and subject.state is None,
        depends=instance.depends,
        remember=leaf != subject.state,
        owners=instance.owners,
        siblings=instance.siblings,
    )


def _do(subject: Subject, verdict: Do, action: Action) -> Change:
    instance, seen, pending = subject.instance, subject.seen, subject.pending
    assert instance is not None  # noqa: S101
    found = seen if isinstance(seen, Found) else None
    before = None if found is None else found.values
    if before is not None:
        before = before_and_after(subject.leaf, before, verdict.planned, rotated=subject.rotated)
    resume = None
    if pending is not None and pending.resume is not None and tuple(verdict.steps) == pending.steps:
        resume = pending.resume
    return Change(
        instance.address,
        action,
        subject.key,
        instance.endpoint,
        before,
        verdict.planned,
        leaf_after(subject, verdict.planned),
        tuple(verdict.steps),
        seen=found,
        previous_address=_moved_from(subject),
        adopting=subject.adopt and subject.state is None and found is not None,
        losses=tuple(verdict.losses),
        notes=(*verdict.notes, *instance.notes),
        reason="parked by an earlier run; it goes on from its last checkpoint" if resume is not None else "",
        depends=instance.depends,
        prior_depends=subject.state.dependencies if subject.state else (),
        unresolved=instance.unresolved,
        resume=resume,
        owners=instance.owners,
        siblings=instance.siblings,
    )


def _replace(subject: Subject, seen: Found, created: Verdict | None) -> Decision:
    if isinstance(created, Refuse):
        return Broken(subject, created.faults)
    assert isinstance(created, Do)  # noqa: S101 - making anew is never a Keep
    change = _do(subject._replace(seen=Absent()), created, Action.REPLACE)
    return change._replace(before=seen.values, seen=seen, reason="requested by -replace")


def _gone_from_configuration(subject: Subject, verdict: Verdict | None) -> Decision:
    state, seen = subject.state, subject.seen
    if state is None or verdict is None:
        return (
            None  # already gone, or another object of the same name: only forgotten, which the plan records
        )
    if isinstance(verdict, Refuse):
        return Broken(subject, verdict.faults)
    assert isinstance(verdict, Do)  # noqa: S101 - a delete is never a Keep
    assert isinstance(seen, Found)  # noqa: S101 - the rules were asked only of what is there
    return Change(
        state.address,
        Action.DELETE,
        subject.key,
        state.endpoint,
        seen.values,
        None,
        None,
        tuple(verdict.steps),
        seen=seen,
        losses=tuple(verdict.losses),
        notes=tuple(verdict.notes),
        reason=f"because {state.address} is not in configuration",
        prior_depends=state.dependencies,
        owners=state.owners[1:],
    )


def delete_case(subject: Subject) -> Case:
    """Ask what deleting a live object takes, for a replacement."""
    assert isinstance(subject.seen, Found)  # noqa: S101
    return Case(subject.key.identity, prior_values(subject.state), subject.seen, None)


def create_case(subject: Subject) -> Case:
    """Ask what making an object anew takes, for a replacement."""
    assert subject.instance is not None  # noqa: S101
    return Case(subject.key.identity, None, Absent(), subject.instance.desired)


def with_delete(subject: Subject, change: Change, verdict: Verdict | None) -> Decision:
    """Put the steps and losses of the delete to a replacement."""
    if isinstance(verdict, Refuse):
        return Broken(subject, verdict.faults)
    assert isinstance(verdict, Do)  # noqa: S101 - a delete is never a Keep
    return change._replace(delete_steps=tuple(verdict.steps), losses=(*verdict.losses, *change.losses))


def forget(subject: Subject) -> Change:
    """Let go of an object, leaving it where it is."""
    state = subject.state
    assert state is not None  # noqa: S101 - only what is in state can be forgotten
    before = subject.seen.values if isinstance(subject.seen, Found) else prior_values(state)
    return Change(
        state.address,
        Action.FORGET,
        subject.key,
        state.endpoint,
        before,
        before,
        None,
        reason=f"{parent_address(state.address)} leaves it there"
        if state.left
        else "destroy = false is set in the configuration",
        prior_depends=state.dependencies,
    )
