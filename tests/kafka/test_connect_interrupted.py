"""An apply of connectors that is killed: what was sent is found out, nothing is lost and nothing is done twice."""

import json
import signal

import pytest
from connect_files import done, settled, sink
from connect_worker import ConnectWorker
from kplan_run import Workspace

# Killed before a request leaves, or when it was carried out and nobody heard of it.
KILLED = """
import os, signal
from kplan_connect.worker import Worker
at_once = Worker.write
def write(self, method, path, body, within):
    if method == {method!r} and {before}:
        os.kill(os.getpid(), signal.SIGKILL)
    answer = at_once(self, method, path, body, within)
    if method == {method!r}:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer
Worker.write = write
"""


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_killed(etl: Workspace, worker: ConnectWorker, method: str, before: bool):
    name = f"{etl.prefix}one"
    if method != "POST":
        etl.applied(sink("one"))
    etl.write({"POST": sink("one"), "PUT": sink("one", errors_tolerance="all"), "DELETE": ""}[method])
    ran = etl.start("apply", "-auto-approve", first=KILLED.format(method=method, before=before)).end()
    assert ran.code == -signal.SIGKILL
    sent = len(worker.requests(method))
    ran = etl.apply()
    assert ran.code == 0, ran.said
    assert len(worker.requests(method)) - sent == (1 if before else 0)
    settled(etl)
    there = method != "DELETE"
    assert (worker.names(etl.prefix), etl.addresses()) == (([name], ["connector.one"]) if there else ([], []))
    assert etl.state()["claims"] == []


def test_killed_in_the_middle_of_many(etl: Workspace, worker: ConnectWorker):
    keys = json.dumps([f"{number:03}" for number in range(30)])
    etl.write(sink("many", f"for_each = toset({keys})", 'state = "PAUSED"', name="${each.key}"))
    running = etl.start("apply", "-auto-approve")
    running.wait_until("Creating...")
    while not worker.names(etl.prefix):
        pass
    running.send(signal.SIGKILL)
    running.end()
    assert etl.apply().code == 0
    settled(etl)
    assert len(worker.names(etl.prefix)) == len(etl.addresses()) == 30
    done(etl.applied("", "--allow-deletes=30"), destroyed=30)
