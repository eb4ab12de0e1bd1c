"""Asking before an apply, with the plan on the screen and the lock held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.cli.question import ask
from kplan.lang.diagnostics import error

if TYPE_CHECKING:
    from kplan.cli.run import Runner
    from kplan.plan.model import Plan


class Approval:
    """Shows a plan and finds out whether it is to be applied. Called with it, once."""

    def __init__(self, runner: Runner, *, workspace: str, auto: bool, ask: bool, destroy: bool) -> None:
        """Know how to ask. `auto`: don't; `ask`: whether asking is allowed."""
        self._runner, self._auto, self._ask = runner, auto, ask
        self._workspace = "" if workspace == "default" else f' in workspace "{workspace}"'
        self._destroy = destroy
        self.shown = self.unanswered = False
        self.cancelled = "Destroy cancelled." if destroy else "Apply cancelled."

    def __call__(self, plan: Plan) -> bool:
        """Show the plan; tell whether to go on."""
        self._runner.show(plan)
        self.shown = True
        if plan.refusals or not plan.complete:
            return False
        if plan.has_changes() and not self._auto and not self._asked():
            return False
        self._runner.interrupt.begin()
        self._runner.reporter.begin(sum(bool(change.steps or change.delete_steps) for change in plan.changes))
        return True

    def _asked(self) -> bool:
        if not self._ask:
            self._unanswered("-input=false forbids asking.")
            return False
        try:
            with self._runner.interrupt.asking():
                answer = ask(self._runner.screen, *self._question())
        except KeyboardInterrupt:
            self._runner.screen.write("\n")
            return False
        if answer is None:
            self._unanswered("There was no answer to read.")
        return answer == "yes"

    def _unanswered(self, why: str) -> None:
        detail = f"{why} To apply without a question, add -auto-approve."
        self._runner.complain([error("Approval is needed", detail)])
        self.unanswered = True

    def _question(self) -> tuple[str, tuple[str, ...]]:
        if self._destroy:
            return f"Do you really want to destroy all resources{self._workspace}?", (
                "kplan will destroy everything that it manages here, as shown above.",
                "There is no undo. Only 'yes' will be accepted to confirm.",
            )
        return f"Do you want to perform these actions{self._workspace}?", (
            "kplan will perform the actions described above.",
            "Only 'yes' will be accepted to approve.",
        )
