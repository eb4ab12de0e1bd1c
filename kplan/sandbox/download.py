"""Files fetched over HTTP: side by side, checked before they are put in place, every failure reported."""

import base64
import collections
import contextlib
import hashlib
import http.client
import os
import queue
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kplan.sandbox.errors import SandboxError
from kplan.sandbox.events import Downloading, Progress

THREADS = 8
ATTEMPTS = 3
TIMEOUT = 30.0  # seconds without a byte
_PAUSE = 0.5  # seconds before the second attempt, doubled for each further one
_CHUNK = 1 << 16
_HEARD_WITHIN = 0.2  # seconds
_MODIFIED = 1_577_836_800  # 2020-01-01


@dataclass(frozen=True, slots=True)
class Download:
    """A file wanted at `target`, with the content that it must have."""

    url: str
    target: Path
    sha256: str
    size: int


class _StoppedError(Exception):
    """The run was given up while this file was under way."""


class _Tally:
    """Counts what has arrived, from all threads, and reports it."""

    def __init__(self, wanted: Sequence[Download], progress: Progress) -> None:
        self._lock = threading.Lock()
        self._files = self._size = 0
        self._of_files = len(wanted)
        self._of_size = sum(download.size for download in wanted)
        self._progress = progress

    def add(self, files: int, size: int) -> None:
        with self._lock:
            self._files += files
            self._size += size
            self._progress(Downloading(self._files, self._of_files, self._size, self._of_size))


def fetch(wanted: Sequence[Download], progress: Progress) -> None:
    """Fetch all files; SandboxError names each that failed, the others are in place."""
    tally = _Tally(wanted, progress)
    tally.add(0, 0)
    stop = threading.Event()
    outcomes: queue.SimpleQueue[tuple[Download, str | Exception]] = queue.SimpleQueue()
    remaining = collections.deque(wanted)
    # Daemons: on Ctrl-C nobody waits for a server that is silent.
    for _ in range(min(THREADS, len(wanted))):
        threading.Thread(target=_work, args=(remaining, outcomes, tally, stop), daemon=True).start()
    try:
        told = dict(_next(outcomes) for _ in wanted)
    except BaseException:
        stop.set()
        for one in wanted:
            _part(one).unlink(missing_ok=True)
        raise
    _report(wanted, told)


def _next(
    outcomes: "queue.SimpleQueue[tuple[Download, str | Exception]]",
) -> tuple[Download, str | Exception]:
    """Wait for an outcome, in short steps: a Ctrl-C that comes right before a long wait would be heard only after it."""
    while True:
        with contextlib.suppress(queue.Empty):
            return outcomes.get(timeout=_HEARD_WITHIN)


def _work(
    remaining: "collections.deque[Download]",
    outcomes: "queue.SimpleQueue[tuple[Download, str | Exception]]",
    tally: _Tally,
    stop: threading.Event,
) -> None:
    while not stop.is_set():
        try:
            wanted = remaining.popleft()
        except IndexError:
            return
        try:
            outcomes.put((wanted, _attempt(wanted, tally, stop)))
        except Exception as error:  # noqa: BLE001 - raised by the one who waits, or it would wait for ever
            outcomes.put((wanted, error))


def _report(wanted: Sequence[Download], told: Mapping[Download, str | Exception]) -> None:
    for outcome in told.values():
        if isinstance(outcome, Exception):
            raise outcome
    if failures := [told[one] for one in wanted if told[one]]:
        raise SandboxError(
            f"{len(failures)} of {len(wanted)} files could not be downloaded:\n"
            + "\n".join(f"  {text}" for text in failures)
            + "\nWhat did arrive is kept; run the command again to fetch the rest. Behind a proxy or a mirror, set "
            "HTTPS_PROXY, SSL_CERT_FILE or KPLAN_MAVEN_URL."
        )


def _part(wanted: Download) -> Path:
    return wanted.target.with_name(f"{wanted.target.name}.{os.getpid()}.part")


def _attempt(wanted: Download, tally: _Tally, stop: threading.Event) -> str:
    """Fetch one file; gives why it failed, or nothing."""
    reason = ""
    for attempt in range(ATTEMPTS):
        if attempt and stop.wait(_PAUSE * 2 ** (attempt - 1)):
            break
        arrived = [0]
        try:
            _fetch_one(wanted, tally, arrived, stop)
        except _StoppedError:
            break
        except (OSError, http.client.HTTPException, ValueError) as error:
            tally.add(0, -arrived[0])
            reason = f"{_shown(wanted.url)}: {_why(error)}"
            if isinstance(error, urllib.error.HTTPError) and error.code < 500:
                break
        else:
            tally.add(1, 0)
            return ""
    return reason


def _fetch_one(wanted: Download, tally: _Tally, arrived: list[int], stop: threading.Event) -> None:
    part = _part(wanted)
    digest = hashlib.sha256()
    try:
        with _opened(wanted.url) as response, part.open("wb") as file:
            while chunk := response.read(_CHUNK):
                if stop.is_set():
                    raise _StoppedError
                file.write(chunk)
                digest.update(chunk)
                arrived[0] += len(chunk)
                tally.add(0, len(chunk))
            file.flush()
            os.fsync(file.fileno())
        if arrived[0] != wanted.size:
            raise ValueError(f"{arrived[0]} bytes came instead of {wanted.size}")
        if digest.hexdigest() != wanted.sha256:
            raise ValueError(
                f"the content is not the expected one (sha256 {digest.hexdigest()}, not {wanted.sha256})"
            )
        # The AOT cache is good only for jars with the times it has seen; a jar fetched anew must not spoil it.
        os.utime(part, (_MODIFIED, _MODIFIED))
        part.replace(wanted.target)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def _opened(url: str) -> Iterator[http.client.HTTPResponse]:
    """Open a URL by the environment's proxies and certificates; a user and password in it are sent as such."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        raise ValueError("neither http nor https")
    request = urllib.request.Request(_without_login(parts), headers={"User-Agent": "kplan"})  # noqa: S310
    if parts.username is not None:
        login = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
        request.add_unredirected_header("Authorization", "Basic " + base64.b64encode(login.encode()).decode())
    with urllib.request.urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310 - the scheme was looked at
        yield response


def _without_login(parts: urllib.parse.SplitResult) -> str:
    return urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _shown(url: str) -> str:
    return _without_login(urllib.parse.urlsplit(url))


def _why(error: Exception) -> str:
    match error:
        case urllib.error.HTTPError():
            return f"the server says {error.code} {error.reason}"
        case urllib.error.URLError():
            return str(error.reason)
        case TimeoutError():
            return f"nothing came for {TIMEOUT:.0f} seconds"
        case _:
            return str(error) or type(error).__name__
