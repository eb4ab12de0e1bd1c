"""Evaluates again, while an apply runs, what the plan could not know; what was known must come out equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from kplan.graph.order import closure, reverse
from kplan.operations.questions import ask, can_be_asked
from kplan.plan.decide import Subject, leaf_after, prior_values
from kplan.plan.ignore import ignoring
from kplan.plan.model import Action, Change
from kplan.sdk.session import Absent, Case, Danger, Do, Fault, Keep, Refuse
from kplan.sdk.values import UNKNOWN, equal, marks

if TYPE_CHECKING:
    from collections.abc import Callable

    from kplan.config.configuration import Configuration
    from kplan.config.model import Instance
    from kplan.operations.live import Live
    from kplan.operations.planning import Made

Values = dict[str, Any]
_Found = TypeVar("_Found")


class Reevaluation:
    """The resolver of one apply."""

    def __init__(self, configuration: Configuration, made: Made, live: Live) -> None:
        """Go on from the evaluation that made the plan."""
        self._configuration, self._live, self._made = configuration, live, made
        self._evaluation = made.evaluation
        self._deferred = set(made.deferred)
        self._waiting = self._who_waits()
        self._open = {
            one.address: one
            for scopes in made.evaluation.scopes.values()
            for scope in scopes
            for one in scope.every_leaf()
            if one.unresolved
        }

    def _who_waits(self) -> dict[str, list[str]]:
        """List for each block the data blocks whose answers it waits for, dependencies first."""
        found: dict[str, list[str]] = {}
        if self._deferred:
            needing = reverse(self._configuration.edges)
            for name in (one for one in self._configuration.order if one in self._deferred):
                for block in closure(needing, [name]):
                    found.setdefault(block, []).append(name)
        return found

    def learn(self, change: Change, values: Values) -> Fault | None:
        """Take in an object as it is after its change; gives the postcondition that it breaks."""
        now = {**(change.after or {}), **values}
        self._evaluation.learn(change.address, now)
        self._evaluation.forget_unknowns()
        broken = self._evaluation.postconditions(change.address, now)
        return Fault("postcondition", broken[0].summary, broken[0].detail) if broken else None

    def resolve(self, change: Change) -> Change | Fault:
        """Evaluate a change's object again and plan it; refuse what differs from the plan in what was known."""
        instance = self._evaluated(change)
        if isinstance(instance, Fault):
            return instance
        prior = prior_values(self._made.leaves.get(change.key))
        declared = self._configuration.module.declared[instance.block]
        if change.seen is not None and (declared.ignored or declared.ignores_all):
            instance, prior = ignoring(instance, declared, change.seen.values, prior)
        if instance.unresolved:
            return _still_unknown(change.address)
        moved = [
            name
            for name, value in (change.after or {}).items()
            if name in instance.desired
            and not marks(value) & UNKNOWN
            and not equal(value, instance.desired[name])
        ]
        if moved or instance.identity != change.key.identity or instance.endpoint != change.endpoint:
            detail = f"{change.address} came out other than planned in: {', '.join(moved) or 'its identity'}. Plan again."
            return _differs(detail)
        return self._planned(change, instance, prior)

    def _evaluated(self, change: Change) -> Instance | Fault:
        """Evaluate an object again; of a shared one, every claim that was open."""
        found: list[Instance] = []
        for address in (change.address, *change.owners):
            if address in self._open:
                before = self._open[address]
                instance = self._answer_deferred(before.block) or self._instance(before)
                if isinstance(instance, Fault):
                    return instance
                found.append(instance)
        if not change.owners:
            return found[0]
        return found[0]._replace(
            address=change.address,
            owners=change.owners,
            depends=change.depends,
            prevent_destroy=change.leaf is not None and change.leaf.prevent_destroy,
            unresolved=any(one.unresolved for one in found),
        )

    def _instance(self, before: Instance) -> Instance | Fault:
        self._evaluation.forget_unknowns()
        instance, fault = self._watched(lambda: self._evaluation.again(before))
        if fault is not None:
            return fault
        return instance or _differs(f"{before.address} is no longer there. Plan again.")

    def _planned(self, change: Change, instance: Instance, prior: Values | None) -> Change | Fault:
        types, facts = self._configuration.types, self._made.plan.endpoints[change.endpoint].facts
        anew = change.seen is None or change.action is Action.REPLACE
        seen = Absent() if anew or change.seen is None else change.seen
        rotated = change.key in self._made.secrets.rotated
        case = Case(change.key.identity, None if anew else prior, seen, instance.desired, rotated)
        verdict = types.rules[change.type].plan(change.type, facts, [case])[0]
        subject = Subject(change.key, instance.leaf, instance, None, None, seen)
        match verdict:
            case Refuse(faults):
                return faults[0]
            case Keep(planned):
                self._evaluation.learn(change.address, planned)  # nothing will be sent that told it
                return change._replace(
                    after=planned, steps=(), leaf=leaf_after(subject, planned), unresolved=False
                )
            case Do(planned, steps, losses):
                new = {loss.what for loss in losses if loss.danger is not Danger.LONG}
                if not new <= {loss.what for loss in change.losses}:
                    detail = f"{change.address} would now cost what the plan did not show: {', '.join(sorted(new))}."
                    return _differs(detail + " Plan again.")
                leaf = leaf_after(subject, planned)
                return change._replace(after=planned, steps=steps, leaf=leaf, unresolved=False)

    def _answer_deferred(self, block: str) -> Fault | None:
        """Ask the data questions that this block waited for."""
        for name in self._waiting.get(block, ()):
            if name in self._deferred:
                fault = self._answer(name)
                if fault is not None:
                    return fault
                self._deferred.remove(name)
        return None

    def _answer(self, name: str) -> Fault | None:
        declared = self._configuration.module.declared[name]
        self._evaluation.forget_unknowns()
        queries, fault = self._watched(lambda: self._evaluation.queries(declared))
        if fault is not None:
            return fault
        asked = {(query.module, query.key) for query in queries}
        if asked != self._asked(name):
            return _differs(f"The instances of {name} came out other than planned. Plan again.")
        for query in queries:
            if not can_be_asked(query):
                return _still_unknown(query.address)
        answers = ask(self._live, queries, {name: declared})
        for query in queries:
            answer = answers[query.address]
            if isinstance(answer, Fault):
                return answer
            self._evaluation.scope_of(query.module).answers[name][query.key] = answer
        return None

    def _asked(self, name: str) -> set[tuple[str, Any]]:
        module = self._configuration.module.declared[name].module
        return {
            (scope.address, key)
            for scope in self._evaluation.scopes[module]
            for key in scope.answers.get(name, ())
        }

    def _watched(self, evaluate: Callable[[], _Found]) -> tuple[_Found, Fault | None]:
        """Evaluate, and take the first error for the change's own."""
        diagnostics = self._evaluation.diagnostics
        before = len(diagnostics)
        found = evaluate()
        if len(diagnostics) == before:
            return found, None
        first = diagnostics[before]
        return found, Fault("evaluation", first.summary, first.detail, first.remedy)


def _still_unknown(address: str) -> Fault:
    return Fault("still_unknown", "Still not known", f"{address} depends on what was not applied.")


def _differs(detail: str) -> Fault:
    return Fault("inconsistent", "Apply differs from the plan", detail)
