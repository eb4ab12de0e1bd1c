"""Links whose workers are down, start, hang or rebalance: told in bounded time, nothing else harmed, and taken up again."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from connect_files import done, settled
from connect_worker import ConnectWorker
from driving import Patience
from kplan_run import Ran, Workspace
from link_files import Side, declare_workers, link, others

from kplan.sandbox import Sandbox
from kplan.sdk.session import Fault
from kplan_connect import PROVIDER

OTHERS, IN_LINK = 3, 23
IMPATIENT = "from kplan_connect import worker; worker.CONTACT_WITHIN = 2.0"
# The worker hangs just before the second connector is sent to it.
HANGS = """
import os, signal
from kplan_connect import waiting, worker, writing
worker.WRITE_WITHIN = waiting.SETTLE_WITHIN = worker.READ_WITHIN = 2.0
at_once = writing._create
def create(there, work, step, stop):
    if "Heartbeat" in work.identity[0]:
        os.kill({pid}, signal.SIGSTOP)
    return at_once(there, work, step, stop)
writing._VERBS["create"] = create
"""
# Connectors are sent when another worker is about to join.
JOINED = """
import pathlib, time
from kplan_connect import writing
at_once = writing._create
log = pathlib.Path({log!r})
def create(there, work, step, stop):
    while not log.exists() or "Rebalance started" not in log.read_text():
        time.sleep(0.01)
    return at_once(there, work, step, stop)
writing._VERBS["create"] = create
"""


@pytest.fixture(scope="module")
def own(kafka: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConnectWorker]:
    """A worker on `dr` that a test may harm."""
    made = ConnectWorker(kafka.cluster("dr"), "harmed-copier", tmp_path_factory.mktemp("harmed"))
    yield made
    made.kill()


@pytest.fixture
def harmed(workspace: Workspace, sides: tuple[Side, Side], own: ConnectWorker) -> Iterator[Workspace]:
    """A link to that worker, beside what has nothing to do with it."""
    declare_workers(workspace, sides[0], sides[1]._replace(worker=own))
    workspace.write(others() + link("primary", "dr"))
    yield workspace
    for name in own.names(workspace.prefix):
        own.delete(name)


def refused(ran: Ran, *told: str) -> None:
    assert (ran.code, [one for one in told if one not in ran.said]) == (1, []), ran.said


def runs(workspace: Workspace, worker: ConnectWorker) -> None:
    """Check that the link is whole, and that nothing is left open."""
    assert "doesn't run" not in settled(workspace).said
    assert len(worker.names(workspace.prefix)) == 3
    state = workspace.state()
    assert (len(state["leaves"]), state["claims"]) == (OTHERS + IN_LINK, [])


def starting(own: ConnectWorker, workspace: Workspace) -> tuple[set[str], list[Ran]]:
    """Start the worker; gives what is said of it until it is ready, and what a plan came to meanwhile."""
    codes: set[str] = set()
    plans: list[Ran] = []
    own.start()
    settings = {"name": "dr", "urls": (own.url,), "group_id": own.group}
    with closing(PROVIDER.connect("connect_cluster", settings)) as session:
        while isinstance(found := session.facts(Patience()), Fault):
            codes.add(found.code)
            if found.code == "starting" and not plans:
                plans.append(workspace.plan())
    return codes, plans


def test_it_dies_between_plan_and_apply_and_is_caught_while_it_starts(harmed: Workspace, own: ConnectWorker):
    assert harmed.kplan("plan", "-out=saved.plan").code == 0
    own.kill()
    refused(harmed.kplan("apply", "saved.plan"), f"worker {own.url}: nothing listens there")
    refused(harmed.plan(), f"worker {own.url}: nothing listens there", "workers.kplan.hcl")
    assert harmed.addresses() == []
    done(harmed.apply("-exclude-cluster=connect_cluster.dr"), added=OTHERS)

    codes, plans = starting(own, harmed)
    assert codes == {"unreachable", "starting"}
    assert [one for one in plans if one.code != 2 and "is still starting" not in one.said] == []
    done(harmed.apply(), added=IN_LINK)
    runs(harmed, own)


def test_it_hangs_in_the_middle_of_an_apply(harmed: Workspace, own: ConnectWorker):
    """Of what it was sent nobody knows; the rest isn't sent, as each would wait as long."""
    pid = own.process.pid
    ran = harmed.start("apply", "-auto-approve", first=HANGS.format(pid=pid)).end()
    refused(
        ran,
        f"{harmed.prefix}primary.MirrorHeartbeatConnector: worker {own.url}: it took the request and gave no answer",
        "not sent: the workers don't answer any more",
    )
    state = harmed.state()
    assert {"topic.primary", "topic.dr", "connector.other"} <= {leaf["address"] for leaf in state["leaves"]}
    assert len(state["claims"]) == 2
    ran = harmed.start("plan", first=IMPATIENT).end()
    refused(ran, f"worker {own.url}: it took the request and gave no answer within")
    own.resume()
    ran = harmed.apply()
    assert ran.code == 0, ran.said
    runs(harmed, own)


def test_another_joins_in_the_middle_of_an_apply(
    harmed: Workspace, own: ConnectWorker, kafka: Sandbox, tmp_path: Path
):
    folder = tmp_path / "second"
    running = harmed.start("apply", "-auto-approve", first=JOINED.format(log=str(folder / "worker.log")))
    second = ConnectWorker(kafka.cluster("dr"), own.group, folder)
    try:
        done(running.end(), added=OTHERS + IN_LINK)
        runs(harmed, own)
    finally:
        second.leave()
