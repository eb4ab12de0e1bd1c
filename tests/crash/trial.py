"""One trial: make what is there before, kill the run that changes it, run kplan again until all is done, and look."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from kplan.state import codec
from kplan.state.records import Began
from tests.crash.scenario import AFTER, AGAIN, BEFORE, KILLED, REPLACED, WANTED
from tests.kafka.another_client import Client, Topic
from tests.kafka.kplan_run import Workspace

MOST_RUNS = 6
_WITHIN = 120  # seconds for one command
_UNSETTLED = "They have not taken effect and still may"
_PATH = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])])

Live = dict[str, dict[str, Topic]]  # by cluster and name without the prefix


class Point(NamedTuple):
    """Where to kill: at the point of this number, in this way; the victim explains both."""

    at: int
    how: str


class Outcome(NamedTuple):
    """What came of a trial. `died_at` "": the run ended before the point; `runs`: applies that had something to do."""

    died_at: str
    how: str
    runs: int
    problems: tuple[str, ...]


class Trial:
    """One trial in a folder of its own; its topics have a prefix of their own."""

    def __init__(self, folder: Path, prefix: str, servers: Mapping[str, str], cache: Path) -> None:
        """Name everything; nothing is done yet."""
        self.prefix = prefix
        self.workspace = Workspace(folder, servers, prefix, cache)
        self.clients = {name: Client(server) for name, server in servers.items()}
        self._note = folder / "points.txt"

    def run(self, point: Point) -> Outcome:
        """Carry the trial out."""
        try:
            return self._run(point)
        finally:
            for client in self.clients.values():
                client.delete(*client.names(self.prefix))

    def _run(self, point: Point) -> Outcome:
        for client in self.clients.values():
            client.create(f"{self.prefix}foreign", 2, retention_ms="4000")
        self.clients["dr"].create(f"{self.prefix}adopted", 1)
        self.workspace.applied(BEFORE)
        before = self.live()
        self.workspace.write(AFTER.replace("PREFIX", self.prefix))
        died_at = self._kill(point)
        after_kill = self.live()
        runs, problems = self._go_on()
        problems += self._compare(before, after_kill, self.live())
        return Outcome(died_at, point.how, runs, tuple(problems))

    def points(self) -> list[str]:
        """Name the points of a run that nobody kills."""
        return [line.removesuffix(" †") for line in self._note.read_text().splitlines()]

    def live(self) -> Live:
        """Look at all topics with this trial's prefix."""
        return {
            cluster: {
                name.removeprefix(self.prefix): topic for name, topic in client.topics(self.prefix).items()
            }
            for cluster, client in self.clients.items()
        }

    def _kill(self, point: Point) -> str:
        """Run the victim; gives the name of the point where it died, "" if it did not."""
        command = [sys.executable, "-m", "tests.crash.victim", str(self._note), str(point.at), point.how]
        ran = subprocess.run(
            [*command, *KILLED, "-no-color"],
            cwd=self.workspace.folder,
            env={**self.workspace.environment, "PYTHONPATH": _PATH},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_WITHIN,
        )
        last = self._note.read_text().splitlines()[-1]
        if ran.returncode == 0:
            return ""
        if ran.returncode != -9:
            raise AssertionError(
                f"the victim ended by itself with {ran.returncode}:\n{ran.stdout}\n{ran.stderr}"
            )
        dead = [line for line in self._note.read_text().splitlines() if line.endswith(" †")]
        return (dead[0] if dead else last).removesuffix(" †")

    def _go_on(self) -> tuple[int, list[str]]:
        """Run kplan until it has nothing to do."""
        until = time.monotonic() + _WITHIN
        for runs in range(MOST_RUNS + 1):
            ran = self.workspace.kplan(*AGAIN, within=_WITHIN)
            while _UNSETTLED in ran.said and time.monotonic() < until:
                time.sleep(2)
                ran = self.workspace.kplan(*AGAIN, within=_WITHIN)
            if ran.code:
                return runs, [f"run {runs + 1} after the kill failed:\n{ran.out}\n{ran.err}"]
            if "No changes." in ran.out:
                return runs, []
        return MOST_RUNS, [f"not done after {MOST_RUNS} runs:\n{ran.out}"]

    def _compare(self, before: Live, after_kill: Live, live: Live) -> list[str]:
        problems = []
        for cluster, wanted in WANTED.items():
            there = live[cluster]
            missing, more = wanted.keys() - there.keys(), there.keys() - wanted.keys()
            problems += [f"{cluster}: {name} is missing" for name in sorted(missing)]
            problems += [f"{cluster}: {name} should not be there" for name in sorted(more)]
            for name in sorted(wanted.keys() & there.keys()):
                want, topic = wanted[name], there[name]
                if (topic.partitions, topic.config) != (want.partitions, want.config):
                    problems.append(f"{cluster}: {name} is {topic}, not {want}")
                known = {one.id for old in (before, after_kill) if (one := old[cluster].get(name))}
                if topic.id not in known and (known - self._may_go(cluster, name, before)):
                    problems.append(f"{cluster}: {name} was made again: {topic.id} after {known}")
        return problems + self._compare_state(live)

    @staticmethod
    def _may_go(cluster: str, name: str, before: Live) -> set[str]:
        return {before[cluster][name].id} if (cluster, name) == REPLACED else set()

    @staticmethod
    def _journal_is_spent(journal: Path, serial: int) -> bool:
        """Tell whether nothing of the journal counts: it is gone, or the snapshot has taken it in."""
        if not journal.exists():
            return True
        began = codec.decode_records(journal.read_bytes())[0][0]
        return isinstance(began, Began) and began.base_serial < serial

    def _compare_state(self, live: Live) -> list[str]:
        folder = self.workspace.folder / "state"
        problems = []
        state = json.loads((folder / "default.json").read_text())
        if not self._journal_is_spent(folder / "default.journal", state["serial"]):
            problems.append("the journal holds more than the snapshot")
        if state["claims"]:
            problems.append(f"claims are left: {state['claims']}")
        remembered = {
            (
                one["endpoint"].removeprefix("cluster."),
                one["identity"][0].removeprefix(self.prefix),
                one["address"],
                one["computed"]["id"],
                json.dumps(one["attributes"].get("config") or {}, sort_keys=True),
            )
            for one in state["leaves"]
        }
        should = {
            (cluster, name, want.address, live[cluster][name].id, json.dumps(want.config, sort_keys=True))
            for cluster, wanted in WANTED.items()
            for name, want in wanted.items()
            if want.address and name in live[cluster]
        }
        problems += [f"state misses {one}" for one in sorted(should - remembered)]
        problems += [f"state should not hold {one}" for one in sorted(remembered - should)]
        return problems
