"""What a link's filters mean is what a real MirrorMaker copies: names and filters drawn so that they nearly meet."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from another_client import Client
from connect_worker import ConnectWorker
from kplan_run import wait_for

from kplan.sdk.planned import Planned
from kplan.sdk.session import Outcome
from kplan.sdk.values import Endpoint, make_map
from kplan_mirrormaker.link_filters import literal
from kplan_mirrormaker.rules import MirrorMakerRules

SEED, NAMES, LINKS = 20, 300, 10
WORDS = ("orders", "order", "pay", "eu", "us", "v1", "v10", "audit", "a", "test", "Orders")
BETWEEN = (".", "-", ".", "_", "")
LAST = "zz-last"  # what all links mean; made at the end, so that its copies show that all was looked at again
# What MirrorMaker looks at by itself, whatever the filters say; % is where the test's prefix stands.
OWN = (
    ".%x",
    "..%x",
    "__%x",
    "_%x",
    "%a-internal",
    "%a.internal",
    "%ainternal",
    "%a.replica",
    "%a-replica",
    "%internal.a",
    "dr.%a",
    "x.dr.%a",
    "x..dr.%a",
    "drx.%a",
    "xdr.%a",
    "%a.dr",
    "%a.dr.",
    "%b.dr.c",
    "%b.dr..",
    "%my-heartbeats",
    "dr.%heartbeats",
    "%heartbeats.x",
    "mm2-%internal",
    "mm2-%.internal",
    "%a.checkpoints.internal",
)


def names(drawn: random.Random) -> list[str]:
    """Draw names, and others that are a sign away from them; none that Kafka takes for the same."""
    found: dict[str, str] = {}
    while len(found) < NAMES - len(OWN):
        words = drawn.choices(WORDS, k=drawn.randrange(1, 4))
        name = "".join(word + drawn.choice(BETWEEN) for word in words)
        at = drawn.randrange(len(name))
        near = (name, name[:-1], name + "x", name[:at] + drawn.choice("x.-_1") + name[at + 1 :])
        for one in filter(None, near):
            found.setdefault(one.replace(".", "_"), one)
    return [*found.values()][: NAMES - len(OWN)]


def pattern(drawn: random.Random, name: str) -> str:
    """Write a pattern that nearly means a name, sign by sign."""
    made = ""
    for sign in name:
        own = r"\." if sign == "." else sign
        ways = [own] * 6 + [".", "[a-z]", r"\w", f"[^{sign}]", f"{own}+", f"{own}?", f"{own}{{2}}", sign]
        ways += [
            rf"\Q{sign}\E",
            rf"\x{ord(sign):02x}",
            rf"({own}|-)",
            rf"(?:{own}|)",
            r"\p{Lower}",
            r"[\w.]*+",
        ]
        made += drawn.choice(ways)
    ends = ("", "", ".*", ".+", r"[\w-]*", r"(?:\..*)?", r"\d+", "(?<!x)")
    return drawn.choice(("", "", "(?!test)", ".*", "(?:pay|orders|)")) + made + drawn.choice(ends)


def block(drawn: random.Random, prefix: str, bodies: list[str]) -> dict[str, tuple[str, ...]]:
    """Draw a filter. Its parts begin with the test's prefix."""

    def some(most: int) -> list[str]:
        return drawn.sample(bodies, drawn.randrange(1, most + 1))

    def beginnings(most: int) -> tuple[str, ...]:
        return tuple(prefix + one[: drawn.randrange(2, 9)] for one in some(most))

    def patterns(most: int) -> tuple[str, ...]:
        return tuple(f"{prefix}(?:{pattern(drawn, one)})" for one in some(most))

    return {
        "names": tuple(prefix + one for one in [*some(3), LAST]),
        "prefixes": beginnings(2),
        "patterns": patterns(5),
        "exclude_names": tuple(prefix + one for one in some(3)),
        "exclude_prefixes": beginnings(1),
        "exclude_patterns": patterns(3),
    }


