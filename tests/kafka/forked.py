"""kplan's command line in a process of its own, forked from one that has loaded it: half of what a short run takes is loading."""

import gc
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

PACKAGES = (
    "kplan",
    "kplan_kafka",
    "kplan_connect",
    "kplan_mirrormaker",
    "kplan_memory",
    "confluent_kafka.admin",
)


class Loaded:
    """A process that has loaded kplan, and runs one command at a time."""

    def __init__(self) -> None:
        line = [sys.executable, "-W", "error", __file__]
        self._process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._free = threading.Lock()

    def run(
        self,
        arguments: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        out: Path,
        err: Path,
        within: float,
    ) -> int | None:
        """Run a command to its end and give its exit code; None, and nothing was run, if another is under way.

        Raises TimeoutExpired for one that took too long; it is killed then.
        """
        if not self._free.acquire(blocking=False):
            return None
        try:
            request = [[*arguments], str(folder), {**environment}, str(out), str(err)]
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            pid = int(self._told())
            late = threading.Event()
            watch = threading.Timer(within, lambda: (late.set(), os.kill(pid, signal.SIGKILL)))
            watch.start()
            code = int(self._told())
            watch.cancel()
            if late.is_set():
                raise subprocess.TimeoutExpired([*arguments], within)
            return code
        finally:
            self._free.release()

    def _told(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@cache
def loaded() -> Loaded:
    """Give the one of this run; it ends with it."""
    return Loaded()


def _load() -> None:
    for name in PACKAGES:
        package = importlib.import_module(name)
        for found in pkgutil.walk_packages(getattr(package, "__path__", ()), f"{name}."):
            if not found.name.endswith("__main__"):
                importlib.import_module(found.name)
    gc.collect()
    gc.freeze()


def _next() -> Any:
    """Give the next command in a process of its own; the first process goes on to the one after. Ends with its parent."""
    for line in iter(sys.stdin.readline, ""):
        pid = os.fork()
        if not pid:
            return json.loads(line)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    sys.exit()


def _main() -> None:
    _load()
    arguments, folder, environment, out, err = _next()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, path, how in ((0, os.devnull, os.O_RDONLY), (1, out, os.O_WRONLY), (2, err, os.O_WRONLY)):
        os.dup2(os.open(path, how), number)
    sys.argv = ["kplan", *arguments]
    sys.exit(importlib.import_module("kplan.cli.main").main())


if __name__ == "__main__":
    _main()
