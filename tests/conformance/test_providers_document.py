"""docs/providers.md is true: its example runs as it stands there; and the table of laws is the suite's."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from test_memory import SUBJECT

from kplan.sdk.conformance import checks

DOCUMENT = Path(__file__).parents[2] / "docs" / "providers.md"
LAWS = DOCUMENT.with_name("provider-laws.md")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for kind, text in _BLOCK.findall(DOCUMENT.read_text()) if kind == language]


@pytest.fixture(scope="module")
def example(tmp_path_factory) -> Path:
    """The example's files in a folder, and beside them what an installation would add."""
    folder = tmp_path_factory.mktemp("example")
    for text in blocks("python"):
        path = folder / re.match(r"# (\S+)\n", text).group(1)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    [project] = map(tomllib.loads, blocks("toml"))
    points = project["project"]["entry-points"]["kplan.types"]
    installed = folder / "kplan_notes-0.1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: kplan-notes\nVersion: 0.1\n")
    lines = [f"{name} = {where}" for name, where in points.items()]
    (installed / "entry_points.txt").write_text("\n".join(["[kplan.types]", *lines, ""]))
    return folder


def run(*arguments: object, cwd: Path, example: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(example), *filter(None, sys.path)])}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_example_keeps_every_law(example, tmp_path):
    ended = run(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", example / "tests", cwd=tmp_path, example=example
    )
    assert ended.returncode == 0, ended.stdout
    assert int(re.search(r"(\d+) passed", ended.stdout).group(1)) > 35


def test_an_entry_point_is_there_for_each_type(example):
    [project] = map(tomllib.loads, blocks("toml"))
    code = "import json, kplan_notes; print(json.dumps([one.name for one in kplan_notes.PROVIDER.types]))"
    ended = run("-c", code, cwd=example, example=example)
    assert json.loads(ended.stdout) == list(project["project"]["entry-points"]["kplan.types"])


def test_kplan_applies_the_example(example, tmp_path):
    (tmp_path / "main.kplan.hcl").write_text(blocks("hcl")[0])
    (tmp_path / "notes").mkdir()
    kplan = "from kplan.cli.main import main; main()"
    planned = run("-c", kplan, "plan", "-no-color", cwd=tmp_path, example=example)
    assert "Plan: 2 to add, 0 to change, 0 to destroy." in planned.stdout, planned.stdout + planned.stderr
    applied = run("-c", kplan, "apply", "-auto-approve", "-no-color", cwd=tmp_path, example=example)
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert {file.name: file.read_text() for file in (tmp_path / "notes").iterdir()} == {
        "greeting.txt": "hello",
        "answer.md": "# to greeting",
    }
    again = run("-c", kplan, "plan", "-no-color", "-detailed-exitcode", cwd=tmp_path, example=example)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "No changes." in again.stdout


def test_the_table_of_laws_is_the_suites():
    rows = re.findall(r"^\| `(\w+)`: .* \|( (?:`\w+`(?:, )?)*) ?\|$", LAWS.read_text(), re.MULTILINE)
    assert [law for law, _ in rows] == list(dict.fromkeys(check.law for check in checks(SUBJECT)))


def test_the_needs_in_the_table_are_what_makes_a_law_run():
    bare = SUBJECT._replace(
        sources=(), unreachable=None, leaves=tuple(type(leaf)(*leaf[:3]) for leaf in SUBJECT.leaves)
    )
    needy = set(re.findall(r"^\| `(\w+)`: .* \| `.*\|$", LAWS.read_text(), re.MULTILINE))
    run_anyway = {check.law for check in checks(bare)}
    assert needy == {check.law for check in checks(SUBJECT)} - run_anyway
