"""Blocks to instances: for_each, names, labels, flags, endpoints, secrets, and faults where they belong."""

import pytest
from config_bench import CLUSTER, Told, cluster, desired, instance, output, topic, topics

from kplan.config.evaluation import Evaluation
from kplan.plan.finish import evaluate_outputs
from kplan.sdk.values import Unknown

EDGES = cluster("edge", 'for_each = toset(["fra", "ams"])')


def addresses(evaluation) -> list[str]:
    return [one.address for many in evaluation.scope.instances.values() for one in many.values()]


def test_a_block_without_for_each_is_one_instance(bench):
    one = instance(bench.evaluate(CLUSTER + topic("a", "partitions = 3")), "memory_topic.a")
    assert one.identity == ("a",)
    assert (one.endpoint, one.block, one.each, one.name_defaulted) == (
        "memory_cluster.c",
        "memory_topic.a",
        None,
        True,
    )
    assert one.desired == {"name": "a", "partitions": 3, "config": {}, "note": None}
    assert one.depends == ("memory_cluster.c",)
    assert not one.unresolved


def test_a_map_makes_instances_in_order_of_key(bench):
    evaluation = bench.evaluate(
        CLUSTER + topic("a", "for_each = { b = 2, a = 1 }", "name = each.key", "partitions = each.value")
    )
    assert addresses(evaluation) == ['memory_topic.a["a"]', 'memory_topic.a["b"]']
    assert desired(evaluation, 'memory_topic.a["b"]')["partitions"] == 2
    assert instance(evaluation, 'memory_topic.a["b"]').each == ("b", 2)
    assert not instance(evaluation, 'memory_topic.a["b"]').name_defaulted


def test_keys_may_be_any_text(bench):
    evaluation = bench.evaluate(
        CLUSTER + topic("a", 'for_each = toset(["a b", "ü", "q\\"q", "x.y"])', "name = each.key")
    )
    assert addresses(evaluation) == [
        'memory_topic.a["a b"]',
        'memory_topic.a["q\\"q"]',
        'memory_topic.a["x.y"]',
        'memory_topic.a["ü"]',
    ]


def test_no_keys_make_no_instances(bench):
    evaluation = bench.evaluate(
        CLUSTER + topic("a", "for_each = {}", "name = each.key") + output("o", "memory_topic.a")
    )
    assert addresses(evaluation) == []
    assert evaluate_outputs(evaluation)["o"].value == {}


def test_instances_on_clusters_keep_the_label_for_a_name(bench):
    evaluation = bench.evaluate(
        EDGES + 'memory_topic "t" {\n  for_each = memory_cluster.edge\n  cluster  = each.value\n}\n'
    )
    found = [(one.endpoint, one.identity) for one in (instance(evaluation, a) for a in addresses(evaluation))]
    assert found == [('memory_cluster.edge["ams"]', ("t",)), ('memory_cluster.edge["fra"]', ("t",))]


def test_instances_on_one_cluster_need_names(bench):
    text = CLUSTER + topic("a", 'for_each = toset(["x", "y"])')
    detail = (
        'Several instances on memory_cluster.c would all be named "a". Say what each is called, for instance with '
        "`name = each.key`."
    )
    assert bench.wrong(text) == [Told("Missing name", detail, 'toset(["x", "y"])')]
    assert bench.wrong(CLUSTER + topic("a", 'for_each = toset(["x"])')) == []


@pytest.mark.parametrize("each", ["null", '["a"]', "sensitive({ a = 1 })", "3"])
def test_what_can_not_be_expanded_is_underlined(bench, each):
    text = CLUSTER + topic("a", f"for_each = {each}", "name = each.key") + topic("b", "note = 1 / 0")
    found = bench.wrong(text)
    assert [(one.summary, one.at) for one in found] == [
        ("Invalid for_each argument", each),
        ("Division by zero", "0"),
    ]


def test_keys_that_only_an_apply_decides_are_refused_with_who_decides_them(bench):
    text = CLUSTER + topic("a") + topic("b", "for_each = toset([memory_topic.a.id])", "name = each.key")
    assert bench.wrong(text)[0].detail.startswith(
        "The keys of for_each must be known while planning, but they depend on memory_topic.a."
    )


