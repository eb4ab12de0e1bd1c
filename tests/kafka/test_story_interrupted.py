"""An apply that is cut off: by its broker's death or silence, by Ctrl-C, once and twice, and met by a second run."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from another_client import Client
from kplan_run import Workspace, wait_for

from kplan.sandbox import (
    ClusterSpec,
    Sandbox,
    SandboxSpec,
    State,
    current,
    kill,
    pause,
    restart,
    resume,
    start,
    states,
    stop,
)

LEVELS = 3
EACH = 100
# A broker that hangs, or went before it was sent anything, is waited for a minute; that is long for a test.
IMPATIENT = "from kplan_kafka import admin; admin.WRITE_WITHIN = 4.0"
HELD = """
import os
import sys
import time
from kplan_kafka.admin import Admin
at_once = Admin.create
def create(self, wanted, within):
    print("about to send", min(wanted), file=sys.stderr, flush=True)
    {wait}
    return at_once(self, wanted, within)
Admin.create = create
"""
# Between two levels there must be time to do something to the broker, however busy the machine is.
UNHURRIED = HELD.format(wait="time.sleep(1)")
# The second level waits until it may go on.
GATED = 'while min(wanted).startswith("{first}") and not os.path.exists("{gate}"): time.sleep(0.05)'


def levels(config: str = "") -> str:
    """Write topics in levels of which each needs the one before, so that an apply is several batches."""
    keys = ", ".join(f'"{number:03}"' for number in range(EACH))
    blocks = [
        f"""
topic "level{level}" {{
  for_each   = toset([{keys}])
  cluster    = cluster.spare
  name       = "${{var.prefix}}{level}-${{each.key}}"
  partitions = 1
  config = {{ {config} }}
  {f"depends_on = [topic.level{level - 1}]" if level else ""}
}}
"""
        for level in range(LEVELS)
    ]
    return "".join(blocks)


@pytest.fixture(scope="module")
def harmed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A cluster that these tests harm one after another; each leaves it running."""
    folder = tmp_path_factory.mktemp("harmed") / "sandbox"
    sandbox = start(SandboxSpec("harmed", (ClusterSpec("spare"),), folder=folder, tied=True))
    yield sandbox
    stop(sandbox)


@pytest.fixture
def spare(harmed: Sandbox) -> Sandbox:
    found = current(harmed)
    assert found is not None
    return found


@pytest.fixture
def alone(spare: Sandbox, topic_prefix: str, tmp_path: Path, kplan_cache: Path) -> Workspace:
    """A configuration over a cluster that may be harmed."""
    made = Workspace(tmp_path / "alone", {"spare": spare.clusters[0].bootstrap}, topic_prefix, kplan_cache)
    made.write(levels())
    return made


def converged(workspace: Workspace, spare: Sandbox, config: dict[str, str] | None = None) -> None:
    """Check that all topics are there as declared, ours, and that nothing is left to do."""
    last = workspace.apply()
    assert (last.code, "No changes." in last.out) == (0, True), last.said
    topics = Client(spare.clusters[0].bootstrap).topics(workspace.prefix)
    assert len(topics) == LEVELS * EACH
    assert all((one.partitions, one.config) == (1, config or {}) for one in topics.values())
    state = workspace.state()
    assert state["claims"] == []
    assert {leaf["identity"][0]: leaf["computed"]["id"] for leaf in state["leaves"]} == {
        name: one.id for name, one in topics.items()
    }
    assert [one.name for one in (workspace.folder / "state").glob("*.journal")] == []


def test_a_broker_that_dies(alone: Workspace, spare: Sandbox):
    running = alone.start("apply", "-auto-approve", first=IMPATIENT + UNHURRIED)
    running.wait_until("Creation complete")
    kill(spare.clusters[0])
    cut_off = running.end()
    assert cut_off.code == 1
    assert (
        "Apply incomplete! Resources: 100 added, 0 changed, 0 destroyed; 100 failed, 100 skipped."
        in cut_off.said
    )
    assert cut_off.err.count("Error: ") == 1  # one cause, told once
    assert "The same befell 99 others there" in cut_off.said
    assert "bug in kplan" not in cut_off.said
    assert "Traceback" not in cut_off.said

    still_dead = alone.apply()
    assert (still_dead.code, "connection refused" in still_dead.said) == (1, True)

    restart(spare, "spare")
    names = Client(spare.clusters[0].bootstrap).topics(alone.prefix)
    again = alone.apply()
    assert again.code == 0, again.said
    after = Client(spare.clusters[0].bootstrap).topics(alone.prefix)
    assert {name: after[name].id for name in names} == {name: one.id for name, one in names.items()}
    converged(alone, spare)


