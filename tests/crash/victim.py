"""kplan's command line on a disk that kills its own process at one chosen moment.

Run as `python -m tests.crash.victim NOTE AT HOW ARGUMENT...`. NOTE is a file that gets a line for each point passed:
what it is and, for the last, that the process died there. AT is the number of the point from 0 (-1: none); HOW is
`before`, `torn` (half of the line is written), `after`, or so many milliseconds after, while calls are in flight.
"""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Self

from kplan.state import codec, local
from kplan.state.disk import Disk
from kplan.state.records import Intended, Record


class Deadly(Disk):
    """The real disk. Its points are the appends to the journal, and the steps of the compaction at the end."""

    note = Path()
    at = -1
    how = ""
    passed = 0

    def append(self, path: Path, data: bytes, at: int) -> None:
        """Append; the point is named by the kinds of the records."""
        kinds = dict.fromkeys(_kind(one) for one in codec.decode_records(data)[0])
        with _Point(self, " + ".join(kinds)) as point:
            if point.deadly and self.how == "torn":
                super().append(path, data[: len(data) // 2], at)
                _die()
            super().append(path, data, at)

    def write(self, path: Path, data: bytes) -> None:
        """Write the new snapshot beside the old one."""
        with _Point(self, "snapshot written"):
            super().write(path, data)

    def rename(self, old: Path, new: Path) -> None:
        """Put the new snapshot, or an old generation, in its place."""
        if new.suffix != ".json":
            super().rename(old, new)
            return
        with _Point(self, "snapshot renamed"):
            super().rename(old, new)

    def remove(self, path: Path) -> None:
        """Remove the journal."""
        with _Point(self, "journal removed"):
            super().remove(path)


class _Point:
    """One moment: death before, within or after it."""

    def __init__(self, disk: Deadly, name: str) -> None:
        self._disk, self._name = disk, name
        self.deadly = disk.passed == disk.at
        Deadly.passed += 1

    def __enter__(self) -> Self:
        with self._disk.note.open("a") as note:
            note.write(f"{self._name}{' †' if self.deadly else ''}\n")
        if self.deadly and self._disk.how == "before":
            _die()
        return self

    def __exit__(self, *_: object) -> None:
        if not self.deadly:
            return
        if self._disk.how.isdigit():
            threading.Timer(int(self._disk.how) / 1000, _die).start()
        else:
            _die()


def _kind(record: Record) -> str:
    """Name a record; an intent by what it is about to do."""
    if isinstance(record, Intended):
        return "Intended to " + "/".join(sorted({one.action for one in record.batch}))
    return type(record).__name__


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()


def main() -> int:
    """Run kplan, deadly."""
    Deadly.note, Deadly.at, Deadly.how = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    local.Disk = Deadly  # type: ignore[misc]
    from kplan.cli.main import main as kplan

    return kplan(sys.argv[4:])


if __name__ == "__main__":
    sys.exit(main())