def test_what_refers_to_a_block_with_a_mistake_is_not_told_too(bench):
    broken = 'memory_cluster "c" {\n  name = 1 / 0\n}\n'
    keyed = topic("k", "for_each = 1 / 0", "name = each.key") + topic(
        "part", 'for_each = toset(["x"])', "name = 1 / 0"
    )
    text = broken + topic("a") + keyed + topics("d")
    more = output(
        "o", '[memory_topic.a, memory_topic.a.name, memory_topic.k["x"], memory_topic.part["x"].name]'
    )
    other = topic("b", 'name = "${memory_topic.k["x"].name}${memory_topic.part["x"].name}"') + topic(
        "e", "for_each = memory_topic.k", "name = each.key", "partitions = each.value.partitions"
    )
    evaluation = bench.evaluate(text + more + other)
    assert evaluate_outputs(evaluation).keys() == {"o"}
    assert {one.summary for one in evaluation.diagnostics} == {"Division by zero"}
    assert len(evaluation.diagnostics) == 3


def test_a_cluster_is_called_as_its_label_and_key(bench):
    text = EDGES + cluster("plain") + cluster("named", 'name = "Other_1-x"')
    handles = bench.evaluate(text).shared.handles
    assert {address: one.settings["name"] for address, one in handles.items()} == {
        'memory_cluster.edge["ams"]': "edge-ams",
        'memory_cluster.edge["fra"]': "edge-fra",
        "memory_cluster.plain": "plain",
        "memory_cluster.named": "Other_1-x",
    }
    assert handles["memory_cluster.plain"].pinned == ""


def test_a_pinned_id_is_kept(bench):
    handles = bench.evaluate(cluster("c", 'cluster_id = "x"')).shared.handles
    assert handles["memory_cluster.c"].pinned == "x"


@pytest.mark.parametrize("name", ["a b", "a.b", "ü", "", "a/b", "x\\n"])
def test_a_cluster_has_a_name_that_is_an_alias(bench, name):
    detail = "A memory_cluster's name must have only letters, digits, underscores and dashes: it is its alias in replication."
    assert bench.wrong(cluster("c", f'name = "{name}"')) == [Told("Invalid name", detail, f'"{name}"')]


def test_a_key_that_is_no_alias_is_told_at_the_block(bench):
    found = bench.wrong(cluster("c", 'for_each = toset(["a b"])'))
    assert [(one.summary, one.at) for one in found] == [("Invalid name", 'memory_cluster "c"')]


def test_names_of_clusters_are_unique(bench):
    detail = 'memory_cluster.c is named "c" as well. Names of memory_cluster blocks must be unique.'
    assert bench.wrong(CLUSTER + cluster("d", 'name = "c"')) == [Told("Duplicate name", detail, '"c"')]
    keyed = cluster("e", 'for_each = toset(["x", "y"])', 'name = "same"')
    assert [one.detail for one in bench.wrong(keyed)] == [
        'memory_cluster.e["x"] is named "same" as well. Names of memory_cluster blocks must be unique.'
    ]


def test_labels_are_texts(bench):
    evaluation = bench.evaluate(CLUSTER + topic("a", "labels = { tier = 1, on = true }"))
    assert instance(evaluation, "memory_topic.a").labels == {"tier": "1", "on": "true"}
    assert instance(bench.evaluate(CLUSTER + topic("a")), "memory_topic.a").labels == {}
    found = bench.wrong(CLUSTER + topic("a", 'labels = "x"'))
    assert found == [Told("Incorrect attribute value type", "labels: a map of string is required.", '"x"')]
    assert [one.summary for one in bench.wrong(CLUSTER + topic("a", "labels = 1 / 0"))] == [
        "Division by zero"
    ]


def test_prevent_destroy_may_be_computed_but_not_later(bench):
    def lifecycle(expression: str) -> str:
        return topic("p", f"lifecycle {{\n prevent_destroy = {expression}\n }}")

    yes = bench.evaluate('variable "on" {\n  default = true\n}\n' + CLUSTER + lifecycle("var.on"))
    assert instance(yes, "memory_topic.p").prevent_destroy is True
    no = bench.evaluate(CLUSTER + lifecycle("1 == 2"))
    assert instance(no, "memory_topic.p").prevent_destroy is False
    assert (
        instance(bench.evaluate(CLUSTER + topic("p", "lifecycle {\n }")), "memory_topic.p").prevent_destroy
        is False
    )
    wrong = '"prevent_destroy" must be true or false, known while planning.'
    for expression in ('"yes"', "null", "3"):
        found = bench.wrong(CLUSTER + lifecycle(expression))
        assert found == [Told("Unsuitable value", wrong, expression)]
    later = CLUSTER + topic("a") + lifecycle('memory_topic.a.id == "x"')
    assert bench.wrong(later) == [Told("Unsuitable value", wrong, 'memory_topic.a.id == "x"')]
    assert [one.summary for one in bench.wrong(CLUSTER + lifecycle("1 / 0 == 1"))] == ["Division by zero"]


