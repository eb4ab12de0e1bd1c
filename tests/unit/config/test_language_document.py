"""Every example of docs/language.md is valid where what it names is declared, and is formatted."""

import re
from pathlib import Path

import pytest
from config_bench import Bench

from kplan.lang.diagnostics import has_errors
from kplan.lang.format import formatted

DOCUMENT = (Path(__file__).parents[3] / "docs" / "language.md").read_text()
EXAMPLES = re.findall(r"^```hcl\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
# What an example takes for granted.
AROUND = {
    "variable.partitions": 'variable "partitions" {\n  default = 3\n}\n',
    "topic.team": 'topic "team" {\n  for_each = toset(["billing", "orders"])\n  cluster = cluster.primary\n'
    '  name = "team.${each.key}"\n}\n',
    "grant.billing": 'grant "billing" {\n  cluster = cluster.primary\n  principals = ["User:billing"]\n'
    '  produce {\n    topics = ["orders"]\n  }\n}\n',
    "data.cluster.primary": 'data "cluster" "primary" {\n  cluster = cluster.primary\n}\n',
    "cluster.primary": 'cluster "primary" {\n  bootstrap_servers = ["a:1"]\n}\n',
    "cluster.dr": 'cluster "dr" {\n  bootstrap_servers = ["b:1"]\n}\n',
}
MODULE = """
variable "name" {}
variable "partitions" {}
variable "cluster" {
  type = cluster
}
topic "events" {
  cluster    = var.cluster
  name       = "${var.name}.events"
  partitions = var.partitions
}
output "topics" {
  value = [topic.events.name]
}
"""
HEADS = re.compile(r'^(?:(data) "(\w+)"|(\w+)) "(\w+)" \{', re.MULTILINE)


def declared(text):
    return {".".join(part for part in one if part) for one in HEADS.findall(text)}


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.partition("\n")[0])
def test_an_example_is_valid(text, tmp_path):
    (tmp_path / "modules" / "team").mkdir(parents=True)
    (tmp_path / "modules" / "team" / "main.kplan.hcl").write_text(MODULE)
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    around = ""
    for name, block in AROUND.items():
        meant = name.replace("variable.", "var.")
        if meant in text + around and name not in declared(text):
            around += block
    values = {
        "KPLAN_VAR_servers": '["a:1"]',
        "KPLAN_VAR_kplan_password": "x",
        "KPLAN_VAR_billing_passwords": '{ billing-a = "x", billing-b = "y" }',
    }
    loaded = Bench(tmp_path).load(around + text, (), values)
    assert not has_errors(loaded.warnings)


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.partition("\n")[0])
def test_an_example_is_formatted(text):
    assert formatted(text) == text


def test_there_are_examples():
    assert len(EXAMPLES) > 5
