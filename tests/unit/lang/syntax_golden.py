"""Make `data/syntax_golden.json` anew: what Terraform says to each text of `data/syntax_texts.txt`.

A text is accepted or not by `terraform fmt`, which judges syntax alone; of one that isn't, the first mistake and its
place come from `terraform validate`, and of one that is and only sets locals, their values from the console.

Run by hand with terraform on PATH (the table holds 1.11.4's answers): python tests/unit/lang/syntax_golden.py
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
SIGNS = {"<BOM>": "\ufeff", "<CR>": "\r", "<FF>": "\f", "<NBSP>": "\u00a0", "<BEL>": "\a"}
_TITLE = re.compile(r"=== (body|file): (.*)\n")
_NAME = re.compile(r"^(?:/\* \w \*/ |\t)?([\w-]+)\s*(?:/\* \w \*/ )?=", re.MULTILINE)


def texts() -> dict[str, str]:
    """Give each text by its title; what is the body of a `locals` block comes in one."""
    pieces = _TITLE.split((HERE / "data/syntax_texts.txt").read_text())[1:]
    found: dict[str, str] = {}
    for kind, title, piece in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
        text = piece if kind == "file" else f"locals {{\n{piece}}}\n"
        for word, sign in SIGNS.items():
            text = text.replace(word, sign)
        assert title not in found, title
        found[title] = text
    return found


def terraform(*arguments: str, text: str, folder: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
    return subprocess.run(
        ["terraform", *arguments],
        input=text.encode(),
        capture_output=True,
        env=environment,
        timeout=60,
        cwd=folder,
    )


def mistake(text: str) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "main.tf").write_bytes(text.encode())
        said = json.loads(terraform("validate", "-json", text="", folder=folder).stdout)
    first = next(one for one in said["diagnostics"] if one["severity"] == "error")
    place = first.get("range", {}).get("start", {})
    return {"refused": first["summary"], "line": place.get("line"), "column": place.get("column")}


def values(text: str) -> dict[str, object]:
    names = _NAME.findall(text.split("\n", 1)[1])
    asked = ", ".join(f"{name} = local.{name}" for name in names)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "main.tf").write_bytes(text.encode())
        said = terraform("console", "-no-color", text=f"jsonencode({{{asked}}})\n", folder=folder)
    printed = said.stdout.decode().strip().replace("$${", "${").replace("%%{", "%{")
    if said.returncode or printed.endswith("(known after apply)"):
        return {}  # accepted as syntax, and an error in evaluation
    return {"values": json.loads(json.loads(printed))}


def main() -> None:
    answers = []
    for title, text in texts().items():
        accepted = terraform("fmt", "-", text=text, folder="/").returncode == 0
        more = (values(text) if text.startswith("locals {\n") else {}) if accepted else mistake(text)
        answers.append({"title": title, "accepted": accepted, **more})
    lines = ",\n".join(json.dumps(answer, ensure_ascii=False) for answer in answers)
    (HERE / "data/syntax_golden.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
