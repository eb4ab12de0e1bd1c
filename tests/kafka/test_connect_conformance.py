"""The Connect provider keeps every law, on a real worker."""

from urllib.parse import quote

import pytest
from connect_worker import SINK, ConnectWorker
from kplan_run import wait_for

from kplan.sdk.conformance import Check, LeafSubject, Subject, checks
from kplan.sdk.values import Endpoint, make_map
from kplan_connect import PROVIDER

SOURCE = "org.apache.kafka.connect.file.FileStreamSourceConnector"
CONFIG = {"topics": "told-by-nobody", "file": "/dev/null"}
WORKERS: list[ConnectWorker] = []


def connector(**more):
    return lambda name: make_map({"name": name, "class": SINK, "config": make_map(CONFIG), **more})


def edit(_settings, key) -> None:
    WORKERS[0].put(key[0], file="/dev/zero")
    wait_for(lambda: WORKERS[0].config(key[0])["file"] == "/dev/zero")


def remove(_settings, key) -> None:
    WORKERS[0].delete(key[0])


def add(_settings, key) -> None:
    WORKERS[0].make(key[0], {"connector.class": SINK, "tasks.max": "1", **CONFIG})


def workers(url: str = "http://127.0.0.1:1", group: str = "conformance", **more):
    return {
        "name": "etl",
        "cluster": Endpoint("cluster.primary", "cluster"),
        "group_id": group,
        "urls": (url,),
        **more,
    }


def settings():
    return workers(WORKERS[0].url, WORKERS[0].group) if WORKERS else workers()


CONNECTOR = LeafSubject(
    "connector",
    connector(),
    connector(tasks_max=2),
    impossible=connector(**{"class": SOURCE, "config": make_map({"topic": "x", "file": "/dev/null"})}),
    invalid=(
        connector(tasks_max=0),
        connector(config=make_map({**CONFIG, "password": "x"})),
        connector(state="GONE"),
    ),
    edit=edit,
    remove=remove,
    add=add,
    fence=workers(manages={"connector_prefixes": ("nothing-begins-so",)}),
)
SUBJECT = Subject(PROVIDER, "connect_cluster", settings, (CONNECTOR,), unreachable=workers)


@pytest.mark.parametrize("check", checks(SUBJECT), ids=str)
def test_on_a_worker(check: Check, worker: ConnectWorker):
    WORKERS[:] = [worker]
    before = set(worker.names())
    check.run(SUBJECT)
    for name in set(worker.names()) - before:
        worker.ask("DELETE", f"/connectors/{quote(name, safe='')}")
