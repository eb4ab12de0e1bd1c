"""Data blocks on real Kafka: topics by name and by filter, and clusters; what waits for an apply; what can't be asked."""

import json

from another_client import Client
from kplan_run import Workspace

from kplan.sandbox import Sandbox


def test_topics_are_read_by_name_and_by_filter(workspace: Workspace, primary: Client, kafka: Sandbox):
    prefix = workspace.prefix
    for name, partitions in (("orders", 3), ("orders.eu", 2), ("payments", 1)):
        primary.create(prefix + name, partitions, **({"retention_ms": "60000"} if name == "orders" else {}))
    text = f"""
data "topic" "orders" {{
  cluster = cluster.primary
  name    = "{prefix}orders"
}}
data "topics" "some" {{
  cluster       = cluster.primary
  prefixes      = ["{prefix}orders"]
  patterns      = ["\\\\Q{prefix}\\\\Epay[a-z]+"]
  exclude_names = ["{prefix}orders"]
}}
data "topics" "none" {{
  cluster = cluster.primary
  names   = ["{prefix}nowhere"]
}}
data "cluster" "primary" {{
  cluster = cluster.primary
}}
topic "copy" {{
  for_each   = toset(data.topics.some.found)
  cluster    = cluster.dr
  name       = "${{each.key}}"
  partitions = data.topics.some.topics[each.key].partitions
}}
output "orders" {{
  value = {{ for name in ["partitions", "replication_factor", "config", "internal"] : name => data.topic.orders[name] }}
}}
output "none" {{
  value = data.topics.none.found
}}
output "cluster" {{
  value = data.cluster.primary
}}
"""
    ran = workspace.applied(text)
    assert ran.summary == "Apply complete! Resources: 2 added, 0 changed, 0 destroyed."
    copies = Client(kafka.cluster("dr").bootstrap).topics(prefix)
    assert {name: one.partitions for name, one in copies.items()} == {
        f"{prefix}orders.eu": 2,
        f"{prefix}payments": 1,
    }
    outputs = json.loads(workspace.kplan("output", "-json").out)
    assert outputs["orders"]["value"] == {
        "partitions": 3,
        "replication_factor": 1,
        "config": {"retention.ms": "60000"},
        "internal": False,
    }
    assert outputs["none"]["value"] == []
    told = outputs["cluster"]["value"]
    assert told["cluster_id"] == kafka.cluster("primary").cluster_id
    host, _, port = kafka.cluster("primary").bootstrap.rpartition(":")
    assert [(one["host"], one["port"]) for one in told["brokers"]] == [(host, int(port))]
    assert (told["broker_count"], told["racks"]) == (1, [])
    assert told["metadata_version"] > 20
    assert workspace.plan().code == 0


def test_what_is_to_be_created_is_asked_for_once_it_is_there(workspace: Workspace):
    prefix = workspace.prefix
    text = f"""
topic "first" {{
  cluster    = cluster.primary
  name       = "{prefix}first"
  partitions = 4
}}
data "topic" "first" {{
  cluster = cluster.primary
  name    = topic.first.name
}}
topic "second" {{
  cluster    = cluster.dr
  name       = "{prefix}second"
  partitions = data.topic.first.partitions
}}
"""
    workspace.write(text)
    planned = workspace.plan()
    assert planned.code == 2, planned.said
    assert "partitions = (known after apply)" in planned.said
    workspace.applied(text)
    assert workspace.plan().code == 0


def test_a_topic_that_is_not_there_and_a_pattern_that_is_none(workspace: Workspace, primary: Client):
    prefix = workspace.prefix
    primary.create(f"{prefix}orders", 1)
    workspace.write(
        f'data "topic" "x" {{\n  cluster = cluster.primary\n  name    = "{prefix}order"\n}}\n'
        f'output "x" {{\n  value = data.topic.x.partitions\n}}\n'
    )
    ran = workspace.plan()
    assert ran.code == 1
    assert "Topic not found" in ran.said
    assert f'Did you mean "{prefix}orders"?' in ran.said
    workspace.write('data "topics" "x" {\n  cluster  = cluster.primary\n  patterns = ["ok", "(?i)no"]\n}\n')
    ran = workspace.kplan("validate")
    assert (ran.code, "Invalid pattern" in ran.said) == (1, True)
    assert "line 3" in ran.said


def test_what_depends_on_a_cluster_that_is_left_out_is_left_out(workspace: Workspace):
    prefix = workspace.prefix
    workspace.write(f"""
data "topics" "all" {{
  cluster = cluster.dr
}}
topic "depends" {{
  cluster = cluster.primary
  name    = "{prefix}${{length(data.topics.all.found)}}"
}}
topic "alone" {{
  cluster = cluster.primary
  name    = "{prefix}alone"
}}
""")
    ran = workspace.apply("-exclude-cluster=cluster.dr")
    assert ran.code == 0, ran.said
    assert workspace.addresses() == ["topic.alone"]