def wake(spare: Sandbox) -> None:
    """Let the broker go on, and wait until it counts itself in again: it may have been thrown out meanwhile."""
    resume(spare.clusters[0])
    wait_for(lambda: {*states(spare).values()} == {State.RUNNING})


def test_a_broker_that_hangs_and_wakes_up(alone: Workspace, spare: Sandbox):
    """What was sent to it takes effect when it wakes up: that is found out, and nothing is done twice."""
    running = alone.start("apply", "-auto-approve", first=IMPATIENT + UNHURRIED)
    running.wait_until("Creation complete")
    pause(spare.clusters[0])
    cut_off = running.end()
    assert cut_off.code == 1
    assert "100 added, 0 changed, 0 destroyed; 100 failed, 100 skipped." in cut_off.said
    assert "Whether they took effect is not known; the next run finds out." in cut_off.said
    assert "Traceback" not in cut_off.said

    wake(spare)
    again = alone.apply()
    assert again.code == 0, again.said
    converged(alone, spare)

    # The same in the middle of an update.
    alone.write(levels('"retention.ms" = "9d"'))
    running = alone.start("apply", "-auto-approve", first=IMPATIENT)
    running.wait_until("Modifications complete")
    pause(spare.clusters[0])
    cut_off = running.end()
    assert (cut_off.code, "failed" in cut_off.said) == (1, True)
    wake(spare)
    again = alone.apply()
    assert again.code == 0, again.said
    converged(alone, spare, {"retention.ms": "777600000"})


def test_ctrl_c_and_a_second_run_meanwhile(alone: Workspace, spare: Sandbox, tmp_path: Path):
    gate = tmp_path / "gate"  # so that the apply is under way for as long as it takes to look
    gated = GATED.format(first=f"{alone.prefix}1-", gate=gate)
    running = alone.start("apply", "-auto-approve", first=HELD.format(wait=gated))
    running.wait_until(f"about to send {alone.prefix}1-000")
    held = alone.plan()
    assert held.code == 1
    assert "State is locked" in held.said
    assert f"(process {running.pid}) has been running kplan apply since 20" in held.said
    assert "-lock-timeout" in held.said
    running.send(signal.SIGINT)
    running.wait_until("Interrupt received.")
    gate.touch()
    stopped = running.end()
    assert stopped.code == 1
    assert "200 added, 0 changed, 0 destroyed; 100 skipped." in stopped.said
    assert "Run apply again to carry out the rest." in stopped.said
    assert "Traceback" not in stopped.said
    assert len(json.loads((alone.folder / "state" / "default.json").read_text())["leaves"]) == 200
    rest = alone.apply("-lock-timeout=30s")
    assert rest.summary == "Apply complete! Resources: 100 added, 0 changed, 0 destroyed."
    converged(alone, spare)


def test_ctrl_c_twice(alone: Workspace, spare: Sandbox):
    running = alone.start("apply", "-auto-approve", first=UNHURRIED)
    running.wait_until("Creation complete")
    pause(spare.clusters[0])
    running.wait_until(
        f"about to send {alone.prefix}1-000"
    )  # or nothing is in flight, and one Ctrl-C is enough
    running.send(signal.SIGINT)
    running.wait_until("Interrupt received.")
    running.send(signal.SIGINT)
    stopped = running.end(20)
    assert stopped.code == 1
    assert "Stopped at once." in stopped.said
    assert "Traceback" not in stopped.said
    wake(spare)
    rest = alone.apply()
    assert rest.code == 0, rest.said
    converged(alone, spare)
