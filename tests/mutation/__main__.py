"""`make mutation [PACKAGES="plan graph"]`: mutmut over the packages that decide, remember and act; killed and survived."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections import Counter
from pathlib import Path

MUTMUT = str(Path(sys.executable).with_name("mutmut"))
PACKAGES = ("graph", "plan", "apply", "state")
MEMORY = 4 << 30  # bytes of one process: some mutants loop and gather


def bounded() -> None:
    """Limit the memory of mutmut's processes."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def results() -> dict[str, Counter[str]]:
    """Count mutants by package and by what became of them."""
    listed = subprocess.run([MUTMUT, "results", "--all", "true"], check=True, capture_output=True, text=True)
    counted: dict[str, Counter[str]] = {}
    for line in listed.stdout.splitlines():
        name, _, status = line.strip().partition(": ")
        if name.startswith("kplan."):
            counted.setdefault(name.split(".")[1], Counter())[status] += 1
    return counted


def main() -> None:
    """Run mutmut on each package and print a line for it."""
    wanted = sys.argv[1:] or list(PACKAGES)
    for package in wanted:
        subprocess.run(
            [MUTMUT, "run", "--max-children", "2", f"kplan.{package}*"], check=False, preexec_fn=bounded
        )
    for package, counts in results().items():
        if package in wanted:
            tried = sum(counts.values()) - counts["not checked"]
            killed = counts["killed"] + counts["timeout"]
            share = f"{100 * killed / tried:.0f} %" if tried else "not measured"
            sys.stdout.write(f"{package}: {killed} of {tried} killed, {share}\n")


if __name__ == "__main__":
    main()
