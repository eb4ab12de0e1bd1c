"""Starts a program and holds it: whoever holds the other end of its standard input decides over the program's life.

Run as a script of its own: `hold.py [--tie] LOG PROGRAM ARGUMENT…`, in a fresh process with one thread. Writes
the program's pid. Then: end of input kills the program (the other process is gone, however it ended);
a byte lets it live on by itself. With --tie the kernel kills the program when this process dies, where it
can; such a program can't be let go. A pipe works from any thread and on every system, while a death signal
set by the starter would also fire when merely the starting thread ends.
"""

import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Start the program and stay until it ends, must end, or is let go."""
    tie = arguments[0] == "--tie"
    log, *command = arguments[1:] if tie else arguments
    signal.signal(signal.SIGCHLD, _leave_when_ended)
    holder = os.getpid()
    pid = os.fork()
    if pid == 0:
        _become(command, log, tie_to=holder if tie and sys.platform == "linux" else None)
    os.write(1, b"%d\n" % pid)
    if os.read(0, 1):
        return 0
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.kill(pid, signal.SIGKILL)  # not yet waited for, so the number is still the program's
    os.waitpid(pid, 0)
    return 0


def _leave_when_ended(_signal: int, _frame: object) -> None:
    # The signal also comes when the program is merely stopped or goes on.
    ended, _status = os.waitpid(-1, os.WNOHANG)
    if ended:
        os._exit(0)


def _become(command: list[str], log: str, *, tie_to: int | None) -> None:
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()  # a terminal's Ctrl-C is for the starter, which then stops the program in order
        null = os.open(os.devnull, os.O_RDONLY)
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(null, 0)
        os.dup2(out, 1)
        os.dup2(out, 2)
        if tie_to is not None:
            _die_with(tie_to)
        os.execv(command[0], command)  # noqa: S606 - a list of ours, no shell wanted
    except BaseException as error:  # noqa: BLE001 - a forked child must not run its parent's code
        os.write(2, f"{command[0]}: {error}\n".encode())
    finally:
        os._exit(127)


def _die_with(parent: int) -> None:
    import ctypes  # only where needed: it costs as much as all the rest

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the call
        os._exit(127)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
