"""Make `data/console_golden.json` anew: what Terraform's console says to each expression of `data/console_expressions.txt`.

Run by hand with terraform on PATH (the table holds 1.11.4's answers): python tests/unit/lang/console_golden.py
With expressions as arguments it only prints what the console says to them.

The console runs in a copy of `data/console`, whose `locals.json` both sides know as `local.…`; `terraform_data.x.id`
is a string and `terraform_data.x.output` a value of any type that is known only after an apply.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from queue import SimpleQueue

DATA = Path(__file__).parent / "data"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_UNKNOWN = "(known after apply)"
_SENSITIVE = "(sensitive value)"
_FOLDERS = count()
_AT_ONCE = 10  # expressions a process


def ask(lines: list[str], folder: Path) -> list[tuple[str, bool]]:
    """Give for each line what was printed, or an error's words and True. Each process at a time locks its folder."""
    places: SimpleQueue[Path] = SimpleQueue()
    for _ in range(os.cpu_count() or 1):
        places.put(shutil.copytree(folder, folder.with_name(f"{folder.name}-{next(_FOLDERS)}")))

    def answered(group: list[str]) -> list[tuple[str, bool]]:
        place = places.get()
        try:
            return _together(group, place)
        finally:
            places.put(place)

    groups = [lines[at : at + _AT_ONCE] for at in range(0, len(lines), _AT_ONCE)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [answer for answers in pool.map(answered, groups) for answer in answers]


def _together(lines: list[str], folder: Path) -> list[tuple[str, bool]]:
    """Ask one process; after an error it has printed nothing, and then each line gets a process of its own."""
    printed, error = _one_process(lines, folder)
    if not error and len(printed) == len(lines):
        return [(line, False) for line in printed]
    if len(lines) == 1:
        return [(error, True)]
    return [answer for line in lines for answer in _together([line], folder)]


def _one_process(lines: list[str], folder: Path) -> tuple[list[str], str]:
    ran = subprocess.run(
        ["terraform", "console", "-no-color"],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        env={**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"},
        timeout=120,
        cwd=folder,
    )
    printed = [_COLOUR.sub("", line) for line in ran.stdout.split("\n") if line]
    words = " ".join(_COLOUR.sub("", ran.stderr).split())
    return printed, words.rpartition("available)")[2].strip()[:300] if ran.returncode else ""


def folder_of_the_console(folder: Path) -> Path:
    """Copy what the expressions see."""
    shutil.copytree(DATA / "console", folder / "module")
    locals_ = (DATA / "console" / "locals.json").read_text().replace("${", "$${").replace("%{", "%%{")
    (folder / "module" / "locals.tf.json").write_text(f'{{"locals": {locals_}}}')
    (folder / "module" / "main.tf").write_text('resource "terraform_data" "x" {}\n')
    return folder / "module"


def answers(expressions: list[str]) -> list[dict[str, object]]:
    """Ask for each expression as JSON text; for a sensitive one, again for what it hides."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = folder_of_the_console(Path(temporary))
        said = ask([f"jsonencode({one})" for one in expressions], folder)
        hidden = [one for one, (words, _) in zip(expressions, said, strict=True) if words == _SENSITIVE]
        behind = dict(
            zip(hidden, ask([f"nonsensitive(jsonencode({one}))" for one in hidden], folder), strict=True)
        )
    made: list[dict[str, object]] = []
    for expression, (words, failed) in zip(expressions, said, strict=True):
        answer: dict[str, object] = {"expression": expression}
        if words == _SENSITIVE:
            answer["sensitive"] = True
        if failed:
            answer["error"] = words
        elif words == _UNKNOWN:
            answer["unknown"] = True
        else:
            answer["printed"] = behind[expression][0] if words == _SENSITIVE else words
        made.append(answer)
    return made


def main() -> None:
    if sys.argv[1:]:
        for answer in answers(sys.argv[1:]):
            print(*answer.values(), sep="\n    ")
        return
    expressions = (DATA / "console_expressions.txt").read_text().splitlines()
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in answers(expressions))
    (DATA / "console_golden.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
