"""What MirrorMaker's connectors can't become once they have copied."""

import pytest
from connectors import FACTS, decide, declared, found, refused

from kplan.sdk.session import Do
from kplan.sdk.values import Unknown
from kplan_connect.mirroring import waits_for
from kplan_connect.worker import Live

PACKAGE = "org.apache.kafka.connect.mirror"
MIRROR = f"{PACKAGE}.MirrorSourceConnector"
THERE = FACTS._replace(
    values={"plugins": {MIRROR: "source", f"{PACKAGE}.MirrorHeartbeatConnector": "source"}}
)
BEFORE = {"source.cluster.alias": "primary", "topics": "orders"}


def decided(after, class_=MIRROR, before=BEFORE):
    seen = found(**{"class": class_}, type="source", config=before)
    return decide(declared(**{"class": class_}, config=after), seen, facts=THERE)


@pytest.mark.parametrize(
    "change",
    [
        {"source.cluster.alias": "other"},
        {"replication.policy.class": f"{PACKAGE}.IdentityReplicationPolicy"},
        {"replication.policy.separator": "_"},
    ],
)
def test_copies_keep_their_names(change):
    assert refused(decided({**BEFORE, **change})) == [("renames_copies", ("config",))]
    assert refused(decided(BEFORE, before={**BEFORE, **change})) == [("renames_copies", ("config",))]


@pytest.mark.parametrize(
    "change",
    [
        {"topics": "others"},
        {"replication.policy.class": f"{PACKAGE}.DefaultReplicationPolicy"},  # as if it were not stated
        {"replication.policy.separator": "."},
        {"source.cluster.alias": Unknown("string")},
    ],
)
def test_all_else_may_change(change):
    assert isinstance(decided({**BEFORE, **change}), Do)


def test_who_copies_nothing_may_be_called_otherwise():
    heartbeat = f"{PACKAGE}.MirrorHeartbeatConnector"
    assert isinstance(decided({**BEFORE, "source.cluster.alias": "other"}, heartbeat), Do)


@pytest.mark.parametrize("class_", [MIRROR, "MirrorSource", f"{PACKAGE}.MirrorCheckpointConnector"])
def test_what_a_mirror_without_tasks_may_wait_for(class_):
    config = {"connector.class": class_, "source.cluster.bootstrap.servers": "p1:9092"}
    assert "can't reach its source cluster (p1:9092) or isn't let in there" in waits_for(config)


def test_other_connectors_wait_for_no_source():
    assert waits_for({"connector.class": f"{PACKAGE}.MirrorHeartbeatConnector"}) == ""
    assert waits_for({}) == ""


def test_a_mirror_that_no_worker_runs_yet_or_that_has_no_task_says_so():
    config = {"connector.class": MIRROR, "source.cluster.bootstrap.servers": "p1:9092"}
    idle = {"connector": {"state": "RUNNING"}, "tasks": []}
    for status in (None, idle):
        one = Live(config, "source", status)
        assert (one.settled, one.trouble()[1]) == (False, waits_for(config))
    checkpoint = Live({"connector.class": f"{PACKAGE}.MirrorCheckpointConnector"}, "source", idle)
    assert (checkpoint.settled, checkpoint.trouble()) == (True, ("", ""))