@pytest.mark.parametrize("value", ['"memory_cluster.c"', "3", "null", "{}", "memory_topic.a"])
def test_an_object_is_on_a_cluster(bench, value):
    text = CLUSTER + topic("a") + f'memory_topic "b" {{\n  cluster = {value}\n}}\n'
    found = bench.wrong(text)
    assert len(found) == 1
    assert found[0].at == value


@pytest.mark.parametrize("head", ['memory_topic "b"', 'data "memory_topics" "b"', 'memory_team "b"'])
def test_what_is_required_can_not_be_null(bench, head):
    members = "  members = []\n" if "team" in head else ""
    detail = 'The argument "cluster" is required, so it can\'t be null.'
    for null in ("null", "local.none"):
        text = f"locals {{\n  none = null\n}}\n{head} {{\n  cluster = {null}\n{members}}}\n"
        assert bench.wrong(CLUSTER + text) == [Told("Missing required argument", detail, null)]


def test_what_a_nested_block_requires_can_not_be_null(bench):
    around = 'cluster "c" {\n  bootstrap_servers = ["a:1"]\n}\n'
    text = 'grant "g" {\n  cluster    = cluster.c\n  principals = ["User:a"]\n  connect {\n    group_id = null\n  }\n}\n'
    detail = 'The argument "group_id" is required, so it can\'t be null.'
    assert bench.wrong(around + text) == [Told("Missing required argument", detail, "null")]


@pytest.mark.parametrize("null", ["null", 'lookup({}, "x", null)'])
def test_a_list_holds_no_nulls(bench, null):
    text = CLUSTER + f'memory_team "b" {{\n  cluster = memory_cluster.c\n  members = ["ann", {null}]\n}}\n'
    detail = '"members" has an element that is null. Leave it out.'
    assert bench.wrong(text) == [Told("Null value found in list", detail, f'["ann", {null}]')]


def test_handles_pass_through_locals_maps_and_conditions(bench):
    text = CLUSTER + cluster("d") + "locals {\n  by = { one = memory_cluster.c, two = memory_cluster.d }\n}\n"
    more = 'memory_topic "t" {\n  for_each = local.by\n  cluster = each.value\n}\n'
    chosen = 'memory_topic "u" {\n  cluster = 1 == 2 ? memory_cluster.c : local.by["two"]\n}\n'
    evaluation = bench.evaluate(text + more + chosen)
    assert [one.endpoint for one in (instance(evaluation, a) for a in addresses(evaluation))] == [
        "memory_cluster.c",
        "memory_cluster.d",
        "memory_cluster.d",
    ]


def test_an_identity_is_a_text_that_is_known(bench):
    later = CLUSTER + topic("a") + topic("b", "name = memory_topic.a.id")
    detail = '"name" says which object this is, so it must be known while planning.'
    assert bench.wrong(later) == [Told("Invalid identity", detail, "memory_topic.a.id")]
    assert [one.summary for one in bench.wrong(CLUSTER + topic("b", "name = 1 / 0"))] == ["Division by zero"]


def test_a_null_is_as_not_declared(bench):
    text = CLUSTER + topic("a", "name = null", "partitions = null", "config = null")
    assert instance(bench.evaluate(text), "memory_topic.a").desired == desired(
        bench.evaluate(CLUSTER + topic("a")), "memory_topic.a"
    )


def test_values_are_converted_and_those_that_can_not_be_are_told(bench):
    text = CLUSTER + topic("a", 'partitions = "3"', "config = { x = 1, y = true }", "note = 1.50")
    found = desired(bench.evaluate(text), "memory_topic.a")
    assert (found["partitions"], found["config"], found["note"]) == (3, {"x": "1", "y": "true"}, "1.5")
    wrong = bench.wrong(CLUSTER + topic("a", 'partitions = "many"', "config = [1]"))
    assert wrong == [
        Told(
            "Incorrect attribute value type",
            'Inappropriate value for attribute "partitions": a number is required.',
            '"many"',
        ),
        Told(
            "Incorrect attribute value type",
            'Inappropriate value for attribute "config": a map of string is required.',
            "[1]",
        ),
    ]


def test_an_error_in_an_instance_names_its_key(bench):
    text = CLUSTER + topic(
        "a", "for_each = { x = 1, y = 0 }", "name = each.key", "partitions = 1 / each.value"
    )
    diagnostics = bench.evaluate(text).diagnostics
    assert [dict(one.values)["each.key"] for one in diagnostics] == ['"y"']
    text = CLUSTER + topic(
        "a", 'for_each = { x = "1", y = "b" }', "name = each.key", "partitions = each.value"
    )
    assert [dict(one.values) for one in bench.evaluate(text).diagnostics] == [
        {"each.value": '"b"', "each.key": '"y"'}
    ]


