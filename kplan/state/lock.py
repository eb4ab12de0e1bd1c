"""Locks: the kernel's, freed with its process, and a recorded hold that only a person lifts."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import getpass
import json
import os
import socket
import time
from typing import TYPE_CHECKING, NamedTuple

from kplan.state.store import StateProblem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_POLL = 0.1  # seconds between tries for a held lock


class Hold(NamedTuple):
    """A recorded hold on a workspace."""

    id: str
    who: str
    since: str
    reason: str


def whoami() -> str:
    """Name the user, host and process for whoever waits for them."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def now_text() -> str:
    """Give the time as people and machines read it."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_hold(path: Path) -> Hold | None:
    """Read a hold; a damaged one still holds."""
    try:
        return Hold(**json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        return Hold("damaged", "someone", "an unknown time", f"the hold file {path} is damaged")


@contextlib.contextmanager
def held(path: Path, operation: str, timeout: float) -> Iterator[None]:
    """Hold the kernel lock on a file while the block runs; its text says who holds it and since when."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StateProblem("Can't lock state", f"{path}: {error.strerror or error}.") from None
    try:
        _acquire(descriptor, path, timeout)
        text = json.dumps({"who": whoami(), "pid": os.getpid(), "since": now_text(), "operation": operation})
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)  # frees the lock


def _acquire(descriptor: int, path: Path, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise StateProblem("State is locked", _holder(path)) from None
            time.sleep(_POLL)
        else:
            return


def _holder(path: Path) -> str:
    try:
        info = json.loads(path.read_bytes())
        held_by = f"{info['who']} (process {info['pid']}) has been running kplan {info['operation']} since {info['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        held_by = "Another process holds it"
    return (
        f"{held_by}. Wait for it to end, or wait here with -lock-timeout=60s. The lock frees itself with its process, "
        "so there is never a stale one to remove."
    )
