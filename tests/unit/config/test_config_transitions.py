"""import and removed blocks held against what is declared."""

import pytest
from config_bench import CLUSTER, Told, topic, topics


def imported(to: str, id_: str = "a") -> str:
    return f'import {{\n  to = {to}\n  id = "{id_}"\n}}\n'


def removed(from_: str, destroy: str = "false") -> str:
    return f"removed {{\n  from = {from_}\n  lifecycle {{\n    destroy = {destroy}\n  }}\n}}\n"


KEYED = topic("k", 'for_each = toset(["x"])', "name = each.key")
STILL = (
    "is still declared. Take its block away as well, or take this removed block away: as it is, they contradict each "
    "other."
)
WRONG = {
    "import to nothing": (
        topic("orders") + imported("memory_topic.ordres"),
        Told(
            "Import to undeclared address",
            'memory_topic.ordres is not declared. Did you mean "memory_topic.orders"? Write its block, then import.',
            "memory_topic.ordres",
        ),
    ),
    "import to an instance of nothing": (
        imported('memory_topic.a["x"]'),
        Told(
            "Import to undeclared address",
            "memory_topic.a is not declared. Write its block, then import.",
            'memory_topic.a["x"]',
        ),
    ),
    "import of a cluster": (
        imported("memory_cluster.c"),
        Told(
            "Invalid import",
            "memory_cluster.c is no object on a cluster, so there is nothing to import.",
            "memory_cluster.c",
        ),
    ),
    "import of data": (
        topics("d") + imported("data.memory_topics.d"),
        Told(
            "Invalid import",
            "data.memory_topics.d is no object on a cluster, so there is nothing to import.",
            "data.memory_topics.d",
        ),
    ),
    "import of all instances": (
        KEYED + imported("memory_topic.k"),
        Told(
            "Invalid import",
            'memory_topic.k has for_each: name one instance, such as memory_topic.k["key"].',
            "memory_topic.k",
        ),
    ),
    "import of an instance of one": (
        topic("a") + imported('memory_topic.a["x"]'),
        Told(
            "Invalid import",
            "memory_topic.a has no for_each: name the block itself, as memory_topic.a.",
            'memory_topic.a["x"]',
        ),
    ),
    "removed and there": (
        topic("a") + removed("memory_topic.a"),
        Told("Removed block is still declared", f"memory_topic.a {STILL}", "memory_topic.a"),
    ),
    "all instances removed and there": (
        KEYED + removed("memory_topic.k"),
        Told("Removed block is still declared", f"memory_topic.k {STILL}", "memory_topic.k"),
    ),
    "a cluster removed and there": (
        removed("memory_cluster.c"),
        Told("Removed block is still declared", f"memory_cluster.c {STILL}", "memory_cluster.c"),
    ),
    "removed twice": (
        removed("memory_topic.a") + removed("memory_topic.a", "true"),
        Told(
            "Duplicate removed block",
            "What becomes of memory_topic.a is said at main.kplan.hcl:4 already.",
            "memory_topic.a",
        ),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_contradiction_is_told(bench, name):
    text, expected = WRONG[name]
    assert bench.refused(CLUSTER + text) == [expected]


def test_what_agrees_is_taken(bench):
    bench.load(
        CLUSTER
        + topic("a")
        + KEYED
        + imported("memory_topic.a")
        + imported('memory_topic.k["x"]')
        + imported('memory_topic.k["y"]')
        + removed('memory_topic.k["gone"]')
        + removed("memory_topic.gone")
        + removed("memory_cluster.gone", "true")
    )


def test_an_object_is_imported_once(bench):
    text = CLUSTER + topic("a") + imported("memory_topic.a") + imported("memory_topic.a", "b")
    detail = "memory_topic.a is imported at main.kplan.hcl:7 already."
    assert bench.validated(text) == [Told("Duplicate import", detail, "memory_topic.a")]