def test_a_question_has_its_arguments_and_endpoint(bench):
    loaded = bench.load(
        EDGES
        + 'data "memory_topics" "d" {\n  for_each = memory_cluster.edge\n  cluster = each.value\n  prefix = each.key\n}\n'
    )
    evaluation = Evaluation(loaded)
    evaluation.endpoints(loaded.module.declared["memory_cluster.edge"])
    found = evaluation.queries(loaded.module.declared["data.memory_topics.d"])
    assert [(one.address, one.key, one.endpoint, one.args) for one in found] == [
        ('data.memory_topics.d["ams"]', "ams", 'memory_cluster.edge["ams"]', {"prefix": "ams"}),
        ('data.memory_topics.d["fra"]', "fra", 'memory_cluster.edge["fra"]', {"prefix": "fra"}),
    ]


def test_what_is_decided_later_leaves_an_instance_unresolved(bench):
    evaluation = bench.evaluate(CLUSTER + topic("a") + topic("b", "config = { x = memory_topic.a.id }"))
    assert instance(evaluation, "memory_topic.b").unresolved
    assert not instance(evaluation, "memory_topic.a").unresolved
    assert desired(evaluation, "memory_topic.b")["config"]["x"] == Unknown("string", ("memory_topic.a",))


def test_an_instance_is_evaluated_again_once_more_is_known(bench):
    text = (
        CLUSTER
        + topic("a")
        + topic("b", "for_each = { x = memory_topic.a.id, y = 1 }", "name = each.key", "note = each.value")
    )
    evaluation = bench.evaluate(text)
    before = instance(evaluation, 'memory_topic.b["x"]')
    evaluation.scope.learn("memory_topic.a", {**desired(evaluation, "memory_topic.a"), "id": "ID"})
    again = evaluation.again(before)
    assert (again.desired["note"], again.each, again.unresolved) == ("ID", ("x", "ID"), False)
    known = instance(evaluation, 'memory_topic.b["y"]')
    assert evaluation.again(known) == known
    assert evaluation.scope.each is None


def test_an_instance_whose_key_has_gone_is_not_evaluated_again(bench):
    text = (
        CLUSTER
        + topic("a")
        + topic("b", "for_each = { x = memory_topic.a.id }", "name = each.key", "note = each.value")
    )
    evaluation = bench.evaluate(text)
    before = instance(evaluation, 'memory_topic.b["x"]')
    assert evaluation.again(before._replace(each=("gone", Unknown()))) is None
    assert evaluation.again(before).each == before.each


def test_where_nothing_is_read_what_a_read_decides_is_let_pass(bench):
    text = (
        CLUSTER
        + topic("a")
        + topics("d")
        + topic("named", "name = memory_topic.a.id")
        + topic("many", "for_each = toset(data.memory_topics.d.names)", 'name = "x-${each.key}"')
        + topic("one", 'note = memory_topic.many["x"].name', "partitions = memory_topic.named.partitions")
        + topic("safe", 'lifecycle {\n prevent_destroy = memory_topic.a.id != ""\n }')
        + topic("at", "note = memory_cluster.c.cluster_id")
    )
    assert bench.validated(text) == []
    assert [one.summary for one in bench.validated(text + topic("bad", "note = 1 / 0"))] == [
        "Division by zero"
    ]


def test_files_and_the_environment_can_be_read(bench):
    (bench.folder / "a.txt").write_text("hello")
    text = CLUSTER + topic("a", 'note = file("a.txt")', 'name = nonsensitive(env("WHO"))')
    found = desired(bench.evaluate(text, (), {"WHO": "me"}), "memory_topic.a")
    assert (found["note"], found["name"]) == ("hello", "me")
    dotted = CLUSTER + topic("a", 'note = file("${path.module}/a.txt")')
    assert desired(bench.evaluate(dotted), "memory_topic.a")["note"] == "hello"
    assert [one.at for one in bench.wrong(CLUSTER + topic("a", 'note = file("b.txt")'))] == ['"b.txt"']


def test_an_endpoint_reads_what_another_gives(bench):
    text = CLUSTER + cluster("d", 'name = "after-${memory_cluster.c.name}"')
    handles = bench.evaluate(text).shared.handles
    assert handles["memory_cluster.d"].settings["name"] == "after-c"
