"""Figures with access on a real broker: a plan beside Kafka's AdminClient, an apply beside a bare client."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from kplan.sandbox import ClusterSpec, SandboxSpec, start, stop
from tests.bench import java_peer
from tests.bench.configurations import write
from tests.bench.kafka import BARE, shown
from tests.bench.measure import median, once

PRINCIPALS = 100


def blocks(server: str, prefix: str, count: int) -> str:
    """Declare topics, a block each, and for each a grant that comes to two bindings."""
    head = f'cluster "a" {{\n  bootstrap_servers = ["{server}"]\n}}\n'
    return head + "".join(_pair(prefix, number) for number in range(count))


def _pair(prefix: str, number: int) -> str:
    return f"""
topic "{prefix}{number}" {{
  cluster            = cluster.a
  partitions         = 1
  replication_factor = 1
  config = {{
    "retention.ms"   = "7d"
    "cleanup.policy" = "delete"
  }}
}}

grant "{prefix}{number}" {{
  cluster    = cluster.a
  principals = ["User:app{number % PRINCIPALS}"]
  produce {{
    topics = [topic.{prefix}{number}.name]
  }}
  consume {{
    topics = [topic.{prefix}{number}.name]
  }}
}}
"""


def rows(
    folder: Path, kplan: str, many: int = 10_000, few: int = 1_000, runs: int = 5
) -> list[tuple[str, str, str, str]]:
    """Measure on one broker, in turn."""
    with tempfile.TemporaryDirectory(prefix="kplan-bench-access-") as name:
        spec = SandboxSpec(
            "bench", clusters=(ClusterSpec("a", heap="3g"),), folder=Path(name) / "sandbox", tied=True
        )
        sandbox = start(spec)
        try:
            server = sandbox.clusters[0].bootstrap
            made = _apply(folder, kplan, server, few, max(1, runs // 2))
            return [made, *_no_op(folder, kplan, server, many, runs)]
        finally:
            stop(sandbox)


def _apply(folder: Path, kplan: str, server: str, count: int, runs: int) -> tuple[str, str, str, str]:
    ours, theirs = [], []
    for run in range(runs + 1):
        where = write(folder / f"access{run}", blocks(server, f"ours{run}-", count))
        mine = once([kplan, "apply", "-auto-approve", "-no-color"], where)
        bare = once([sys.executable, BARE, server, f"bare{run}-", str(count), "2"], where)
        if run:  # the first warms the broker up
            ours.append(mine)
            theirs.append(bare)
    mine, bare = median(ours), median(theirs)
    ratio = f"{mine.wall / bare.wall:.2f} × wall, {mine.cpu / bare.cpu:.2f} × CPU"
    what = f"real broker, apply {count:,} topics and {2 * count:,} ACLs"
    peer = f"bare client: {shown(bare)}; Terraform + Mongey: 288 CPU s, 478 s (recorded)"
    return what, f"{shown(mine)} = {ratio}", "1.5 × wall", peer


def _no_op(folder: Path, kplan: str, server: str, count: int, runs: int) -> list[tuple[str, str, str, str]]:
    where = write(folder / "access-many", blocks(server, "many", count))
    once([kplan, "apply", "-auto-approve", "-no-color"], where)
    with tempfile.TemporaryDirectory(prefix="kplan-bench-java-") as classes:
        read = [*java_peer.compiled(Path(classes)), server, "many", str(count)]
        plan = [kplan, "plan", "-no-color", "-detailed-exitcode"]
        pairs = [(once(plan, where), once(read, where)) for _ in range(runs + 1)][1:]
    mine, java = median([one for one, _ in pairs]), median([one for _, one in pairs])
    what = f"real broker, no-op plan of {count:,} topics and {2 * count:,} ACLs, whole process"
    ratio = f"{mine.cpu / java.cpu:.2f} × CPU, {mine.wall / java.wall:.2f} × wall"
    peer = f"Java AdminClient that only reads: {shown(java)}"
    recorded = "Terraform + Mongey: 204 CPU s, 2,416 MB (recorded)"
    return [
        (what, f"{shown(mine)} = {ratio}", "1.2 × CPU, 1.0 × wall", peer),
        ("the same", f"{mine.cpu / 204:.4f} × CPU, {mine.megabytes:.0f} MB", "1/40, 600 MB", recorded),
    ]
