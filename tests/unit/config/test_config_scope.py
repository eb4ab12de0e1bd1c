"""What references resolve to."""

import pytest
from config_bench import CLUSTER, Told, cluster, desired, output, topic, topics

from kplan.config.scope import Scope
from kplan.lang.diagnostics import DiagnosticsError
from kplan.lang.evaluate import evaluate
from kplan.plan.finish import evaluate_outputs
from kplan.sdk.values import Endpoint, Unknown, make_map, marks

EDGES = cluster("edge", 'for_each = toset(["fra", "ams"])')
ON_EDGES = 'memory_topic "t" {\n  for_each = memory_cluster.edge\n  cluster  = each.value\n'


def outputs(evaluation):
    return {name: one.value for name, one in evaluate_outputs(evaluation).items()}


def values(bench, text: str, *expressions: str):
    """Give what expressions come to in a module."""
    evaluation = bench.evaluate(text + "".join(output(f"o{n}", one) for n, one in enumerate(expressions)))
    found = outputs(evaluation)
    assert evaluation.diagnostics == []
    return [found[f"o{n}"] for n in range(len(expressions))]


def test_a_handle_in_for_each_can_be_read(bench):
    evaluation = bench.evaluate(EDGES + ON_EDGES + '  name = "on-${each.value.name}-${each.key}"\n}\n')
    assert sorted(one.identity for one in evaluation.scope.instances["memory_topic.t"].values()) == [
        ("on-edge-ams-ams",),
        ("on-edge-fra-fra",),
    ]


def test_a_handle_is_read_by_key_and_through_locals(bench):
    text = EDGES + CLUSTER + "locals {\n  c = memory_cluster.c\n  by = { x = memory_cluster.c }\n}\n"
    found = values(
        bench,
        text,
        'memory_cluster.edge["fra"].name',
        "local.c.name",
        "local.by.x.name",
        'local.by["x"].name',
    )
    assert found == ["edge-fra", "c", "c", "c"]


def test_a_handle_given_out_is_its_address(bench):
    found = values(bench, EDGES + CLUSTER, "memory_cluster.c", "memory_cluster.edge", "[memory_cluster.c]")
    assert found == [
        "memory_cluster.c",
        {"ams": 'memory_cluster.edge["ams"]', "fra": 'memory_cluster.edge["fra"]'},
        ("memory_cluster.c",),
    ]


@pytest.mark.parametrize(
    "way", ['memory_cluster.edge["fra"].world', "local.c.world", "values(memory_cluster.edge)[0].world"]
)
def test_what_isnt_told_of_a_cluster_can_not_be_reached_another_way(bench, way):
    text = EDGES + CLUSTER + "locals {\n  c = memory_cluster.c\n}\n" + topic("a", f"note = {way}")
    detail = '"world" can\'t be read of a memory_cluster, only: name, cluster_id.'
    assert bench.wrong(text) == [Told("Unsupported attribute", detail, way)]


def test_a_pinned_id_is_read_at_once_and_another_once_it_is_known(bench):
    text = cluster("p", 'cluster_id = "pinned"') + CLUSTER
    evaluation = bench.evaluate(
        text + output("p", "memory_cluster.p.cluster_id") + output("c", "memory_cluster.c.cluster_id")
    )
    evaluation.shared.uids["memory_cluster.c"] = "live"
    assert outputs(evaluation) == {"p": "pinned", "c": "live"}


def test_the_id_of_a_cluster_that_gave_none_is_decided_later(bench):
    evaluation = bench.evaluate(CLUSTER + output("c", "memory_cluster.c.cluster_id"))
    evaluation.shared.uids["memory_cluster.c"] = None
    assert outputs(evaluation) == {"c": Unknown("string", ("memory_cluster.c",))}


def test_an_id_that_is_not_known_yet_is_refused_with_the_way_out(bench):
    text = EDGES + ON_EDGES + "  note = each.value.cluster_id\n}\n"
    detail = (
        'The cluster_id of memory_cluster.edge["ams"] is known once it has answered, which is too late here. Read it as '
        "memory_cluster.NAME.cluster_id, or state it in the block."
    )
    found = bench.wrong(text)
    assert found[0] == Told("Not known yet", detail, "each.value.cluster_id")
    assert bench.validated(text) == []


