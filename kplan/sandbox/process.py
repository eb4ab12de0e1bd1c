"""Processes that are ours, told from any that later got the same number.

A process is its pid and the moment it started; nothing is signalled on the pid alone.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kplan.sandbox.errors import SandboxError

_HOLD = Path(__file__).with_name("hold.py")
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_HAS_PROC = _BOOT.exists()
_KILL_BOUND = 30.0  # seconds; the kernel needs milliseconds unless the disk hangs


@dataclass(frozen=True, slots=True)
class Process:
    """A process, dead or alive; `started` is opaque and compares equal only for the same start."""

    pid: int
    started: str


# What holds each process that this one started and has neither let go nor ended.
_holds: dict[Process, "subprocess.Popen[bytes]"] = {}


def spawn(
    command: Sequence[str], *, log: Path, folder: Path, environment: Mapping[str, str], tie: bool
) -> Process:
    """Start a program in `folder`, writing to `log`; it ends with this process unless `let_go` follows.

    With `tie` it ends even if the process in between is killed, and can't be let go.
    """
    tied = ["--tie"] if tie else []
    hold = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_HOLD), *tied, str(log), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=dict(environment),
        start_new_session=True,
    )
    line = b""
    if hold.stdout is not None:
        with hold.stdout as told:
            line = told.readline()
    if not line:
        _close(hold)
        raise SandboxError(
            f"{command[0]} could not be started: the process that holds it ended with {hold.returncode}."
        )
    pid = int(line)
    # Ended already: no start to be found, and no process will ever have this one.
    started = Process(pid, _start_of(pid) or "ended")
    _holds[started] = hold
    return started


def let_go(process: Process) -> None:
    """Let a process live on when this one ends."""
    hold = _holds.pop(process, None)
    if hold is not None and hold.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            hold.stdin.write(b".")
            hold.stdin.flush()
        _close(hold)


def alive(process: Process) -> bool:
    """Tell whether this very process still runs (stopped by a signal counts as running)."""
    return _start_of(process.pid) == process.started


def paused(process: Process) -> bool:
    """Tell whether a signal stopped it."""
    return alive(process) and _state_of(process.pid).startswith("T")


def pause(process: Process) -> None:
    """Stop a process by a signal; back when all of it stands still."""
    send(process, signal.SIGSTOP)
    while alive(process) and not paused(process):
        time.sleep(0.001)


def send(process: Process, number: signal.Signals) -> bool:
    """Send a signal; gives whether the process was there to get it."""
    try:
        fd = os.pidfd_open(process.pid) if hasattr(os, "pidfd_open") else None
    except ProcessLookupError:
        return False
    except OSError:  # a kernel without it
        fd = None
    try:
        # With the descriptor open the number can't go to another process between the look and the signal.
        if not alive(process):
            return False
        if fd is None:
            os.kill(process.pid, number)
        else:
            signal.pidfd_send_signal(fd, number)
    except ProcessLookupError:
        return False
    finally:
        if fd is not None:
            os.close(fd)
    return True


def kill(processes: Sequence[Process]) -> None:
    """End processes at once and wait until they are gone."""
    for process in processes:
        send(process, signal.SIGKILL)
    for process in processes:
        if not ended_within(process, _KILL_BOUND):
            raise SandboxError(
                f"Process {process.pid} does not end although it was killed (is its disk hanging?)."
            )
        if hold := _holds.pop(process, None):
            _close(hold)


def ended_within(process: Process, seconds: float) -> bool:
    """Wait for a process to end; gives whether it did."""
    until = time.monotonic() + seconds
    while alive(process):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def _close(hold: "subprocess.Popen[bytes]") -> None:
    if hold.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            hold.stdin.close()
    hold.wait()


def _start_of(pid: int) -> str | None:
    """Give when a live process started, or None; a zombie is not alive."""
    if _HAS_PROC:
        fields = _stat_fields(pid)
        # Ticks count from boot, so the same pair could return after a reboot.
        return f"{_boot()}/{fields[19]}" if fields and fields[0] not in {"Z", "X"} else None
    state, _, started = _ps(pid).partition(" ")
    return started.strip() if state and not state.startswith("Z") else None


def _state_of(pid: int) -> str:
    if _HAS_PROC:
        return (_stat_fields(pid) or [""])[0]
    return _ps(pid)


def _stat_fields(pid: int) -> list[str]:
    """Give the fields of /proc/PID/stat from the third on (the second may hold blanks and brackets)."""
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
    except (FileNotFoundError, ProcessLookupError):
        return []


def _boot() -> str:
    return _BOOT.read_text(encoding="ascii").strip()


def _ps(pid: int) -> str:
    return subprocess.run(
        ["ps", "-o", "state=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
