"""What of a configuration a saved plan takes along: the blocks that its nodes need, and no source; restored, they mean the same."""

import json

import pytest
from config_bench import CLUSTER, cluster, output, topic, topics

from kplan.config.evaluation import Evaluation
from kplan.config.extract import extract, restored
from kplan.config.load import assemble
from kplan.config.variables import gather
from kplan.lang.diagnostics import DiagnosticsError

A, B = "memory_topic.a", "memory_topic.b"


def variable(name, *lines):
    inner = "".join(f"  {line}\n" for line in lines)
    return f'variable "{name}" {{\n{inner}}}\n'


def module(name, source, *lines):
    inner = "".join(f"  {line}\n" for line in lines)
    return f'module "{name}" {{\n  source = "./{source}"\n{inner}}}\n'


def called(pieces, folder="."):
    """Name the blocks that are taken along of a folder, with the entries of locals and the inputs of calls."""
    found = []
    for one in pieces[folder]:
        for _, block in one.blocks:
            more = [each[0] for each in block[4]] if block[0] in {"locals", "module"} else []
            found.append(" ".join([block[0], *block[1], *more]))
    return found


def again(bench, configuration, *nodes):
    """Take nodes along and make a configuration of that alone."""
    pieces = extract(configuration, nodes)
    return assemble(
        restored(pieces),
        bench.folder,
        lambda declared: gather(declared, bench.folder, (), {}),
        configuration.surroundings,
        "default",
        whole=False,
    )


def test_a_block_comes_with_all_that_it_needs_and_nothing_else(bench):
    text = (
        CLUSTER
        + cluster("d")
        + topic("a", "note = local.a")
        + topic("b", "note = memory_topic.a.id", "depends_on = [memory_topic.c]")
        + topic("c")
        + topic("other", "note = local.other")
        + topics("d", "prefix = var.p")
        + 'locals {\n  a = "${local.of_a} ${data.memory_topics.d.count}"\n  other = 1\n}\nlocals {\n  of_a = var.n\n}\n'
        + variable("n", "default = 1")
        + variable("p", 'default = "p"')
        + variable("unused", "default = 2")
        + output("o", "memory_topic.other.id")
    )
    assert called(extract(bench.load(text), [B])) == [
        "memory_cluster c",
        "memory_topic a",
        "memory_topic b",
        "memory_topic c",
        "data memory_topics d",
        "locals a",
        "locals of_a",
        "variable n",
        "variable p",
    ]


def test_outputs_come_where_they_are_named(bench):
    text = (
        CLUSTER
        + topic("a")
        + topic("b")
        + output("o", "memory_topic.a.id")
        + output("p", "memory_topic.b.id")
    )
    configuration = bench.load(text)
    assert called(extract(configuration, ["output.o"])) == ["memory_cluster c", "memory_topic a", "output o"]
    assert called(extract(configuration, [])) == []


def test_what_says_what_becomes_of_objects_comes_always_or_never(bench):
    text = (
        'kplan {\n  required_version = ">= 0.0.1"\n}\n'
        + CLUSTER
        + topic("a")
        + "removed {\n  from = memory_topic.gone\n  lifecycle {\n    destroy = false\n  }\n}\n"
        + "moved {\n  from = memory_topic.old\n  to = memory_topic.a\n}\n"
        + 'import {\n  to = memory_topic.a\n  id = "a"\n}\n'
        + 'check "c" {\n  assert {\n    condition = memory_topic.a.id == ""\n    error_message = "no"\n  }\n}\n'
    )
    assert called(extract(bench.load(text), [A])) == [
        "kplan",
        "memory_cluster c",
        "memory_topic a",
        "removed",
    ]


def test_variables_of_variables_come_too(bench):
    validation = 'validation {\n    condition = var.x > var.y\n    error_message = "no"\n  }'
    text = (
        CLUSTER
        + topic("a", "partitions = var.x")
        + variable("x", "default = 2", validation)
        + variable("y", "default = 1")
        + variable("z", "default = 1")
    )
    assert called(extract(bench.load(text), [A]))[2:] == ["variable x", "variable y"]


def test_defaults_of_sensitive_variables_stay_behind(bench):
    def defaults(*lines):
        text = CLUSTER + topic("a", "note = nonsensitive(md5(var.s))") + variable("s", *lines)
        [piece] = extract(bench.load(text), [A])["."]
        return [one[3][3] for one in piece.blocks[-1][1][4] if one[0] == "default"]

    assert defaults("sensitive = true", 'default = "hunter2"') == []
    assert defaults("sensitive = true", "default = null") == [None]
    assert defaults("sensitive = false", 'default = "open"') == ["open"]


# modules

INNER = (
    variable("on")
    + variable("note", "default = null")
    + variable("other", "default = null")
    + topic("in", "note = var.note").replace("memory_cluster.c", "var.on")
    + topic("too", "note = var.other").replace("memory_cluster.c", "var.on")
    + output("id", "memory_topic.in.id")
)


def write(bench, **modules):
    for name, text in modules.items():
        (bench.folder / name).mkdir()
        (bench.folder / name / "main.kplan.hcl").write_text(text)


