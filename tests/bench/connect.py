"""Figures with a real Connect worker: a plan over many connectors beside one expanded reading by a bare client."""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from kplan.sandbox import ClusterSpec, SandboxSpec, start, stop
from tests.bench.configurations import write
from tests.bench.kafka import shown
from tests.bench.measure import median, once

if TYPE_CHECKING:
    from connect_worker import ConnectWorker

BARE = str(Path(__file__).with_name("bare_connect.py"))
_SINK = "org.apache.kafka.connect.file.FileStreamSinkConnector"
_AT_ONCE = 4


def blocks(server: str, worker: ConnectWorker, count: int) -> str:
    """Declare connectors as they are on the worker: stopped, so that no tasks run."""
    return f"""cluster "a" {{
  bootstrap_servers = ["{server}"]
}}

connect_cluster "etl" {{
  cluster  = cluster.a
  group_id = "{worker.group}"
  urls     = ["{worker.url}"]
}}

connector "all" {{
  for_each        = toset([for n in range({count}) : "sink${{n}}"])
  connect_cluster = connect_cluster.etl
  name            = each.key
  class           = "{_SINK}"
  state           = "STOPPED"
  config = {{
    "topics" = "orders"
    "file"   = "/dev/null"
  }}
}}
"""


def rows(folder: Path, kplan: str, count: int = 1_000, runs: int = 5) -> list[tuple[str, str, str, str]]:
    """Make the connectors by another client, adopt them, and plan."""
    sys.path.append(str(Path(__file__).parents[1] / "kafka"))
    from connect_worker import ConnectWorker

    with tempfile.TemporaryDirectory(prefix="kplan-bench-connect-") as name:
        spec = SandboxSpec("bench", clusters=(ClusterSpec("a"),), folder=Path(name) / "sandbox", tied=True)
        sandbox = start(spec)
        try:
            cluster = sandbox.clusters[0]
            worker = ConnectWorker(cluster, "bench", Path(name) / "worker", heap="1g")
            try:
                _make(worker, count)
                where = write(folder / "connectors", blocks(cluster.bootstrap, worker, count))
                return [_no_op(where, kplan, worker, count, runs)]
            finally:
                worker.kill()
        finally:
            stop(sandbox)


def _make(worker: ConnectWorker, count: int) -> None:
    def make(number: int) -> None:
        config = {"connector.class": _SINK, "topics": "orders", "file": "/dev/null", "tasks.max": "1"}
        body = {"name": f"sink{number}", "config": config, "initial_state": "STOPPED"}
        worker.ask("POST", "/connectors", body)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(make, range(count)))


def _no_op(
    where: Path, kplan: str, worker: ConnectWorker, count: int, runs: int
) -> tuple[str, str, str, str]:
    once([kplan, "apply", "-auto-approve", "-no-color", "--adopt=connector.all*"], where)
    plan = [kplan, "plan", "-no-color", "-detailed-exitcode"]
    read = [sys.executable, BARE, worker.url, str(count)]
    before = len(_requests(worker))
    once(plan, where)
    asked = _requests(worker)[before:]
    if len(asked) != 1:
        raise SystemExit(f"a plan asked the worker more than once: {asked[:5]}")
    pairs = [(once(plan, where), once(read, where)) for _ in range(runs)]
    mine, bare = median([one for one, _ in pairs]), median([one for _, one in pairs])
    ratio = f"{mine.cpu / bare.cpu:.2f} × CPU, {mine.wall / bare.wall:.2f} × wall"
    what = f"real worker, no-op plan of {count:,} connectors, one request"
    return what, f"{shown(mine)} = {ratio}", "", f"bare client, one expanded reading: {shown(bare)}"


def _requests(worker: ConnectWorker) -> list[str]:
    return worker.requests("GET", "POST", "PUT", "PATCH", "DELETE")
