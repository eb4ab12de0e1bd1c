"""Make `data/console_golden.json` anew: what Terraform's console says to each expression of `data/console_expressions.txt`.

Run by hand with terraform on PATH (the table holds 1.11.4's answers): python tests/unit/lang/console_golden.py
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def answer(expression: str, folder: str) -> dict[str, object]:
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
    ran = subprocess.run(
        ["terraform", "console", "-no-color"],
        input=f"jsonencode({expression})\n",
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        cwd=folder,
    )
    if ran.returncode:
        words = " ".join(_COLOUR.sub("", ran.stderr).split())
        return {"expression": expression, "error": words.rpartition("available)")[2].strip()[:300]}
    printed = _COLOUR.sub("", ran.stdout).rstrip("\n")
    if printed == "(sensitive value)":
        return {"expression": expression, "sensitive": True}
    return {"expression": expression, "printed": printed}


def main() -> None:
    expressions = (HERE / "data/console_expressions.txt").read_text().splitlines()
    with tempfile.TemporaryDirectory() as folder:
        answers = [answer(one, folder) for one in expressions]
    (HERE / "data/console_golden.json").write_text(json.dumps(answers, indent=0, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
