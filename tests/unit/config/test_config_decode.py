"""Blocks against schemas: each mistake in its words, underlined where it is."""

import pytest
from config_bench import CLUSTER, Told, cluster, output, topic, topics

from kplan.config.decode import types_named
from kplan.lang.parser import parse
from kplan.lang.source import Source

ENGINE_BLOCKS = """
kplan {
  required_version = ">= 0.1"
  backend "local" {
    path = "elsewhere"
  }
}
variable "size" {
  type        = number
  default     = 3
  description = "How many."
  nullable    = false
  sensitive   = false
}
locals {
  twice = var.size * 2
}
output "twice" {
  value       = local.twice
  description = "Doubled."
  sensitive   = true
  depends_on  = [memory_topic.a]
}
import {
  to = memory_topic.a
  id = "a"
}
removed {
  from = memory_topic.gone
  lifecycle {
    destroy = true
  }
}
"""


def test_every_block_of_the_engine_is_taken(bench):
    module = bench.load(ENGINE_BLOCKS + CLUSTER + topic("a")).module
    assert module.backend_path == "elsewhere"
    variable, twice, gone = module.variables["size"], module.outputs["twice"], module.removed[0]
    assert (variable.type, variable.nullable, variable.sensitive) == (("number",), False, False)
    assert variable.description == "How many."
    assert (twice.sensitive, twice.depends_on) == (True, ("memory_topic.a",))
    assert list(module.locals) == ["twice"]
    assert [(one.block, one.keys) for one in module.imports] == [
        ("memory_topic.a", (("memory_topic.a", None),))
    ]
    assert (gone.address, gone.destroy) == ("memory_topic.gone", True)


def test_every_kind_of_block_of_a_provider_is_taken(bench):
    text = cluster("c", "topic_defaults {\n partitions = 2\n }", "manages {\n topic_prefixes = []\n }")
    more = topic(
        "a", 'for_each = toset(["x"])', "name = each.key", "labels = {}", "depends_on = [memory_job.j]"
    )
    job = 'memory_job "j" {\n  cluster = memory_cluster.c\n  target = 1\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n'
    declared = bench.load(text + more + job + topics("all", 'prefix = "x"')).module.declared
    assert list(declared) == ["memory_cluster.c", "memory_topic.a", "memory_job.j", "data.memory_topics.all"]
    assert set(declared["memory_cluster.c"].nested) == {"topic_defaults", "manages"}
    a, j = declared["memory_topic.a"], declared["memory_job.j"]
    assert (a.label, set(a.attributes), a.depends_on) == ("a", {"cluster", "name"}, ("memory_job.j",))
    assert a.for_each is not None
    assert a.labels is not None
    assert (a.prevent_destroy, j.nested) == (None, {})
    assert j.prevent_destroy[0] == "prevent_destroy"


def test_what_depends_on_names_is_no_reference(bench):
    declared = bench.load(CLUSTER + topic("a") + topic("b", "depends_on = [memory_topic.a]")).module.declared
    assert [names for names, _, _ in declared["memory_topic.b"].references] == [("memory_cluster", "c")]


