"""What to say when kplan itself is at fault: where, and never a value."""

from __future__ import annotations

import os
import traceback
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kplan.cli.screen import Screen


def report(problem: BaseException, screen: Screen) -> None:
    """Name the fault and its place. An exception's message may hold a secret, so only its type is said."""
    debugging = os.environ.get("KPLAN_LOG", "").lower() in ("debug", "trace")
    hint = "" if debugging else "\nKPLAN_LOG=debug shows where it came from."
    screen.error(
        "This is a bug in kplan",
        f"{type(problem).__name__} in {_place(problem)}.\n"
        "What had been sent before is in the journal; the next run looks at what came of it. Please report this with "
        f"the version (kplan version) and the command.{hint}",
    )
    if debugging:
        screen.write_error("\n" + "\n".join(_frames(problem)) + "\n")


def _place(problem: BaseException) -> str:
    frames = traceback.extract_tb(problem.__traceback__)
    if not frames:
        return "an unknown place"
    ours = [frame for frame in frames if _short(frame.filename).startswith("kplan")]
    last = (ours or frames)[-1]
    return f"{last.name}, {_short(last.filename)}:{last.lineno}"


def _short(path: str) -> str:
    """Cut a path down to the package that it is in."""
    parts = PurePath(path).parts
    starts = [at for at, part in enumerate(parts[:-1]) if part.startswith("kplan")]
    return "/".join(parts[starts[-1] :]) if starts else parts[-1]


def _frames(problem: BaseException) -> list[str]:
    """List where the fault and its causes passed, code only."""
    lines: list[str] = []
    seen: BaseException | None = problem
    while seen is not None:
        lines.append(f"{type(seen).__name__}, the innermost last:")
        lines += [
            f"  {_short(frame.filename)}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(seen.__traceback__)
        ]
        seen = seen.__cause__ or seen.__context__
    return lines
