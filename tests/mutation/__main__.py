"""`make mutation`: mutmut over the packages that decide, remember and act, and the language; killed and survived.

`python -m tests.mutation plan graph` for some of them, `lang --sample 400` for so many mutants of one, chosen evenly.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
from collections import Counter
from pathlib import Path

MUTMUT = str(Path(sys.executable).with_name("mutmut"))
PACKAGES = ("graph", "plan", "apply", "state", "lang")
MEMORY = 4 << 30  # bytes of one process: some mutants loop and gather


def bounded() -> None:
    """Limit the memory of mutmut's processes."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def run(*names: str) -> None:
    """Try mutants by name or pattern."""
    subprocess.run([MUTMUT, "run", "--max-children", "2", *names], check=False, preexec_fn=bounded)


def mutants() -> dict[str, str]:
    """List every mutant with what became of it."""
    listed = subprocess.run([MUTMUT, "results", "--all", "true"], check=True, capture_output=True, text=True)
    pairs = (line.strip().partition(": ") for line in listed.stdout.splitlines())
    return {name: status for name, _, status in pairs if name.startswith("kplan.")}


def chosen(package: str, count: int) -> list[str]:
    """Choose mutants of a package at even distances; the mutants are made first."""
    run("kplan.none_of_them*")
    names = sorted(name for name in mutants() if name.split(".")[1] == package)
    step = max(1, len(names) // count)
    return names[::step]


def main() -> None:
    """Run mutmut on each package and print a line for it."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("packages", nargs="*", default=PACKAGES)
    parser.add_argument("--sample", type=int, default=0, help="so many mutants of each package")
    given = parser.parse_args()
    for package in given.packages:
        if given.sample:
            run(*chosen(package, given.sample))
        else:
            run(f"kplan.{package}*")
    counted: dict[str, Counter[str]] = {}
    for name, status in mutants().items():
        counted.setdefault(name.split(".")[1], Counter())[status] += 1
    for package in given.packages:
        counts = counted.get(package, Counter())
        tried = sum(counts.values()) - counts["not checked"]
        killed = counts["killed"] + counts["timeout"]
        share = f"{100 * killed / tried:.0f} %" if tried else "not measured"
        sys.stdout.write(f"{package}: {killed} of {tried} killed, {share}\n")


if __name__ == "__main__":
    main()