def test_an_object_has_all_that_its_type_has(bench):
    text = CLUSTER + topic("a", "partitions = 2", 'labels = { x = "1" }')
    (found,) = values(bench, text, "memory_topic.a")
    assert {name: value for name, value in found.items() if not marks(value)} == {
        "cluster": "memory_cluster.c",
        "name": "a",
        "partitions": 2,
        "config": {},
        "note": None,
        "labels": {"x": "1"},
    }
    assert {name: value for name, value in found.items() if marks(value)} == {
        name: Unknown(kind, ("memory_topic.a",))
        for name, kind in (("replication_factor", "number"), ("id", "string"), ("records", "number"))
    }


def test_attributes_are_read_one_by_one(bench):
    text = cluster("c", "topic_defaults {\n partitions = 7\n }") + topic("a", 'config = { "x.y" = 1 }')
    found = values(
        bench,
        text,
        "memory_topic.a.partitions",
        'memory_topic.a.config["x.y"]',
        "memory_topic.a.note",
        "memory_topic.a.cluster.name",
        "memory_topic.a.labels",
    )
    assert found == [7, "1", None, "c", {}]


def test_instances_are_a_map(bench):
    text = CLUSTER + topic("a", "for_each = { x = 1, y = 2 }", "name = each.key", "partitions = each.value")
    found = values(
        bench,
        text,
        'memory_topic.a["y"].partitions',
        "[for one in memory_topic.a : one.name]",
        "keys(memory_topic.a)",
        "length(memory_topic.a)",
    )
    assert found == [2, ("x", "y"), ("x", "y"), 2]


def test_a_key_that_isnt_there_is_told(bench):
    text = (
        CLUSTER
        + topic("a", "for_each = { x = 1 }", "name = each.key")
        + topic("b", 'note = memory_topic.a["z"].name')
    )
    found = bench.wrong(text)
    assert [(one.summary, one.at) for one in found] == [("Invalid index", '"z"')]
    assert 'there is no "z"' in found[0].detail


def test_an_attribute_of_an_instance_that_isnt_there_is_told(bench):
    text = (
        CLUSTER
        + topic("a", "for_each = { x = 1 }", "name = each.key")
        + topic("b", 'note = memory_topic.a["x"].nmae')
    )
    assert 'Did you mean "name"?' in bench.wrong(text)[0].detail


def test_what_was_planned_goes_before_what_was_declared(bench):
    evaluation = bench.evaluate(
        CLUSTER + topic("a") + output("o", "memory_topic.a.id") + output("w", "memory_topic.a")
    )
    before = outputs(evaluation)
    assert before["o"] == Unknown("string", ("memory_topic.a",))
    evaluation.scope.learn("memory_topic.a", {**desired(evaluation, "memory_topic.a"), "id": "ID"})
    after = outputs(evaluation)
    assert (after["o"], after["w"]["id"]) == ("ID", "ID")


def test_a_local_with_something_unknown_is_evaluated_anew_only_when_asked(bench):
    text = CLUSTER + topic("a") + "locals {\n  id = memory_topic.a.id\n  fixed = [1]\n}\n"
    scope = bench.evaluate(text + topic("b", "note = local.id", "partitions = local.fixed[0]")).scope
    fixed = scope.local("fixed")
    scope.learn("memory_topic.a", make_map({"id": "ID"}))
    assert isinstance(scope.local("id"), Unknown)
    scope.forget_unknowns()
    assert scope.local("id") == "ID"
    assert scope.local("fixed") is fixed


def test_a_local_is_evaluated_once(bench, monkeypatch):
    entries = "".join(f'    k{n} = "{n}"\n' for n in range(10_000))
    text = CLUSTER + f"locals {{\n  big = {{\n{entries}  }}\n}}\n"
    each = topic(
        "a",
        'for_each = toset([for n in range(50) : "k${n}"])',
        "name = each.key",
        "note = local.big[each.key]",
    )
    counted = []

    def count(node, scope, *rest):
        counted.append(node[0])
        return evaluate(node, scope, *rest)

    monkeypatch.setattr("kplan.config.scope.evaluate", count)
    evaluation = bench.evaluate(text + each + topic("b", "note = local.big.k9999"))
    assert desired(evaluation, 'memory_topic.a["k49"]')["note"] == "49"
    assert len(counted) == 1


