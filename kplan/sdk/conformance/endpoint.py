"""Laws of the endpoint: contact, pins, queries, and what happens when nothing answers."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

from kplan.sdk.conformance.rig import (
    Patience,
    Violation,
    declared_leaf,
    demand,
    fresh_name,
    identity_of,
    live_facts,
    watched,
)
from kplan.sdk.session import Absent, Ask, Case, Do, Done, Fault, Unreadable, Work
from kplan.sdk.types import Is, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kplan.sdk.conformance.subject import LeafSubject, Subject
    from kplan.sdk.session import Facts, Session

_IMPORTED: Final = """
import importlib, sys
before = set(sys.modules)
provider = getattr(importlib.import_module(sys.argv[1]), sys.argv[2], None)
if provider is not None:
    provider = provider() if isinstance(provider, type) else provider
    provider.types, provider.rules()
own = {"kplan", sys.argv[1].partition(".")[0]} | set(sys.stdlib_module_names)
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before} - own))
"""


def laws(subject: Subject) -> Iterator[Callable[[Subject], None]]:
    """Give the laws that the subject can be tried on."""
    yield from (
        settings_pass_their_check,
        live_id_is_stable,
        closing_twice_is_fine,
        declaring_imports_no_client,
    )
    if subject.sources:
        yield queries_answer_every_computed_attribute
    if subject.unreachable is not None:
        yield unreachable_is_a_fault_and_not_absence


def settings_pass_their_check(subject: Subject) -> None:
    """Find nothing wrong with the block of a live endpoint."""
    faults = tuple(subject.provider.check_endpoint(subject.kind, subject.settings()))
    demand(not faults, f"check_endpoint finds {faults} in settings that work")


def live_id_is_stable(subject: Subject) -> None:
    """Tell the same id, which isn't empty, in two sessions on one endpoint."""
    settings = subject.settings()
    uids = [live_facts(subject, settings).uid for _ in range(2)]
    demand(
        uids[0] and uids[0] == uids[1], f"the live id of one endpoint is once {uids[0]!r}, once {uids[1]!r}"
    )


def closing_twice_is_fine(subject: Subject) -> None:
    """Let a session be closed before it is used, and again."""
    session = subject.provider.connect(subject.kind, subject.settings())
    session.close()
    session.close()


def declaring_imports_no_client(subject: Subject) -> None:
    """Import nothing but the standard library, kplan and the provider itself to declare types and make rules."""
    kind = type(subject.provider)
    paths = [path for path in sys.path if path]
    code = f"import sys; sys.path[:0] = {paths!r}\n{_IMPORTED}"
    arguments = [sys.executable, "-c", code, kind.__module__, kind.__qualname__]
    ended = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    demand(ended.returncode == 0, f"a new process cannot make the provider: {ended.stderr}")
    demand(not ended.stdout.split(), f"declaring the types imports {ended.stdout.strip()}")


def queries_answer_every_computed_attribute(subject: Subject) -> None:
    """Give a value for each computed attribute of a source, and for none that isn't declared."""
    declared = {one.name: one for one in subject.provider.types if isinstance(one, Source)}
    session = subject.provider.connect(subject.kind, subject.settings())
    try:
        for source in subject.sources:
            answers = session.query(source.source, [source.args] * 2, Patience())
            demand(len(answers) == 2, f"{source.source} gives {len(answers)} answers to two questions")
            demand(list(session.query(source.source, [], Patience())) == [], "answers where nothing is asked")
            answer = answers[0]
            if isinstance(answer, Fault):
                raise Violation(f"{source} on a live endpoint is a fault: {answer}")
            demand(answer == answers[1], f"{source.source} answers one question in two ways")
            attributes = declared[source.source].attributes
            computed = {one.name for one in attributes if Is.COMPUTED in one.flags}
            demand(computed <= set(answer), f"{source.source} gives no {sorted(computed - set(answer))}")
            undeclared = set(answer) - {one.name for one in attributes}
            demand(not undeclared, f"{source.source} gives undeclared {sorted(undeclared)}")
    finally:
        session.close()


def unreachable_is_a_fault_and_not_absence(subject: Subject) -> None:
    """Say where nothing answers so, in every call: no facts, nothing absent, no empty list, nothing done."""
    assert subject.unreachable is not None  # noqa: S101 - as `laws` has it; for the type checker
    known = live_facts(subject)
    session = subject.provider.connect(subject.kind, subject.unreachable())
    try:
        facts = session.facts(Patience(10))
        demand(isinstance(facts, Fault), f"facts where nothing answers: {facts}")
        for source in subject.sources:
            answers = session.query(source.source, [source.args], Patience(10))
            faults = answers and all(isinstance(one, Fault) for one in answers)
            demand(bool(faults), f"{source.source} where nothing answers: {answers}")
        for leaf in subject.leaves:
            _unreachable_leaf(subject, leaf, session, known)
    finally:
        session.close()


def _unreachable_leaf(subject: Subject, leaf: LeafSubject, session: Session, known: Facts) -> None:
    rules = subject.provider.rules()
    desired = rules.complete(leaf.leaf, leaf.example(fresh_name()), {})
    identity = identity_of(declared_leaf(subject, leaf.leaf), desired)
    seen = session.read(leaf.leaf, [Ask(identity, desired, None)], Patience(10)).get(identity)
    demand(isinstance(seen, Unreadable), f"where nothing answers, read gives {seen} instead of Unreadable")
    listed = list(session.list(leaf.leaf, Patience(10)))
    honest = listed and all(isinstance(one, Unreadable) for _, one in listed)
    demand(honest, f"where nothing answers, list gives {listed} instead of one Unreadable")
    case = Case(identity, None, Absent(), desired)
    [verdict] = rules.plan(leaf.leaf, known, [case])
    if isinstance(verdict, Do):
        work = [Work("work", identity, verdict.steps, case.seen, verdict.planned)]
        events = list(watched(work, session.apply(leaf.leaf, work, Patience(10))))
        demand(not any(isinstance(one, Done) for one in events), f"done where nothing answers: {events}")
