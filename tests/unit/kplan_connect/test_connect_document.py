"""The examples of docs/connect.md are valid and formatted."""

import os
import re
import subprocess
import sys
from pathlib import Path

DOCUMENT = (Path(__file__).parents[3] / "docs" / "connect.md").read_text()
AROUND = """
cluster "primary" {
  bootstrap_servers = ["kafka1:9092"]
}

variable "connect_password" {
  type      = string
  sensitive = true
}

variable "archive_token" {
  type      = string
  sensitive = true
}

topic "orders" {
  cluster = cluster.primary
}
"""


def kplan(folder, *arguments):
    environment = {**os.environ, "KPLAN_VAR_connect_password": "x", "KPLAN_VAR_archive_token": "y"}
    command = [sys.executable, "-m", "kplan", *arguments, "-no-color"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


def test_the_examples_are_valid_and_formatted(tmp_path):
    examples = re.findall(r"^```hcl\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert len(examples) == 2
    for number, text in enumerate(examples):
        (tmp_path / f"{number}.kplan.hcl").write_text(text)
    (tmp_path / "around.kplan.hcl").write_text(AROUND.lstrip())
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    ran = kplan(tmp_path, "validate")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    ran = subprocess.run(
        [sys.executable, "-m", "kplan", "fmt", "-check"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
