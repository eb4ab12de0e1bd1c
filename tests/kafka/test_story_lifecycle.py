"""From nothing to topics on two clusters and back to nothing, as Kafka's own tools see it."""

import re

from kplan_run import Workspace

from kplan.sandbox import Sandbox

TOPICS = """
locals {
  domains = {
    orders   = { partitions = 6, keep = "7d" }
    payments = { partitions = 3, keep = "36h" }
  }
}

topic "domain" {
  for_each   = local.domains
  cluster    = cluster.primary
  name       = "${var.prefix}${each.key}.events"
  partitions = each.value.partitions
  config = {
    "retention.ms"   = each.value.keep
    "cleanup.policy" = "delete"
  }
}

topic "heartbeat" {
  for_each   = { primary = cluster.primary, dr = cluster.dr }
  cluster    = each.value
  name       = "${var.prefix}heartbeat"
  partitions = each.key == "dr" ? 2 : 1
}

topic "customers" {
  cluster    = cluster.dr
  name       = "${topic.heartbeat["dr"].name}-customers"
  partitions = 2
  config = {
    "cleanup.policy"            = "compact"
    "segment.bytes"             = "64MiB"
    "min.cleanable.dirty.ratio" = 0.5
  }
  depends_on = [topic.domain]
}

output "made" {
  value = [for one in topic.domain : one.name]
}
"""


def shown(kafka: Sandbox, cluster: str, prefix: str) -> dict[str, tuple[int, int, str]]:
    """Say what Kafka's own tools show: partitions, replicas and config that is the topic's own, by name."""
    topics = kafka.tool(cluster, "kafka-topics", ["--describe"])
    configs = kafka.tool(cluster, "kafka-configs", ["--describe", "--entity-type", "topics"])
    line = r"^Topic: (\S+)\s+TopicId: \S+\s+PartitionCount: (\d+)\s+ReplicationFactor: (\d+)"
    own = {}
    for block in configs.split("Dynamic configs for topic ")[1:]:
        name, _, lines = block.partition(" are:")
        own[name] = " ".join(
            sorted(one.split(" sensitive=")[0].strip() for one in lines.strip().splitlines())
        )
    return {
        name.removeprefix(prefix): (int(count), int(replicas), own[name])
        for name, count, replicas in re.findall(line, topics, re.MULTILINE)
        if name.startswith(prefix)
    }


def test_apply_makes_what_the_files_say_and_destroy_leaves_nothing(workspace: Workspace, kafka, primary, dr):
    prefix = workspace.prefix
    foreign = primary.create(f"{prefix}foreign", 2, retention_ms="5000")
    other = dr.create(f"{prefix}foreign", 1)
    workspace.write(TOPICS)

    planned = workspace.plan()
    assert (planned.code, planned.summary) == (2, "Plan: 5 to add, 0 to change, 0 to destroy."), planned.said
    assert primary.names(prefix) | dr.names(prefix) == {f"{prefix}foreign"}  # planning changes nothing

    applied = workspace.apply()
    assert applied.code == 0, applied.said
    assert applied.summary == "Apply complete! Resources: 5 added, 0 changed, 0 destroyed."

    assert shown(kafka, "primary", prefix) == {
        "foreign": (2, 1, "retention.ms=5000"),
        "orders.events": (6, 1, "cleanup.policy=delete retention.ms=604800000"),
        "payments.events": (3, 1, "cleanup.policy=delete retention.ms=129600000"),
        "heartbeat": (1, 1, ""),
    }
    assert shown(kafka, "dr", prefix) == {
        "foreign": (1, 1, ""),
        "heartbeat": (2, 1, ""),
        "heartbeat-customers": (
            2,
            1,
            "cleanup.policy=compact min.cleanable.dirty.ratio=0.5 segment.bytes=67108864",
        ),
    }
    assert workspace.addresses() == [
        "topic.customers",
        'topic.domain["orders"]',
        'topic.domain["payments"]',
        'topic.heartbeat["dr"]',
        'topic.heartbeat["primary"]',
    ]
    outputs = workspace.kplan("output")
    assert f"{prefix}orders.events" in outputs.out, outputs.said

    again = workspace.plan()
    assert (again.code, again.summary) == (0, "No changes. Your infrastructure matches the configuration.")
    idle = workspace.apply()
    assert (idle.code, idle.summary) == (0, "Apply complete! Resources: 0 added, 0 changed, 0 destroyed.")

    refused = workspace.kplan("destroy", "-auto-approve")
    assert refused.code == 1
    assert "Data loss needs consent" in refused.said
    assert "--allow-data-loss 5" in refused.said
    assert len(primary.names(prefix)) + len(dr.names(prefix)) == 7

    destroyed = workspace.kplan("destroy", "-auto-approve", "--allow-data-loss", "5")
    assert (destroyed.code, destroyed.summary) == (0, "Destroy complete! Resources: 5 destroyed.")
    assert workspace.addresses() == []
    assert shown(kafka, "primary", prefix) == {"foreign": (2, 1, "retention.ms=5000")}
    assert shown(kafka, "dr", prefix) == {"foreign": (1, 1, "")}
    assert (primary.topic(f"{prefix}foreign"), dr.topic(f"{prefix}foreign")) == (foreign, other)

    assert workspace.kplan("destroy", "-auto-approve").summary.startswith("Destroy complete! Resources: 0")
    assert workspace.plan().summary == "Plan: 5 to add, 0 to change, 0 to destroy."
