"""A disk that can be looked at before, in and after each of its effects, and what a death at that moment leaves behind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kplan.state.disk import Disk

if TYPE_CHECKING:
    from collections.abc import Callable


class Moments:
    """Counts effects, and has the moments before, in and after each looked at: what a death then would leave."""

    def __init__(self, look: Callable[[str, str], None] = lambda _moment, _what: None) -> None:
        """Take who looks: `look(moment, effect)`, the moment being before, torn or after."""
        self._look = look
        self.met: list[str] = []

    def before(self, what: str) -> None:
        """Count an effect that is about to be."""
        self.met.append(what)
        self._look("before", what)

    def torn(self) -> None:
        """Let an effect be half done."""
        self._look("torn", self.met[-1])

    def after(self) -> None:
        """Let an effect have been."""
        self._look("after", self.met[-1])


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

    def __init__(self, moments: Moments, folder: Path, files: dict[str, bytes]) -> None:
        """Lay out a folder as an earlier run left it, all durable."""
        self.moments = moments
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
        if path not in self.names:
            self._name({path: File()})
        held = self.names[path]
        held.written = kept + data[: len(data) // 2]
        self.moments.torn()
        held.written = kept + data
        path.write_bytes(held.written)
        self.moments.after()

    def sync(self, path: Path) -> None:
        self._begin("sync", path)
        if path.is_dir():
            self.durable, self.renamed = dict(self.names), {}
        else:
            self.names[path].durable = self.names[path].written
        self.moments.after()

    def make_folder(self, path: Path) -> None:
        if not path.is_dir():
            self._begin("make_folder", path)
            path.mkdir(parents=True)
            self.moments.after()

    def rename(self, old: Path, new: Path) -> None:
        self._begin("rename", old)
        self._name({new: self.names[old], old: None})
        super().rename(old, new)
        self.moments.after()

    def link(self, old: Path, new: Path) -> None:
        self._begin("link", old)
        self._name({new: self.names[old]})
        super().link(old, new)
        self.moments.after()

    def remove(self, path: Path) -> None:
        self._begin("remove", path)
        self._name({path: None})
        super().remove(path)
        self.moments.after()

    def _name(self, change: Change) -> None:
        self.names, self.renamed = _with(self.names, change), change

    def _begin(self, what: str, path: Path) -> None:
        self.moments.before(f"{what} {path.name}")

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
