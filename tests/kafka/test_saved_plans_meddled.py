"""A thousand random edits by another client between plan and apply: a saved plan does what was shown, or nothing."""

import itertools
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import users
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from meddling import BASE, EDITS, KEYS, Declared, Live, Meddler, planned

from kplan.operations.apply import apply
from kplan.operations.apply_saved import apply_saved
from kplan.operations.options import Options, Run, VariableFlag
from kplan.operations.plan import plan
from kplan.operations.saving import load
from kplan.plan.model import Consents, is_change
from kplan.plan.saved import SavedPlan
from kplan.sandbox import Sandbox, SandboxSpec, start, stop

EXAMPLES, EDITS_EACH = 68, (20, 60)
HEAD = """
variable "prefix" {
}

variable "servers" {
}

variable "password" {
  sensitive = true
}

cluster "primary" {
  bootstrap_servers = [var.servers]
}
"""
RUN = Run(lambda _: None, lambda: False)
Thing = tuple[str, str]


class Example:
    """A configuration that was applied and planned anew, and another client of the same cluster."""

    def __init__(self, folder: Path, meddler: Meddler, servers: str) -> None:
        self.folder, self.meddler = folder, meddler
        given = {"prefix": meddler.prefix, "servers": servers, "password": "ours"}
        self._options = Options(
            folder, variables=tuple(VariableFlag(*one) for one in given.items()), consents=Consents(100, 100)
        )

    def applied(self, one: Declared) -> None:
        self._write(one)
        outcome = apply(self._options, RUN, lambda _: True)
        assert outcome.diagnostics == (), outcome.diagnostics

    def saved(self, one: Declared) -> SavedPlan:
        self._write(one)
        path = self.folder / "the.plan"
        outcome = plan(self._options, RUN, path)
        assert [each.severity.value for each in outcome.diagnostics if each.severity.value == "error"] == []
        return load(path)

    def carry_out(self, saved: SavedPlan) -> Any:
        password = tuple(one for one in self._options.variables if one.name == "password")
        return apply_saved(saved, Options(self.folder, variables=password), RUN, lambda _: True)

    def state(self) -> dict[str, bytes]:
        return {
            one.name: one.read_bytes() for one in (self.folder / "state").iterdir() if one.suffix != ".lock"
        }

    def _write(self, one: Declared) -> None:
        (self.folder / "main.kplan.hcl").write_text(HEAD + one.text())


def changed(after: Declared) -> set[Thing]:
    """List what a plan from the base to this changes."""
    was, is_ = BASE.objects(), after.objects()
    return {thing for thing in was | is_ if was.get(thing) != is_.get(thing)}


def shown(saved: SavedPlan, prefix: str) -> set[Thing]:
    """List what a plan says that it changes."""
    found = set()
    for one in filter(is_change, saved.plan.changes):
        kind = {"topic": "topic", "acl_binding": "right", "scram_user": "user"}[one.type]
        found.add((kind, one.key.identity[1 if kind == "right" else 0].removeprefix(prefix)))
    return found


def minded(thing: Thing, after: Declared, live: Live) -> Any:
    """Give what of a thing a plan to change it goes by: what it declares, or kplan had declared before."""
    found = live.objects().get(thing)
    if thing[0] != "topic" or found is None:
        return found
    declared = [one.topics[thing[1]].config for one in (BASE, after) if thing[1] in one.topics]
    return found._replace(config={key: found.config.get(key) for config in declared for key in config})


def expected(before: Live, after: Declared, things: set[Thing]) -> dict[Thing, Any]:
    """Give what there is to be once a plan has changed these things."""
    made, declared = before.objects(), after.objects()
    for thing in things:
        if thing not in declared:
            made.pop(thing, None)
        elif thing[0] == "topic":
            topic, was = declared[thing], made.get(thing)
            others = {key: value for key, value in (was.config if was else {}).items() if key not in KEYS[:1]}
            made[thing] = (topic.partitions, {**others, **topic.config}, was.id if was else None)
        else:
            made[thing] = declared[thing]
    return made


def comparable(found: dict[Thing, Any], like: dict[Thing, Any]) -> dict[Thing, Any]:
    """Write topics as `expected` has those that were changed."""
    return {
        thing: (one.partitions, one.config, like[thing][2] and one.id)
        if type(like.get(thing)) is tuple
        else one
        for thing, one in found.items()
    }


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("meddled") / "sandbox"
    sandbox = start(SandboxSpec("meddled", clusters=(users.spec("primary"),), folder=folder, tied=True))
    yield sandbox
    stop(sandbox)


def test_a_saved_plan_does_what_was_shown_or_nothing(crowded: Sandbox, kplan_cache: Path):
    cluster = crowded.cluster("primary")
    number, told = itertools.count(), Counter[str]()
    run = uuid.uuid4().hex[:8]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(planned(), st.booleans(), st.lists(EDITS, min_size=EDITS_EACH[0], max_size=EDITS_EACH[1]))
    def holds(after: Declared, beside: bool, edits: list[Any]) -> None:
        meddler = Meddler(cluster, f"m{run}-{next(number)}-")
        with tempfile.TemporaryDirectory() as folder:
            try:
                told.update(meddled(Example(Path(folder), meddler, cluster.bootstrap), after, beside, edits))
            finally:
                meddler.clean_up()

    with (
        mock.patch("kplan.plan.secrets._COST", 2),
        mock.patch.dict("os.environ", {"KPLAN_CACHE_DIR": str(kplan_cache)}),
    ):
        holds()
    assert told["edits"] >= 1000, told
    assert min(told["applied"], told["refused"]) >= 5, told


def meddled(example: Example, after: Declared, beside: bool, edits: list[Any]) -> Counter[str]:
    """Plan, meddle, apply. `beside`: only with what the plan does not change."""
    meddler = example.meddler
    example.applied(BASE)
    saved = example.saved(after)
    things = changed(after)
    assert shown(saved, meddler.prefix) == things
    then = live = meddler.look()
    done = 0
    for edit in edits:
        if not (beside and edit.thing in things) and meddler.edit(edit, live):
            done += 1
            live = meddler.look()
    state = example.state()
    outcome = example.carry_out(saved)
    now = meddler.look()
    moved = {thing for thing in things if minded(thing, after, then) != minded(thing, after, live)}
    if outcome.tally is None:
        assert moved, (outcome.diagnostics, edits)
        assert (now, example.state()) == (live, state)
        return Counter(edits=done, refused=1)
    assert not moved, edits
    assert outcome.tally.failed == outcome.tally.skipped == 0, outcome.diagnostics
    wanted = expected(live, after, things)
    assert comparable(now.objects(), wanted) == wanted
    return Counter(edits=done, applied=1)
