"""What depends_on does to the order of blocks, and what it does not."""

from pathlib import Path

import pytest

from kplan.config.configuration import Configuration
from kplan.config.load import load
from kplan.lang.diagnostics import DiagnosticsError

CLUSTER = 'memory_cluster "c" {\n  world = "w"\n}\n'


def configuration(folder: Path, text: str) -> Configuration:
    (folder / "main.kplan.hcl").write_text(CLUSTER + text)
    return load(folder, [], {}, None)


def topic(label: str, more: str = "") -> str:
    return f'memory_topic "{label}" {{\n  cluster = memory_cluster.c\n{more}\n}}\n'


def test_it_orders_blocks_and_costs_no_further_read(tmp_path):
    chain = (
        topic("a") + topic("b", "depends_on = [memory_topic.a]") + topic("c", "depends_on = [memory_topic.b]")
    )
    loaded = configuration(tmp_path, chain)
    assert loaded.edges["memory_topic.b"] == ("memory_topic.a", "memory_cluster.c")
    assert loaded.edges["memory_topic.c"] == ("memory_topic.b", "memory_cluster.c")
    assert {loaded.strata[f"memory_topic.{one}"] for one in "abc"} == {0}


def test_a_computed_attribute_costs_one(tmp_path):
    loaded = configuration(tmp_path, topic("a") + topic("b", "name = memory_topic.a.id"))
    assert (loaded.strata["memory_topic.a"], loaded.strata["memory_topic.b"]) == (0, 1)


def test_a_data_block_waits_for_the_plan_of_what_it_depends_on(tmp_path):
    data = (
        'data "memory_topics" "all" {\n  cluster    = memory_cluster.c\n  depends_on = [memory_topic.a]\n}\n'
    )
    loaded = configuration(tmp_path, topic("a") + data)
    assert loaded.strata["data.memory_topics.all"] == 1


def test_each_name_that_is_none_is_underlined_by_itself(tmp_path):
    with pytest.raises(DiagnosticsError) as caught:
        configuration(tmp_path, topic("a", "depends_on = [memory_topic.b, memory_cluster.d]"))
    found = [(one.detail, one.source.text[one.start : one.end]) for one in caught.value.diagnostics]
    assert found == [
        ('No block memory_topic.b is declared. Did you mean "memory_topic.a"?', "memory_topic.b"),
        ('No block memory_cluster.d is declared. Did you mean "memory_cluster.c"?', "memory_cluster.d"),
    ]
