"""Connectors on a real worker keep every law of a provider."""

import pytest
from connect_worker import SINK, ConnectWorker

from kplan.sdk.conformance import Check, LeafSubject, Subject, checks
from kplan_connect import PROVIDER
from kplan_connect.types import CONNECT_CLUSTER, CONNECTOR

ROUTER = "org.apache.kafka.connect.transforms.RegexRouter"
INSERT = "org.apache.kafka.connect.transforms.InsertHeader"
WORKERS: dict[str, ConnectWorker] = {}


def connector(**more):
    def declare(name: str) -> dict[str, object]:
        declared = {
            "name": name,
            "class": SINK,
            "tasks_max": 1,
            "config": {"topics": "laws", "file": "/dev/null", "errors.tolerance": "none"},
            "transform": (
                {"label": "route", "type": ROUTER, "config": {"regex": "(.*)", "replacement": "$1"}},
                {"label": "mark", "type": INSERT, "config": {"header": "h", "value.literal": "v"}},
            ),
            "state": "RUNNING",
        }
        return {**declared, **more}

    return declare


def another(settings) -> ConnectWorker:
    return WORKERS[settings["urls"][0]]


def edit(settings, identity) -> None:
    another(settings).put(identity[0], errors_tolerance="all")


CONNECTORS = LeafSubject(
    leaf=CONNECTOR,
    example=connector(),
    changed=connector(
        tasks_max=2, transform=(), config={"topics": "laws,more", "file": "/dev/null"}, state="PAUSED"
    ),
    impossible=connector(**{"class": "MirrorHeartbeatConnector"}),
    invalid=(
        connector(**{"class": ""}),
        connector(**{"class": "no.such.Connector"}),
        connector(tasks_max=0),
        connector(tasks_max="many"),
        connector(state="STANDING"),
        connector(offsets_on_destroy="forget"),
        connector(config={"connector.class": SINK}),
        connector(config={"topics": "x", "database.password": "hunter2"}),
        connector(sensitive_config_version=1),
        lambda _: {"name": "a/b", "class": SINK},
        lambda _: {"name": "..", "class": SINK},
    ),
    edit=edit,
    remove=lambda settings, identity: another(settings).delete(identity[0]),
    fence={"manages": {"connector_prefixes": ("orders-",)}},
)


def nowhere() -> dict[str, object]:
    return {"name": "nowhere", "urls": ("http://127.0.0.1:1",), "group_id": "none"}


SUBJECT = Subject(
    provider=PROVIDER, kind=CONNECT_CLUSTER, settings=dict, leaves=(CONNECTORS,), unreachable=nowhere
)


@pytest.mark.parametrize("check", checks(SUBJECT), ids=str)
def test_law(check: Check, worker: ConnectWorker):
    WORKERS[worker.url] = worker
    settings = {"name": "etl", "urls": (worker.url,), "group_id": worker.group}
    check.run(SUBJECT._replace(settings=lambda: settings))
