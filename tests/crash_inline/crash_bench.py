"""One engine, one in-memory live system, one folder: laid out as they were, run, killed, and looked at."""

from __future__ import annotations

import hashlib
import uuid
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from crash_stories import HERE, LEAVES, UNTIL_APPROVED, Story
from dying import DEATHS, DyingDisk, Moments, lay_out

from kplan.apply.lanes import InlineLanes
from kplan.lang.diagnostics import has_errors
from kplan.operations import apply as applying
from kplan.operations import planning, workspace
from kplan.operations.options import ApplyOutcome, Options, Run
from kplan.plan.model import Consents
from kplan.registry import types
from kplan.state.disk import Disk
from kplan.state.local import LocalStore
from kplan.state.model import empty
from kplan_memory.world import Effect, world

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from kplan.config.configuration import Configuration
    from kplan.plan.model import Plan
    from kplan.state.model import Key, State
    from kplan_memory.world import World

WORLDS = ("here", "there")
_found = cache(types._entry_points)  # looking through what is installed takes longer than a whole run
_MOST_RUNS = 8
_MAY_FAIL = ("the cluster refused", "no answer to")  # what the stories' disturbances are told as
_LATEST = 4  # reads after which a late effect has come


class Clock:
    """Stands in for the module `time` where the engine asks what time it is."""

    def __init__(self) -> None:
        """Begin somewhere."""
        self.now = 1_700_000_000.0

    def time(self) -> float:
        """Give seconds since the epoch."""
        return self.now

    monotonic = time


class Ids:
    """Stands in for the module `uuid` where the engine makes ids: they are made of all that a run begins with.

    So two runs that begin with the same leave the same, and what they leave needs to be looked at once only.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.beginning = ""

    def uuid4(self) -> uuid.UUID:
        """Give this run's id."""
        return uuid.uuid5(uuid.NAMESPACE_OID, self.beginning)


class Unsynced(Disk):
    """A disk for recoveries, where nobody cuts the power: quick."""

    def sync(self, path: Path) -> None:
        """Take it as synced."""


def _approve(_: Plan) -> bool:
    """Say yes; while the question stood, what was late and waits for no read appears."""
    for name in WORLDS:
        here = world(name)
        while here.pending and here.pending[0].reads >= UNTIL_APPROVED:
            late = here.pending.pop(0)
            here.create(
                late.leaf, late.name, **{key: value for key, value in late.args.items() if key != "name"}
            )
            here.effects.append(Effect(late.verb, late.leaf, (late.name,)))
    return True


class Kept(NamedTuple):
    """All that outlives a process: files of the state's folder, worlds, and what time it is."""

    files: dict[str, bytes]
    worlds: tuple[tuple[Any, ...], ...]
    now: float


class Bench:
    """Runs the engine's stories over in-process worlds."""

    def __init__(self, folder: Path, cache_folder: Path, monkeypatch: Any) -> None:
        """Keep configuration and state under a folder; the cache may be shared."""
        self.text = ""
        self.folder, self.state, self.clock, self.ids = folder, folder / "state", Clock(), Ids()
        self.settled: dict[str, tuple[list[ApplyOutcome], Kept]] = {}
        monkeypatch.setenv("KPLAN_CACHE_DIR", str(cache_folder))
        monkeypatch.setattr(applying, "time", self.clock)
        monkeypatch.setattr(planning, "time", self.clock)
        monkeypatch.setattr(applying, "uuid", self.ids)
        monkeypatch.setattr(workspace, "uuid", self.ids)
        monkeypatch.setattr(types, "_entry_points", _found)
        loaded: dict[str, Configuration] = {}
        load = applying.load_configuration

        def load_once(options: Options) -> Configuration:
            """Read a text once: what a run reads is no effect, and reading it is half of the time."""
            if self.text not in loaded:
                loaded[self.text] = load(options)
            return loaded[self.text]

        monkeypatch.setattr(applying, "load_configuration", load_once)

    def declare(self, text: str) -> None:
        """Write the configuration."""
        self.text = HERE + text
        (self.folder / "main.kplan.hcl").write_text(self.text)

    def options(self, **more: Any) -> Options:
        return Options(self.folder, consents=Consents(1000, 1000), **more)

    def apply(self, disk: Disk, stop: Callable[[], bool] = lambda: False, **more: Any) -> ApplyOutcome:
        """Apply in one thread."""
        self.ids.beginning = self.beginning(**more)
        store = LocalStore(self.state, disk=disk)
        run = Run(lambda _: None, stop)
        return applying.apply(self.options(**more), run, _approve, InlineLanes(), store)

    def beginning(self, **more: Any) -> str:
        """Give a digest of all that a run depends on."""
        return hashlib.sha256(repr((self.keep(), self.text, more)).encode()).hexdigest()

    def settle_down(self, **more: Any) -> list[ApplyOutcome]:
        """Apply until nothing is left to do; from where that was done before, it comes to the same."""
        beginning = self.beginning(**more)
        if beginning in self.settled:
            outcomes, left = self.settled[beginning]
            self.restore(left)
        else:
            outcomes = self._settle_down(**more)
            self.settled[beginning] = outcomes, self.keep()
        return outcomes

    def _settle_down(self, **more: Any) -> list[ApplyOutcome]:
        outcomes = []
        for _ in range(_MOST_RUNS):
            self.clock.now += 0.01
            outcome = self.apply(Unsynced(), **more)
            outcomes.append(outcome)
            assert outcome.plan is not None, outcome.diagnostics
            told = [one.summary for one in outcome.diagnostics if not one.summary.startswith(_MAY_FAIL)]
            assert told == [], outcome.diagnostics
            if not outcome.plan.has_changes():
                assert not has_errors(outcome.diagnostics), outcome.diagnostics
                return outcomes
        raise AssertionError(f"no end in {_MOST_RUNS} runs: {outcomes[-1]}")

    def read(self) -> State:
        """Read the state; nothing may be left in the journal."""
        loaded = LocalStore(self.state).load()
        assert loaded.records == []
        return loaded.snapshot or empty("")

    # What outlives a process

    def keep(self, files: dict[str, bytes] | None = None) -> Kept:
        """Take down what is there now."""
        if files is None:
            found = sorted(self.state.iterdir()) if self.state.is_dir() else ()
            files = {one.name: one.read_bytes() for one in found}
        files = {name: data for name, data in files.items() if not name.endswith(".lock")}
        return Kept(files, tuple(_taken_down(world(name)) for name in WORLDS), self.clock.now)

    def restore(self, kept: Kept) -> None:
        """Put everything back as it was taken down."""
        lay_out(self.state, kept.files)
        self.clock.now = kept.now
        for name, one in zip(WORLDS, kept.worlds, strict=True):
            _put_back(world(name), one)