def test_a_block_with_instances_becomes_one_map_for_all_who_refer_to_it(bench, monkeypatch):
    text = CLUSTER + topic("a", 'for_each = toset([for n in range(60) : "a${n}"])', "name = each.key")
    other = topic("b", "for_each = memory_topic.a", 'name = "b-${memory_topic.a[each.key].name}"')
    read = []
    attribute = Scope.attribute

    def count(scope, declared, one, name):
        read.append(name)
        return attribute(scope, declared, one, name)

    monkeypatch.setattr(Scope, "attribute", count)
    bench.evaluate(text + other)
    assert read.count("name") == 60


def test_a_failing_local_is_told_once(bench):
    text = "locals {\n  x = 1 / 0\n  y = local.x\n}\n" + CLUSTER
    found = bench.wrong(text + topic("a", "partitions = local.x") + topic("b", "partitions = local.y"))
    assert [(one.summary, one.at) for one in found] == [("Division by zero", "0")]


def test_a_local_has_no_each(bench):
    text = (
        CLUSTER
        + "locals {\n  x = { y = 1 }\n}\n"
        + topic("a", "for_each = local.x", "name = each.key", "note = local.z")
    )
    more = 'locals {\n  z = "of nobody"\n}\n'
    evaluation = bench.evaluate(text + more)
    assert desired(evaluation, 'memory_topic.a["y"]')["note"] == "of nobody"


def test_data_is_its_answer(bench):
    evaluation = bench.evaluate(CLUSTER + topics("d") + output("o", "data.memory_topics.d.names"))
    evaluation.scope.answers["data.memory_topics.d"][None] = {"names": ("a",)}
    assert outputs(evaluation) == {"o": ("a",)}


def test_data_by_key_is_a_map_of_answers(bench):
    text = CLUSTER + topics("d", 'for_each = toset(["x"])') + output("o", 'data.memory_topics.d["x"].names')
    evaluation = bench.evaluate(text)
    evaluation.scope.answers["data.memory_topics.d"]["x"] = {"names": ("a",)}
    assert outputs(evaluation) == {"o": ("a",)}


def test_a_sensitive_output_has_no_value(bench):
    text = 'variable "s" {\n  default   = "hunter2"\n  sensitive = true\n}\n'
    evaluation = bench.evaluate(text + CLUSTER + output("o", "upper(var.s)", "sensitive = true"))
    assert outputs(evaluation) == {"o": None}
    refused = bench.evaluate(text + CLUSTER + output("o", "[var.s]"))
    assert evaluate_outputs(refused) == {}
    assert [(one.summary, one.detail) for one in refused.diagnostics] == [
        (
            "Output refers to sensitive values",
            "The value holds something sensitive. Say that the output is, with `sensitive = true`.",
        )
    ]


def test_a_mistake_in_an_output_is_told(bench):
    evaluation = bench.evaluate(CLUSTER + output("o", "1 / 0"))
    assert evaluate_outputs(evaluation) == {}
    assert [one.summary for one in evaluation.diagnostics] == ["Division by zero"]


def test_handles_compare(bench):
    text = CLUSTER + cluster("d")
    found = values(
        bench, text, "memory_cluster.c == memory_cluster.c", "memory_cluster.c == memory_cluster.d"
    )
    assert found == [True, False]
    assert Endpoint("a", "k") == Endpoint("a", "k")


def test_a_type_may_be_a_kind_of_handle_only_for_such(bench):
    text = 'variable "v" {\n  type    = memory_cluster\n  default = "c"\n}\n' + CLUSTER
    with pytest.raises(DiagnosticsError) as caught:
        bench.load(text)
    assert [one.summary for one in caught.value.diagnostics] == ["Invalid value for variable"]
