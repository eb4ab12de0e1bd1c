"""Draws docs/plan.svg: a real plan on a real broker, in the colours of a terminal. `python -m tests.bench.picture`."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from kplan.sandbox import ClusterSpec, SandboxSpec, start, stop

KPLAN = str(Path(sys.executable).with_name("kplan"))
PICTURE = Path(__file__).parents[2] / "docs" / "plan.svg"
WIDTH = 92

BEFORE = """cluster "primary" {{
  bootstrap_servers = ["{server}"]
}}

topic "orders" {{
  cluster    = cluster.primary
  partitions = 6
  config = {{
    "retention.ms" = "30d"
  }}
}}

topic "payments" {{
  cluster    = cluster.primary
  partitions = 3
}}
"""
AFTER = (
    BEFORE.replace('"30d"', '"7d"').replace("partitions = 3", "partitions = 6")
    + """
topic "refunds" {{
  cluster    = cluster.primary
  partitions = 3
  config = {{
    "cleanup.policy" = "compact"
  }}
}}
"""
)


def on_a_terminal(command: list[str], cwd: Path) -> str:
    """Run a command on a terminal of its own and give what it showed."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(WIDTH), "LINES": "50"}
    with subprocess.Popen(command, cwd=cwd, env=env, stdout=theirs, stderr=subprocess.DEVNULL) as process:
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 65536):
                shown += chunk
        except OSError:
            pass  # the terminal's other end is gone: all was read
        process.wait(60)
    return shown.decode()


def main() -> None:
    """Apply one configuration, plan another, and draw the plan."""
    from rich.console import Console
    from rich.text import Text

    with tempfile.TemporaryDirectory(prefix="kplan-picture-") as name:
        folder = Path(name)
        sandbox = start(
            SandboxSpec("picture", clusters=(ClusterSpec("primary"),), folder=folder / "sandbox", tied=True)
        )
        try:
            server = sandbox.clusters[0].bootstrap
            file = folder / "main.kplan.hcl"
            file.write_text(BEFORE.format(server=server))
            subprocess.run([KPLAN, "apply", "-auto-approve"], cwd=folder, check=True, capture_output=True)
            file.write_text(AFTER.format(server=server))
            shown = on_a_terminal([KPLAN, "plan"], folder)
        finally:
            stop(sandbox)
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True)
        console.print(Text("$ kplan plan", style="bold"))
        console.print(Text.from_ansi(shown.replace("\r", "").strip("\n")))
        drawn = console.export_svg(title="kplan plan")
    PICTURE.write_text(
        re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    )  # nothing is fetched to show it


if __name__ == "__main__":
    main()
