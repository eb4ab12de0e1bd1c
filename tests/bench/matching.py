"""What it costs to match many links' filters against many topics, beside Python's `re` over each link's patterns joined."""

from __future__ import annotations

import random
import re
import statistics
import time
from typing import TYPE_CHECKING

from kplan.sdk.filters import Listing, filter_of
from kplan.sdk.patterns import java_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Filters = Mapping[str, tuple[str, ...]]

LINKS, TOPICS = 500, 10_000
_TEAMS, _WHAT, _WHERE = 200, ("orders", "payments", "audit", "stock", "mail"), ("eu", "us", "ap", "sa")


def topics(drawn: random.Random, count: int) -> list[str]:
    """Name topics as companies do: team, what, where, version."""
    made: dict[str, None] = {}
    while len(made) < count:
        team, what, where = drawn.randrange(_TEAMS), drawn.choice(_WHAT), drawn.choice(_WHERE)
        made[f"team{team:03}.{what}-{drawn.randrange(20)}.{where}.v{drawn.randrange(9)}"] = None
    return [*made]


def filters(drawn: random.Random, names: Sequence[str]) -> Filters:
    """Draw 20 filters: names, prefixes, patterns with and without a beginning, and what is left out."""

    def team() -> str:
        return f"team{drawn.randrange(_TEAMS):03}"

    return {
        "names": tuple(drawn.sample(names, 6)),
        "prefixes": tuple(f"{team()}.{drawn.choice(_WHAT)}" for _ in range(5)),
        "patterns": (
            *(rf"{team()}\.[a-z]+-\d+\.(eu|us)\..*" for _ in range(4)),
            rf".*\.{drawn.choice(_WHAT)}-{drawn.randrange(20)}\.ap\.v\d",
            rf"[a-z]+\d{drawn.randrange(10)}[{drawn.randrange(9)}-9]\.mail-1\d\.{drawn.choice(_WHERE)}\.v[0-4]",
        ),
        "exclude_names": tuple(drawn.sample(names, 1)),
        "exclude_prefixes": (f"{team()}.audit",),
        "exclude_patterns": (r".*\.v8",),
    }


def ours(names: Sequence[str], links: Sequence[Filters]) -> list[list[str]]:
    """Match as kplan does, every pattern understood anew."""
    java_pattern.cache_clear()
    listing = Listing(names)
    return [listing.met(filter_of(one)) for one in links]


def theirs(names: Sequence[str], links: Sequence[Filters]) -> list[list[str]]:
    """Match as MirrorMaker does: one expression for what is meant, one for what is left out."""
    re.purge()
    ordered = sorted(names)
    found = []
    for one in links:
        meant, left_out = (re.compile("|".join(_parts(one, before))) for before in ("", "exclude_"))
        found.append([name for name in ordered if meant.fullmatch(name) and not left_out.fullmatch(name)])
    return found


def _parts(one: Filters, before: str) -> list[str]:
    return [
        *map(re.escape, one[f"{before}names"]),
        *(f"{re.escape(prefix)}.*" for prefix in one[f"{before}prefixes"]),
        *one[f"{before}patterns"],
    ]


def rows(runs: int = 5) -> list[tuple[str, str, str, str]]:
    """Measure both in this process, over the same names, and hold their answers against each other."""
    drawn = random.Random(1)
    names = topics(drawn, TOPICS)
    links = [filters(drawn, names) for _ in range(LINKS)]
    mine, plain = [_timed(ours, names, links) for _ in range(runs)], _timed(theirs, names, links)
    if mine[0][1] != plain[1]:
        raise SystemExit("kplan and re match otherwise")
    cpu = statistics.median(seconds for seconds, _ in mine)
    met = sum(map(len, plain[1])) / LINKS
    return [
        (
            f"{LINKS} links of 20 filters over {TOPICS:,} topics, {met:.0f} meant by each",
            f"{cpu:.2f} CPU s = {cpu / plain[0]:.3f} ×",
            "1.0 CPU s",
            f"`re` over joined patterns: {plain[0]:.2f} CPU s",
        )
    ]


def _timed(
    match: Callable[[Sequence[str], Sequence[Filters]], list[list[str]]],
    names: Sequence[str],
    links: Sequence[Filters],
) -> tuple[float, list[list[str]]]:
    before = time.process_time()
    found = match(names, links)
    return time.process_time() - before, found
