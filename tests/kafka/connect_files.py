"""What kplan is told of a Connect cluster and its connectors, for the stories."""

import json
import time

from connect_worker import SINK, ConnectWorker
from kplan_run import Ran, Workspace

NO_CHANGES = "No changes. Your infrastructure matches the configuration."


def declare_worker(workspace: Workspace, worker: ConnectWorker, more: str = "") -> None:
    """Declare the Connect cluster `etl`."""
    text = f"""
connect_cluster "etl" {{
  cluster  = cluster.primary
  group_id = "{worker.group}"
  urls     = ["{worker.url}"]
{more}}}
"""
    workspace.write(text, "workers.kplan.hcl")


def sink(label: str, *lines: str, name: str = "", **config: str) -> str:
    """Write a connector of a sink to nowhere, called by the prefix and its label, with more lines and keys of config."""
    given = {"topics": "${var.prefix}orders", "file": "/dev/null"}
    given |= {key.replace("_", "."): value for key, value in config.items()}
    keys = "".join(f"    {json.dumps(key)} = {json.dumps(value)}\n" for key, value in given.items())
    inner = "".join(f"  {line}\n" for line in lines)
    return f"""
connector "{label}" {{
  connect_cluster = connect_cluster.etl
  name            = "${{var.prefix}}{name or label}"
  class           = "{SINK}"
  config = {{
{keys}  }}
{inner}}}
"""


def done(ran: Ran, added: int = 0, changed: int = 0, destroyed: int = 0) -> None:
    """Check that an apply went well, and what it did."""
    told = f"Apply complete! Resources: {added} added, {changed} changed, {destroyed} destroyed."
    assert (ran.code, ran.summary) == (0, told), ran.said


def settled(workspace: Workspace) -> Ran:
    """Check that nothing is left to do."""
    ran = workspace.plan()
    assert (ran.code, ran.summary) == (0, NO_CHANGES), ran.said
    return ran


def planned(workspace: Workspace, summary: str) -> Ran:
    """Check that a plan changes just so much."""
    ran = workspace.plan()
    assert (ran.code, ran.summary) == (2, f"Plan: {summary}."), ran.said
    return ran


def steady(worker: ConnectWorker, name: str) -> list[str]:
    """Give all statuses of a connector once none is added any more: workers write them a moment after they are told."""
    before: list[str] = []
    while (now := worker.statuses(name)) != before or not now:
        before = now
        time.sleep(0.5)
    return now
