"""The examples of docs/replication.md and of the patterns are valid, and formatted."""

import re
from pathlib import Path

import pytest

from kplan.cli.main import main

DOCS = Path(__file__).parents[3] / "docs"
PATTERNS = sorted(path.name for path in (DOCS / "patterns").iterdir())
AROUND = """
cluster "primary" {
  bootstrap_servers = ["kafka1:9092"]
}

cluster "dr" {
  bootstrap_servers = ["kafka2:9092"]
}
"""


def examples(path):
    return re.findall(r"^```hcl\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def valid(tmp_path, monkeypatch, capsys):
    def look(**texts):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("KPLAN_CACHE_DIR", str(tmp_path / "cache"))
        for name, text in texts.items():
            (tmp_path / f"{name}.kplan.hcl").write_text(text)
        for arguments in (["validate", "-no-color"], ["fmt", "-check"]):
            code = main(arguments)
            told = capsys.readouterr()
            assert code == 0, told.out + told.err
            assert "Warning" not in told.out

    return look


def test_the_examples_are_valid_and_formatted(valid):
    copy, dedicated = examples(DOCS / "replication.md")
    valid(around=AROUND.lstrip(), copy=copy, dedicated=dedicated)


@pytest.mark.parametrize("name", PATTERNS)
def test_each_pattern_has_its_file_and_says_what_it_is_for(name, valid):
    text = (DOCS / "patterns" / name).read_text()
    for part in ("**When.**", "## The file", "## What it guarantees", "## What it doesn't", "## RPO and RTO"):
        assert part in text
    [file] = examples(DOCS / "patterns" / name)
    valid(main=file)
