"""`python -m tests.crash`: kill kplan on real Kafka many times; exit 1 if anything was lost or done twice."""

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path

from kplan.sandbox import Sandbox, SandboxSpec, start, stop
from tests.crash import report
from tests.crash.run import Plan, kill_all, reference, spread
from tests.crash.trial import Outcome

DOCUMENT = Path(__file__).parents[2] / "docs" / "crash.md"


def main() -> int:
    """Parse the command line, run, report."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--trials", type=int, default=200, help="how many kills")
    parser.add_argument("--jobs", type=int, default=2, help="how many trials side by side")
    parser.add_argument("--write", action="store_true", help="write docs/crash.md")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sandbox = start(SandboxSpec("crash", folder=Path(folder) / "sandbox", tied=True))
        try:
            return crash(sandbox, Path(folder), wanted.trials, wanted.jobs, write=wanted.write)
        finally:
            stop(sandbox)


def crash(sandbox: Sandbox, folder: Path, trials: int, jobs: int, *, write: bool) -> int:
    """Run all trials and say what came of them."""
    servers = {cluster.name: cluster.bootstrap for cluster in sandbox.clusters}
    plan = Plan(folder / "trials", servers, f"crash{int(time.time())}-", folder / "cache")
    points, untouched = reference(plan)
    if untouched.problems:
        print("The run that nobody killed went wrong:", *untouched.problems, sep="\n  ")
        return 1
    print(f"{trials} kills, spread over the {len(points)} moments of a run", flush=True)
    outcomes = list(kill_all(plan, spread(trials, len(points)), jobs, _Teller(trials)))
    print(f"\n{report.text_table(points, outcomes)}")
    for number, one in enumerate(outcomes):
        if one.problems:
            print(f"\ntrial {number}, killed at {one.died_at!r} ({one.how}):", *one.problems, sep="\n  ")
    failed = sum(bool(one.problems) for one in outcomes)
    print(f"\n{len(outcomes)} kills, {len(outcomes) - failed} converged, {failed} failed.")
    if write:
        DOCUMENT.write_text(report.document(points, outcomes, sandbox.kafka))
    return 1 if failed else 0


class _Teller:
    """Writes a character for each trial that ended."""

    def __init__(self, trials: int) -> None:
        self._ended, self._trials, self._lock = 0, trials, threading.Lock()

    def __call__(self, _number: int, outcome: Outcome) -> None:
        with self._lock:
            self._ended += 1
            line_ends = self._ended % 50 == 0 or self._ended == self._trials
            end = f" {self._ended}/{self._trials}\n" if line_ends else ""
            print("F" if outcome.problems else ".", end=end, flush=True)


if __name__ == "__main__":
    sys.exit(main())
