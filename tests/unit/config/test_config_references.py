"""References: what is undeclared, circles, edges, and the round in which each block can be evaluated."""

import pytest
from config_bench import CLUSTER, Told, cluster, output, topic, topics

from kplan.lang.diagnostics import did_you_mean

SHAPES = {
    "variable": (
        'variable "sise" {\n  default = 1\n}\n' + output("o", "var.size"),
        (
            "Reference to undeclared variable",
            'No variable is called "size". Did you mean "sise"?',
            "var.size",
        ),
    ),
    "variable like nothing": (
        output("o", "var.size"),
        (
            "Reference to undeclared variable",
            'No variable is called "size". Declare it with `variable "size" {}`.',
            "var.size",
        ),
    ),
    "variable without a name": (
        output("o", "var"),
        ("Invalid reference", "Name the variable: `var.NAME`.", "var"),
    ),
    "local": (
        "locals {\n  names = 1\n}\n" + output("o", "local.name"),
        (
            "Reference to undeclared local value",
            'No local value is called "name". Did you mean "names"?',
            "local.name",
        ),
    ),
    "local without a name": (
        output("o", "local"),
        ("Invalid reference", "Name the local value: `local.NAME`.", "local"),
    ),
    "block": (
        CLUSTER + topic("orders") + output("o", "memory_topic.order.name"),
        (
            "Reference to undeclared block",
            'No block memory_topic.order is declared. Did you mean "memory_topic.orders"?',
            "memory_topic.order.name",
        ),
    ),
    "cluster": (
        CLUSTER + 'memory_topic "a" {\n  cluster = memory_cluster.k\n}\n',
        (
            "Reference to undeclared block",
            'No block memory_cluster.k is declared. Did you mean "memory_cluster.c"?',
            "memory_cluster.k",
        ),
    ),
    "data": (
        CLUSTER + topics("all") + output("o", "data.memory_topics.al.names"),
        (
            "Reference to undeclared block",
            'No block data.memory_topics.al is declared. Did you mean "data.memory_topics.all"?',
            "data.memory_topics.al.names",
        ),
    ),
    "data without a name": (
        output("o", "data.memory_topics"),
        ("Reference to undeclared block", "No block data.memory_topics is declared.", "data.memory_topics"),
    ),
    "a bare word": (
        output("o", "yes"),
        ("Invalid reference", '"yes" is no reference. A text is written in quotes: "yes".', "yes"),
    ),
    "a bare label": (
        CLUSTER + topic("orders") + output("o", "orders"),
        ("Invalid reference", '"orders" is no reference. Did you mean memory_topic.orders?', "orders"),
    ),
    "a root mistyped": (
        output("o", "lokal"),
        (
            "Invalid reference",
            '"lokal" is no reference. A text is written in quotes: "lokal". Did you mean "local"?',
            "lokal",
        ),
    ),
    "each without for_each": (
        CLUSTER + topic("a", "name = each.key"),
        ("Invalid reference", "each is only there in a block that has for_each.", "each.key"),
    ),
    "each in an output": (
        output("o", "each.key"),
        ("Invalid reference", "each is only there in a block that has for_each.", "each.key"),
    ),
    "something of each": (
        CLUSTER + topic("a", "for_each = {}", "name = each.name"),
        ("Invalid reference", "Only each.key and each.value are there.", "each.name"),
    ),
    "each itself": (
        CLUSTER + topic("a", "for_each = {}", "name = each"),
        ("Invalid reference", "Only each.key and each.value are there.", "each"),
    ),
    "each in for_each": (
        CLUSTER + topic("a", "for_each = each.value", "name = each.key"),
        (
            "Invalid reference",
            "for_each is evaluated before there are instances, so it can't use each.",
            "each.value",
        ),
    ),
    "a path": (
        output("o", "path.home"),
        ("Invalid reference", "Only path.module, path.root and path.cwd are there.", "path.home"),
    ),
    "attribute of an object": (
        CLUSTER + topic("a") + output("o", "memory_topic.a.partitons"),
        (
            "Unsupported attribute",
            'A memory_topic has no attribute "partitons". Did you mean "partitions"?',
            "memory_topic.a.partitons",
        ),
    ),
    "attribute of data": (
        CLUSTER + topics("all") + output("o", "data.memory_topics.all.nmes"),
        (
            "Unsupported attribute",
            'A memory_topics has no attribute "nmes". Did you mean "names"?',
            "data.memory_topics.all.nmes",
        ),
    ),
    "labels of data": (
        CLUSTER + topics("all") + output("o", "data.memory_topics.all.labels"),
        (
            "Unsupported attribute",
            'A memory_topics has no attribute "labels".',
            "data.memory_topics.all.labels",
        ),
    ),
    "what isn't told of a cluster": (
        CLUSTER + output("o", "memory_cluster.c.world"),
        (
            "Unsupported attribute",
            '"world" can\'t be read of a memory_cluster, only: name, cluster_id.',
            "memory_cluster.c.world",
        ),
    ),
    "what isn't told, mistyped": (
        CLUSTER + output("o", "memory_cluster.c.nmae"),
        (
            "Unsupported attribute",
            '"nmae" can\'t be read of a memory_cluster, only: name, cluster_id. Did you mean "name"?',
            "memory_cluster.c.nmae",
        ),
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_reference_to_nothing_is_worded_and_underlined(bench, name):
    text, expected = SHAPES[name]
    assert bench.refused(text) == [Told(*expected)]


def test_each_wrong_reference_is_told_where_it_stands(bench):
    found = bench.refused(output("o", "var.x + var.x") + output("p", '"${var.x} ${local.y}"'))
    assert [one.at for one in found] == ["var.x", "var.x", "var.x", "local.y"]


CIRCLES = {
    "itself": (topic("a", "note = memory_topic.a.name"), ["memory_topic.a → memory_topic.a"]),
    "two": (
        topic("a", "note = memory_topic.b.name") + topic("b", "note = memory_topic.a.name"),
        ["memory_topic.a → memory_topic.b → memory_topic.a"],
    ),
    "through locals": (
        "locals {\n  x = memory_topic.a.name\n  y = local.x\n}\n" + topic("a", "note = local.y"),
        ["local.x → memory_topic.a → local.y → local.x"],
    ),
    "locals only": ("locals {\n  x = local.y\n  y = local.x\n}\n", ["local.x → local.y → local.x"]),
    "by order only": (
        topic("a", "depends_on = [memory_topic.b]") + topic("b", "depends_on = [memory_topic.a]"),
        ["memory_topic.a → memory_topic.b → memory_topic.a"],
    ),
    "in for_each": (
        topic("a", "for_each = memory_topic.b", "name = each.key")
        + topic("b", 'note = join(",", keys(memory_topic.a))'),
        ["memory_topic.a → memory_topic.b → memory_topic.a"],
    ),
    "two circles": (
        topic("a", "note = memory_topic.a.name") + topic("b", "note = memory_topic.b.name"),
        ["memory_topic.a → memory_topic.a", "memory_topic.b → memory_topic.b"],
    ),
    "with data": (
        topics("d", "prefix = memory_topic.a.name") + topic("a", "note = data.memory_topics.d.names[0]"),
        ["data.memory_topics.d → memory_topic.a → data.memory_topics.d"],
    ),
}


@pytest.mark.parametrize("name", CIRCLES)
def test_a_circle_is_told_with_its_path(bench, name):
    text, ways = CIRCLES[name]
    found = bench.refused(CLUSTER + text)
    assert [one.summary for one in found] == ["Cycle"] * len(ways)
    assert [one.detail for one in found] == [
        f"Each of these needs the next: {way}. Break the circle at one of them." for way in ways
    ]


def test_a_circle_is_underlined_where_it_begins(bench):
    text = "locals {\n  x = memory_topic.a.name\n}\n" + CLUSTER + topic("a", "note = local.x")
    assert [one.at for one in bench.refused(text)] == ["x"]
    assert [one.at for one in bench.refused(CLUSTER + topic("a", "note = memory_topic.a.name"))] == [
        'memory_topic "a"'
    ]


def test_edges_are_of_blocks_and_go_through_locals(bench):
    text = (
        CLUSTER
        + topic("a")
        + topic("b")
        + "locals {\n  one = memory_topic.a.name\n  two = [local.one, memory_topic.b.name, local.one]\n  none = 1\n}\n"
        + topic("c", "for_each = toset(local.two)", "name = each.key", "labels = { x = memory_topic.a.name }")
        + topic("d", "partitions = local.none")
        + output("o", "local.two")
    )
    edges = bench.load(text).edges
    assert set(edges["memory_topic.c"]) == {"memory_cluster.c", "memory_topic.a", "memory_topic.b"}
    assert edges["memory_topic.d"] == ("memory_cluster.c",)
    assert "output.o" not in edges
    assert edges["memory_cluster.c"] == ()
    assert not any(node.startswith("local.") for node in edges)


def test_lifecycle_and_nested_blocks_refer_too(bench):
    a = 'memory_topic "a" {\n  cluster = memory_cluster.c\n}\n'
    d = cluster("d", "manages {\n topic_prefixes = [memory_topic.a.name]\n }")
    e = topic("e", "lifecycle {\n prevent_destroy = memory_topic.a.partitions > 1\n }")
    edges = bench.load(CLUSTER + a + d + e).edges
    assert edges["memory_cluster.d"] == ("memory_topic.a",)
    assert set(edges["memory_topic.e"]) == {"memory_topic.a", "memory_cluster.c"}


def test_order_puts_what_is_needed_first(bench):
    text = CLUSTER + topic("a", "note = local.x") + "locals {\n  x = memory_topic.b.name\n}\n" + topic("b")
    assert bench.load(text).order == ("memory_cluster.c", "memory_topic.b", "local.x", "memory_topic.a")


PINNED = 'memory_cluster "c" {\n  cluster_id = "memory-c"\n}\n'
ROUNDS = {
    "a declared attribute": (CLUSTER, "note = memory_topic.a.name", 0),
    "one that is null by default": (CLUSTER, "note = memory_topic.a.note", 0),
    "one that only a read tells": (CLUSTER, "note = memory_topic.a.id", 1),
    "one that a read tells unless declared": (CLUSTER, 'note = "${memory_topic.a.replication_factor}"', 1),
    "one that is declared": (CLUSTER, 'note = "${memory_topic.rf.replication_factor}"', 0),
    "one that is declared as null": (CLUSTER, 'note = "${memory_topic.nul.replication_factor}"', 1),
    "the whole object": (CLUSTER, "note = jsonencode(memory_topic.a)", 1),
    "all instances": (CLUSTER, 'note = memory_topic.k["x"].name', 1),
    "labels": (CLUSTER, "note = memory_topic.a.labels.x", 0),
    "data": (CLUSTER, "note = data.memory_topics.d.names[0]", 1),
    "what data was asked": (CLUSTER, "note = data.memory_topics.d.prefix", 1),
    "data through two locals": (CLUSTER, "note = local.second", 1),
    "an attribute through a local": (CLUSTER, "note = local.id", 1),
    "a name through a local": (CLUSTER, "note = local.name", 0),
    "order alone": (CLUSTER, "depends_on = [memory_topic.a]", 0),
    "an unpinned id": (CLUSTER, "note = memory_cluster.c.cluster_id", 1),
    "a pinned id": (PINNED, "note = memory_cluster.c.cluster_id", 0),
    "a cluster's name": (CLUSTER, "note = memory_cluster.c.name", 0),
}
AROUND = (
    topic("a", 'labels = { x = "1" }')
    + topic("rf", "replication_factor = 2")
    + topic("nul", "replication_factor = null")
    + topic("k", 'for_each = toset(["x"])', "name = each.key")
    + topics("d")
    + "locals {\n  first = data.memory_topics.d.names\n  second = local.first[0]\n  id = memory_topic.a.id\n"
    "  name = memory_topic.a.name\n}\n"
)


@pytest.mark.parametrize("name", ROUNDS)
def test_a_block_waits_for_a_read_only_where_it_must(bench, name):
    text, line, expected = ROUNDS[name]
    strata = bench.load(text + AROUND + topic("z", line)).strata
    assert strata["memory_topic.z"] == expected
    assert strata["memory_topic.a"] == strata["memory_cluster.c"] == 0


def test_rounds_add_up_along_a_chain(bench):
    text = (
        CLUSTER + topic("a") + topic("b", "note = memory_topic.a.id") + topic("c", "note = memory_topic.b.id")
    )
    strata = bench.load(
        text + topic("d", "note = memory_topic.c.name") + output("o", "memory_topic.c.id")
    ).strata
    assert [strata[f"memory_topic.{one}"] for one in "abcd"] == [0, 1, 2, 2]
    assert strata["output.o"] == 3


def test_data_is_asked_in_a_round_after_all_that_it_refers_to(bench):
    text = (
        CLUSTER
        + topic("a")
        + topic("b", "note = memory_topic.a.id")
        + "locals {\n  x = memory_topic.b.name\n}\n"
    )
    data = (
        topics("alone") + topics("after", "prefix = memory_topic.a.name") + topics("far", "prefix = local.x")
    )
    strata = bench.load(text + data + topics("late", "depends_on = [data.memory_topics.far]")).strata
    assert [strata[f"data.memory_topics.{one}"] for one in ("alone", "after", "far", "late")] == [0, 1, 2, 3]


def test_a_name_that_many_get_wrong_is_searched_for_once(bench, monkeypatch):
    searched = []

    def counted(name, known):
        searched.append(name)
        return did_you_mean(name, known)

    monkeypatch.setattr("kplan.config.references.did_you_mean", counted)
    text = cluster("orders") + "".join(
        f'memory_topic "t{n}" {{\n  cluster = memory_cluster.ordres\n}}\n' for n in range(50)
    )
    found = bench.refused(text)
    assert len(found) == 50
    assert {one.detail for one in found} == {
        'No block memory_cluster.ordres is declared. Did you mean "memory_cluster.orders"?'
    }
    assert searched == ["memory_cluster.ordres"]
    bench.refused(CLUSTER + "".join(output(f"o{n}", f"memory_topic.none{n}") for n in range(300)))
    assert len(searched) == 101


def test_what_stands_in_a_block_with_a_mistake_is_not_told_as_missing(bench):
    text = (
        CLUSTER
        + 'memory_topic "a" {\n  cluster = memory_cluster.c\n  note = "x\n}\n'
        + topic("b", "note = memory_topic.a.name")
        + topic("d", "note = memory_topic.nope.name")
    )
    assert [one.summary for one in bench.refused(text)] == [
        "Invalid multi-line string",
        "Reference to undeclared block",
    ]
    for block, name in (
        ('variable "v" {\n  default = [\n}\n', "var.v"),
        ("locals {\n  x = 1 +\n}\n", "local.x"),
        ('module "m" {\n  source = ./m\n}\n', "module.m.x"),
        ('data "memory_topics" "t" {\n  cluster = 1 2\n}\n', "data.memory_topics.t.names"),
    ):
        told = bench.refused(CLUSTER + block + output("o", name))
        assert not [one for one in told if one.at == name], name
