"""Which variables come to nothing but clusters' settings."""

import pytest
from config_bench import CLUSTER, output, topic, topics

from kplan.config.connections import for_connections

X = 'variable "x" {\n  default = null\n}\n'
USING = 'memory_cluster "k" {\n  world = %s\n  name = "k"\n}\n'
ON_K = 'memory_topic "on" {\n  cluster = memory_cluster.k\n  note = memory_cluster.k.name\n}\n'
INNER = 'variable "y" {\n  default = null\n}\nvariable "z" {\n  default = null\n}\n'
INNER += USING % "var.y" + ON_K + 'output "k" {\n  value = memory_cluster.k\n}\n'


def connecting(bench, *blocks, needed=None):
    (bench.folder / "m").mkdir()
    (bench.folder / "m" / "main.kplan.hcl").write_text(INNER)
    configuration = bench.load(X + "".join(blocks))
    return for_connections(configuration, set(configuration.links) if needed is None else needed) == {"x"}


def call(*lines):
    inner = "".join(f"  {line}\n" for line in lines)
    return f'module "m" {{\n  source = "./m"\n{inner}}}\n'


@pytest.mark.parametrize(
    "blocks",
    [
        (USING % "var.x", ON_K),
        (USING % "local.b", ON_K, "locals {\n  a = var.x\n  b = local.a\n}\n"),
        (USING % '"w"', call("y = var.x")),
        (USING % '"w"', call("y = local.a"), "locals {\n  a = var.x\n}\n", topic("a").replace("memory_cluster.c", "module.m.k")),
        (CLUSTER, "locals {\n  unused = var.x\n}\n"),
    ],
    ids=["setting", "locals", "module", "output of a module", "nothing"],
)  # fmt: skip
def test_what_ends_in_a_cluster_connects(bench, blocks):
    assert connecting(bench, *blocks)


@pytest.mark.parametrize(
    "blocks",
    [
        (CLUSTER, topic("a", "note = var.x")),
        (CLUSTER, USING % "var.x", topic("a", "note = var.x")),
        (CLUSTER, topic("a", "note = local.a"), "locals {\n  a = var.x\n}\n"),
        (CLUSTER, topics("d", "prefix = var.x")),
        (CLUSTER, output("o", "var.x")),
        (CLUSTER, call("y = var.x", "for_each = toset([var.x])")),
        (CLUSTER, call("count = var.x")),
        (CLUSTER, topic("a", "for_each = toset([var.x])", "name = each.key")),
        (CLUSTER, topic("a", 'lifecycle {\n    precondition {\n      condition = var.x == ""\n      error_message = "no"\n    }\n  }')),
    ],
    ids=["object", "object too", "local", "data", "output", "module's keys", "module's count", "keys", "condition"],
)  # fmt: skip
def test_what_ends_in_an_object_does_not_only_connect(bench, blocks):
    assert not connecting(bench, *blocks)


def test_only_what_is_needed_counts(bench):
    blocks = (CLUSTER, USING % "var.x", ON_K, topic("a", "note = var.x"))
    assert connecting(bench, *blocks, needed={"memory_cluster.k", "memory_topic.on"})
