"""The real command line in a folder of its own, on real clusters, for the stories."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from forked import loaded

HEAD = """
variable "clusters" {
  type = map(object({
    bootstrap_servers = list(string)
  }))
}

variable "prefix" {
  type = string
}
"""
PYTHON = (sys.executable, "-W", "error")
WITHIN = 90  # seconds, for any one command: the bound of a failing test


class Ran(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything it wrote, with its line breaks undone: where a line was broken is the view's affair."""
        return " ".join((self.out + " " + self.err).split())

    @property
    def summary(self) -> str:
        """The line that tools read."""
        starts = ("Plan:", "Plan (incomplete):", "No changes.", "Apply ", "Destroy ")
        found = [line for line in self.out.splitlines() if line.startswith(starts)]
        return found[-1] if found else ""


def outputs(folder: Path) -> tuple[Path, Path]:
    """Make files beside a configuration's folder for what a command writes."""
    made = [tempfile.mkstemp(dir=folder.parent) for _ in range(2)]
    for opened, _ in made:
        os.close(opened)
    return Path(made[0][1]), Path(made[1][1])


def late(within: float, out: Path, err: Path) -> AssertionError:
    """Say that a command took too long, and what it wrote until then."""
    return AssertionError(f"had not ended after {within:.0f} s:\n{out.read_text()}\n{err.read_text()}")


class Running:
    """A command under way. What it writes goes to files, so that it can be read meanwhile."""

    def __init__(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], first: str
    ) -> None:
        """Start it. `first`: Python to run before kplan in its process."""
        main = f"{first}\nimport sys\nfrom kplan.cli.main import main\nsys.exit(main())"
        kplan = ("-c", main) if first else ("-m", "kplan")
        self._out, self._err = outputs(folder)
        with self._out.open("w") as out, self._err.open("w") as err:
            self._process = subprocess.Popen(
                [*PYTHON, *kplan, *arguments, "-no-color"],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def wait_until(self, text: str) -> None:
        """Wait until it has written this to standard error."""
        wait_for(lambda: text in self._err.read_text() or self._process.poll() is not None)
        assert self._process.poll() is None, f"it ended too early:\n{self.end()}"

    def send(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def end(self, within: float = WITHIN) -> Ran:
        """Wait for its end."""
        try:
            code = self._process.wait(within)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise late(within, self._out, self._err) from None
        return Ran(code, self._out.read_text(), self._err.read_text())


class Workspace:
    """A configuration's folder, and kplan run in it."""

    def __init__(self, folder: Path, servers: Mapping[str, str], prefix: str, cache: Path) -> None:
        """Declare the variables `clusters` and `prefix`, and a cluster block for each of `servers`."""
        self.folder, self.prefix = folder, prefix
        self.environment = {**os.environ, "KPLAN_CACHE_DIR": str(cache), "COLUMNS": "100"}
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "head.kplan.hcl").write_text(HEAD)
        self.point(servers)
        self.clusters(**dict.fromkeys(servers, ""))

    def point(self, servers: Mapping[str, str]) -> None:
        """Say where the clusters are."""
        clusters = {name: {"bootstrap_servers": [server]} for name, server in servers.items()}
        values = f"prefix = {json.dumps(self.prefix)}\nclusters = {json.dumps(clusters)}\n"
        (self.folder / "sandbox.auto.kplanvars.hcl").write_text(values)

    def clusters(self, **bodies: str) -> None:
        """Declare these clusters, each with more in its block."""
        blocks = [
            f'cluster "{name}" {{\n  bootstrap_servers = var.clusters["{name}"].bootstrap_servers\n{body}\n}}\n'
            for name, body in bodies.items()
        ]
        (self.folder / "clusters.kplan.hcl").write_text("\n".join(blocks))

    def write(self, text: str, file: str = "main.kplan.hcl") -> None:
        """Write a file of the configuration."""
        (self.folder / file).write_text(text)

    def start(self, *arguments: str, first: str = "") -> Running:
        """Start a command. `first`: Python to run before kplan in its process."""
        return Running(arguments, self.folder, self.environment, first)

    def kplan(self, *arguments: str, within: float = WITHIN) -> Ran:
        """Run a command to its end."""
        out, err = outputs(self.folder)
        line = (*arguments, "-no-color")
        try:
            code = loaded().run(line, self.folder, self.environment, out, err, within)
        except subprocess.TimeoutExpired:
            raise late(within, out, err) from None
        if code is None:  # another runs beside it
            return self.start(*arguments).end(within)
        return Ran(code, out.read_text(), err.read_text())

    def plan(self, *arguments: str, within: float = WITHIN) -> Ran:
        """Plan, with the exit code that tells changes from none."""
        return self.kplan("plan", "-detailed-exitcode", *arguments, within=within)

    def apply(self, *arguments: str, within: float = WITHIN) -> Ran:
        """Apply without asking."""
        return self.kplan("apply", "-auto-approve", *arguments, within=within)

    def applied(self, text: str, *arguments: str) -> Ran:
        """Write a configuration and apply it, which must work."""
        self.write(text)
        ran = self.apply(*arguments)
        assert ran.code == 0, ran.said
        return ran

    def state(self) -> dict[str, object]:
        """Give the state as it is now."""
        ran = self.kplan("state", "pull")
        assert ran.code == 0, ran.said
        found: dict[str, object] = json.loads(ran.out)
        return found

    def addresses(self) -> list[str]:
        """List what state holds."""
        ran = self.kplan("state", "list")
        assert ran.code == 0, ran.said
        return ran.out.splitlines()


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Poll; the bound is only there so that a failure ends."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "did not happen in time"
        time.sleep(0.02)
