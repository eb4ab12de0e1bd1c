"""Asking before an apply, with the plan on the screen and the lock held."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kplan.lang.diagnostics import error
from kplan.view import look

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
        self.shown = False
        self.cancelled = "Destroy cancelled." if destroy else "Apply cancelled."

    def __call__(self, plan: Plan) -> bool:
        """Show the plan; tell whether to go on."""
        self._runner.show(plan)
        self.shown = True
        if plan.refusals or not plan.complete:
            return False
        if plan.has_changes() and not self._auto and not self._asked():
            return False
        self._runner.reporter.begin(sum(bool(change.steps or change.delete_steps) for change in plan.changes))
        return True

    def _asked(self) -> bool:
        screen = self._runner.screen
        if not self._ask:
            self._runner.complain(
                [
                    error(
                        "Approval is needed",
                        "-input=false forbids asking. To apply without a question, add -auto-approve.",
                    )
                ]
            )
            return False
        screen.write(f"\n{self._question(screen.look)}")
        screen.flush()
        answer = self._answer()
        screen.write("" if sys.stdin.isatty() and answer is not None else "\n")
        if answer is None:
            self._runner.complain(
                [
                    error(
                        "Approval is needed",
                        "There was no answer to read. To apply without a question, add -auto-approve.",
                    )
                ]
            )
        return answer == "yes"

    def _question(self, view: look.Look) -> str:
        if self._destroy:
            title = f"Do you really want to destroy all resources{self._workspace}?"
            text = (
                "  kplan will destroy everything that it manages here, as shown above.\n"
                "  There is no undo. Only 'yes' will be accepted to confirm.\n"
            )
        else:
            title = f"Do you want to perform these actions{self._workspace}?"
            text = "  kplan will perform the actions described above.\n  Only 'yes' will be accepted to approve.\n"
        return f"{view.paint(title, look.BOLD)}\n{text}\n  {view.paint('Enter a value:', look.BOLD)} "

    def _answer(self) -> str | None:
        """Read a line; None at the end of input. Ctrl-C is a no."""
        try:
            with self._runner.interrupt.asking():
                line = sys.stdin.readline()
        except KeyboardInterrupt:
            return "no"
        return line.strip() if line else None
