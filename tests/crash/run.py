"""Many trials, spread evenly over the points of a run."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from tests.crash.trial import Outcome, Point, Trial

HOWS = ("before", "torn", "after", "1", "4", "12", "35", "90")  # numbers: milliseconds after
_TRIES = 3  # a run that batched otherwise may end before a late point


class Plan(NamedTuple):
    """Where trials run, and what they are named by."""

    folder: Path
    servers: Mapping[str, str]
    prefix: str
    cache: Path

    def trial(self, name: str) -> Trial:
        """Make a trial."""
        return Trial(self.folder / name, f"{self.prefix}{name}-", self.servers, self.cache)


def reference(plan: Plan) -> tuple[list[str], Outcome]:
    """Run a trial that nobody kills; gives the points of its run."""
    trial = plan.trial("reference")
    outcome = trial.run(Point(-1, "after"))
    return trial.points(), outcome


def spread(trials: int, points: int) -> list[Point]:
    """Choose the points: each as often as any other, in every way in turn."""
    return [Point(number * points // trials, HOWS[number % len(HOWS)]) for number in range(trials)]


def kill_all(
    plan: Plan, wanted: list[Point], jobs: int, tell: Callable[[int, Outcome], None]
) -> Iterator[Outcome]:
    """Carry trials out, `jobs` at a time; `tell` hears of each as it ends."""

    def one(number: int) -> Outcome:
        outcome = _kill(plan, number, wanted[number])
        tell(number, outcome)
        return outcome

    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(one, range(len(wanted)))


def _kill(plan: Plan, number: int, point: Point) -> Outcome:
    """Run a trial; a run that ended before its point is tried again with an earlier one."""
    outcome = Outcome("", point.how, 0, ("never tried",))
    for back in range(_TRIES):
        earlier = point._replace(at=max(0, point.at - back))
        try:
            outcome = plan.trial(f"{number}-{back}").run(earlier)
        except Exception as wrong:  # noqa: BLE001, RUF100 - a trial that can't be carried out has failed
            return Outcome("", point.how, 0, (f"the trial broke off: {type(wrong).__name__}: {wrong}",))
        if outcome.died_at or outcome.problems:
            return outcome
    return outcome._replace(problems=(f"never came to point {point.at}",))
