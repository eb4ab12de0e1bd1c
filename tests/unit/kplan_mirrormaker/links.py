"""A link as the engine hands it over, and what is asked and answered for it."""

from kplan.sdk.planned import Planned
from kplan.sdk.values import Endpoint, make_map
from kplan_mirrormaker.rules import MirrorMakerRules

RULES = MirrorMakerRules()
PRIMARY, DR, WORKERS = (
    Endpoint("cluster.primary", "cluster"),
    Endpoint("cluster.dr", "cluster"),
    Endpoint("connect_cluster.mm2", "connect_cluster"),
)
ENDPOINTS = {
    "cluster.primary": {"name": "primary", "bootstrap_servers": ("p1:9092", "p2:9092")},
    "cluster.dr": {"name": "dr", "bootstrap_servers": ("d1:9092",)},
    "connect_cluster.mm2": {"name": "mm2", "principal": "User:connect"},
}


def link(**more):
    """Give the smallest link, with more of it."""
    mirrormaker2 = {"connect_cluster": WORKERS, **more.pop("mirrormaker2", {})}
    smallest = {
        "source": PRIMARY,
        "target": DR,
        "engine": "mirrormaker2",
        "topics": {"names": ("orders",)},
        "mirrormaker2": mirrormaker2,
    }
    return make_map({**smallest, **more})


def answers(*topics, partitions=3, brokers=(3, 1)):
    found = {
        name: {"partitions": partitions, "replication_factor": 2, "id": "x", "internal": False}
        for name in topics
    }
    return (
        {"found": tuple(sorted(found)), "topics": found, "unmet": ()},
        {"broker_count": brokers[0]},
        {"broker_count": brokers[1]},
    )


def expand(desired, *topics, endpoints=ENDPOINTS, planned=(), **more):
    """Expand a link over these topics."""
    return RULES.expand_answered(
        "replication_link", desired, endpoints, answers(*topics, **more), Planned(planned)
    )


def connectors(desired, *topics, **more):
    """Give the connectors that a link comes to, by the last part of their names."""
    made = [one.desired for one in expand(desired, *topics, **more) if one.leaf == "connector"]
    return {one["name"].rpartition(".")[2]: one for one in made}
