"""Where things lie on disk, and who may change them.

Downloads outlive every sandbox (`kafka/`); all that belongs to one sandbox lies in one folder.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path


def cache_folder() -> Path:
    """Give kplan's cache folder: $KPLAN_CACHE_DIR, else kplan/ under $XDG_CACHE_HOME or ~/.cache."""
    if chosen := os.environ.get("KPLAN_CACHE_DIR"):
        return Path(chosen).absolute()
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification says that a relative path is to be ignored.
    root = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
    return root / "kplan"


def downloads_folder() -> Path:
    """Give the folder of what was downloaded or derived from downloads: the only thing that survives `down`."""
    return cache_folder() / "kafka"


def sandboxes_folder() -> Path:
    """Give the folder that holds one folder per sandbox."""
    return cache_folder() / "sandbox"


@contextlib.contextmanager
def exclusive(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a folder (made if absent) for this process; the kernel lets go when the process ends.

    `waiting` is called once if another process has it. The folder itself is what is locked, so nothing
    is left behind; a holder may remove it, and whoever waited then makes it anew.
    """
    fd = _locked(folder, waiting)
    try:
        yield
    finally:
        os.close(fd)


def _locked(folder: Path, waiting: Callable[[], None]) -> int:
    announced = False
    while True:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            fd = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:  # a parent was removed between the two
            continue
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not announced:
                waiting()
                announced = True
            try:
                fcntl.flock(fd, fcntl.LOCK_EX)
            except BaseException:
                os.close(fd)
                raise
        if _is_still(folder, fd):
            return fd
        os.close(fd)


def _is_still(folder: Path, fd: int) -> bool:
    try:
        return os.path.samestat(folder.stat(), os.fstat(fd))
    except FileNotFoundError:
        return False


def write_whole(path: Path, text: str, *, private: bool = False) -> None:
    """Replace a file's content at once: a reader sees the old text or the new, never a part.

    What is private is for this user's eyes only, at no moment for others'.
    """
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(text)
        if not private:
            Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def remove(folder: Path) -> None:
    """Remove a sandbox's folder with all it holds, and the folder of all sandboxes if this was the last."""
    if folder.exists():
        shutil.rmtree(folder)
    if folder.parent == sandboxes_folder():
        with contextlib.suppress(OSError):
            folder.parent.rmdir()
