"""The examples of docs/connect.md are valid and formatted."""

import re
from pathlib import Path

from kplan.cli.main import main

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


def test_the_examples_are_valid_and_formatted(tmp_path, monkeypatch, capsys):
    examples = re.findall(r"^```hcl\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert len(examples) == 2
    for number, text in enumerate(examples):
        (tmp_path / f"{number}.kplan.hcl").write_text(text)
    (tmp_path / "around.kplan.hcl").write_text(AROUND.lstrip())
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KPLAN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("KPLAN_VAR_connect_password", "x")
    monkeypatch.setenv("KPLAN_VAR_archive_token", "y")
    for arguments in (["validate", "-no-color"], ["fmt", "-check"]):
        assert main(arguments) == 0, capsys.readouterr()
