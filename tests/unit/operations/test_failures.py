"""Failures of an apply, told once for each cause."""

from kplan.apply.events import Tally
from kplan.operations.failures import failures
from kplan.plan.model import Action, Change
from kplan.sdk.session import Fault
from kplan.state.model import Key


def change(name: str, endpoint: str = "cluster.a") -> Change:
    return Change(f"topic.{name}", Action.CREATE, Key("uid", "topic", (name,)), endpoint, None, {}, None)


def lost(name: str) -> Fault:
    return Fault("unreachable", f"cannot create topic {name}: lost", "", "Plan again.", (), "outcome_unknown")


def told(faults: list[tuple[Change, Fault]], **tally: int) -> list[tuple[str, str, str]]:
    return [(one.summary, one.detail, one.remedy) for one in failures(faults, Tally(**tally), {})]


def test_few_are_told_one_by_one():
    assert told([(change(name), lost(name)) for name in ("a", "b", "c")]) == [
        (
            f"cannot create topic {name}: lost",
            f"topic.{name} on cluster.a. Whether it took effect is not known; the next run finds out.",
            "Plan again.",
        )
        for name in ("a", "b", "c")
    ]


def test_many_that_failed_alike_are_one():
    names = [f"t{number:02}" for number in range(13)]
    assert told([(change(name), lost(name)) for name in names]) == [
        (
            "cannot create topic t00: lost",
            (
                "topic.t00 on cluster.a. The same befell 12 others there: topic.t01, topic.t02, topic.t03, topic.t04, "
                "topic.t05, topic.t06, topic.t07, topic.t08, topic.t09, topic.t10 and 2 more. Whether they took effect is "
                "not known; the next run finds out."
            ),
            "Plan again.",
        )
    ]


def test_another_cause_or_cluster_is_another_failure():
    faults = [(change(name), lost(name)) for name in ("a", "b", "c", "d")]
    faults += [(change("x", "cluster.b"), lost("x"))]
    faults += [(change("e"), Fault("other", "cannot create topic e", "No disk."))]
    assert [(summary, detail.partition(".")[2][:20]) for summary, detail, _ in told(faults)] == [
        ("cannot create topic a: lost", "a on cluster.a. The "),
        ("cannot create topic x: lost", "x on cluster.b. Whet"),
        ("cannot create topic e", "e on cluster.a: No d"),
    ]


def test_a_name_that_is_part_of_a_word_does_not_make_causes_alike():
    faults = [(change(name), Fault("f", f"cannot do {name}x")) for name in ("a", "b", "c", "d")]
    assert len(told(faults)) == 4


def test_what_a_stop_left():
    assert told([], skipped=3)[0][:2] == ("Stopped before the end", "Run apply again to carry out the rest.")
    assert "2 long changes were parked" in told([], parked=2)[0][1]
    assert told([]) == []
    assert len(told([(change("a"), lost("a"))], skipped=3)) == 1  # skipped for the failure, not by a stop