LABEL_RULE = (
    "it must start with a letter or underscore and have only letters, digits, underscores and dashes. The name on the "
    "cluster may be another: set the name attribute."
)
BLOCKS = {
    "unknown type": (
        'memory_topik "a" {\n}\n',
        (
            "Unsupported block type",
            'No block type is called "memory_topik". Did you mean "memory_topic"?',
            "memory_topik",
        ),
    ),
    "unknown type like nothing": (
        'balloon "a" {\n}\n',
        ("Unsupported block type", 'No block type is called "balloon".', "balloon"),
    ),
    "a word of the engine": (
        'outptu "a" {\n}\n',
        ("Unsupported block type", 'No block type is called "outptu". Did you mean "output"?', "outptu"),
    ),
    "a module without a source": (
        'module "m" {\n}\n',
        (
            "Missing required argument",
            'The argument "source" is required: the folder of the module, such as "./modules/topics".',
            'module "m"',
        ),
    ),
    "Terraform's resource": (
        'resource "kafka_topic" "a" {\n}\n',
        (
            "Unsupported block type",
            'In kplan the block type is the resource type: write `kafka_topic "name" { … }`.',
            "resource",
        ),
    ),
    "Terraform's provider": (
        'provider "kafka" {\n}\n',
        (
            "Unsupported block type",
            'In kplan the block type is the resource type: write `topic "name" { … }`.',
            "provider",
        ),
    ),
    "unknown source": (
        CLUSTER + 'data "memory_topic" "a" {\n}\n',
        (
            "Unsupported data source",
            'No data source is called "memory_topic". Did you mean "memory_topics"?',
            '"memory_topic"',
        ),
    ),
    "no label": (
        "memory_topic {\n}\n",
        (
            "Wrong number of block labels",
            'A memory_topic block takes 1 label: write `memory_topic "NAME" { … }`.',
            "memory_topic",
        ),
    ),
    "two labels": (
        'memory_topic "a" "b" {\n}\n',
        (
            "Wrong number of block labels",
            'A memory_topic block takes 1 label: write `memory_topic "NAME" { … }`.',
            'memory_topic "a" "b"',
        ),
    ),
    "one label of two": (
        'data "memory_topics" {\n}\n',
        (
            "Wrong number of block labels",
            'A data block takes 2 labels: write `data "SOURCE" "NAME" { … }`.',
            'data "memory_topics"',
        ),
    ),
    "a label where none is": (
        'locals "x" {\n}\n',
        (
            "Wrong number of block labels",
            "A locals block takes no labels: write `locals { … }`.",
            'locals "x"',
        ),
    ),
    "a label on an import": (
        'import "x" {\n}\n',
        (
            "Wrong number of block labels",
            "A import block takes no labels: write `import { … }`.",
            'import "x"',
        ),
    ),
    "a variable without one": (
        "variable {\n}\n",
        (
            "Wrong number of block labels",
            'A variable block takes 1 label: write `variable "NAME" { … }`.',
            "variable",
        ),
    ),
    "label with a blank": (
        'memory_topic "a b" {\n}\n',
        ("Invalid block label", f'"a b" can\'t be a label: {LABEL_RULE}', '"a b"'),
    ),
    "label with a digit first": (
        CLUSTER + 'data "memory_topics" "1st" {\n}\n',
        ("Invalid block label", f'"1st" can\'t be a label: {LABEL_RULE}', '"1st"'),
    ),
    "label of nothing": (
        'output "" {\n  value = 1\n}\n',
        ("Invalid block label", f'"" can\'t be a label: {LABEL_RULE}', '""'),
    ),
    "unknown attribute": (
        CLUSTER + topic("a", "partitons = 3"),
        (
            "Unsupported argument",
            'No attribute is called "partitons" here. Did you mean "partitions"?',
            "partitons",
        ),
    ),
    "unknown attribute like an engine's": (
        CLUSTER + topic("a", "for_eech = {}"),
        (
            "Unsupported argument",
            'No attribute is called "for_eech" here. Did you mean "for_each"?',
            "for_eech",
        ),
    ),
    "labels on data": (
        CLUSTER + topics("a", "labels = {}"),
        ("Unsupported argument", 'No attribute is called "labels" here.', "labels"),
    ),
    "block as an attribute": (
        cluster("c", "manages = {}"),
        (
            "Unsupported argument",
            '"manages" is a block here: write `manages { … }`, without the equals sign.',
            "manages",
        ),
    ),
    "what the system decides": (
        CLUSTER + topic("a", 'id = "x"'),
        ("Unsupported argument", '"id" is decided by the live system and can\'t be set.', "id"),
    ),
    "count beside for_each": (
        CLUSTER + topic("a", "count = 2", "for_each = {}"),
        (
            "Invalid combination of count and for_each",
            "A block may have count or for_each, not both: for_each makes instances by key, count by number.",
            "for_each",
        ),
    ),
    "required attribute": (
        'memory_topic "a" {\n}\n',
        (
            "Missing required argument",
            'The argument "cluster" is required, but no definition was found.',
            'memory_topic "a"',
        ),
    ),
    "unknown nested block": (
        cluster("c", "mangaes {\n }"),
        ("Unsupported block type", 'No block is called "mangaes" here. Did you mean "manages"?', "mangaes"),
    ),
    "attribute as a block": (
        CLUSTER + topic("a", "config {\n }"),
        (
            "Unsupported block type",
            '"config" is an argument here: write `config = …`, with an equals sign.',
            "config",
        ),
    ),
    "engine's attribute as a block": (
        CLUSTER + topic("a", "labels {\n }"),
        (
            "Unsupported block type",
            '"labels" is an argument here: write `labels = …`, with an equals sign.',
            "labels",
        ),
    ),
    "nested block twice": (
        cluster("c", "manages {\n }", "manages {\n }"),
        (
            "Duplicate manages block",
            "A memory_cluster takes one manages block; put everything into the first.",
            "manages",
        ),
    ),
    "nested block with a label": (
        cluster("c", 'manages "x" {\n }'),
        ("Wrong number of block labels", "A manages block takes no labels.", 'manages "x"'),
    ),
    "unknown attribute in a nested block": (
        cluster("c", "manages {\n topic_prefixs = []\n }"),
        (
            "Unsupported argument",
            'No attribute is called "topic_prefixs" here. Did you mean "topic_prefixes"?',
            "topic_prefixs",
        ),
    ),
    "block in a nested block": (
        cluster("c", "manages {\n inner {\n }\n }"),
        ("Unsupported block type", 'No block is called "inner" here.', "inner"),
    ),
    "unknown attribute in lifecycle": (
        CLUSTER + topic("a", "lifecycle {\n prevent_destory = true\n }"),
        (
            "Unsupported argument",
            'No attribute is called "prevent_destory" here. Did you mean "prevent_destroy"?',
            "prevent_destory",
        ),
    ),
    "lifecycle of a cluster": (
        cluster("c", "lifecycle {\n }"),
        ("Unsupported block type", 'No block is called "lifecycle" here.', "lifecycle"),
    ),
    "unknown attribute of the engine": (
        'variable "v" {\n  tpye = string\n  default = 1\n}\n',
        ("Unsupported argument", 'No attribute is called "tpye" here. Did you mean "type"?', "tpye"),
    ),
    "block in an engine's block": (
        'variable "v" {\n  check {\n  }\n}\n',
        ("Unsupported block type", 'No block is called "check" here.', "check"),
    ),
    "output without a value": (
        'output "o" {\n}\n',
        (
            "Missing required argument",
            'The argument "value" is required, but no definition was found.',
            'output "o"',
        ),
    ),
    "import without an id": (
        "import {\n  to = memory_topic.a\n}\n",
        (
            "Missing required argument",
            'The argument "id" is required, but no definition was found.',
            "import",
        ),
    ),
    "block in locals": (
        "locals {\n  x {\n  }\n}\n",
        ("Unsupported block type", "A locals block has only arguments: write `name = value`.", "x"),
    ),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_mistake_is_worded_and_underlined(bench, name):
    text, expected = BLOCKS[name]
    assert bench.refused(text) == [Told(*expected)]


TWICE = {
    "object": (
        CLUSTER + topic("a") + topic("a"),
        Told(
            "Duplicate declaration",
            "memory_topic.a was already declared at main.kplan.hcl:3. Names must be unique in a module.",
            'memory_topic "a"',
        ),
    ),
    "data": (
        CLUSTER + topics("a") + topics("a"),
        Told(
            "Duplicate declaration",
            "data.memory_topics.a was already declared at main.kplan.hcl:3. Names must be unique in a module.",
            'data "memory_topics" "a"',
        ),
    ),
    "variable": (
        'variable "v" {\n  default = 1\n}\nvariable "v" {\n}\n',
        Told(
            "Duplicate declaration",
            "var.v was already declared at main.kplan.hcl:1. Names must be unique in a module.",
            'variable "v"',
        ),
    ),
    "output": (
        output("o", "1") + output("o", "2"),
        Told(
            "Duplicate declaration",
            'An output "o" was already declared. Names must be unique in a module.',
            'output "o"',
        ),
    ),
    "local": (
        "locals {\n  x = 1\n}\nlocals {\n  x = 2\n}\n",
        Told("Duplicate local value", "local.x was already declared at main.kplan.hcl:2.", "x"),
    ),
}


@pytest.mark.parametrize("name", TWICE)
def test_a_name_is_declared_once(bench, name):
    text, expected = TWICE[name]
    assert bench.refused(text) == [expected]


def test_all_mistakes_are_told_at_once_in_order(bench):
    text = cluster("c", "bad = 1") + topic("a", "worse = 2") + output("o", "x.y.z")
    summaries = [(one.summary, one.at) for one in bench.refused(text)]
    assert summaries == [
        ("Unsupported argument", "bad"),
        ("Unsupported argument", "worse"),
        ("Reference to undeclared block", "x.y.z"),
    ]


def test_a_block_stands_where_its_file_says(bench):
    found = bench.refused(CLUSTER, other_kplan_hcl="\n\n" + topic("a", "wrong = 1"))
    assert found == [Told("Unsupported argument", 'No attribute is called "wrong" here.', "wrong")]


def test_the_types_named_are_those_of_objects_and_data():
    text = CLUSTER + topic("a") + topics("all") + ENGINE_BLOCKS
    parsed, _ = parse(Source("x", text), None)
    assert types_named([parsed]) == {"memory_cluster", "memory_topic", "memory_topics"}