def test_a_call_comes_with_the_inputs_that_are_needed(bench):
    write(bench, m=INNER)
    configuration = bench.load(
        CLUSTER
        + topic("a")
        + topic("b")
        + module("m", "m", "on = memory_cluster.c", "note = memory_topic.a.id", "other = memory_topic.b.id")
    )
    pieces = extract(configuration, ["module.m.memory_topic.in"])
    assert called(pieces) == ["memory_cluster c", "memory_topic a", "module m source on note"]
    assert called(pieces, "m") == ["variable on", "variable note", "memory_topic in"]


def test_a_call_that_is_not_needed_stays_behind_with_its_folder(bench):
    write(bench, m=INNER)
    pieces = extract(bench.load(CLUSTER + topic("a") + module("m", "m", "on = memory_cluster.c")), [A])
    assert called(pieces) == ["memory_cluster c", "memory_topic a"]
    assert pieces.keys() == {"."}


def test_what_one_call_needs_is_there_for_another_that_comes_too(bench):
    write(bench, m=INNER)
    configuration = bench.load(
        CLUSTER
        + topic("a")
        + module("one", "m", "on = memory_cluster.c", "note = module.two.id")
        + module("two", "m", "on = memory_cluster.c", "note = memory_topic.a.id")
        + module("three", "m", "on = memory_cluster.c")
    )
    pieces = extract(configuration, ["module.one.memory_topic.in"])
    assert called(pieces)[2:] == ["module one source on note", "module two source on note"]
    assert [unit.path for unit in again(bench, configuration, "module.one.memory_topic.in").units] == [
        "",
        "module.one",
        "module.two",
    ]


def test_what_comes_for_one_call_has_its_inputs_in_the_other(bench):
    write(bench, m=INNER)
    configuration = bench.load(
        CLUSTER
        + topic("a")
        + topic("b")
        + module("one", "m", "on = memory_cluster.c", "note = memory_topic.b.id", "other = module.two.id")
        + module("two", "m", "on = memory_cluster.c", "note = memory_topic.a.id", "other = memory_topic.a.id")
    )
    pieces = extract(configuration, ["module.one.memory_topic.too"])
    assert called(pieces)[1:] == [
        "memory_topic a",
        "memory_topic b",
        "module one source on note other",
        "module two source on note other",
    ]


def test_a_module_within_a_module_comes_with_both_calls(bench):
    outer = (
        variable("on")
        + variable("n")
        + module("inner", "../m", "on = var.on", "note = var.n").replace("./../", "../")
    )
    write(bench, m=INNER, o=outer)
    configuration = bench.load(
        CLUSTER
        + topic("a")
        + module("out", "o", "on = memory_cluster.c", "n = memory_topic.a.id")
        + module("off", "o", "on = memory_cluster.c", 'n = "x"')
    )
    node = "module.out.module.inner.memory_topic.in"
    pieces = extract(configuration, [node])
    assert called(pieces)[1:] == ["memory_topic a", "module out source on n"]
    assert called(pieces, "o") == ["variable on", "variable n", "module inner source on note"]
    assert node in again(bench, configuration, node).module.declared


# restored


def test_what_is_restored_evaluates_as_it_did(bench):
    write(bench, m=INNER)
    text = (
        CLUSTER
        + topic("a", 'for_each = toset(["x", "y"])', "name = each.key", 'config = { k = "v" }')
        + module(
            "m", "m", 'for_each = toset(["p"])', "on = memory_cluster.c", 'note = memory_topic.a["x"].name'
        )
        + output("o", "module.m")
    )
    configuration = bench.load(text)
    nodes = ["memory_topic.a", "module.m.memory_topic.in", "output.o"]
    made = again(bench, configuration, *nodes)
    assert made.edges == {node: needed for node, needed in configuration.edges.items() if node in made.edges}
    assert {node: made.strata[node] for node in made.strata} == {
        node: configuration.strata[node] for node in made.strata
    }
    for one in (configuration, made):
        evaluation = Evaluation(one)
        for node in one.order:
            if node in one.module.declared:
                declared = one.module.declared[node]
                evaluation.endpoints(declared) if node == "memory_cluster.c" else evaluation.leaves(declared)
            else:
                evaluation.value(node)
        assert evaluation.diagnostics == []
        assert evaluation.root.output("o") is not None


def test_no_source_comes_along_but_mistakes_are_still_told_by_line(bench):
    text = (
        "# a comment that says much\n"
        + CLUSTER
        + topic("a", "# another", "partitions = var.n # and one more")
        + variable("n", "default = 1")
    )
    pieces = extract(bench.load(text), [A])
    said = json.dumps(pieces)
    assert not any(word in said for word in ("comment", "another", "more"))
    [file] = restored(pieces).files["."]
    assert file.source.text.strip() == ""
    base, block = next(one for one in file.blocks if one[1][0] == "memory_topic")
    assert file.source.position(base + block[2]) == (4, 1)
    assert file.source.position(base + block[4][1][1]) == (7, 3)


def test_a_value_that_does_not_suit_any_more_is_told_where_it_stands(bench):
    configuration = bench.load(
        CLUSTER
        + "\n\n"
        + topic("a", "note = nonsensitive(var.s)")
        + variable("s", "sensitive = true", 'default = "x"')
    )
    with pytest.raises(DiagnosticsError) as caught:
        again(bench, configuration, A)
    [one] = caught.value.diagnostics
    assert (one.summary, one.source.position(one.start)) == ("No value for required variable", (9, 1))
