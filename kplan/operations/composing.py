"""Composites that ask before they are expanded: all that wait ask together, in one call for each source and endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.operations.questions import no_answer, queries_of
from kplan.plan.review import outcome
from kplan.sdk.planned import Planned
from kplan.sdk.session import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kplan.config.composites import Known
    from kplan.config.evaluation import Evaluation
    from kplan.config.model import Declared, Instance, Query, Values
    from kplan.operations.live import Live
    from kplan.operations.reach import Reach
    from kplan.plan.build import Builder
    from kplan.sdk.composites import Question


class Composing:
    """The composites of one plan; once answered, each is told the same however often it is evaluated."""

    def __init__(self, evaluation: Evaluation, builder: Builder, reach: Reach, live: Live) -> None:
        """Start with none."""
        self._evaluation, self._builder, self._reach, self._live = evaluation, builder, reach, live
        self._known: dict[str, Known | None] = {}  # by address; None: it can't be answered, which was told
        self._asked: dict[str, list[Query]] = {}
        self._waiting: dict[str, Declared] = {}
        evaluation.answer = self._answer

    @property
    def answers(self) -> dict[str, Sequence[Values]]:
        """Give what was answered, by address."""
        return {address: known[0] for address, known in self._known.items() if known is not None}

    def wait(self, declared: Declared) -> None:
        """Have a block wait until it is asked for, so that others may ask with it."""
        self._waiting[declared.address] = declared

    def needed_by(self, needed: Sequence[str]) -> bool:
        """Tell whether something that waits is among what is needed now."""
        return bool(self._waiting) and not self._waiting.keys().isdisjoint(needed)

    def expand(self) -> list[Instance]:
        """Ask for all that wait, and expand them in their order."""
        if not self._waiting:
            return []
        waiting, self._waiting = list(self._waiting.values()), {}
        for one in waiting:
            self._evaluation.leaves(one)  # gathers the questions, and comes to nothing
        self._ask({one.address: one for one in waiting})
        return [child for one in waiting for child in self._evaluation.leaves(one)]

    def _answer(
        self, declared: Declared, address: str, questions: Sequence[Question], endpoints: Sequence[str]
    ) -> Known | None:
        if address in self._known:
            return self._known[address]
        for one in endpoints:
            if one not in self._builder.endpoints:
                self._reach.leave_out_with(declared.address, one)
                self._known[address] = None
                return None
        self._asked[address] = queries_of(address, declared.address, questions)
        return None

    def _ask(self, declared: dict[str, Declared]) -> None:
        asked, self._asked = self._asked, {}
        answers = self._live.query([one for queries in asked.values() for one in queries])
        planned = Planned(map(outcome, self._builder.changes))
        for address, queries in asked.items():
            told = [answers[one.address] for one in queries]
            found: list[Values] = [one for one in told if not isinstance(one, Fault)]
            self._known[address] = (found, planned) if len(found) == len(told) else None
            for fault in (one for one in told if isinstance(one, Fault)):
                self._builder.diagnostics.append(no_answer(address, declared[queries[0].block], fault))
