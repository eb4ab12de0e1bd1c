"""What went wrong or looks wrong, as data: located, with the values that took part and what to do."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kplan.lang.source import Source

_CLOSE = 2  # edits that a slip of the fingers makes
_MOST_COMPARED = 20_000


class Severity(Enum):
    """Whether the run may go on."""

    ERROR = "error"
    WARNING = "warning"


class Diagnostic(NamedTuple):
    """One problem. `start` and `end` are offsets into `source`; `values` pairs an expression's text with what it was.

    Secrets in `values` come already hidden. `context` names the block, as `resource "topic" "orders"`.
    """

    severity: Severity
    summary: str
    detail: str = ""
    source: Source | None = None
    start: int = 0
    end: int = 0
    context: str = ""
    values: tuple[tuple[str, str], ...] = ()
    remedy: str = ""


class DiagnosticsError(Exception):
    """Carries diagnostics up to where they are shown."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Take the diagnostics, at least one of them an error."""
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(one.summary for one in self.diagnostics))


def error(
    summary: str,
    detail: str = "",
    source: Source | None = None,
    start: int = 0,
    end: int = 0,
    *,
    context: str = "",
    values: tuple[tuple[str, str], ...] = (),
    remedy: str = "",
) -> Diagnostic:
    """Make an error."""
    return Diagnostic(Severity.ERROR, summary, detail, source, start, end, context, values, remedy)


def warning(
    summary: str,
    detail: str = "",
    source: Source | None = None,
    start: int = 0,
    end: int = 0,
    *,
    context: str = "",
    values: tuple[tuple[str, str], ...] = (),
    remedy: str = "",
) -> Diagnostic:
    """Make a warning."""
    return Diagnostic(Severity.WARNING, summary, detail, source, start, end, context, values, remedy)


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Tell whether any of them is an error."""
    return any(one.severity is Severity.ERROR for one in diagnostics)


def sort_and_dedupe(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Order by file and place, those without a place first, errors before warnings; each once."""
    found: dict[tuple[object, ...], Diagnostic] = {}
    for one in diagnostics:
        same = (one.severity, one.summary, one.detail, one.source and one.source.path, one.start, one.end)
        before = found.get(same)
        if before is None or (one.context and not before.context):
            found[same] = one  # of two that say the same of one place, the one that names its block
    return tuple(
        sorted(
            found.values(),
            key=lambda one: (
                one.source.path if one.source else "",
                one.start,
                one.severity is Severity.WARNING,
                one.summary,
                one.detail,
            ),
        )
    )


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Find the known name that `name` is a likely slip of, if any."""
    best: str | None = None
    least = min(_CLOSE, len(name) // 2) + 1
    letters = set(name)
    for count, candidate in enumerate(known):
        if count == _MOST_COMPARED:
            break
        if abs(len(candidate) - len(name)) >= least or candidate == name:
            continue
        if len(letters.difference(candidate)) >= least:  # each takes an edit
            continue
        distance = _edits(name, candidate, least)
        if distance < least:
            best, least = candidate, distance
    return best


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Word the nearest known name as a sentence with a leading space, or give ""."""
    found = nearest(name, known)
    return f' Did you mean "{found}"?' if found is not None else ""


def _edits(left: str, right: str, bound: int) -> int:
    """Count inserted, removed, changed and swapped characters; `bound` or more are all the same."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, mine in enumerate(left, 1):
        before, previous, row = row, before, [i]
        for j, theirs in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (mine != theirs))
            if previous and j > 1 and mine == right[j - 2] and left[i - 2] == theirs:
                cost = min(cost, previous[j - 2] + 1)
            row.append(cost)
        if min(row) >= bound:
            return bound
    return row[-1]
