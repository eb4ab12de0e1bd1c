"""How work is cut into calls and attempted again."""

import pytest

from kplan.sdk.session import Fault
from kplan.sdk.values import Secret
from kplan_kafka import errors, retrying
from kplan_kafka.topic_gather import RECORDS_IN_A_CALL, TOPICS_IN_A_CALL, cut, weight

THROTTLED = Fault("throttled", "wait")
FENCED = errors.of_code(38, "create topic d", "All brokers are currently fenced")
REFUSED = Fault("invalid_config", "no")


@pytest.mark.parametrize(
    ("wanted", "records"),
    [
        ({}, 2),
        ({"partitions": None, "config": {}}, 2),
        ({"partitions": 12}, 13),
        ({"partitions": Secret(12)}, 13),
        ({"partitions": 1, "config": {"a": "1", "b": "2"}}, 4),
        ({"set": {"a": "1"}, "unset": ("b", "c")}, 5),
    ],
)
def test_weight(wanted, records):
    assert weight(wanted) == records


@pytest.mark.parametrize(
    ("weights", "calls"),
    [
        ([], []),
        ([1], [1]),
        ([RECORDS_IN_A_CALL], [1]),
        ([RECORDS_IN_A_CALL, 1], [1, 1]),
        ([RECORDS_IN_A_CALL - 1, 1], [2]),
        ([RECORDS_IN_A_CALL + 1, 1, 1], [1, 2]),  # one that is too large goes alone, to be refused alone
        ([1] * TOPICS_IN_A_CALL, [TOPICS_IN_A_CALL]),
        ([1] * (TOPICS_IN_A_CALL + 1), [TOPICS_IN_A_CALL, 1]),
        ([4000] * 5, [2, 2, 1]),
    ],
)
def test_cut(weights, calls):
    made = cut([(at, weight) for at, weight in enumerate(weights)])
    assert [len(call) for call in made] == calls
    assert [item for call in made for item in call] == list(range(len(weights)))


def attempts(monkeypatch, *answers):
    """Answer each attempt in turn, without waiting; gives what was attempted and waited."""
    asked: list[list[str]] = []
    waited: list[float] = []
    turns = iter(answers)
    monkeypatch.setattr(retrying.time, "sleep", waited.append)

    def attempt(names, left):
        assert left >= 1
        asked.append(list(names))
        return {name: fault for name, fault in next(turns).items() if name in names}

    return attempt, asked, waited


def test_only_what_a_moment_spoiled_is_attempted_again(monkeypatch):
    attempt, asked, waited = attempts(
        monkeypatch,
        {"a": None, "b": THROTTLED, "c": REFUSED, "d": FENCED},
        {"b": None, "d": THROTTLED},
        {"d": None},
    )
    results = retrying.until_settled(attempt, ["a", "b", "c", "d"], 60)
    assert results == {"a": None, "b": None, "c": REFUSED, "d": None}
    assert asked == [["a", "b", "c", "d"], ["b", "d"], ["d"]]
    first, second = waited
    assert 0.05 <= first <= 0.1
    assert 0.1 <= second <= 0.2


def test_time_runs_out(monkeypatch):
    attempt, asked, _ = attempts(monkeypatch, {"a": THROTTLED})
    assert retrying.until_settled(attempt, ["a"], 0.05) == {"a": THROTTLED}
    assert asked == [["a"]]


def test_nothing_to_attempt(monkeypatch):
    attempt, asked, _ = attempts(monkeypatch)
    assert retrying.until_settled(attempt, [], 60) == {}
    assert asked == []