def link(alias: str, topics: dict[str, Any], worker: ConnectWorker, source: str, **more: Any) -> Any:
    """Give what is declared, and the endpoints that it names."""
    desired = {
        "source": Endpoint("cluster.primary", "cluster"),
        "target": Endpoint("cluster.dr", "cluster"),
        "engine": "mirrormaker2",
        "topics": topics,
        "sync": {"interval_seconds": 1, "topic_configs": False},
        "target_topics": {},
        "mirrormaker2": {"connect_cluster": Endpoint("connect_cluster.dr", "connect_cluster")},
        **more,
    }
    endpoints = {
        "cluster.primary": {"name": alias, "bootstrap_servers": (source,)},
        "cluster.dr": {"name": "dr", "bootstrap_servers": (worker.cluster.bootstrap,)},
        "connect_cluster.dr": {"name": "dr"},
    }
    return make_map(desired), endpoints


def come_to(desired: Any, endpoints: Any, there: list[str]) -> tuple[set[str], dict[str, str]]:
    """Give the topics on the target and the source connector that kplan makes of a link."""
    rules = MirrorMakerRules()
    planned = [
        Outcome("topic", "cluster.primary", (name,), True, False, {"name": name, "partitions": 1})
        for name in there
    ]
    answers = ({"topics": {}, "found": ()}, {"broker_count": 1}, {"broker_count": 1})
    assert not rules.expand_answered("replication_link", desired, endpoints, None, Planned())
    made = rules.expand_answered("replication_link", desired, endpoints, answers, Planned(planned))
    copies = {one.desired["name"] for one in made if one.leaf == "topic"}
    [connector] = [one.desired for one in made if one.key == "connector:MirrorSourceConnector"]
    return copies, {"connector.class": connector["class"], **connector["config"]}


@pytest.fixture
def prefix(topic_prefix: str, copier: ConnectWorker, primary: Client, dr: Client) -> Iterator[str]:
    """What all names of the test have in them; they are gone afterwards."""
    yield topic_prefix
    for name in copier.names(topic_prefix):
        copier.delete(name)
    for client in (primary, dr):
        client.delete(*[one for one in client.every_name() if topic_prefix in one])


def test_what_kplan_matches_is_what_mirrormaker_copies(
    prefix: str, kafka, copier: ConnectWorker, primary: Client, dr: Client
):
    drawn, source = random.Random(SEED), kafka.cluster("primary").bootstrap
    bodies = names(drawn)
    there = [*(prefix + one for one in bodies), *(one.replace("%", prefix) for one in OWN)]
    primary.create_many(there)
    every = {"patterns": (f".*{literal(prefix)}.*",)}
    some = {"patterns": (f".*{literal(prefix)}[ab].*", rf".*{literal(prefix)}.*heart.*", f".*{prefix}{LAST}")}
    links = {f"{prefix}every": (every, {}), f"{prefix}kept": (some, {"naming": "unchanged"})}
    links |= {f"{prefix}l{number}": (block(drawn, prefix, bodies), {}) for number in range(LINKS)}
    predicted: set[str] = set()
    lasts: set[str] = set()
    for alias, (topics, more) in links.items():
        desired, endpoints = link(alias, topics, copier, source, **more)
        copies, config = come_to(desired, endpoints, there)
        assert 2 < len(copies) < NAMES, (alias, topics)
        predicted |= copies
        lasts |= come_to(desired, endpoints, [prefix + LAST])[0]
        copier.make(alias, config)

    # Heartbeats of links of other tests may be there to be copied, too.
    others = {f"{alias}.heartbeats" for alias in links}

    def copied() -> set[str]:
        return {one for one in dr.every_name() if prefix in one} - others

    wait_for(lambda: predicted <= copied())
    primary.create(prefix + LAST)
    wait_for(lambda: lasts <= copied())
    assert copied() == predicted | lasts
