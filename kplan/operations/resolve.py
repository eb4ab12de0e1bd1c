"""Evaluates again, while an apply runs, what the plan could not know; what was known must come out equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kplan.graph.order import closure
from kplan.plan.decide import Subject, leaf_after
from kplan.plan.model import Action, Change
from kplan.sdk.session import Absent, Case, Danger, Do, Fault, Keep, Refuse
from kplan.sdk.values import UNKNOWN, equal, make_map, marks

if TYPE_CHECKING:
    from kplan.config.load import Configuration
    from kplan.config.model import Instance
    from kplan.operations.live import Live
    from kplan.operations.planning import Made
    from kplan.plan.model import Plan

Values = dict[str, Any]


class Reevaluation:
    """The resolver of one apply."""

    def __init__(self, configuration: Configuration, made: Made, live: Live) -> None:
        """Go on from the evaluation that made the plan."""
        self._configuration, self._live = configuration, live
        self._evaluation, self._deferred = made.evaluation, dict(made.deferred)
        self._plan: Plan = made.plan

    def learn(self, change: Change, values: Values) -> None:
        """Take in an object as it is after its change."""
        self._evaluation.scope.learn(change.address, {**(change.after or {}), **values})

    def resolve(self, change: Change) -> Change | Fault:
        """Evaluate a change's object again and plan it; refuse what differs from the plan in what was known."""
        block = change.address.partition("[")[0]
        fault = self._answer_deferred(block)
        if fault is not None:
            return fault
        instance = self._instance(block, change.address)
        if isinstance(instance, Fault):
            return instance
        if instance.unresolved:
            return Fault(
                "still_unknown", "Still not known", f"{change.address} depends on what was not applied."
            )
        moved = [
            name
            for name, value in (change.after or {}).items()
            if name in instance.desired
            and not marks(value) & UNKNOWN
            and not equal(value, instance.desired[name])
        ]
        if moved or instance.identity != change.key.identity or instance.endpoint != change.endpoint:
            detail = f"{change.address} came out other than planned in: {', '.join(moved) or 'its identity'}. Plan again."
            return Fault("inconsistent", "Apply differs from the plan", detail)
        return self._planned(change, instance)

    def _instance(self, block: str, address: str) -> Instance | Fault:
        self._evaluation.scope.forget_unknowns()
        before = len(self._evaluation.diagnostics)
        declared = self._configuration.module.declared[block]
        found = {one.address: one for one in self._evaluation.leaves(declared)}
        problems = self._evaluation.diagnostics[before:]
        if problems:
            del self._evaluation.diagnostics[before:]
            return Fault("evaluation", problems[0].summary, problems[0].detail, problems[0].remedy)
        if address not in found:
            return Fault(
                "inconsistent", "Apply differs from the plan", f"{address} is no longer there. Plan again."
            )
        return found[address]

    def _planned(self, change: Change, instance: Instance) -> Change | Fault:
        types, facts = self._configuration.types, self._plan.endpoints[change.endpoint].facts
        seen = change.seen if change.seen is not None and change.action is not Action.REPLACE else Absent()
        case = Case(
            change.key.identity, change.leaf.attributes if change.leaf else None, seen, instance.desired
        )
        verdict = types.rules[change.type].plan(change.type, facts, [case])[0]
        subject = Subject(change.key, instance.leaf, instance, None, None, seen)
        match verdict:
            case Refuse(faults):
                return faults[0]
            case Keep(planned):
                return change._replace(
                    after=planned, steps=(), leaf=leaf_after(subject, planned), unresolved=False
                )
            case Do(planned, steps, losses):
                new = {loss.what for loss in losses if loss.danger is not Danger.LONG}
                if not new <= {loss.what for loss in change.losses}:
                    detail = f"{change.address} would now cost what the plan did not show: {', '.join(sorted(new))}."
                    return Fault("inconsistent", "Apply differs from the plan", detail + " Plan again.")
                leaf = leaf_after(subject, planned)
                return change._replace(after=planned, steps=steps, leaf=leaf, unresolved=False)

    def _answer_deferred(self, block: str) -> Fault | None:
        """Ask the data questions that this block waited for."""
        for name in sorted(closure(self._configuration.edges, [block]) & set(self._deferred)):
            declared = self._configuration.module.declared[name]
            self._evaluation.scope.forget_unknowns()
            answers: dict[str | None, Any] = {}
            for (key, _), query in zip(
                sorted(self._evaluation.scope.answers[name].items(), key=str),
                sorted(self._evaluation.queries(declared), key=lambda one: one.address),
                strict=True,
            ):
                if any(marks(value) & UNKNOWN for value in query.args.values()):
                    return Fault(
                        "still_unknown",
                        "Still not known",
                        f"{query.address} depends on what was not applied.",
                    )
                answer = self._live.query(query)
                if isinstance(answer, Fault):
                    return answer
                answers[key] = make_map({**query.args, **answer})
            self._evaluation.scope.answers[name] = answers
            del self._deferred[name]
        return None
