"""What came of the trials, as tables for a terminal and for docs/crash.md."""

from collections import Counter
from collections.abc import Sequence

from tests.crash.trial import Outcome

_HEADERS = (
    "killed at",
    "kills",
    "before",
    "torn",
    "after",
    "later",
    "0 runs",
    "1 run",
    "2 runs",
    "more",
    "failed",
)


def rows(order: Sequence[str], outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    """Count by what the run was killed at, in the order of the run; the last row has the sums."""
    names = dict.fromkeys([*order, *(one.died_at or "not killed" for one in outcomes)])
    counted = [(name, [one for one in outcomes if (one.died_at or "not killed") == name]) for name in names]
    return [_row(name, found) for name, found in (*counted, ("all", list(outcomes))) if found]


def _row(name: str, found: Sequence[Outcome]) -> tuple[str, ...]:
    hows = Counter("later" if one.how.isdigit() else one.how for one in found)
    good = [one for one in found if not one.problems]
    runs = Counter(min(one.runs, 3) for one in good)
    numbers = (
        len(found),
        *(hows[how] for how in ("before", "torn", "after", "later")),
        *(runs[count] for count in range(4)),
        len(found) - len(good),
    )
    return (name, *(str(number) if number else "·" for number in numbers))


def text_table(order: Sequence[str], outcomes: Sequence[Outcome]) -> str:
    """Write the table for a terminal."""
    table = [_HEADERS, *rows(order, outcomes)]
    widths = [max(len(row[column]) for row in table) for column in range(len(_HEADERS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in table
    )


def document(order: Sequence[str], outcomes: Sequence[Outcome], kafka: str) -> str:
    """Write docs/crash.md."""
    lines = [
        " | ".join(row) for row in (_HEADERS, ("---", *["--:"] * (len(_HEADERS) - 1)), *rows(order, outcomes))
    ]
    table = "\n".join(f"| {line} |" for line in lines)
    failed = sum(bool(one.problems) for one in outcomes)
    return _DOCUMENT.format(
        table=table, kills=len(outcomes), good=len(outcomes) - failed, failed=failed, kafka=kafka
    )


_DOCUMENT = """# Killed at any moment

`make crash` kills an apply with SIGKILL, {kills} times by default, on two real clusters (Apache Kafka {kafka}), and
looks whether anything was lost or done twice. This page is written by `python -m tests.crash --write`.

**Last run: {kills} kills, {good} converged, {failed} failed.**

{table}

- **The run that is killed** changes what an earlier run made on two clusters: it creates topics in three levels that need
  each other across the clusters, updates and grows others, deletes some in order, replaces one, moves an address, adopts a
  topic, lets one go, and writes an output. It is the real command line; only the disk under its state is one that
  sends its own process SIGKILL at a chosen moment.
- **The moments** are spread evenly over all that the run writes: each line of the journal (named here by the kinds of
  its records), and the three steps that make the new snapshot in the end. It dies *before* the line is written, with half
  of it written (*torn*), right *after* it, or 1, 4, 12, 35 or 90 ms
  *later*, which is mostly while calls are in flight.
- **Afterwards** `kplan apply` runs until it says `No changes.`; the table counts the runs that had something to do. Then
  another client reads both clusters. A trial fails unless the topics, their partitions and their own configs are exactly
  the declared ones; topics that were there before, or right after the kill, have kept their ids; topics that are not
  kplan's are untouched; state holds exactly what is live, with no claim left and no journal that counts.
"""
