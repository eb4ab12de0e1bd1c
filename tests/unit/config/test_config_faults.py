"""Faults where they belong: at the key that they speak of, at a name outside the fence, at a secret out of place."""

import pytest
from config_bench import CLUSTER, Told, cluster, instance, topic, topics

from kplan.config.arguments import span_of
from kplan.sdk.values import Secret

SENSITIVE = 'variable "s" {\n  default   = "hunter2"\n  sensitive = true\n}\n'


@pytest.mark.parametrize(
    ("line", "name", "at"),
    [
        ("name = var.s", "name", "var.s"),
        ("note = upper(var.s)", "note", "upper(var.s)"),
        ("config = { x = var.s }", "config", "{ x = var.s }"),
        ('note = "x${var.s}"', "note", '"x${var.s}"'),
    ],
)
def test_a_secret_is_refused_where_it_would_be_stored(bench, line, name, at):
    detail = (
        f'"{name}" is stored and shown in plain text, so it can\'t take a sensitive value. If it is no secret, say so '
        "with nonsensitive(…)."
    )
    assert bench.wrong(SENSITIVE + CLUSTER + topic("a", line)) == [
        Told("Sensitive value not allowed", detail, at)
    ]
    free = line.replace("var.s", "nonsensitive(var.s)")
    assert bench.wrong(SENSITIVE + CLUSTER + topic("a", free)) == []


def test_a_secret_is_refused_in_nested_blocks_and_data(bench):
    nested = cluster("c", "manages {\n topic_prefixes = [var.s]\n }")
    assert [one.at for one in bench.wrong(SENSITIVE + nested)] == ["[var.s]"]
    assert [one.at for one in bench.wrong(SENSITIVE + CLUSTER + topics("d", "prefix = var.s"))] == ["var.s"]


def test_labels_keep_their_secrets(bench):
    labels = instance(
        bench.evaluate(SENSITIVE + CLUSTER + topic("a", "labels = { x = var.s }")), "memory_topic.a"
    ).labels
    assert labels["x"] == Secret("hunter2")


def test_a_fault_is_told_at_the_key_that_it_speaks_of(bench):
    assert [one.at for one in bench.wrong(CLUSTER + topic("a", "partitions = 0"))] == ["0"]
    nested = cluster("c", "topic_defaults {\n partitions = 0\n }")
    assert [(one.summary, one.at) for one in bench.wrong(nested)] == [
        ("partitions must be a whole number of at least 1, not 0.", "0")
    ]
    through = "locals {\n  n = 0\n}\n" + CLUSTER + topic("a", "partitions = local.n")
    assert [one.at for one in bench.wrong(through)] == ["local.n"]
    defaulted = CLUSTER + topic("x" * 250)
    assert [one.at for one in bench.wrong(defaulted)] == [f'memory_topic "{"x" * 250}"']
    assert [one.at for one in bench.wrong(cluster("c", 'world = ""'))] == ['""']


CONFIG = """{
    plain            = "1"
    "retention.ms"   = "2"
    "from.a.local"   = local.n
    listed           = ["x", "y"]
    (upper("made"))  = "4"
  }"""


@pytest.mark.parametrize(
    ("path", "at"),
    [
        (("config", "plain"), '"1"'),
        (("config", "retention.ms"), '"2"'),
        (("config", "from.a.local"), "local.n"),
        (("config", "MADE"), CONFIG),
        (("config", "listed", 1), '"y"'),
        (("config", "listed", 2), '["x", "y"]'),
        (("config", "listed", "y"), '["x", "y"]'),
        (("config", "none"), CONFIG),
        (("config",), CONFIG),
        (("config", "plain", 0), '"1"'),
        (("partitions",), "local.n"),
        (("partitions", "deeper"), "local.n"),
        (("note",), 'memory_topic "a"'),
        ((), 'memory_topic "a"'),
    ],
)
def test_a_path_leads_to_the_most_precise_place(bench, path, at):
    text = "locals {\n  n = 1\n}\n" + CLUSTER + topic("a", "partitions = local.n", f"config = {CONFIG}")
    declared = bench.load(text).module.declared["memory_topic.a"]
    start, end = span_of(declared, path)
    assert declared.place.source.text[declared.place.base + start : declared.place.base + end] == at


@pytest.mark.parametrize(
    ("path", "at"),
    [
        (("topic_defaults", "partitions"), "3"),
        (("topic_defaults", "config", "x"), '"1"'),
        (("topic_defaults",), "topic_defaults"),
        (("topic_defaults", "other"), "topic_defaults"),
        (("manages", "topic_prefixes"), 'memory_cluster "c"'),
    ],
)
def test_a_path_leads_into_nested_blocks(bench, path, at):
    text = cluster("c", 'topic_defaults {\n partitions = 3\n config = { x = "1" }\n }')
    declared = bench.load(text).module.declared["memory_cluster.c"]
    start, end = span_of(declared, path)
    assert declared.place.source.text[declared.place.base + start : declared.place.base + end] == at


def test_a_fence_is_told_at_the_name(bench):
    fenced = cluster("c", 'manages {\n topic_prefixes = ["orders"]\n }')
    detail = "memory_topic.a: its name starts with none of orders"
    expected = Told("Outside what this workspace manages", detail, '"b"')
    assert bench.wrong(fenced + topic("a", 'name = "b"')) == [expected]
    assert bench.wrong(fenced + topic("a")) == [expected._replace(at='memory_topic "a"')]
    assert bench.wrong(fenced + topic("a", 'name = "orders.x"')) == []


def test_a_secret_in_plain_text_is_refused_with_all_else_that_is_wrong(bench):
    text = (
        'cluster "a" {\n  bootstrap_servers = ["a:1"]\n  security {\n'
        '    protocol  = "SASL_SSL"\n    mechanism = "SCRAM"\n    username  = "me"\n    password  = "hunter2"\n'
        "  }\n}\n"
    )
    found = bench.wrong(text)
    assert [one.summary for one in found] == ["Secret in plain text", 'there is no mechanism "SCRAM"']
    assert found[0].at == " " * len('"hunter2"')  # where it is can be told, and nothing of it shown
    right = text.replace("SCRAM", "PLAIN")
    assert bench.wrong(right.replace('"hunter2"', 'sensitive("x")')) == []
    assert [one.summary for one in bench.wrong(right.replace('"hunter2"', "null"))] == [
        "PLAIN needs password"
    ]
