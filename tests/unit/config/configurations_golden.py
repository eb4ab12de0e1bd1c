"""Make `data/configurations_golden.json` anew: what Terraform plans for each of `data/configurations.txt`.

Run by hand with terraform on PATH (the table holds 1.11.4's answers): python tests/unit/config/configurations_golden.py
The texts are Terraform's, with comments that say what kplan needs beside; `reading_configurations` turns them into
kplan's, line by line.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from reading_configurations import HERE, configurations

ENVIRONMENT = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}


def terraform(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["terraform", f"-chdir={folder}", *arguments],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=120,
    )


def answer(files: dict[str, str], folder: Path) -> dict[str, Any]:
    for name, text in files.items():
        path = folder / f"{name}.tf"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    terraform(folder, "init", "-input=false")
    planned = terraform(folder, "plan", "-input=false", "-out=plan", "-json")
    events = [json.loads(line) for line in planned.stdout.splitlines() if line.startswith("{")]
    told = [one["diagnostic"] for one in events if one["type"] == "diagnostic"]
    errors = sorted(
        {
            f"{one['range']['filename'][:-3]}:{one['range']['start']['line']}"
            for one in told
            if one["severity"] == "error" and "range" in one
        }
    )
    if planned.returncode:
        return {"errors": errors}
    plan = json.loads(terraform(folder, "show", "-json", "plan").stdout)
    outputs = {
        name: "sensitive"
        if one["after_sensitive"] is True
        else {"after": one.get("after"), "unknown": one["after_unknown"]}
        for name, one in plan.get("output_changes", {}).items()
    }
    return {
        "changes": {one["address"]: one["change"]["actions"] for one in plan.get("resource_changes", [])},
        "outputs": outputs,
        "warnings": sum(one["severity"] == "warning" for one in told),
    }


def main() -> None:
    found = {}
    for name, files in configurations().items():
        with tempfile.TemporaryDirectory() as folder:
            found[name] = answer(files, Path(folder))
    path = HERE / "data" / "configurations_golden.json"
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
