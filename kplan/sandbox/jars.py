"""Kafka's jars: which they are, and how they come into the cache.

A jar is in place only when its sha256 was right; whatever stops a download leaves at most a `.part`.
"""

import functools
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kplan.sandbox import folders
from kplan.sandbox.download import Download, fetch
from kplan.sandbox.errors import SandboxError
from kplan.sandbox.events import Progress, Waiting

LOCK_FILE = Path(__file__).with_name("kafka-jars.lock")
URL_VARIABLE = "KPLAN_MAVEN_URL"
_CLIENTS = "org/apache/kafka/kafka-clients/"


@dataclass(frozen=True, slots=True)
class Jar:
    """A file of a Maven repository, `path` from its root."""

    sha256: str
    size: int
    path: str

    @property
    def file(self) -> str:
        """Its name in the cache."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Lock:
    """The jars of one Kafka version, in the order of the class path."""

    version: str
    digest: str
    jars: tuple[Jar, ...]

    def folder(self) -> Path:
        """Give the folder in the cache that holds them."""
        return folders.downloads_folder() / self.version

    def class_path(self) -> str:
        """Give the class path; its order is fixed, as the AOT cache is bound to it."""
        return os.pathsep.join(str(self.folder() / jar.file) for jar in self.jars)


@functools.cache
def read_lock(path: Path = LOCK_FILE) -> Lock:
    """Read a lock file of lines `sha256 size path`."""
    text = path.read_text(encoding="utf-8")
    jars = tuple(_jar(line) for line in text.splitlines() if line.strip())
    version = next(
        jar.path.removeprefix(_CLIENTS).split("/")[0] for jar in jars if jar.path.startswith(_CLIENTS)
    )
    return Lock(version=version, digest=hashlib.sha256(text.encode()).hexdigest()[:12], jars=jars)


def _jar(line: str) -> Jar:
    sha256, size, path = line.split()
    return Jar(sha256=sha256, size=int(size), path=path)


def obtain(lock: Lock, progress: Progress) -> None:
    """Have every jar in the cache with its right content; fetches only what is missing or damaged.

    Several processes at once are fine: one fetches, the others wait and then find all in place.
    """
    folder = lock.folder()
    if not missing(lock.jars, folder):
        return
    with folders.exclusive(folder, lambda: progress(Waiting("Kafka's download"))):
        for leftover in folder.glob("*.part"):
            leftover.unlink()
        if wanted := missing(lock.jars, folder):
            base = base_url()
            fetch(
                [Download(f"{base}/{jar.path}", folder / jar.file, jar.sha256, jar.size) for jar in wanted],
                progress,
            )


def missing(jars: Sequence[Jar], folder: Path) -> list[Jar]:
    """List the jars that are absent, or whose content isn't what the lock file says (50 ms for all of them)."""
    return [jar for jar in jars if not _intact(jar, folder / jar.file)]


def _intact(jar: Jar, file: Path) -> bool:
    try:
        if file.stat().st_size != jar.size:
            return False
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest() == jar.sha256
    except FileNotFoundError:
        return False


def base_url() -> str:
    """Give the Maven repository to fetch from: $KPLAN_MAVEN_URL, else Maven Central as the library jgo knows it."""
    if chosen := os.environ.get(URL_VARIABLE):
        return chosen.rstrip("/")
    try:
        from jgo.constants import MAVEN_CENTRAL_URL
    except ImportError:
        raise SandboxError(
            "Kafka's jars must be downloaded, and where from isn't known.\n"
            f"Install the sandbox's dependencies (pip install 'kplan[sandbox]'), or set {URL_VARIABLE} to a Maven repository."
        ) from None
    return str(MAVEN_CENTRAL_URL).rstrip("/")
