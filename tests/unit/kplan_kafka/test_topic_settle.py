"""What an intent of unknown outcome came to."""

import pytest

from kplan.sdk.session import Absent, Found, Opened, Step
from kplan_kafka.topic_settle import settle


def topic(*, partitions=6, config=None, factor=3, topic_id="id-1"):
    values = {
        "name": "a",
        "partitions": partitions,
        "replication_factor": factor,
        "config": config or {},
        "id": topic_id,
    }
    return Found(values)


def create(partitions=6, factor=3, config=None):
    return Step(
        "create",
        {"name": "a", "partitions": partitions, "replication_factor": factor, "config": config or {}},
    )


def alter(to_set=None, to_unset=()):
    return Step("alter", {"set": to_set or {}, "unset": list(to_unset)})


def grow(partitions):
    return Step("grow", {"partitions": partitions})


DELETE = Step("delete", {"id": "id-1", "name": "a"})


@pytest.mark.parametrize(
    ("steps", "before", "now", "expected"),
    [
        ((create(),), Absent(), Absent(), "not_done"),
        ((create(),), Absent(), topic(), "done"),
        ((create(None, None),), Absent(), topic(partitions=1, factor=1), "done"),
        ((create(config={"x": "1"}),), Absent(), topic(config={"x": "1"}), "done"),
        (
            (create(config={"x": None}),),
            Absent(),
            topic(config={"x": "1"}),
            "done",
        ),  # a secret, not written down
        ((create(config={"x": "1"}),), Absent(), topic(config={"x": "2"}), "stop"),
        ((create(config={"x": "1"}),), Absent(), topic(), "stop"),
        ((create(),), Absent(), topic(config={"x": "1"}), "stop"),
        ((create(5),), Absent(), topic(), "stop"),
        ((create(factor=1),), Absent(), topic(), "stop"),
        ((create(),), topic(), topic(), "stop"),  # it was there before: it need not be ours
        ((DELETE,), topic(), Absent(), "done"),
        ((DELETE,), topic(), topic(), "not_done"),
        ((DELETE,), topic(), topic(topic_id="id-2"), "done"),
        ((alter({"x": "2"}),), topic(config={"x": "1"}), topic(config={"x": "2"}), "done"),
        ((alter({"x": "2"}),), topic(config={"x": "1"}), topic(config={"x": "1"}), "not_done"),
        ((alter({"x": "2"}),), topic(config={"x": "1"}), topic(config={"x": "3"}), "stop"),
        ((alter({"x": "2"}),), topic(), topic(config={"x": "2"}), "done"),
        ((alter({"x": "2"}),), topic(), topic(), "not_done"),
        ((alter({}, ["x"]),), topic(config={"x": "1"}), topic(), "done"),
        ((alter({}, ["x"]),), topic(config={"x": "1"}), topic(config={"x": "1"}), "not_done"),
        ((alter({}, ["x"]),), topic(config={"x": "1"}), topic(config={"x": "2"}), "stop"),
        ((alter({"x": "2"}, ["y"]),), topic(config={"y": "1"}), topic(config={"x": "2", "y": "1"}), "redo"),
        ((alter({"x": None}),), topic(config={"x": "1"}), topic(config={"x": "2"}), "done"),
        ((alter({"x": None}),), topic(config={"x": "1"}), topic(config={"x": "1"}), "not_done"),
        ((alter({"x": "2"}), grow(9)), topic(), topic(config={"x": "2"}), "redo"),
        ((alter({"x": "2"}), grow(9)), topic(), topic(partitions=9, config={"x": "2"}), "done"),
        ((alter({"x": "2"}), grow(9)), topic(), topic(), "not_done"),
        ((grow(9),), topic(), topic(partitions=9), "done"),
        ((grow(9),), topic(), topic(), "not_done"),
        ((grow(9),), topic(), topic(partitions=12), "stop"),
        ((grow(9),), topic(), topic(partitions=9, topic_id="id-2"), "stop"),
        ((alter({"x": "2"}),), topic(), Absent(), "not_done"),
    ],
)
def test_settlements(steps, before, now, expected):
    assert settle(Opened(("a",), steps, before, {}), now) == expected
