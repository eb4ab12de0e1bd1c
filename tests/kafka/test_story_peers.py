"""Accidents that users of other tools have met on a real broker, and what kplan does instead."""

from another_client import Client
from kplan_run import Workspace

from kplan.sandbox import Sandbox, pause, resume

NO_CHANGES = "No changes. Your infrastructure matches the configuration."


def topic(label: str, config: str = "", partitions: int = 1, more: str = "", name: str = "") -> str:
    return f"""
topic "{label}" {{
  cluster    = cluster.primary
  name       = "${{var.prefix}}{name or label}"
  partitions = {partitions}
  {more}
  config = {{
    {config}
  }}
}}
"""


def test_what_others_find_only_when_they_apply(workspace: Workspace, primary):
    """(1) All of it is found by the plan, at once, each at its line; nothing is applied of such a configuration."""
    primary.create(f"{workspace.prefix}exists", 1)
    workspace.write(
        topic("copies", more="replication_factor = 3")
        + topic("unknown", '"retention.mss" = 1')
        + topic("fine")
        + topic("exists")
        + topic("twice", name="fine")
    )
    told = workspace.plan()
    assert told.code == 1
    errors = [" ".join(one.split()) for one in told.err.split("Error: ")[1:]]
    assert len(errors) == 4, errors
    for words, line in (
        ("wants replication_factor 3, but the cluster has 1 broker", "line 6"),
        ("this cluster knows no topic config retention.mss", "line 18"),
        ("Object exists but is not managed", "line 32"),
        ("Two addresses for one object", "line 42"),
    ):
        assert [one for one in errors if words in one and f"main.kplan.hcl {line}" in one], (words, errors)
    assert workspace.apply().code == 1
    assert primary.names(workspace.prefix) == {f"{workspace.prefix}exists"}

    workspace.write(topic("number", '"retention.ms" = "one day"') + topic("fine"))
    valid = workspace.kplan("validate")  # this one needs no cluster
    assert (valid.code, "main.kplan.hcl line 8" in valid.said) == (1, True)
    assert 'retention.ms cannot be "one day"' in valid.said


def test_spellings_that_differ_for_ever_elsewhere(workspace: Workspace):
    """(2) `0.50`, `TRUE`, `"compact, delete"`, `086400000` are what they mean."""
    text = topic(
        "spelt",
        """
        "min.cleanable.dirty.ratio" = "0.50"
        "unclean.leader.election.enable" = "TRUE"
        "cleanup.policy" = "compact, delete"
        "retention.ms" = "086400000"
        """,
    )
    workspace.applied(text)
    again = workspace.plan()
    assert (again.code, again.summary) == (0, NO_CHANGES), again.said


def test_fewer_partitions_are_no_replacement(workspace: Workspace, primary):
    """(3) 6 → 3 is refused in words, and the data stay; a topic that goes is said to hold records."""
    name = f"{workspace.prefix}orders"
    workspace.applied(topic("orders", partitions=6))
    primary.produce(name, 12)
    made = primary.topic(name)
    workspace.write(topic("orders", partitions=3))
    refused = workspace.apply("--allow-data-loss=9")
    assert refused.code == 1
    assert "Kafka cannot remove partitions." in refused.said
    assert primary.topic(name) == made
    workspace.write("")
    going = workspace.plan()
    assert f"topic {name} is deleted (12 records)" in going.said
    assert workspace.apply().code == 1
    assert primary.topic(name) == made


def test_one_hung_bootstrap_broker_of_three(workspace: Workspace, spare_cluster):
    """(5) One of three hangs: the plan and the apply go on with the others."""
    sandbox: Sandbox = spare_cluster(brokers=3, heap="256m")
    cluster = sandbox.clusters[0]
    servers = [f"127.0.0.1:{broker.place.port}" for broker in cluster.brokers]
    hung = 3  # the first alone is the controller; the metadata name any broker as that
    first = servers[hung - 1]
    quoted = ", ".join(f'"{one}"' for one in (first, *servers))
    workspace.clusters(primary="")
    workspace.write(
        f'cluster "three" {{\n  bootstrap_servers = [{quoted}]\n}}\n'
        + topic("copies", more="replication_factor = 2").replace("cluster.primary", "cluster.three")
    )
    pause(cluster, hung)
    planned = workspace.plan(within=60)
    applied = workspace.apply(within=120)
    resume(cluster, hung)
    assert (planned.code, planned.summary) == (2, "Plan: 1 to add, 0 to change, 0 to destroy."), planned.said
    assert applied.code == 0, applied.said
    assert Client(",".join(servers)).topic(f"{workspace.prefix}copies").replicas == 2
    assert workspace.plan().summary == NO_CHANGES


def test_a_create_only_plan_against_a_dead_cluster(workspace: Workspace):
    """(6, 11) It does not succeed; the broker and the cause are named in one line, without a stack trace."""
    workspace.point({"primary": "127.0.0.1:1", "dr": "127.0.0.1:1"})
    workspace.write(topic("new"))
    told = workspace.plan(within=30)
    assert told.code == 1
    assert "127.0.0.1:1: connection refused" in told.said
    assert "Traceback" not in told.said
    assert told.summary.startswith("Plan (incomplete)") or not told.summary


def test_an_interrupted_apply_replaces_nothing(workspace: Workspace, primary):
    """(7) See test_story_interrupted; here: what a failed run had created is kept, not made again."""
    workspace.write(topic("first") + topic("second", more="depends_on = [topic.first]"))
    stopped = workspace.start(
        "apply",
        "-auto-approve",
        first="""
from kplan_kafka.admin import Admin
real = Admin.create
def create(self, wanted, within):
    if any(name.endswith("second") for name in wanted):
        raise OSError("the network is gone")
    return real(self, wanted, within)
Admin.create = create
""",
    ).end()
    assert stopped.code == 1
    assert "topic.second" in stopped.err
    made = primary.topic(f"{workspace.prefix}first")
    rest = workspace.plan()
    assert rest.summary == "Plan: 1 to add, 0 to change, 0 to destroy.", rest.said
    assert workspace.apply().code == 0
    assert primary.topic(f"{workspace.prefix}first") == made


def test_a_cluster_wide_value_is_not_the_topics_own(workspace: Workspace, primary):
    """(12) The broker reports min.insync.replicas with a cluster-wide source for every topic: that is no drift."""
    workspace.applied(topic("plain"))
    assert workspace.plan().summary == NO_CHANGES
    assert primary.topic(f"{workspace.prefix}plain").config == {}
