"""States, leaves and one journal record of every kind, small but with every field filled."""

from decimal import Decimal

from kplan.sdk.values import make_set
from kplan.state.model import EndpointRecord, Key, OutputRecord, Pending, State, StateLeaf
from kplan.state.records import (
    Began,
    Declined,
    Dropped,
    Intended,
    Left,
    LostTrack,
    Met,
    Outputs,
    Paused,
    Progressed,
    Put,
    Succeeded,
)

KEY = Key("uid-1", "topic", ("orders",))
OTHER = Key("uid-1", "topic", ("zahlungen-ü",))
ENDPOINT = EndpointRecord("cluster.primary", "cluster", "uid-1")


def leaf(key=KEY, **more):
    made = StateLeaf(
        key,
        (f"topic.{key.identity[0]}",),
        "cluster.primary",
        {"name": key.identity[0], "config": {"retention.ms": "1"}, "ratio": Decimal("0.5")},
        {"id": "abc", "racks": make_set(["b", "a"])},
        ("cluster.primary",),
    )
    return made._replace(**more)


def pending(key=KEY, **more):
    made = Pending(
        key,
        f"topic.{key.identity[0]}",
        "cluster.primary",
        "update",
        (("grow", {"partitions": 3}), ("alter", {"set": {"a": "1"}, "unset": ("b",)})),
        {"partitions": 1},
        {"partitions": 3},
        leaf(key),
        1700000000.25,
    )
    return made._replace(**more)


def state(*leaves, serial=4, lineage="lineage-1", **more):
    held = {one.key: one for one in leaves or (leaf(), leaf(OTHER, prevent_destroy=True))}
    made = State(
        lineage,
        serial,
        {ENDPOINT.address: ENDPOINT},
        held,
        {},
        {"names": OutputRecord(("a", "b"), False)},
        {"salt": "s"},
        {"links": []},
    )
    return made._replace(**more)


RECORDS = (
    Began("lineage-1", 4, "run-1", 1700000000.5),
    Met(ENDPOINT),
    Left("cluster.gone"),
    Put(leaf()),
    Intended((pending(), pending(OTHER, before=None, leaf=None))),
    Progressed(KEY, {"at": 3}),
    Paused(KEY),
    LostTrack(OTHER),
    Declined(OTHER),
    Succeeded(KEY, leaf(owners=("topic.a", "topic.b"))),
    Succeeded(OTHER, None),
    Dropped(KEY),
    Outputs({"o": OutputRecord("x", False), "s": OutputRecord(None, True)}),
)
