"""The examples of docs/replication.md and of the patterns are valid, and formatted."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

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


def kplan(folder, *arguments):
    command = [sys.executable, "-m", "kplan", *arguments]
    return subprocess.run(command, cwd=folder, env={**os.environ}, capture_output=True, text=True, timeout=60)


def examples(path):
    return re.findall(r"^```hcl\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)


def valid(folder, **texts):
    for name, text in texts.items():
        (folder / f"{name}.kplan.hcl").write_text(text)
    for arguments in (("validate", "-no-color"), ("fmt", "-check")):
        ran = kplan(folder, *arguments)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "Warning" not in ran.stdout


def test_the_examples_are_valid_and_formatted(tmp_path):
    copy, dedicated = examples(DOCS / "replication.md")
    valid(tmp_path, around=AROUND.lstrip(), copy=copy, dedicated=dedicated)


@pytest.mark.parametrize("name", PATTERNS)
def test_each_pattern_has_its_file_and_says_what_it_is_for(name, tmp_path):
    text = (DOCS / "patterns" / name).read_text()
    for part in ("**When.**", "## The file", "## What it guarantees", "## What it doesn't", "## RPO and RTO"):
        assert part in text
    [file] = examples(DOCS / "patterns" / name)
    valid(tmp_path, main=file)
