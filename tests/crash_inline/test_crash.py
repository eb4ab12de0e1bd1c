"""kplan dies before, in and after every effect of every story, and whoever runs it again finds nothing lost or doubled."""

from __future__ import annotations

import pytest
from crash_bench import Baseline, Bench, first_run, forget_claims, make_ready, outlook, world
from crash_stories import STORIES

ALWAYS = ("before", "after", "torn")


@pytest.fixture(scope="module")
def cache_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def bench(tmp_path, cache_folder, monkeypatch):
    return Bench(tmp_path, cache_folder, monkeypatch)


@pytest.mark.parametrize("name", STORIES)
def test_whoever_runs_it_again_finds_nothing_lost_and_nothing_doubled(bench, name):
    baseline = make_ready(bench, STORIES[name])
    for death, left in first_run(bench, baseline.before, baseline.story, ALWAYS).items():
        bench.restore(left)
        assert_converges(bench, baseline, death)
        if death.startswith(("killed", "power cut ")):  # the others differ in what the disk has kept only
            bench.restore(left)
            assert_can_be_destroyed(bench, baseline, death)
            if baseline.story.back:
                bench.restore(left)
                assert_can_be_taken_back(bench, baseline, death)


@pytest.mark.parametrize("name", [name for name, story in STORIES.items() if story.double])
def test_whoever_dies_again_while_recovering_loses_nothing_either(bench, name):
    baseline = make_ready(bench, STORIES[name])
    recovery = baseline.story._replace(injections=())
    for death, left in first_run(bench, baseline.before, baseline.story, ALWAYS).items():
        for again, rest in first_run(bench, left, recovery, ("before",), ("killed",)).items():
            bench.restore(rest)
            assert_converges(bench, baseline, f"{death}, then {again}")


def assert_converges(bench: Bench, baseline: Baseline, death: str) -> None:
    bench.settle_down(destroy=baseline.story.destroy)
    last = forget_claims(bench, destroy=baseline.story.destroy)
    assert last.plan.settled == (), death
    assert_converged(bench, baseline, death)


def assert_can_be_destroyed(bench: Bench, baseline: Baseline, death: str) -> None:
    """See that state knows of all that kplan made, and of nobody else's."""
    bench.settle_down(destroy=True)
    forget_claims(bench, destroy=True)
    there = {name for _, _, name in outlook().objects} - set(baseline.story.either)
    assert there == {"foreign"} - set(baseline.story.either), death
    state = bench.read()
    assert (state.leaves, state.pending) == ({}, {}), death


def assert_can_be_taken_back(bench: Bench, baseline: Baseline, death: str) -> None:
    """See that nothing of a change stays behind when it is no longer declared."""
    bench.declare(baseline.story.before)
    bench.settle_down()
    forget_claims(bench)
    assert outlook().objects == baseline.began.objects, death
    assert bench.read().pending == {}, death
    bench.declare(baseline.story.after)


def assert_converged(bench: Bench, baseline: Baseline, death: str) -> None:
    found = outlook()
    assert found.objects == baseline.outlook.objects, death
    assert found.effects in allowed(baseline), death
    state = bench.read()
    assert state.pending == {}, death
    assert set(state.leaves) == baseline.held, death
    for key, leaf in state.leaves.items():
        live = world(key.uid.removeprefix("memory-")).objects[key.type][key.identity[0]]
        assert leaf.computed.get("id") == live.get("id"), death


def allowed(baseline: Baseline):
    """Each effect once, as when nobody died; a replacement that was not begun is not asked for again."""
    return (baseline.outlook.effects, {}) if baseline.story.replaces else (baseline.outlook.effects,)
