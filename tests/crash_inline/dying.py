"""A disk and a world that can be stopped before and after each of their effects, and what a stop leaves behind."""

from __future__ import annotations

from pathlib import Path

from kplan.state.disk import Disk


class Killed(BaseException):
    """The process is gone: nothing after this is its doing."""


class Fate:
    """Counts effects and dies before or after one of them; nothing that happens after the death counts."""

    def __init__(self, at: int = 0, moment: str = "before") -> None:
        """Die at effect number `at` (from 1; 0: never), at `moment`."""
        self.at, self.moment = at, moment
        self.met: list[str] = []
        self.dead = False

    def before(self, what: str) -> None:
        """Count an effect that is about to be."""
        if self.dead:
            raise AssertionError(f"{what} after the death of its process")
        self.met.append(what)
        self._die("before")

    def after(self) -> None:
        """Let an effect have been."""
        self._die("after")

    def torn(self) -> bool:
        """Tell whether the effect that is under way stops half-way."""
        return len(self.met) == self.at and self.moment == "torn"

    def die(self) -> None:
        """End the process."""
        self.dead = True
        raise Killed

    def _die(self, moment: str) -> None:
        if len(self.met) == self.at and self.moment == moment:
            self.die()


class File:
    """What a file holds, and how much of it would outlive a power cut."""

    def __init__(self) -> None:
        """Start empty."""
        self.written = self.durable = b""

    def after_power_loss(self, part: float) -> bytes:
        """Give the content if only a part of what was not synced reached the disk."""
        kept = self.durable if self.written.startswith(self.durable) else b""
        if kept == b"" and part == 0:
            return self.durable
        rest = self.written[len(kept) :]
        return kept + rest[: int(len(rest) * part)]


Names = dict[Path, File]
Change = dict[Path, File | None]


class DyingDisk(Disk):
    """The real files of a folder, with a model beside them of what is durable. Never really syncs."""

    def __init__(self, fate: Fate, folder: Path, files: dict[str, bytes]) -> None:
        """Lay out a folder as an earlier run left it, all durable."""
        self.fate = fate
        lay_out(folder, files)
        self.names: Names = {}
        for name, data in files.items():
            held = self.names[folder / name] = File()
            held.written = held.durable = data
        self.durable: Names = dict(self.names)
        self.renamed: Change = {}  # the last change of names since the folder was synced

    def write(self, path: Path, data: bytes) -> None:
        self._begin("write", path)
        self._put(path, b"", data)

    def append(self, path: Path, data: bytes, at: int) -> None:
        self._begin("append", path)
        self._put(path, self.names[path].written[:at] if path in self.names else b"", data)

    def _put(self, path: Path, kept: bytes, data: bytes) -> None:
        torn = self.fate.torn()
        if path not in self.names:
            self._name({path: File()})
        held = self.names[path]
        held.written = kept + (data[: len(data) // 2] if torn else data)
        path.write_bytes(held.written)
        if torn:
            self.fate.die()
        self.fate.after()

    def sync(self, path: Path) -> None:
        self._begin("sync", path)
        if path.is_dir():
            self.durable, self.renamed = dict(self.names), {}
        else:
            self.names[path].durable = self.names[path].written
        self.fate.after()

    def make_folder(self, path: Path) -> None:
        if not path.is_dir():
            self._begin("make_folder", path)
            path.mkdir(parents=True)
            self.fate.after()

    def rename(self, old: Path, new: Path) -> None:
        self._begin("rename", old)
        self._name({new: self.names[old], old: None})
        super().rename(old, new)
        self.fate.after()

    def link(self, old: Path, new: Path) -> None:
        self._begin("link", old)
        self._name({new: self.names[old]})
        super().link(old, new)
        self.fate.after()

    def remove(self, path: Path) -> None:
        self._begin("remove", path)
        self._name({path: None})
        super().remove(path)
        self.fate.after()

    def _name(self, change: Change) -> None:
        self.names, self.renamed = _with(self.names, change), change

    def _begin(self, what: str, path: Path) -> None:
        self.fate.before(f"{what} {path.name}")

    def left_by(self, death: str) -> dict[str, bytes]:
        """Give the files that are there after a death: killed, or the power cut, in whatever order names reach the disk."""
        match death:
            case "killed":
                return {path.name: one.written for path, one in self.names.items()}
            case "power cut":
                return {path.name: one.durable for path, one in self.durable.items()}
            case "power cut, names kept":
                return {path.name: one.durable for path, one in self.names.items()}
            case "power cut, last name first":
                return {path.name: one.durable for path, one in _with(self.durable, self.renamed).items()}
            case "power cut, torn":
                return {path.name: one.after_power_loss(0.5) for path, one in self.names.items()}
        raise AssertionError(death)


def _with(names: Names, change: Change) -> Names:
    changed = {**names, **change}
    return {path: one for path, one in changed.items() if one is not None}


DEATHS = ("killed", "power cut", "power cut, names kept", "power cut, last name first", "power cut, torn")


def lay_out(folder: Path, files: dict[str, bytes]) -> None:
    """Make a folder hold exactly these files; with none there is no folder either."""
    for one in folder.iterdir() if folder.is_dir() else ():
        if one.name not in files:
            one.unlink()
    if not files:
        if folder.is_dir():
            folder.rmdir()
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_nlink > 1 or path.read_bytes() != data:
            path.unlink(missing_ok=True)
            path.write_bytes(data)
