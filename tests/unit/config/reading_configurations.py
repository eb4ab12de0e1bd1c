"""Configurations written once for Terraform and kplan, read from `data/configurations.txt`."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent


def configurations() -> dict[str, dict[str, str]]:
    """Give each configuration's files, without endings, as Terraform reads them."""
    text = (HERE / "data" / "configurations.txt").read_text()
    found = {}
    for part in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
        name, _, rest = part.partition("\n")
        files = re.split(r"^--- ", rest, flags=re.MULTILINE)[1:]
        found[name] = {one.partition("\n")[0]: one.partition("\n")[2] for one in files}
    return found


def for_kplan(name: str, text: str) -> str:
    """Turn a file into kplan's words; every line stays on its line."""
    handle = "memory_cluster.c" if name == "main" else "var.cluster"
    text = re.sub(r'^resource "terraform_data"', "memory_topic", text, flags=re.MULTILINE)
    text = text.replace("terraform_data.", "memory_topic.")
    text = re.sub(
        r"^//cluster-variable$", 'variable "cluster" { type = memory_cluster }', text, flags=re.MULTILINE
    )
    text = re.sub(r"^  //cluster$", f"  cluster = {handle}", text, flags=re.MULTILINE)
    text = re.sub(r"^  //name: ", "  name = ", text, flags=re.MULTILINE)
    text = re.sub(r"^  input\b", "  note", text, flags=re.MULTILINE)
    return re.sub(r"\.input\b", ".note", text)