def _taken_down(one: World) -> tuple[Any, ...]:
    objects = {leaf: dict(held) for leaf, held in one.objects.items()}
    return one.serial, objects, tuple(one.injections), tuple(one.pending), tuple(one.effects)


def _put_back(one: World, kept: tuple[Any, ...]) -> None:
    one.serial = kept[0]
    one.objects = {leaf: dict(held) for leaf, held in kept[1].items()}
    one.injections, one.pending, one.effects = list(kept[2]), list(kept[3]), list(kept[4])
    one.effect = None
    one.calls = []


class Baseline(NamedTuple):
    """A story made ready: what was there before, and what it comes to when nobody dies."""

    story: Story
    before: Kept
    began: Outlook
    outlook: Outlook
    held: frozenset[Key]


class Outlook(NamedTuple):
    """What there is in the end, ids put as names; and what kplan did to it, each effect counted."""

    objects: dict[tuple[str, str, str], Any]
    effects: dict[tuple[str, str, str], int]


def outlook() -> Outlook:
    """Look at both worlds."""
    objects: dict[tuple[str, str, str], Any] = {}
    effects: dict[tuple[str, str, str], int] = {}
    for name in WORLDS:
        one = world(name)
        ids = {held["id"]: topic for topic, held in one.objects["memory_topic"].items()}
        for leaf, held in one.objects.items():
            for object_, values in held.items():
                objects[name, leaf, object_] = {key: _as_name(value, ids) for key, value in values.items()}
        for effect in one.effects:
            what = (name, effect.verb, effect.identity[0])
            effects[what] = effects.get(what, 0) + 1
    return Outlook(objects, effects)


def _as_name(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, str):
        for id_, name in ids.items():
            value = (
                f"id of {name}"
                if value == id_
                else value.removesuffix(id_) + f"id of {name}"
                if value.endswith(f" {id_}")
                else value
            )
    return value


def empty_worlds() -> None:
    """Empty both worlds."""
    for name in WORLDS:
        _put_back(world(name), (0, {leaf: {} for leaf in LEAVES}, (), (), ()))


def make_ready(bench: Bench, story: Story) -> Baseline:
    """Bring about what a story begins with, and see what it does when nobody dies."""
    empty_worlds()
    lay_out(bench.state, {})
    world("here").create("memory_topic", "foreign", config={"kept": "as it is"})
    if story.before:
        bench.declare(story.before)
        bench.settle_down()
    for name in WORLDS:
        world(name).effects.clear()
    before, began = bench.keep(), outlook()
    bench.declare(story.after)
    first_run(bench, before, story)
    bench.settle_down(destroy=story.destroy)
    forget_claims(bench, destroy=story.destroy)
    return Baseline(story, before, began, outlook(), frozenset(bench.read().leaves))


def first_run(
    bench: Bench, before: Kept, story: Story, moments: Sequence[str] = (), deaths: Sequence[str] = DEATHS
) -> dict[str, Kept]:
    """Run the story once over what was there; give what deaths of these kinds at these moments leave, each but once."""
    bench.restore(before)
    world("here").inject(*story.injections)
    left: dict[str, Kept] = {}

    def look(moment: str, effect: str) -> None:
        for death in deaths if moment in moments else ():
            one = bench.keep(disk.left_by(death))
            if one not in left.values():
                left[f"{death} {moment} {effect} ({len(passing.met)})"] = one

    passing = Moments(look)
    disk = DyingDisk(passing, bench.state, before.files)
    for name in WORLDS:
        world(name).effect = _watched(passing)
    stop = (lambda: len(passing.met) >= story.stop_after) if story.stop_after else (lambda: False)
    bench.apply(disk, stop, replaces=story.replaces, destroy=story.destroy)
    for name in WORLDS:
        world(name).effect = None
    return left


def _watched(moments: Moments) -> Callable[[str, Effect], None]:
    def effect(when: str, one: Effect) -> None:
        if when == "before":
            moments.before(f"{one.verb} {one.identity[0]}")
        else:
            moments.after()

    return effect


def forget_claims(bench: Bench, **more: Any) -> ApplyOutcome:
    """Let what is late appear, and then pass so much time that nothing can any more; look once more."""
    for _ in range(_LATEST):
        if any(world(name).pending for name in WORLDS):
            bench.settle_down(**more)
    bench.clock.now += 3600
    last = bench.settle_down(**more)[-1]
    return bench.settle_down(**more)[-1] if last.plan is not None and last.plan.settled else last


__all__ = ["Baseline", "Bench", "Kept", "first_run", "forget_claims", "make_ready", "outlook", "world"]
