"""Nested blocks that may stand there many times, each with a label: a list of objects in the order they stand in."""

import pytest
from config_bench import CLUSTER

from kplan.config.arguments import span_of
from kplan.lang.diagnostics import DiagnosticsError
from kplan.registry import types as registry
from kplan.sdk.types import OPTIONAL, REQUIRED, Attribute, Is, Leaf, NestedBlock
from kplan.sdk.values import Secret, Unknown
from kplan_memory import PROVIDER

_STEPS = NestedBlock(
    "step",
    (
        Attribute("kind", "string", "", REQUIRED),
        Attribute("config", "map(string)", "", OPTIONAL),
        Attribute("token", "string", "", OPTIONAL | Is.SENSITIVE),
    ),
    blocks=(NestedBlock("when", (Attribute("name", "string", ""),), many=True),),
    many=True,
)


@pytest.fixture(autouse=True)
def with_steps(monkeypatch):
    """Give the memory topics of these tests such blocks."""
    real = registry.gather

    def gather(providers, known):
        made = real(providers, known)
        topic = made.resources["memory_topic"]
        assert isinstance(topic, Leaf)
        made.resources["memory_topic"] = made.leaves["memory_topic"] = topic._replace(blocks=(_STEPS,))
        return made

    monkeypatch.setattr(registry, "gather", gather)
    assert PROVIDER.types


def topic(*blocks):
    return CLUSTER + 'memory_topic "t" {\n  cluster = memory_cluster.c\n' + "\n".join(blocks) + "\n}\n"


def steps(evaluation):
    [found] = evaluation.root.instances["memory_topic.t"].values()
    return found.desired.get("step")


def test_they_are_a_list_in_the_order_of_the_text(bench):
    text = topic('step "b" {\n kind = "x"\n}', 'step "a" {\n kind = "y"\n config = { k = 1 }\n}')
    assert steps(bench.evaluate(text)) == (
        {"label": "b", "kind": "x"},
        {"label": "a", "kind": "y", "config": {"k": "1"}},
    )


def test_without_any_there_is_nothing(bench):
    assert steps(bench.evaluate(topic())) is None


def test_they_nest(bench):
    text = topic('step "a" {\n kind = "x"\n when "p" {\n name = "n"\n }\n when "q" {\n }\n}')
    assert steps(bench.evaluate(text))[0]["when"] == ({"label": "p", "name": "n"}, {"label": "q"})


def test_marks_are_seen_through_them(bench):
    text = 'variable "v" {\n default = "x"\n sensitive = true\n}\n' + topic(
        'step "a" {\n kind = memory_topic.u.id\n token = var.v\n}'
    )
    [one] = steps(bench.evaluate(text + 'memory_topic "u" {\n  cluster = memory_cluster.c\n}\n'))
    assert isinstance(one["kind"], Unknown)
    assert isinstance(one["token"], Secret)


def test_others_may_read_them(bench):
    text = topic('step "a" {\n kind = "x"\n}') + 'output "o" {\n  value = memory_topic.t.step[0].label\n}\n'
    evaluation = bench.evaluate(text)
    assert evaluation.root.output("o") == "a"


@pytest.mark.parametrize(
    ("block", "summary", "at"),
    [
        ('step {\n kind = "x"\n}', "Wrong number of block labels", "step"),
        ('step "a" "b" {\n kind = "x"\n}', "Wrong number of block labels", 'step "a" "b"'),
        ('step "a b" {\n kind = "x"\n}', "Invalid block label", '"a b"'),
        ('step "a" {\n}', "Missing required argument", 'step "a"'),
        ('step "a" {\n kind = "x"\n colour = 1\n}', "Unsupported argument", "colour"),
        ('step "a" {\n kind = "x"\n}\nstep "a" {\n kind = "y"\n}', "Duplicate step block", '"a"'),
    ],
)
def test_what_is_wrong_with_one_is_told_where_it_stands(bench, block, summary, at):
    with pytest.raises(DiagnosticsError) as told:
        bench.evaluate(topic(block))
    found = next(one for one in told.value.diagnostics if one.summary == summary)
    assert found.source.text[found.start : found.end].startswith(at)


def test_a_value_that_can_not_be_evaluated_in_one_of_them_is_told_once(bench):
    evaluation = bench.evaluate(topic('step "a" {\n kind = "x"\n}', 'step "b" {\n kind = 1 + "x"\n}'))
    [found] = evaluation.diagnostics
    assert found.source.text[found.start : found.end] == '"x"'


def test_a_fault_finds_the_one_that_it_means(bench):
    loaded = bench.load(topic('step "a" {\n kind = "x"\n}', 'step "b" {\n kind = "y"\n}'))
    declared = loaded.module.declared["memory_topic.t"]
    text, base = declared.place.source.text, declared.place.base

    def meant(*path):
        start, end = span_of(declared, path)
        return text[base + start : base + end]

    assert meant("step", 1, "kind") == '"y"'
    assert meant("step", 0, "kind") == '"x"'
    assert meant("step", 1).startswith('step "b"')
