"""Everything that can be found wrong without contacting anything."""

from operations_bench import CLUSTER, READS, output, topic, topics

from kplan.lang.diagnostics import Severity
from kplan.operations.options import VariableFlag
from kplan.operations.validate import validate


def found(bench, *blocks: str, **more) -> list[str]:
    bench.declare(*blocks)
    return [one.summary for one in validate(bench.options(**more))]


def test_what_is_right_is_right_without_any_contact(bench):
    text = [
        CLUSTER,
        topic("a"),
        topic("b", "note = memory_topic.a.id"),
        topics("d"),
        output("o", "memory_topic.b"),
    ]
    assert found(bench, *text) == []
    assert bench.world.calls == []
    assert not (bench.folder / "state").exists()


def test_mistakes_of_every_kind_are_found(bench):
    assert found(bench, CLUSTER, topic("a", "wrong = 1")) == ["Unsupported argument"]
    assert found(bench, CLUSTER, topic("a", "partitions = 0")) == [
        "partitions must be a whole number of at least 1, not 0."
    ]
    assert found(bench, CLUSTER, "locals {\n  unused = 1 / 0\n}\n") == [
        "Unused local value",
        "Division by zero",
    ]
    assert found(bench, CLUSTER, output("o", "1 / 0")) == ["Division by zero"]
    assert found(bench, 'variable "v" {\n}\n' + CLUSTER) == ["No value for required variable"]
    assert found(bench, CLUSTER, topics("d", 'prefix = ["x"]')) == ["Incorrect attribute value type"]


def test_values_are_needed_as_for_a_plan(bench):
    text = 'variable "v" {\n}\n' + CLUSTER + output("v", "var.v")
    assert found(bench, text, variables={"v": "1"}) == []
    assert VariableFlag("v", "1") == bench.options(variables={"v": "1"}).variables[0]


def test_warnings_are_told(bench):
    (bench.folder / "kplan.kplanvars.hcl").write_text("unknown = 1\n")
    bench.declare(CLUSTER)
    assert [one.severity for one in validate(bench.options())] == [Severity.WARNING]


def test_what_only_a_read_decides_is_no_mistake(bench):
    text = [CLUSTER, topic("a"), topic("b", "name = memory_topic.a.id"), topics("d")]
    many = topic("m", "for_each = toset(data.memory_topics.d.names)", 'name = "m-${each.key}"')
    assert found(bench, *text, many, output("o", 'memory_topic.m["x"].name')) == []
    assert {call.verb for call in bench.world.calls} <= READS
