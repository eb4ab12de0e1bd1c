"""Saved plans over the bench: made in its folder, applied there or in an empty one that has only the state."""

from __future__ import annotations

import shutil
from itertools import count
from typing import TYPE_CHECKING, Any

from operations_bench import Bench, Unsynced, wrong

from kplan.apply.lanes import InlineLanes
from kplan.lang.diagnostics import Severity
from kplan.operations.apply_saved import apply_saved
from kplan.operations.options import Run
from kplan.operations.plan import plan
from kplan.operations.saving import load
from kplan.state.local import LocalStore
from kplan.view.look import PLAIN
from kplan.view.plan_text import plan_text
from kplan_memory.world import forget, world

if TYPE_CHECKING:
    from pathlib import Path

    from kplan.operations.options import ApplyOutcome, PlanOutcome

WORLDS = "abcd"
_number = count()


def planned(bench: Bench, **more: Any) -> tuple[Path, PlanOutcome]:
    """Plan with -out; gives the file's path, and what came of it."""
    path = bench.folder / f"{next(_number)}.plan"
    return path, plan(bench.options(**more), Run(lambda _: None, lambda: False), path)


def save(bench: Bench, **more: Any) -> Path:
    """Save a plan that must be there, and must read as it was shown."""
    path, outcome = planned(bench, **more)
    assert [one.summary for one in outcome.diagnostics if one.severity is Severity.ERROR] == []
    assert plan_text(load(path).plan, PLAIN) == plan_text(outcome.plan, PLAIN)
    return path


def elsewhere(bench: Bench) -> Path:
    """Make a folder with the state of the bench's, and nothing else."""
    folder = bench.folder.parent / f"elsewhere{next(_number)}"
    folder.mkdir()
    if (bench.folder / "state").is_dir():
        shutil.copytree(bench.folder / "state", folder / "state")
    return folder


def carry(bench: Bench, path: Path, folder: Path | None = None, **more: Any) -> ApplyOutcome:
    """Apply a saved plan, by default in the bench's folder."""
    folder = folder or bench.folder
    saved = load(path)
    store = LocalStore(folder / "state", saved.workspace, Unsynced())
    options = bench.options(**more)._replace(folder=folder)
    return apply_saved(
        saved, options, Run(lambda _: None, lambda: False), lambda _: True, InlineLanes(), store
    )


def carried(bench: Bench, path: Path, **more: Any) -> ApplyOutcome:
    """Apply in an empty folder what must go well; the bench goes on with the state that came of it."""
    folder = elsewhere(bench)
    outcome = carry(bench, path, folder, **more)
    assert wrong(outcome) == [], outcome.diagnostics
    shutil.rmtree(bench.folder / "state", ignore_errors=True)
    shutil.move(folder / "state", bench.folder / "state")
    return outcome


def untouched(bench: Bench, path: Path, folder: Path | None = None, **more: Any) -> ApplyOutcome:
    """Apply what must be refused whole: nothing is sent, and nothing is remembered."""
    folder = folder or bench.folder
    before = everything(folder)
    outcome = carry(bench, path, folder, **more)
    assert outcome.tally is None
    assert any(one.severity is Severity.ERROR for one in outcome.diagnostics)
    assert everything(folder) == before
    return outcome


def everything(folder: Path) -> Any:
    """Give all that the worlds hold and were asked to do, and all that is on disk of the state."""
    worlds = {
        one: ({kind: dict(held) for kind, held in world(one).objects.items()}, list(world(one).effects))
        for one in WORLDS
    }
    state = folder / "state"
    found = state.iterdir() if state.is_dir() else ()
    return worlds, {path.name: path.read_bytes() for path in found if path.suffix != ".lock"}


def came_to(bench: Bench) -> Any:
    """Give what the worlds and state hold."""
    held = {one: {kind: dict(all_) for kind, all_ in world(one).objects.items()} for one in WORLDS}
    state = bench.state()
    return held, state.leaves, state.pending, state.outputs


def start_over(bench: Bench) -> None:
    """Empty the worlds and the folder."""
    for one in WORLDS:
        forget(one)
    shutil.rmtree(bench.folder / "state", ignore_errors=True)
