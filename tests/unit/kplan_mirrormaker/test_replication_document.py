"""The examples of docs/replication.md are valid together, and formatted."""

import os
import re
import subprocess
import sys
from pathlib import Path

DOCUMENT = (Path(__file__).parents[3] / "docs" / "replication.md").read_text()
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


def test_the_examples_are_valid_and_formatted(tmp_path):
    examples = re.findall(r"^```hcl\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert len(examples) == 3
    for number, text in enumerate(examples):
        (tmp_path / f"{number}.kplan.hcl").write_text(text)
    (tmp_path / "around.kplan.hcl").write_text(AROUND.lstrip())
    for arguments in (("validate", "-no-color"), ("fmt", "-check")):
        ran = kplan(tmp_path, *arguments)
        assert ran.returncode == 0, ran.stdout + ran.stderr
