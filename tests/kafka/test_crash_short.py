"""A few kills of `make crash`, spread over a whole run, and the crash run's own eyes."""

from kplan.sandbox import Sandbox
from tests.crash import report
from tests.crash.run import HOWS, Plan, kill_all, reference, spread
from tests.crash.trial import Outcome, Point

KILLS = 8


def test_killed_at_any_moment_nothing_is_lost_or_done_twice(
    kafka: Sandbox, topic_prefix, tmp_path, kplan_cache
):
    servers = {cluster.name: cluster.bootstrap for cluster in kafka.clusters}
    plan = Plan(tmp_path / "trials", servers, topic_prefix, kplan_cache)
    points, untouched = reference(plan)
    assert untouched == Outcome("", "after", 0, ())
    assert points[0] == "Began + Put + Dropped"
    assert points[-3:] == ["snapshot written", "snapshot renamed", "journal removed"]
    outcomes = list(kill_all(plan, telling(points), 2, lambda *_: None))
    assert [one for one in outcomes if one.problems or not one.died_at] == []
    assert sum(one.runs for one in outcomes) >= KILLS / 2  # most of them left something to do


def telling(points: list[str]) -> list[Point]:
    """Choose points over the whole run, and of the ways to die the one that leaves the most to find out there."""
    chosen = []
    for number, (at, how) in enumerate(spread(KILLS, len(points))):
        if points[at].startswith("Succeeded"):  # all is done and nobody knows it
            chosen.append(Point(at, ("before", "torn")[number % 2]))
        elif points[at].startswith("Intended"):  # what was sent is under way
            chosen.append(Point(at, ("4", "35")[number % 2]))
        else:
            chosen.append(Point(at, how))
    return chosen


def test_points_are_chosen_evenly_and_in_every_way():
    chosen = spread(200, 25)
    assert {sum(point.at == number for point in chosen) for number in range(25)} == {8}
    assert {point.how for point in chosen if point.at == 7} == set(HOWS)
    assert [point.at for point in spread(5, 100)] == [0, 20, 40, 60, 80]
    assert spread(1, 3) == [Point(0, "before")]


def test_the_table_counts():
    outcomes = [
        Outcome("Intended to create", "before", 1, ()),
        Outcome("Intended to create", "12", 2, ()),
        Outcome("Outputs", "after", 0, ()),
        Outcome("Outputs", "torn", 4, ("state misses x",)),
    ]
    found = {row[0]: row[1:] for row in report.rows(["Intended to create", "Succeeded", "Outputs"], outcomes)}
    assert found == {
        "Intended to create": ("2", "1", "·", "·", "1", "·", "1", "1", "·", "·"),
        "Outputs": ("2", "·", "1", "1", "·", "1", "·", "·", "·", "1"),
        "all": ("4", "1", "1", "1", "1", "1", "1", "1", "·", "1"),
    }
    assert "3 converged, 1 failed" in report.document([], outcomes, "4.3.1")


def test_a_trial_sees_what_is_wrong(kafka: Sandbox, topic_prefix, tmp_path, kplan_cache, monkeypatch):
    """The trial's comparison, on a run that somebody else tampers with before the look."""
    servers = {cluster.name: cluster.bootstrap for cluster in kafka.clusters}
    trial = Plan(tmp_path / "trials", servers, topic_prefix, kplan_cache).trial("t")
    compare = trial._compare

    def tampered(before, after_kill, _live):
        client = trial.clients["primary"]
        client.create(f"{trial.prefix}extra")
        client.delete(f"{trial.prefix}third", f"{trial.prefix}moved")
        client.create(f"{trial.prefix}moved")
        client.set(f"{trial.prefix}kept", "segment.ms", "60000")
        assert trial.workspace.kplan("state", "rm", "topic.adopted").code == 0
        return compare(before, after_kill, trial.live())

    monkeypatch.setattr(trial, "_compare", tampered)
    problems = trial.run(Point(-1, "after")).problems
    for words in (
        "primary: extra should not be there",
        "primary: third is missing",
        "primary: moved was made again",
        "primary: kept is Topic(",
        "state misses ('dr', 'adopted', 'topic.adopted'",
        "state misses ('primary', 'moved', 'topic.after_move'",
    ):
        assert [one for one in problems if one.startswith(words)], (words, problems)
