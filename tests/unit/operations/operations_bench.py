"""A folder, in-process worlds, and the engine's stories over them in one thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kplan.apply.lanes import InlineLanes
from kplan.operations import apply as applying
from kplan.operations import planning
from kplan.operations.options import ApplyOutcome, Options, PlanOutcome, Run, VariableFlag
from kplan.operations.plan import plan
from kplan.plan.model import Action, Consents
from kplan.state.disk import Disk
from kplan.state.local import LocalStore
from kplan.state.model import empty
from kplan_memory.world import forget, world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from kplan.plan.model import Plan
    from kplan.sdk.session import Values
    from kplan.state.model import State
    from kplan_memory.world import World

CLUSTER = 'memory_cluster "c" {\n}\n'
TOPIC, JOB, MEMBER = "memory_topic", "memory_job", "memory_member"
READS = frozenset({"facts", "read", "list", "query"})


def topic(label: str, *lines: str, on: str = "memory_cluster.c") -> str:
    inner = "".join(f"  {line}\n" for line in lines)
    return f'memory_topic "{label}" {{\n  cluster = {on}\n{inner}}}\n'


def team(label: str, members: str, *lines: str, on: str = "memory_cluster.c") -> str:
    """Write a team; its members are separated by spaces."""
    named = ", ".join(f'"{one}"' for one in members.split())
    inner = "".join(f"  {line}\n" for line in (f"members = [{named}]", *lines))
    return f'memory_team "{label}" {{\n  cluster = {on}\n{inner}}}\n'


def job(label: str, target: int) -> str:
    return f'memory_job "{label}" {{\n  cluster = memory_cluster.c\n  target = {target}\n}}\n'


def cluster(label: str, *lines: str) -> str:
    inner = "".join(f"  {line}\n" for line in lines)
    return f'memory_cluster "{label}" {{\n{inner}}}\n'


def topics(label: str, *lines: str, on: str = "memory_cluster.c") -> str:
    inner = "".join(f"  {line}\n" for line in lines)
    return f'data "memory_topics" "{label}" {{\n  cluster = {on}\n{inner}}}\n'


def output(name: str, value: str, *lines: str) -> str:
    inner = "".join(f"  {line}\n" for line in lines)
    return f'output "{name}" {{\n  value = {value}\n{inner}}}\n'


def imported(to: str, id_: str) -> str:
    return f'import {{\n  to = {to}\n  id = "{id_}"\n}}\n'


def removed(from_: str, destroy: str) -> str:
    return f"removed {{\n  from = {from_}\n  lifecycle {{\n    destroy = {destroy}\n  }}\n}}\n"


class Clock:
    """Stands in for the module `time` where the engine asks what time it is."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def time(self) -> float:
        return self.now

    monotonic = time


class Unsynced(Disk):
    """A disk of which nobody cuts the power: quick."""

    def sync(self, path: Path) -> None:
        """Take it as synced."""


class Bench:
    """Runs stories in a folder."""

    def __init__(self, folder: Path, monkeypatch: Any, worlds: Iterable[str] = "abcd") -> None:
        self.folder, self.clock = folder, Clock()
        monkeypatch.setenv("KPLAN_CACHE_DIR", str(folder / "cache"))
        monkeypatch.setattr(applying, "time", self.clock)
        monkeypatch.setattr(planning, "time", self.clock)
        for name in worlds:
            forget(name)

    @property
    def world(self) -> World:
        """Give the world of the cluster `c`."""
        return world("c")

    def declare(self, *blocks: str) -> Bench:
        (self.folder / "main.kplan.hcl").write_text("".join(blocks))
        return self

    def options(self, **more: Any) -> Options:
        variables = tuple(VariableFlag(name, text) for name, text in more.pop("variables", {}).items())
        more.setdefault("consents", Consents(1000, 1000))
        return Options(self.folder, variables=variables, **more)

    def plan(self, **more: Any) -> PlanOutcome:
        return plan(self.options(**more), Run(lambda _: None, lambda: False))

    def apply(
        self,
        approve: Callable[[Plan], bool] = lambda _: True,
        stop: Callable[[], bool] = lambda: False,
        **more: Any,
    ) -> ApplyOutcome:
        store = LocalStore(self.folder / "state", more.get("workspace", "default"), Unsynced())
        return applying.apply(self.options(**more), Run(lambda _: None, stop), approve, InlineLanes(), store)

    def applied(self, *blocks: str, **more: Any) -> ApplyOutcome:
        """Declare and apply what must go well, and be all that there is to do."""
        outcome = self.declare(*blocks).apply(**more)
        assert wrong(outcome) == []
        assert not self.plan(**more).plan.has_changes()
        return outcome

    def state(self) -> State:
        return LocalStore(self.folder / "state").load().snapshot or empty("")

    def owned(self) -> dict[str, str]:
        """Give what state holds: address to name."""
        return {leaf.address: leaf.key.identity[0] for leaf in self.state().leaves.values()}

    def live(self, name: str) -> Values | None:
        return self.world.get(TOPIC, name)

    def verbs(self) -> list[str]:
        """List what the world of `c` was asked since the last look, without repetitions in a row."""
        calls = [call.verb for call in self.world.calls]
        self.world.calls.clear()
        return calls


def wrong(outcome: Any) -> list[str]:
    """List the summaries of what is told."""
    refusals = outcome.plan.refusals if outcome.plan else ()
    return [one.summary for one in (*outcome.diagnostics, *refusals)]


def details(outcome: Any) -> list[str]:
    return [one.detail for one in outcome.diagnostics]


def at(outcome: Any) -> list[str]:
    """List the texts that are underlined."""
    return [one.source.text[one.start : one.end] if one.source else "" for one in outcome.diagnostics]


def actions(outcome: Any) -> dict[str, str]:
    """Give what a plan does to each address, without what stays."""
    return {one.address: one.action.value for one in outcome.plan.changes if one.action is not Action.NO_OP}


def change(outcome: Any, address: str) -> Any:
    (found,) = (one for one in outcome.plan.changes if one.address == address)
    return found
