"""The local store: `<workspace>.json` and `<workspace>.journal` in a folder, safe against a kill at any moment."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from kplan import __version__
from kplan.state import codec
from kplan.state.disk import Disk
from kplan.state.lock import Hold, held, read_hold
from kplan.state.records import Began
from kplan.state.store import Loaded, StateProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from kplan.state.model import State
    from kplan.state.records import Record

GENERATIONS = 5


class LocalStore:
    """A folder's state of one workspace.

    The snapshot is replaced by rename, never written in place. The journal names the serial it builds on: one that
    names an older serial was compacted already and is ignored. A torn last line was never acknowledged.
    """

    def __init__(self, folder: Path, workspace: str = "default", disk: Disk | None = None) -> None:
        """Name the folder and workspace; nothing is read yet."""
        self.folder, self.workspace, self._disk = folder, workspace, disk or Disk()
        self.path = folder / f"{workspace}.json"
        self._journal = folder / f"{workspace}.journal"
        self._lock_file = folder / f"{workspace}.lock"
        self._hold_file = folder / f"{workspace}.hold"
        self._length = 0

    def load(self) -> Loaded:
        """Read the snapshot and the journal that builds on it."""
        with self._trouble("read", self.folder):
            # In this order: a run that compacts in between leaves a journal that builds on an older serial, and has all of it.
            journal = self._disk.read(self._journal) or b""
            snapshot = self._snapshot()
            return Loaded(snapshot, self._records(journal, snapshot))

    def _snapshot(self) -> State | None:
        data = self._disk.read(self.path)
        if data is None:
            self._refuse_vanished()
            return None
        try:
            return codec.decode_state(data)
        except codec.TooNewError as error:
            raise StateProblem(
                "State was written by a newer kplan",
                f"{self.path} can't be read: {error}. Install the newer version to go on.",
            ) from None
        except (codec.DamagedError, KeyError, TypeError, ValueError) as error:
            raise StateProblem(
                "State can't be read", f"{self.path} can't be used: {error}. {self._way_out()}"
            ) from None

    def _refuse_vanished(self) -> None:
        """Take a missing snapshot for a new workspace only if nothing says otherwise."""
        if any(self._generation(n).exists() for n in range(1, GENERATIONS + 1)):
            raise StateProblem(
                "State is missing",
                f"There is no {self.path}, but older generations of it are beside it. {self._way_out()}",
            )

    def _way_out(self) -> str:
        kept = [self._generation(n) for n in range(1, GENERATIONS + 1) if self._generation(n).exists()]
        if not kept:
            return "Restore it from a backup; if nothing was ever applied here, remove the file."
        return (
            f"The last good generations are kept beside it; to go back to the newest, look at it first, then run: "
            f"cp {kept[0]} {self.path}"
        )

    def _generation(self, number: int) -> Path:
        return self.folder / f"{self.workspace}.json.{number}"

    def _records(self, data: bytes, snapshot: State | None) -> list[Record]:
        try:
            records, self._length = codec.decode_records(data)
        except (codec.DamagedError, codec.TooNewError, KeyError, TypeError, ValueError) as error:
            raise StateProblem(
                "Journal can't be read",
                f"{self._journal} can't be used: {error}. It holds what the last run did after the snapshot "
                f"{self.path.name}; keep a copy. Restore it from a backup, or remove it to go back to the snapshot: "
                "what the run created since will then be found as existing and can be adopted.",
            ) from None
        if not records:
            return []
        began = records[0]
        serial = snapshot.serial if snapshot else 0
        if not isinstance(began, Began) or (snapshot and began.lineage != snapshot.lineage):
            raise StateProblem(
                "Journal belongs to another state",
                f"{self._journal} was not written over {self.path}. Keep both, and restore the pair that belongs "
                "together; or remove the journal if it came here by accident.",
            )
        if began.base_serial > serial:
            raise StateProblem(
                "State is older than its journal",
                f"{self._journal} builds on serial {began.base_serial}, but {self.path} is at {serial}: an older "
                f"state was put back. {self._way_out()}",
            )
        if began.base_serial < serial:
            self._length = 0  # compacted already: the crash came between the rename and the removal
            return []
        return records

    def append(self, records: Sequence[Record]) -> None:
        """Write records at the journal's end and sync them."""
        with self._trouble("write", self._journal):
            self._disk.make_folder(self.folder)
            text = codec.encode_records(records)
            first = self._length == 0
            self._disk.append(self._journal, text, self._length)
            self._disk.sync(self._journal)
            if first:
                self._disk.sync(self.folder)
            self._length += len(text)

    def compact(self, state: State) -> State:
        """Write the snapshot with its serial raised, keep the last generations, remove the journal."""
        written = state._replace(serial=state.serial + 1)
        spare = self.path.with_name(self.path.name + ".tmp")
        with self._trouble("write", self.path):
            self._disk.make_folder(self.folder)
            self._disk.write(spare, codec.encode_state(written, __version__))
            self._disk.sync(spare)
            self._rotate()
            self._disk.rename(spare, self.path)
            self._disk.sync(self.folder)
            self._disk.remove(self._journal)
        self._length = 0
        return written

    def _rotate(self) -> None:
        for number in range(GENERATIONS - 1, 0, -1):
            if self._generation(number).exists():
                self._disk.rename(self._generation(number), self._generation(number + 1))
        if self.path.exists():
            self._disk.link(self.path, self._generation(1))

    @contextlib.contextmanager
    def _trouble(self, verb: str, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StateProblem(f"Can't {verb} state", f"{path}: {error.strerror or error}.") from None

    @contextlib.contextmanager
    def lock(self, operation: str, timeout: float) -> Iterator[None]:
        """Hold the kernel's lock on a separate file, unless a recorded hold forbids."""
        with self._locked(operation, timeout):
            hold = self.current_hold()
            if hold is not None:
                raise StateProblem(
                    "Workspace is on hold",
                    f"{hold.who} put a hold on workspace {self.workspace!r} at {hold.since}: {hold.reason}\n"
                    f"Once it is no longer needed, lift it with: kplan force-unlock {hold.id}",
                )
            yield

    @contextlib.contextmanager
    def _locked(self, operation: str, timeout: float) -> Iterator[None]:
        with self._trouble("write", self._lock_file):
            self._disk.make_folder(self.folder)
        with held(self._lock_file, operation, timeout):
            yield

    def hold(self, hold: Hold) -> None:
        """Record a hold: every run is refused until it is lifted."""
        with self._locked("lock", 0), self._trouble("write", self._hold_file):
            self._disk.write(self._hold_file, json.dumps(hold._asdict()).encode())
            self._disk.sync(self._hold_file)
            self._disk.sync(self.folder)

    def current_hold(self) -> Hold | None:
        """Read the recorded hold, if there is one."""
        with self._trouble("read", self._hold_file):
            return read_hold(self._hold_file)

    def lift(self) -> None:
        """Remove the recorded hold."""
        with self._trouble("write", self._hold_file):
            self._disk.remove(self._hold_file)
            self._disk.sync(self.folder)
