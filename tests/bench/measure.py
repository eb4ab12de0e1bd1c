"""Times whole processes: CPU seconds and peak memory as the kernel accounts them, several runs, the median kept."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


class Figure(NamedTuple):
    """One command's medians: seconds and megabytes."""

    cpu: float
    wall: float
    megabytes: float


def once(command: Sequence[str], cwd: Path, env: dict[str, str] | None = None, expect: int = 0) -> Figure:
    """Run a command once; its output is thrown away unless it fails."""
    before = time.monotonic()
    process = subprocess.Popen(
        command, cwd=cwd, env={**os.environ, **(env or {})}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - before
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode != expect:
        sys.stdout.write(output.decode(errors="replace")[-3000:])
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}, not {expect}")
    return Figure(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def median(figures: Sequence[Figure]) -> Figure:
    """Take the median of each figure."""
    return Figure(*(statistics.median(column) for column in zip(*figures, strict=True)))


def repeat(
    command: Sequence[str],
    cwd: Path,
    runs: int = 5,
    prepare: Callable[[], None] | None = None,
    warm: bool = True,
) -> Figure:
    """Run a command several times, after one run that doesn't count, and take the medians."""
    figures = []
    for number in range(runs + warm):
        if prepare is not None:
            prepare()
        figure = once(command, cwd)
        if number >= warm:
            figures.append(figure)
    return median(figures)


def beside(ours: Sequence[str], theirs: Sequence[str], cwd: Path, runs: int = 9) -> tuple[Figure, Figure]:
    """Run two commands in turn, so that a drift of the machine meets both."""
    pairs = [(once(ours, cwd), once(theirs, cwd)) for _ in range(runs + 1)][1:]
    return median([one for one, _ in pairs]), median([one for _, one in pairs])
