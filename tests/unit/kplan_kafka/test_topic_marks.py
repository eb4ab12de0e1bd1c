"""Unknown and secret values of topics: planned on, compared, and never shown."""

import pytest
from deciding import decide, faults_of, live, recorded, wanted

from kplan.sdk.session import Absent, Danger, Do, Keep, Step
from kplan.sdk.values import SECRET, UNKNOWN, Secret, Unknown, make_map, marks


@pytest.mark.parametrize(
    "attributes",
    [
        {"partitions": Unknown("number", ("x",))},
        {"replication_factor": Unknown("number", ("x",))},
        {"config": Unknown("map(string)", ("x",))},
        {"config": make_map({"retention.ms": Unknown("string", ("x",))})},
    ],
)
@pytest.mark.parametrize("seen", [Absent(), live(config={"retention.ms": "1000"})])
def test_what_is_unknown_is_planned_as_unknown(attributes, seen):
    verdict = decide(wanted(**attributes), seen, None if isinstance(seen, Absent) else recorded())
    [name] = attributes
    assert isinstance(verdict, Do)
    assert marks(verdict.planned[name]) & UNKNOWN
    assert any(marks(step.args) & UNKNOWN for step in verdict.steps)


def test_a_secret_value_is_compared_and_never_shown():
    hidden = make_map({"retention.ms": Secret("1000")})
    assert isinstance(decide(wanted(config=hidden), live(config={"retention.ms": "1000"})), Keep)
    verdict = decide(wanted(config=hidden), live(config={"retention.ms": "9000"}))
    assert verdict.steps[0].args["set"]["retention.ms"] == Secret("1000")
    assert marks(verdict.planned["config"]) & SECRET
    assert [(loss.danger, loss.amount) for loss in verdict.losses] == [(Danger.DATA_LOSS, "")]
    assert "1000" not in repr(verdict)


def test_a_config_that_is_secret_as_a_whole():
    hidden = Secret({"retention.ms": "1000"})
    assert isinstance(decide(wanted(config=hidden), live(config={"retention.ms": "1000"})), Keep)
    verdict = decide(wanted(config=hidden), live())
    assert verdict.steps[0].args["set"]["retention.ms"] == Secret("1000")
    assert "1000" not in repr(verdict)


def test_secret_counts_are_compared():
    assert isinstance(decide(wanted(partitions=Secret(6)), live()), Keep)
    assert decide(wanted(partitions=Secret(7)), live()).steps == (Step("grow", {"partitions": Secret(7)}),)
    assert "partitions_decreased" in faults_of(decide(wanted(partitions=Secret(5)), live()))
