"""Random configurations as values, and an engine over in-process worlds to hold them against."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

from hypothesis import strategies as st

from kplan.apply.lanes import InlineLanes
from kplan.operations import apply as applying
from kplan.operations import planning
from kplan.operations.options import ApplyOutcome, Options, PlanOutcome, Run
from kplan.operations.plan import plan
from kplan.plan.model import Consents
from kplan.registry import types
from kplan.state.disk import Disk
from kplan.state.local import LocalStore
from kplan.state.model import empty
from kplan_memory.world import forget, world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kplan.plan.model import Plan
    from kplan.state.model import State

TOPIC, JOB = "memory_topic", "memory_job"
CLUSTERS = ("c", "d")
READS = frozenset({"facts", "read", "list", "query"})
_ATTRIBUTES = ("name", "id", "partitions")

Where = tuple[str, str, str]  # cluster, type, name


class Topic(NamedTuple):
    """A topic's block; `refers` names an earlier block and what its note takes of it; `keys`: it has for_each."""

    label: str
    cluster: str
    name: str
    partitions: int
    config: dict[str, str]
    note: str | None
    refers: tuple[str, str] | None
    after: str | None
    keys: tuple[str, ...] | None

    def names(self) -> list[str]:
        """Name what the block stands for."""
        return [self.name] if self.keys is None else [f"{self.name}-{key}" for key in self.keys]

    def text(self) -> str:
        """Write the block."""
        lines = [f"cluster    = memory_cluster.{self.cluster}", f"partitions = {self.partitions}"]
        lines.append(f'name = "{self.name}"' if self.keys is None else f'name = "{self.name}-${{each.key}}"')
        if self.keys is not None:
            listed = ", ".join(f'"{key}"' for key in self.keys)
            lines.append(f"for_each = toset([{listed}])")
        if self.config:
            lines.append(
                "config = {\n"
                + "".join(f'    {key} = "{value}"\n' for key, value in self.config.items())
                + "  }"
            )
        if self.refers:
            lines.append(f'note = "of ${{memory_topic.{self.refers[0]}.{self.refers[1]}}}"')
        elif self.note is not None:
            lines.append(f'note = "{self.note}"')
        if self.after:
            lines.append(f"depends_on = [memory_topic.{self.after}]")
        inner = "".join(f"  {line}\n" for line in lines)
        return f'memory_topic "{self.label}" {{\n{inner}}}\n'


class Job(NamedTuple):
    """A job's block, named as its label."""

    label: str
    cluster: str
    target: int

    def text(self) -> str:
        """Write the block."""
        return f'memory_job "{self.label}" {{\n  cluster = memory_cluster.{self.cluster}\n  target  = {self.target}\n}}\n'


class Declared(NamedTuple):
    """A configuration."""

    topics: tuple[Topic, ...]
    jobs: tuple[Job, ...]

    def blocks(self) -> list[str]:
        """Write every block."""
        clusters = [f'memory_cluster "{name}" {{\n}}\n' for name in CLUSTERS]
        outputs = [
            f'output "{one.label}" {{\n  value = memory_topic.{one.label}.id\n}}\n'
            for one in self.topics[:1]
            if one.keys is None
        ]
        return [*clusters, *(one.text() for one in self.topics), *(one.text() for one in self.jobs), *outputs]

    def objects(self) -> dict[Where, str]:
        """Give what is declared, with its address."""
        found: dict[Where, str] = {}
        for one in self.topics:
            for n, name in enumerate(one.names()):
                key = "" if one.keys is None else f'["{one.keys[n]}"]'
                found[one.cluster, TOPIC, name] = f"memory_topic.{one.label}{key}"
        return found | {(one.cluster, JOB, one.label): f"memory_job.{one.label}" for one in self.jobs}

    def expected(self) -> dict[Where, dict[str, Any]]:
        """Give the values that objects are to have, as far as the worlds by now say what others' ids are."""
        found: dict[Where, dict[str, Any]] = {}
        by_label = {one.label: one for one in self.topics}
        for one in self.topics:
            note = one.note
            if one.refers:
                other = by_label[one.refers[0]]
                note = f"of {world(other.cluster).objects[TOPIC][other.name][one.refers[1]]}"
            for name in one.names():
                values = {"partitions": one.partitions, "config": one.config, "note": note}
                found[one.cluster, TOPIC, name] = values
        return found | {(one.cluster, JOB, one.label): {"position": one.target} for one in self.jobs}

    def grown(self) -> Declared:
        """Ask for no fewer partitions than there are by now, which would be refused."""
        return self._replace(topics=tuple(_grown(one) for one in self.topics))


def _grown(one: Topic) -> Topic:
    live = [world(one.cluster).objects[TOPIC].get(name) for name in one.names()]
    return one._replace(
        partitions=max([one.partitions, *(values["partitions"] for values in live if values)])
    )


_LABELS = ("a", "b", "e", "f", "g")
_texts = st.sampled_from(["x", "y"])


