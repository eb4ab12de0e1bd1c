"""`check` blocks: assertions about the whole, judged at the end of a plan and again after an apply. They only warn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.config.conditions import Words, judge

if TYPE_CHECKING:
    from kplan.config.evaluation import Evaluation
    from kplan.lang.diagnostics import Diagnostic


def assertions(evaluation: Evaluation, *, undecided: bool = True) -> list[Diagnostic]:
    """Judge every check in every instance of its module.

    `undecided`: say which of them wait for an apply, too.
    """
    found: list[Diagnostic] = []
    for unit in evaluation.units.values():
        for scope in evaluation.scopes.get(unit.path, ()):
            for check in unit.module.checks.values():
                words = Words("Check block assertion failed", warns=True, values=scope.said)
                judged = judge(check.asserts, check.place, scope, words)
                found += judged.diagnostics
                if judged.undecided and undecided:
                    span = check.block[2], check.block[3]
                    detail = "Whether it holds is known only after an apply, which will say so if it doesn't."
                    found.append(
                        check.place.warning("Check block assertion known after apply", detail, *span)
                    )
    return found
