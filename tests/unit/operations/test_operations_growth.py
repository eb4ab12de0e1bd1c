"""Four times the objects take about four times the calls, whatever their shape. Calls are counted, not seconds."""

import cProfile
import importlib.metadata

import pytest
from operations_bench import CLUSTER, topic, topics

from kplan.operations.workspace import open_state

AT_MOST = 5  # for four times as many: n log n passes, n² (16) does not


def blocks(count: int) -> str:
    return "".join(topic(f"t{n}", f'name = "topic-{n}"', 'config = { x = "1" }') for n in range(count))


def for_each(count: int) -> str:
    entries = "".join(f'    "topic-{n}" = {n % 12 + 1}\n' for n in range(count))
    lines = ("for_each = local.all", "name = each.key", "partitions = each.value", 'config = { x = "1" }')
    return f"locals {{\n  all = {{\n{entries}  }}\n}}\n" + topic("t", *lines)


def big_local(count: int) -> str:
    entries = "".join(f'    "topic-{n}" = {{ partitions = {n % 12 + 1} }}\n' for n in range(count))
    lines = (
        "for_each = toset(keys(local.all))",
        "name = each.key",
        "partitions = local.all[each.key].partitions",
    )
    return f"locals {{\n  all = {{\n{entries}  }}\n}}\n" + topic("t", *lines)


def whole_block(count: int) -> str:
    keys = ", ".join(f'"{n}"' for n in range(count // 2))
    each = f"for_each = toset([{keys}])"
    copy = (
        "for_each = memory_topic.base",
        'name = "copy-${memory_topic.base[each.key].name}"',
        "note = each.value.id",
    )
    return topic("base", each, "name = each.key") + topic("copy", *copy)


def chain(count: int) -> str:
    return topic("t0") + "".join(
        topic(f"t{n}", f"note = memory_topic.t{n - 1}.name") for n in range(1, count)
    )


def depends_on(count: int) -> str:
    return topic("t0") + "".join(
        topic(f"t{n}", f"depends_on = [memory_topic.t{n - 1}]") for n in range(1, count)
    )


def local_chain(count: int) -> str:
    links = "".join(f"  l{n} = memory_topic.t{n - 1}.name\n" for n in range(1, count))
    named = "".join(topic(f"t{n}", f"note = local.l{n}") for n in range(1, count))
    return topic("t0") + f"locals {{\n{links}}}\n" + named


def unknown_chain(count: int) -> str:
    return topic("t0") + "".join(topic(f"t{n}", f"note = memory_topic.t{n - 1}.id") for n in range(1, count))


def unknown_locals(count: int) -> str:
    links = "".join(f"  l{n} = memory_topic.t{n - 1}.id\n" for n in range(1, count))
    named = "".join(topic(f"t{n}", f"note = local.l{n}") for n in range(1, count))
    return topic("t0") + f"locals {{\n{links}}}\n" + named


def unknown_instances(count: int) -> str:
    each = f"for_each = toset([for n in range({count}) : tostring(n)])"
    return topic("first") + topic("k", each, "name = each.key", "note = memory_topic.first.id")


TEN = """
variable "cluster" {
  type = memory_cluster
}
variable "name" {
}
variable "after" {
  default = null
}
memory_topic "t" {
  count   = 10
  cluster = var.cluster
  note    = var.after
  name    = "${var.name}-${count.index}"
}
output "names" {
  value = memory_topic.t[*].name
}
"""


def module_calls(count: int) -> str:
    def call(number: int, after: str) -> str:
        lines = f'source  = "./ten"\n  cluster = memory_cluster.c\n  name    = "m{number}"\n{after}'
        return f'module "m{number}" {{\n  {lines}}}\n'

    rest = (call(n, f"  after   = module.m{n - 1}.names[0]\n") for n in range(1, count // 10))
    return call(0, "") + "".join(rest)


def module_keys(count: int) -> str:
    keys = ", ".join(f'"{n}"' for n in range(count // 10))
    return (
        f'module "m" {{\n  source   = "./ten"\n  for_each = toset([{keys}])\n'
        "  cluster  = memory_cluster.c\n  name     = each.key\n}\n"
        'output "all" {\n  value = { for key, one in module.m : key => one.names }\n}\n'
    )


BY_BLOCK, BY_KEY = (600, 2400), (1000, 4000)
PLANNED = {
    blocks: BY_BLOCK,
    for_each: BY_KEY,
    big_local: BY_KEY,
    whole_block: BY_KEY,
    chain: BY_BLOCK,
    depends_on: BY_BLOCK,
    local_chain: BY_BLOCK,
    module_calls: BY_KEY,
    module_keys: BY_KEY,
}
APPLIED = [blocks, for_each, whole_block, chain, depends_on, unknown_chain, unknown_locals, unknown_instances]


@pytest.fixture(autouse=True)
def _as_users_run_it(monkeypatch):
    """Look through what is installed in each run: it is counted too."""
    monkeypatch.setattr(importlib.metadata, "entry_points", importlib.metadata.entry_points.__wrapped__)


def calls(run) -> int:
    """Count the calls of functions, Python's own included."""
    profile = cProfile.Profile()
    profile.runcall(run)
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.parametrize("shape", PLANNED)
def test_planning_is_linear(bench, shape):
    counted = []
    (bench.folder / "ten").mkdir()
    (bench.folder / "ten" / "main.kplan.hcl").write_text(TEN)
    for count in PLANNED[shape]:
        bench.declare(CLUSTER, shape(count))
        open_state(bench.options())  # parsed, which is another's law
        counted.append(calls(bench.plan))
        assert sum(len(call.identities) for call in bench.world.calls) == count
        bench.world.calls.clear()
    assert counted[1] < AT_MOST * counted[0]


@pytest.mark.parametrize("shape", APPLIED)
def test_applying_and_planning_again_is_linear(bench, shape):
    counted: list[list[int]] = [[], [], []]
    for count in (60, 240):
        bench.declare(CLUSTER, shape(count))
        open_state(bench.options())
        counted[0].append(calls(bench.apply))
        assert len(bench.world.names()) >= count
        counted[1].append(calls(bench.plan))
        assert not bench.plan().plan.has_changes()
        counted[2].append(calls(lambda: bench.apply(destroy=True)))
        assert bench.world.names() == []
        bench.world.calls.clear()
    for small, large in counted:
        assert large < AT_MOST * small


def test_destroying_a_target_of_a_chain_is_linear(bench):
    counted = []
    for count in (60, 240):
        bench.declare(CLUSTER, chain(count)).apply()
        counted.append(calls(lambda: bench.plan(destroy=True, targets=("memory_topic.t0",))))
    assert counted[1] < AT_MOST * counted[0]


def test_a_question_for_each_object_is_linear(bench):
    counted = []
    for count in (60, 240):
        asked = "".join(topics(f"d{n}", f"depends_on = [memory_topic.t{n}]") for n in range(count))
        users = "".join(
            topic(f"u{n}", f'note = "${{data.memory_topics.d{n}.count > 0}}"') for n in range(count)
        )
        bench.declare(CLUSTER, blocks(count), asked, users)
        open_state(bench.options())
        counted.append(calls(bench.apply))
        assert len(bench.world.names()) == 2 * count
        bench.apply(destroy=True)
    assert counted[1] < AT_MOST * counted[0]
