"""Figures on a real broker: an apply beside a bare client in the same run, and a plan over many topics."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from kplan.sandbox import ClusterSpec, SandboxSpec, start, stop
from tests.bench.configurations import write
from tests.bench.measure import Figure, median, once

BARE = str(Path(__file__).with_name("bare_client.py"))


def topics(server: str, prefix: str, count: int) -> str:
    """Declare topics as the bare client makes them."""
    return f"""cluster "a" {{
  bootstrap_servers = ["{server}"]
}}

topic "all" {{
  for_each           = toset([for n in range({count}) : "{prefix}${{n}}"])
  cluster            = cluster.a
  name               = each.key
  partitions         = 1
  replication_factor = 1
  config = {{
    "retention.ms"   = "7d"
    "cleanup.policy" = "delete"
  }}
}}
"""


def shown(figure: Figure) -> str:
    """Write a figure as people compare it."""
    return f"{figure.cpu:.2f} CPU s, {figure.wall:.2f} s, {figure.megabytes:.0f} MB"


def rows(folder: Path, kplan: str, count: int = 1_000, runs: int = 3) -> list[tuple[str, str, str, str]]:
    """Measure in turn: kplan, the bare client, kplan, …"""
    with tempfile.TemporaryDirectory(prefix="kplan-bench-kafka-") as name:
        sandbox = start(
            SandboxSpec(
                "bench", clusters=(ClusterSpec("a", heap="3g"),), folder=Path(name) / "sandbox", tied=True
            )
        )
        try:
            return _rows(folder, kplan, sandbox.clusters[0].bootstrap, count, runs)
        finally:
            stop(sandbox)


def _rows(folder: Path, kplan: str, server: str, count: int, runs: int) -> list[tuple[str, str, str, str]]:
    ours, theirs, plans = [], [], []
    for run in range(runs + 1):
        where = write(folder / f"kafka{run}", topics(server, f"ours{run}-", count))
        mine = once([kplan, "apply", "-auto-approve", "-no-color"], where)
        bare = once([sys.executable, BARE, server, f"bare{run}-", str(count)], where)
        plan = once([kplan, "plan", "-no-color"], where)
        if run:  # the first warms the broker up
            ours.append(mine)
            theirs.append(bare)
            plans.append(plan)
    mine, bare = median(ours), median(theirs)
    ratio = f"{mine.wall / bare.wall:.2f} × wall, {mine.cpu / bare.cpu:.2f} × CPU"
    return [
        (
            f"real broker, apply {count:,} topics",
            f"{shown(mine)} = {ratio}",
            "1.5 ×",
            f"bare client: {shown(bare)}",
        ),
        (
            f"real broker, no-op plan of {count:,} topics",
            shown(median(plans)),
            "",
            "Terraform + Mongey: 16.5 CPU s, 363 MB (recorded, with 2,000 ACLs)",
        ),
    ]
