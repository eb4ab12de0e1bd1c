"""How fast topics are read and made, beside a bare client: told, never asserted.

KPLAN_FIGURES_TOPICS says how many topics (1,000 by default; give a cluster of 10,000 a heap of 3g by KPLAN_FIGURES_HEAP).
"""

import gc
import os
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from confluent_kafka import TopicCollection
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType
from driving import Driver, Patience, Values

from kplan.sandbox import Sandbox, kill
from kplan.sdk.session import Absent, Ask, Case, Done, Keep

COUNT = int(os.environ.get("KPLAN_FIGURES_TOPICS", "1000"))
HEAP = os.environ.get("KPLAN_FIGURES_HEAP", "1g")
CONFIG = {"retention.ms": "86400000", "cleanup.policy": "delete"}
BATCH = 1000
TURNS = 2
NAMES = [f"topic-{at:05d}" for at in range(COUNT)]


class Stopwatch:
    """The least that each piece of work took: a shared machine adds to a time and never takes from it."""

    def __init__(self) -> None:
        self.least: dict[str, tuple[float, float]] = {}

    @contextmanager
    def time(self, what: str) -> Iterator[None]:
        began, used = time.monotonic(), cpu()
        yield
        took = time.monotonic() - began, cpu() - used
        self.least[what] = tuple(map(min, zip(took, self.least.get(what, took), strict=True)))


@pytest.fixture
def stopwatch(capsys: pytest.CaptureFixture[str]) -> Iterator[Stopwatch]:
    made = Stopwatch()
    yield made
    with capsys.disabled():
        print(
            *(f"\n{what}: {wall:.2f} s, {used:.2f} CPU s" for what, (wall, used) in made.least.items()),
            end="",
        )


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def bare(servers: str, names: list[str]) -> None:
    """Do what an apply does with confluent-kafka alone: the same read, the same calls, the same wait."""
    client = AdminClient({"bootstrap.servers": servers, "log_level": 0})
    for at in range(0, len(names), BATCH):
        some = names[at : at + BATCH]
        topics = [NewTopic(name, 1, 1, config=CONFIG) for name in some]
        assert there(client, some) == set()
        for future in client.create_topics(topics, validate_only=True).values():
            future.result()
        for future in client.create_topics(topics).values():
            future.result()
        pending, wait = set(some), 0.025
        while pending := pending - configured(client, sorted(pending)):
            time.sleep(wait)
            wait = min(2 * wait, 1.0)


def there(client: AdminClient, names: list[str]) -> set[str]:
    found = client.describe_topics(TopicCollection(names))
    return {name for name, future in found.items() if future.exception() is None}


def configured(client: AdminClient, names: list[str]) -> set[str]:
    visible = there(client, names)
    if not visible:
        return set()
    futures = client.describe_configs([ConfigResource(ResourceType.TOPIC, name) for name in sorted(visible)])
    shown = {resource.name: future for resource, future in futures.items() if future.exception() is None}
    return {
        name
        for name, future in shown.items()
        if future.result()["retention.ms"].value == CONFIG["retention.ms"]
    }


@pytest.mark.timeout(1800)
def test_apply_and_read_beside_a_bare_client(spare_cluster, stopwatch):
    """Each on a cluster of its own, as a broker's second thousand of topics takes it many times as long as the first."""
    for _ in range(TURNS):
        with fresh(spare_cluster) as servers, stopwatch.time(f"a bare client makes {COUNT:,} topics"):
            bare(servers[0], NAMES)
        with fresh(spare_cluster) as servers, Driver(*servers) as driver:
            wanted = {
                name: driver.complete(name, partitions=1, replication_factor=1, config=CONFIG)
                for name in NAMES
            }
            with stopwatch.time(f"kplan makes {COUNT:,} topics"):
                made = create(driver, wanted)
            assert len(made) == COUNT
            gc.collect()
            asks = [Ask((name,), desired, made[name]) for name, desired in wanted.items()]
            with stopwatch.time(f"kplan reads {COUNT:,} topics"):
                seen = driver.session.read("topic", asks, Patience())
            cases = [Case(ask.identity, ask.prior, seen[ask.identity], ask.desired) for ask in asks]
            with stopwatch.time(f"kplan decides on {COUNT:,} topics that are in place"):
                verdicts = driver.decide(cases)
            assert all(isinstance(one, Keep) for one in verdicts)


@contextmanager
def fresh(spare_cluster: Callable[..., Sandbox]) -> Iterator[tuple[str, ...]]:
    """Give a broker that has made a topic before, which costs it classes to load."""
    sandbox = spare_cluster(heap=HEAP)
    servers = sandbox.clusters[0].bootstrap_servers
    bare(servers[0], ["first"])
    yield servers
    kill(sandbox.clusters[0])


def create(driver: Driver, wanted: dict[str, Values]) -> dict[str, Values]:
    made = {}
    for at in range(0, COUNT, BATCH):
        cases = driver.cases(dict(list(wanted.items())[at : at + BATCH]))
        assert all(isinstance(case.seen, Absent) for case in cases)
        events = driver.carry_out(driver.work(cases, driver.decide(cases)))
        made |= {name: event.values for name, event in events.items() if isinstance(event, Done)}
    return made
