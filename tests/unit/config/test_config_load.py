"""A folder to a configuration: files, what is told together, and what is loaded."""

import pytest
from config_bench import CLUSTER, Told, output, topic

from kplan.config.files import ModuleFiles, read_source, variable_files
from kplan.config.load import load, load_module
from kplan.lang.diagnostics import Diagnostic, DiagnosticsError, has_errors


def test_files_of_a_folder_are_one_module_in_order_of_name(bench):
    loaded = bench.load(
        topic("a"), b_kplan_hcl=CLUSTER, notes_txt="nothing of ours", x_kplanvars_hcl="not read"
    )
    assert list(loaded.module.declared) == ["memory_cluster.c", "memory_topic.a"]
    assert [one.path for one in loaded.module.sources] == ["b.kplan.hcl", "main.kplan.hcl"]


def test_a_folder_without_files_is_told(tmp_path):
    with pytest.raises(DiagnosticsError) as caught:
        load(tmp_path, [], {}, None)
    (one,) = caught.value.diagnostics
    detail = f"There are no *.kplan.hcl files in {tmp_path}. Go to a folder that has some, or use -chdir."
    assert (one.summary, one.detail) == ("No configuration files", detail)


def test_a_folder_that_is_none_is_told(tmp_path):
    with pytest.raises(DiagnosticsError) as caught:
        load(tmp_path / "none", [], {}, None)
    (one,) = caught.value.diagnostics
    assert one.summary == "Folder can't be read"
    assert one.detail == f"{tmp_path / 'none'}: No such file or directory."


def test_a_byte_that_is_no_text_is_underlined(bench):
    (bench.folder / "main.kplan.hcl").write_bytes(b'memory_topic "caf\xe9" {\n}\n')
    with pytest.raises(DiagnosticsError) as caught:
        load(bench.folder, [], {}, None)
    (one,) = caught.value.diagnostics
    assert one.summary == "Invalid character encoding"
    assert one.detail == "Line 1 has a byte (0xe9) that isn't UTF-8. Save the file as UTF-8."
    assert (one.start, one.source.text[one.start]) == (17, "�")


def test_the_line_of_a_wrong_byte_is_counted_and_characters_are_no_bytes(bench):
    (bench.folder / "main.kplan.hcl").write_bytes('# ä\n# ö "x'.encode() + b"\xff\n")
    found = read_source(bench.folder / "main.kplan.hcl", "main.kplan.hcl")
    assert isinstance(found, Diagnostic)
    assert found.detail.startswith("Line 2 has a byte (0xff)")
    assert found.source.text[found.start] == "�"


def test_syntax_schema_references_and_values_are_told_together(bench):
    text = (
        'variable "v" {\n}\n'
        + CLUSTER
        + topic("a", "wrong = 1", 'partitions = "many"')
        + output("o", "local.none")
        + 'memory_topic "b" {\n  cluster = [\n}\n'
    )
    assert [one.summary.removesuffix(' "["').removesuffix(" list") for one in bench.refused(text)] == [
        "No value for required variable",
        "Unsupported argument",
        "Incorrect attribute value type",
        "Reference to undeclared local value",
        "Unclosed",
    ]


def test_a_circle_is_not_evaluated(bench):
    text = CLUSTER + topic("a", "note = memory_topic.a.name", 'partitions = "many"')
    assert [one.summary for one in bench.refused(text)] == ["Cycle"]


def test_one_mistake_is_told_once_by_whoever_finds_it(bench):
    text = (
        CLUSTER + topic("a", "note = memory_topic.b.nmae", "partitions = memory_cluster.c.world") + topic("b")
    )
    assert [(one.summary, one.at) for one in bench.refused(text)] == [
        ("Unsupported attribute", "memory_topic.b.nmae"),
        ("Unsupported attribute", "memory_cluster.c.world"),
    ]


def test_warnings_do_not_stop(bench):
    loaded = bench.load(CLUSTER, kplan_kplanvars_hcl="x = 1\n")
    assert not has_errors(loaded.warnings)
    assert [one.summary for one in loaded.warnings] == ["Value for undeclared variable"]


def test_two_distributions_offering_one_name_are_told(bench, monkeypatch):
    from kplan.registry import types

    class Offered:
        def __init__(self, value, dist):
            self.name, self.value, self.dist = "memory_topic", value, dist

    class Distribution:
        def __init__(self, name):
            self.name = name

    both = [Offered("one:P", Distribution("kplan-one")), Offered("two:P", Distribution("kplan-two"))]
    monkeypatch.setattr(types, "_entry_points", lambda: {"memory_topic": both})
    detail = 'Two installed distributions offer the block type "memory_topic": kplan-one and kplan-two. Uninstall one of them.'
    assert bench.refused(topic("a")) == [Told("Conflicting providers", detail, "")]


def test_only_providers_that_are_named_are_loaded(bench):
    (bench.folder / "main.kplan.hcl").write_text(CLUSTER)
    _, types, _ = load_module(bench.folder, None)
    assert set(types.resources) == {
        "memory_cluster",
        "memory_topic",
        "memory_job",
        "memory_team",
        "memory_seat",
        "memory_relay",
    }
    (bench.folder / "main.kplan.hcl").write_text('cluster "c" {\n  bootstrap_servers = []\n}\n')
    _, types, _ = load_module(bench.folder, None)
    assert set(types.resources) == {"cluster", "topic", "scram_user", "acl", "grant"}
    assert "memory_topic" in types.known


def test_a_file_is_read_once_for_the_whole_run(tmp_path):
    (tmp_path / "a").write_text("one")
    files = ModuleFiles(tmp_path)
    assert files.read("a") == "one"
    (tmp_path / "a").write_text("two")
    assert files.read("a") == "one"
    assert ModuleFiles(tmp_path).read("a") == "two"


def test_a_file_keeps_its_bytes_as_they_are(tmp_path):
    (tmp_path / "a").write_bytes("é\r\n".encode())
    assert ModuleFiles(tmp_path).read("a") == "é\r\n"


def test_a_file_may_be_anywhere(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("x")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    files = ModuleFiles(tmp_path / "elsewhere")
    assert files.read(str(tmp_path / "a")) == files.read("~/a") == files.read("../a") == "x"


@pytest.mark.parametrize(
    ("path", "kind"), [("none", OSError), (".", OSError), ("a\0b", ValueError), ("latin", ValueError)]
)
def test_a_file_that_can_not_be_read_raises(tmp_path, path, kind):
    (tmp_path / "latin").write_bytes(b"\xff")
    with pytest.raises(kind):
        ModuleFiles(tmp_path).read(path)


def test_value_files_are_in_order(tmp_path):
    for name in (
        "z.auto.kplanvars.hcl",
        "a.auto.kplanvars.hcl",
        "kplan.kplanvars.hcl",
        "other.kplanvars.hcl",
    ):
        (tmp_path / name).touch()
    assert [one.name for one in variable_files(tmp_path)] == [
        "kplan.kplanvars.hcl",
        "a.auto.kplanvars.hcl",
        "z.auto.kplanvars.hcl",
    ]
