"""The entry: what every command shares before and after it runs. Imports click only when a command needs it."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, Any

from kplan.cli.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Sequence

FAILED = 1  # any error, a wrong command line too; 2 means "there are changes"
# A run makes millions of small objects and next to no cycles: as quick as no collection at all, and still none leak.
_COLLECT = (1_000_000, 20, 100)
_VERSION = (["version"], ["-version"], ["--version"], ["-v"])


def main(args: Sequence[str] | None = None) -> int:
    """Run one command line and give its exit code."""
    given = list(sys.argv[1:] if args is None else args)
    if given in _VERSION and "_KPLAN_COMPLETE" not in os.environ:
        from kplan.view.version import version_text

        screen = Screen(sys.stdout, sys.stderr)
        screen.write(version_text())
        screen.flush()
        return 0
    before = gc.get_threshold()
    gc.set_threshold(*_COLLECT)
    try:
        return _run(given)
    finally:
        gc.set_threshold(*before)


def _run(given: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # whatever a name holds can be printed
    screen = Screen(sys.stdout, sys.stderr, no_color=_no_color(given))
    try:
        code = _invoke(given, screen)
    except KeyboardInterrupt:
        screen.error("Interrupted", "Nothing was changed.")
        code = FAILED
    except Exception as problem:  # noqa: BLE001 - the last stop: whatever comes up here is told in words
        code = _told(problem, screen)
    screen.flush()
    return code


def _no_color(given: list[str]) -> bool:
    """Look ahead for -no-color: a wrong command line is told without colour too."""
    return any(one.lstrip("-") in ("no-color", "no-color=true") for one in given if one.startswith("-"))


def _invoke(given: list[str], screen: Screen) -> int:
    from kplan.cli.argv import normalise
    from kplan.cli.root import ROOT

    if "_KPLAN_COMPLETE" in os.environ:
        from kplan.cli.completion import complete

        return complete(ROOT, os.environ["_KPLAN_COMPLETE"])
    from kplan.cli.invocation import Invocation

    spelled = normalise(ROOT, given, os.environ)
    result: Any = ROOT.main(
        spelled.args, prog_name="kplan", standalone_mode=False, obj=Invocation(screen, spelled.given)
    )
    if spelled.cut:
        return FAILED
    return result if isinstance(result, int) else 0


def _told(problem: Exception, screen: Screen) -> int:
    """Say an exception in words, by what it is."""
    from click import Abort, ClickException

    from kplan.cli.argv import WrongUsageError
    from kplan.lang.diagnostics import DiagnosticsError
    from kplan.state.store import StateProblem

    match problem:
        case DiagnosticsError():
            screen.complain(problem.diagnostics)
        case StateProblem():
            screen.error(problem.summary, problem.detail)
        case WrongUsageError():
            screen.error(problem.summary, problem.detail)
        case Abort():
            screen.error("Interrupted", "Nothing was changed.")
        case ClickException():
            from kplan.cli.usage import in_words

            screen.error(*in_words(problem))
        case _:
            from kplan.cli.bug import report

            report(problem, screen)
    return FAILED
