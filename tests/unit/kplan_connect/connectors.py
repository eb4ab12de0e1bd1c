"""A connector as it is declared and as workers have it, for the tests of rules."""

from kplan.sdk.session import Case, Facts, Found, Refuse
from kplan.sdk.values import make_map
from kplan_connect.rules import ConnectRules
from kplan_connect.seen import Answers
from kplan_connect.types import CONNECTOR

RULES = ConnectRules()
SINK = "org.apache.kafka.connect.file.FileStreamSinkConnector"
SOURCE = "org.apache.kafka.connect.file.FileStreamSourceConnector"
ROUTER = "org.apache.kafka.connect.transforms.RegexRouter"
FACTS = Facts(
    "kafka-1/etl", {"plugins": {SINK: "sink", SOURCE: "source", ROUTER: "transformation"}}, "kafka-1"
)
CONFIG = {"topics": "orders", "file": "/tmp/orders"}
LIVE = {
    "name": "archive",
    "class": SINK,
    "config": CONFIG,
    "transform": (),
    "type": "sink",
    "offsets_on_destroy": "keep",
}
RUNS = Answers("RUNNING")


def declared(**more):
    made = {"name": "archive", "class": SINK, "config": CONFIG, **more}
    return RULES.complete(CONNECTOR, make_map(made), {})


def faults(**more):
    return [(one.code, one.path) for one in RULES.check(CONNECTOR, declared(**more))]


def found(answers=RUNS, **more):
    return Found({**LIVE, **more}, answers)


def decide(desired, seen, prior=None, rotated=False, facts=FACTS):
    [verdict] = RULES.plan(CONNECTOR, facts, [Case(("archive",), prior, seen, desired, rotated)])
    return verdict


def refused(verdict):
    assert isinstance(verdict, Refuse), verdict
    assert all(one.summary and one.remedy for one in verdict.faults)
    return [(one.code, one.path) for one in verdict.faults]
