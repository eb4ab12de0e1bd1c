"""What plan, apply and destroy share: progress, interrupts, and showing a plan with what speaks against it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from kplan.cli.interrupt import Interrupt
from kplan.lang.diagnostics import Diagnostic, Severity
from kplan.operations.options import Run
from kplan.view.diagnostics import compact_warnings, diagnostics_text
from kplan.view.plan_text import plan_text
from kplan.view.progress import reporter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kplan.cli.screen import Screen
    from kplan.plan.model import Plan
    from kplan.view.progress import Reporter


class Runner:
    """One run on one screen: it hears events and signals, and shows each diagnostic once."""

    def __init__(self, screen: Screen, *, compact: bool = False, targets: Sequence[str] = ()) -> None:
        """Show progress on standard error. `targets`: what the run is confined to."""
        self.screen = screen
        self.interrupt = Interrupt()
        self.reporter: Reporter = reporter(screen.err, screen.err_look)
        self.run = Run(tell=self.reporter.tell, stop_requested=self.interrupt.requested)
        self._compact, self._targets = compact, targets
        self._told: set[Diagnostic] = set()

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Hear signals, and take progress off the screen however the run ends."""
        with self.interrupt.listening():
            try:
                yield
            finally:
                self.reporter.end()

    def show(
        self, plan: Plan, diagnostics: Sequence[Diagnostic] = (), refusals: Sequence[Diagnostic] = ()
    ) -> None:
        """Write a plan with its warnings; `refusals` are shown as warnings too."""
        self.reporter.end()
        warnings = [one for one in (*plan.diagnostics, *diagnostics) if one.severity is Severity.WARNING]
        remarks = self._new(warnings)
        look = self.screen.look
        text = compact_warnings(remarks, look) if self._compact else diagnostics_text(remarks, look)
        lacking = [one._replace(severity=Severity.WARNING) for one in refusals]
        text += diagnostics_text(lacking, look)
        self.screen.write(plan_text(plan, look, text, recap_consents=not lacking, targets=self._targets))

    def warn(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Write the warnings that haven't been shown."""
        new = self._new([one for one in diagnostics if one.severity is Severity.WARNING])
        self.screen.write(diagnostics_text(new, self.screen.look))

    def complain(self, diagnostics: Sequence[Diagnostic]) -> bool:
        """Write the errors that haven't been shown; tell whether there are errors at all."""
        errors = [one for one in diagnostics if one.severity is Severity.ERROR]
        self.screen.complain(self._new(errors))
        return bool(errors)

    def _new(self, diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
        new = [one for one in dict.fromkeys(diagnostics) if one not in self._told]
        self._told.update(new)
        return new
