"""The real command line in a folder of its own, on real clusters, for the stories."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

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
KPLAN = (sys.executable, "-W", "error", "-m", "kplan")
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

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command."""
        return subprocess.Popen(
            [*KPLAN, *arguments, "-no-color"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def kplan(self, *arguments: str, within: float = WITHIN) -> Ran:
        """Run a command to its end."""
        return ended(self.start(*arguments), within)

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


def ended(process: "subprocess.Popen[str]", within: float = WITHIN) -> Ran:
    """Wait for a command's end."""
    try:
        out, err = process.communicate(timeout=within)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"had not ended after {within:.0f} s:\n{out}\n{err}") from None
    return Ran(process.returncode, out, err)


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Poll; the bound is only there so that a failure ends."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "did not happen in time"
        time.sleep(0.02)