@st.composite
def declared(draw: Any, least: int = 0, references: bool = True) -> Declared:
    """Draw a configuration: distinct labels, distinct objects, references to earlier blocks only."""
    labels = draw(st.lists(st.sampled_from(_LABELS), min_size=least, max_size=4, unique=True))
    names = draw(st.permutations(["n1", "n2", "n3", "n4", "n5"]))
    made: list[Topic] = []
    for label, name in zip(labels, names, strict=False):
        single = [one.label for one in made if one.keys is None]
        refers = (
            draw(st.none() | st.tuples(st.sampled_from(single), st.sampled_from(_ATTRIBUTES)))
            if single and references
            else None
        )
        after = (
            draw(st.none() | st.sampled_from([one.label for one in made])) if made and references else None
        )
        made.append(
            Topic(
                label,
                draw(st.sampled_from(CLUSTERS)),
                name,
                draw(st.integers(1, 3)),
                draw(st.dictionaries(_texts, _texts, max_size=2)),
                draw(st.none() | _texts),
                refers,
                after,
                draw(st.none() | st.lists(st.sampled_from("klm"), max_size=2, unique=True).map(tuple)),
            )
        )
    jobs = draw(st.lists(st.sampled_from(["j", "i"]), max_size=2, unique=True))
    return Declared(
        tuple(made), tuple(Job(one, draw(st.sampled_from(CLUSTERS)), draw(st.integers(0, 4))) for one in jobs)
    )


@st.composite
def evolved(draw: Any, before: Declared) -> Declared:
    """Draw what a configuration may become: blocks kept, dropped, changed, under other labels, and new ones."""
    free = [label for label in _LABELS if label not in {one.label for one in before.topics}]
    label = {one.label: one.label for one in before.topics}
    made: list[Topic] = []
    for one in before.topics:
        deed = draw(st.sampled_from(["keep", "drop", "change", "change", "move"]))
        if deed == "move" and free:
            label[one.label] = free.pop()
        if deed == "change":
            config = draw(st.dictionaries(_texts, _texts, max_size=2))
            one = one._replace(  # noqa: PLW2901
                partitions=one.partitions + draw(st.integers(0, 1)), config=config, note=draw(_texts)
            )
        if deed != "drop":
            made.append(one)
    alive = {one.label for one in made}
    renamed = [
        one._replace(
            label=label[one.label],
            refers=(label[one.refers[0]], one.refers[1]) if one.refers and one.refers[0] in alive else None,
            after=label[one.after] if one.after in alive else None,
        )
        for one in made
    ]
    if free and draw(st.booleans()):
        new = next(
            name for name in ("n6", "n7", "n8", "n9") if name not in {one.name for one in before.topics}
        )
        cluster = draw(st.sampled_from(CLUSTERS))
        renamed.append(Topic(free.pop(), cluster, new, 1, {}, draw(_texts), None, None, None))
    jobs = tuple(one._replace(target=draw(st.integers(0, 4))) for one in before.jobs if draw(st.booleans()))
    return Declared(tuple(renamed), jobs)


class _Unsynced(Disk):
    def sync(self, path: Path) -> None:
        """Take it as synced."""


class _Clock:
    now = 1_700_000_000.0

    def time(self) -> float:
        return self.now

    monotonic = time


_entry_points = lru_cache(types._entry_points)


class Engine:
    """Stories over the worlds, one thread, one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, _Clock()

    def write(self, blocks: Sequence[str], name: str = "main") -> None:
        (self.folder / f"{name}.kplan.hcl").write_text("".join(blocks))

    def _options(self, **more: Any) -> Options:
        return Options(self.folder, consents=Consents(1000, 1000), **more)

    def plan(self, **more: Any) -> PlanOutcome:
        return plan(self._options(**more), Run(lambda _: None, lambda: False))

    def apply(self, approve: Callable[[Plan], bool] = lambda _: True, **more: Any) -> ApplyOutcome:
        self.clock.now += 0.01
        store = LocalStore(self.folder / "state", "default", _Unsynced())
        return applying.apply(
            self._options(**more), Run(lambda _: None, lambda: False), approve, InlineLanes(), store
        )

    def state(self) -> State:
        loaded = LocalStore(self.folder / "state").load()
        assert loaded.records == []
        return loaded.snapshot or empty("")

    def owned(self) -> dict[Where, str]:
        """Give what state holds, with its address."""
        return {
            (key.uid.removeprefix("memory-"), key.type, key.identity[0]): leaf.address
            for key, leaf in self.state().leaves.items()
        }

    def files(self) -> dict[str, bytes]:
        """Give what is on disk but locks, which are empty."""
        folder = self.folder / "state"
        found = folder.iterdir() if folder.is_dir() else ()
        return {path.name: path.read_bytes() for path in found if path.suffix != ".lock"}


@contextmanager
def engine() -> Iterator[Engine]:
    """Give an engine over empty worlds."""
    for name in CLUSTERS:
        forget(name)
    with tempfile.TemporaryDirectory() as folder:
        made = Engine(Path(folder))
        with (
            mock.patch.dict("os.environ", {"KPLAN_CACHE_DIR": f"{folder}/cache"}),
            mock.patch.object(applying, "time", made.clock),
            mock.patch.object(planning, "time", made.clock),
            mock.patch.object(types, "_entry_points", _entry_points),
        ):
            yield made


def objects() -> dict[Where, dict[str, Any]]:
    """Give all that is in the worlds."""
    return {
        (cluster, leaf, name): values
        for cluster in CLUSTERS
        for leaf, held in world(cluster).objects.items()
        for name, values in held.items()
    }


def holds(one: Declared, others: dict[Where, dict[str, Any]]) -> None:
    """Check that the worlds are as declared, and that what is others' is as it was."""
    there = objects()
    expected = one.expected()
    assert there.keys() == expected.keys() | others.keys()
    for where, values in expected.items():
        assert {name: there[where][name] for name in values} == values, where
    assert {where: there[where] for where in others} == others
