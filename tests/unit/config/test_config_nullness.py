"""What may come out null, so that the live system decides it."""

import pytest
from config_bench import CLUSTER, Bench, cluster, topic

from kplan.config.nullness import Nullness

VARIABLES = """
variable "null" {
  default = null
}
variable "secret_null" {
  sensitive = true
  default   = null
}
variable "three" {
  default = 3
}
variable "object" {
  default = { x = null }
}
locals {
  null  = null
  three = 3
  via   = local.null
  var   = var.three
  data  = data.memory_topics.d.count
}
"""
CASES = {
    "3": False,
    "3.5": False,
    "null": True,
    '"${var.null}"': True,
    '"no ${var.null}"': False,
    "1 + 2": False,
    "-var.three": False,
    "true ? 3 : 4": False,
    "true ? null : 4": True,
    "true ? 4 : null": True,
    "true ? 4 : var.null": True,
    "var.three": False,
    "var.null": True,
    "var.secret_null": True,
    "var.object.x": True,
    "local.three": False,
    "local.var": False,
    "local.null": True,
    "local.via": True,
    "local.data": True,
    "length([1])": True,
    "[1][0]": True,
    "data.memory_topics.d.count": True,
    "memory_topic.plain.partitions": True,
    "memory_topic.stated.partitions": False,
    "memory_topic.empty.partitions": True,
    "memory_topic.plain.replication_factor": False,
    "memory_topic.keyed.x": True,
    "length(memory_cluster.c.name)": True,
    "memory_cluster.c.cluster_id": True,
}
AROUND = (
    VARIABLES
    + CLUSTER
    + 'data "memory_topics" "d" {\n  cluster = memory_cluster.c\n}\n'
    + topic("plain")
    + topic("stated", "partitions = 2")
    + topic("empty", "partitions = var.null")
    + topic("keyed", "for_each = {}", "name = each.key")
)


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    blocks = "".join(topic(f"t{n}", f"replication_factor = {text}") for n, text in enumerate(CASES))
    loaded = Bench(tmp_path_factory.mktemp("nullness")).load(AROUND + blocks)
    nullness = Nullness(loaded.units[0], loaded.variables)
    declared = loaded.module.declared
    return {
        text: nullness.decided_live(declared[f"memory_topic.t{n}"], "replication_factor")
        for n, text in enumerate(CASES)
    }


@pytest.mark.parametrize("text", CASES)
def test_an_expression_may_be_null_or_can_not(judged, text):
    assert judged[text] is CASES[text]


def test_in_for_each_a_key_is_never_null_and_a_value_may_be(bench):
    def live(line: str) -> bool:
        loaded = bench.load(CLUSTER + topic("a", "for_each = {}", "name = each.key", line))
        return Nullness(loaded.units[0], {}).decided_live(
            loaded.module.declared["memory_topic.a"], "replication_factor"
        )

    assert not live("replication_factor = each.key")
    assert live("replication_factor = each.value")


def test_only_what_can_be_computed_is_decided_live(bench):
    loaded = bench.load(CLUSTER + topic("a", "partitions = null"))
    nullness = Nullness(loaded.units[0], {})
    declared = loaded.module.declared["memory_topic.a"]
    assert not nullness.decided_live(declared, "partitions")
    assert nullness.decided_live(declared, "id")


def test_a_circle_and_a_long_chain_count_as_nulls(bench):
    chain = "".join(f"  x{n} = local.x{n + 1}\n" for n in range(2000))
    text = "locals {\n" + chain + "  x2000 = 3\n}\n" + CLUSTER + topic("a", "replication_factor = local.x0")
    loaded = bench.load(text + topic("b", "replication_factor = local.x1990"))
    nullness = Nullness(loaded.units[0], {})
    assert nullness.decided_live(loaded.module.declared["memory_topic.a"], "replication_factor")
    assert not nullness.decided_live(loaded.module.declared["memory_topic.b"], "replication_factor")
    told = bench.refused(
        "locals {\n  x = local.x\n}\n" + CLUSTER + topic("a", "replication_factor = local.x")
    )
    assert [one.summary for one in told] == ["Cycle"]


def test_an_unpinned_cluster_decides_its_id(bench):
    loaded = bench.load(CLUSTER + cluster("d", 'cluster_id = "x"'))
    nullness = Nullness(loaded.units[0], {})
    assert nullness.decided_live(loaded.module.declared["memory_cluster.c"], "cluster_id")
    assert not nullness.decided_live(loaded.module.declared["memory_cluster.d"], "cluster_id")
