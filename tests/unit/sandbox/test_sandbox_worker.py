import os
import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from kplan.sandbox import (
    Broker,
    Cluster,
    ClusterSpec,
    Sandbox,
    SandboxError,
    SandboxSpec,
    Security,
    State,
    Worker,
    aot,
    jars,
    lifecycle,
    process,
    record,
    security,
    startup,
    worker,
)
from kplan.sandbox.process import Process
from kplan.sandbox.spec import places

GUARD = Security("-----BEGIN\nPEM\n", (("kplan", "first secret"), ("connect", "second secret")))
ME = Process(os.getpid(), process._start_of(os.getpid()) or "")


def cluster(folder: Path, brokers: int = 1, listeners: tuple[str, ...] = ()) -> Cluster:
    ports = range(1, brokers * (1 + len(listeners)) + 2)
    spec = ClusterSpec("primary", brokers, listeners=tuple((one, "SSL") for one in listeners))
    spots = places(folder / "primary", ports, listeners)
    return Cluster(spec, "id", tuple(Broker(one, None) for one in spots))


def settings(folder: Path) -> dict[str, str]:
    text = (folder / "worker.properties").read_text()
    return dict(line.split("=", 1) for line in text.splitlines())


def test_a_worker_is_on_the_loopback_and_keeps_its_topics_on_its_cluster(tmp_path):
    one = Worker(tmp_path / "connect", 8083, None)
    worker.prepare(cluster(tmp_path), one, None)
    assert settings(one.folder) == {
        "bootstrap.servers": "127.0.0.1:1",
        "group.id": "connect",
        "listeners": "http://127.0.0.1:8083",
        "rest.advertised.host.name": "127.0.0.1",
        "plugin.discovery": "service_load",
        "config.storage.topic": "connect-configs",
        "offset.storage.topic": "connect-offsets",
        "status.storage.topic": "connect-status",
        "config.storage.replication.factor": "1",
        "offset.storage.replication.factor": "1",
        "status.storage.replication.factor": "1",
        "offset.storage.partitions": "1",
        "status.storage.partitions": "1",
        "offset.flush.interval.ms": "1000",
        "scheduled.rebalance.max.delay.ms": "0",
        "session.timeout.ms": "6000",
        "heartbeat.interval.ms": "1500",
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.storage.StringConverter",
        "config.providers": "file",
        "config.providers.file.class": "org.apache.kafka.common.config.provider.FileConfigProvider",
    }
    assert stat.S_IMODE((one.folder / "worker.properties").stat().st_mode) == 0o644


@pytest.mark.parametrize(("brokers", "factor"), [(2, "2"), (3, "3"), (5, "3")])
def test_its_topics_have_as_many_copies_as_brokers_up_to_three(tmp_path, brokers, factor):
    told = worker.settings(cluster(tmp_path, brokers), Worker(tmp_path, 1, None), None)
    assert {value for key, value in told.items() if key.endswith("replication.factor")} == {factor}


def test_on_a_secure_cluster_it_and_its_connectors_log_in_and_the_password_is_for_the_owner_alone(tmp_path):
    one = Worker(tmp_path / "connect", 8083, None)
    worker.prepare(cluster(tmp_path, listeners=("SECURE",)), one, GUARD)
    told = settings(one.folder)
    assert told["bootstrap.servers"] == "127.0.0.1:2"
    assert told["listeners"] == "http://127.0.0.1:8083"
    for prefix in ("", "producer.", "consumer.", "admin."):
        assert told[f"{prefix}security.protocol"] == "SASL_SSL"
        assert told[f"{prefix}sasl.mechanism"] == "SCRAM-SHA-512"
        assert told[f"{prefix}sasl.jaas.config"] == (
            "org.apache.kafka.common.security.scram.ScramLoginModule required "
            'username="connect" password="second secret";'
        )
        assert told[f"{prefix}ssl.truststore.type"] == "PEM"
        assert told[f"{prefix}ssl.truststore.certificates"] == "-----BEGIN\\nPEM\\n"
    assert "first secret" not in (one.folder / "worker.properties").read_text()
    assert stat.S_IMODE((one.folder / "worker.properties").stat().st_mode) == 0o600


def test_a_secure_sandbox_gets_a_user_for_workers_once():
    first = Security("PEM", (("kplan", "first secret"),))
    second = security.with_workers(first)
    assert second.passwords[:1] == first.passwords
    [(name, password)] = second.passwords[1:]
    assert (name, len(password) >= 24) == ("connect", True)
    assert security.with_workers(second) == second
    assert (worker.principal(second), worker.principal(None)) == ("User:connect", "User:ANONYMOUS")


# --- where they run


def two(folder: Path) -> tuple[Cluster, Cluster]:
    one, other = startup.place([ClusterSpec("primary"), ClusterSpec("dr", brokers=3)], folder)
    return one, other


def test_each_cluster_gets_a_worker_with_a_port_of_its_own_and_keeps_it(tmp_path):
    placed = startup.with_workers(two(tmp_path))
    assert [one.worker.folder for one in placed if one.worker] == [
        tmp_path / "primary" / "connect",
        tmp_path / "dr" / "connect",
    ]
    ports = startup._ports(placed)
    assert len(ports) == 2 + 4 + 2
    assert {one.worker.port for one in placed if one.worker} < ports
    assert startup.with_workers(placed) == placed


def test_with_workers_a_sandbox_has_the_same_brokers_and_a_secure_one_another_user(tmp_path):
    plain = Sandbox("x", tmp_path, "4.3.1", two(tmp_path), ())
    made = lifecycle._with_workers(plain)
    assert [one.brokers for one in made.clusters] == [one.brokers for one in plain.clusters]
    assert made.security is None
    guarded = lifecycle._with_workers(replace(plain, security=Security("PEM", (("kplan", "a"),))))
    assert guarded.security
    assert [user for user, _ in guarded.security.passwords] == ["kplan", "connect"]


def test_what_makes_workers_quick_is_waited_for_only_where_there_are_any(tmp_path, monkeypatch):
    waited: list[str] = []
    monkeypatch.setattr(jars, "obtain", lambda *_: None)
    monkeypatch.setattr(aot, "ensure", lambda *_: waited.append("brokers"))
    monkeypatch.setattr(aot, "ensure_for_workers", lambda *_: waited.append("workers"))
    monkeypatch.setattr(startup, "bring_up", lambda made, *_: record.write(made) or made)

    def begin(connect: bool) -> lifecycle.Up:
        waited.clear()
        return lifecycle.up(SandboxSpec("x", folder=tmp_path / "x", connect=connect))

    assert (begin(connect=False).workers, waited) == ((), ["brokers"])
    added = begin(connect=True)
    assert (added.workers, added.with_new_workers) == (("primary", "dr"), True)
    assert waited == ["brokers", "workers"]
    again = begin(connect=False)
    assert ([bool(one.worker) for one in again.sandbox.clusters], again.with_new_workers) == (
        [True, True],
        False,
    )
    assert waited == ["brokers", "workers"]


def test_workers_that_were_new_and_did_not_start_are_forgotten(tmp_path, monkeypatch):
    monkeypatch.setattr(lifecycle, "_runtime", lambda *_, **__: None)

    def fail(made: Sandbox, *_: object) -> Sandbox:
        record.write(made)
        raise SandboxError("no")

    monkeypatch.setattr(startup, "bring_up", fail)
    (tmp_path / "x").mkdir()
    before = Sandbox("x", tmp_path / "x", "4.3.1", two(tmp_path / "x"), ())
    record.write(before)
    with pytest.raises(SandboxError, match="no"):
        lifecycle.up(SandboxSpec("x", folder=tmp_path / "x", connect=True))
    assert record.read(tmp_path / "x") == before


def test_what_would_end_with_this_command_is_not_started_for_a_sandbox_in_the_foreground(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(lifecycle, "_runtime", lambda *_, **__: None)
    monkeypatch.setattr(startup, "bring_up", lambda made, *_: made)
    placed = two(tmp_path / "x")
    brokers = [
        replace(one, brokers=tuple(replace(each, process=ME) for each in one.brokers)) for one in placed
    ]
    (tmp_path / "x").mkdir()
    record.write(Sandbox("x", tmp_path / "x", "4.3.1", tuple(brokers), (), tied=True))
    spec = SandboxSpec("x", folder=tmp_path / "x")
    assert lifecycle.up(spec).began == ()
    with pytest.raises(SandboxError, match="Sandbox x ends with the command that runs it in the foreground"):
        lifecycle.up(replace(spec, connect=True))


# --- how it is


class Pages(BaseHTTPRequestHandler):
    pages: dict[str, tuple[int, bytes]]

    def do_GET(self) -> None:
        status, text = self.pages[self.path]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def pages() -> Iterator[tuple[int, dict[str, tuple[int, bytes]]]]:
    """A server on the loopback; gives its port, and its pages to be set."""
    Pages.pages = {}
    with HTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port, Pages.pages
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("health", "root", "expected"),
    [
        ((200, b"{}"), (200, b'{"kafka_cluster_id": "id"}'), State.RUNNING),
        ((200, b"{}"), (200, b'{"kafka_cluster_id": "another"}'), State.NOT_ANSWERING),
        ((503, b"{}"), (200, b'{"kafka_cluster_id": "id"}'), State.NOT_ANSWERING),
        ((200, b"{}"), (500, b'{"kafka_cluster_id": "id"}'), State.NOT_ANSWERING),
        ((200, b"well"), (200, b"<html>"), State.NOT_ANSWERING),
        ((200, b"well"), (200, b"[1]"), State.NOT_ANSWERING),
        ((200, b"well"), (200, b"\xff"), State.NOT_ANSWERING),
    ],
)
def test_a_worker_runs_if_it_is_well_and_of_this_cluster(tmp_path, pages, health, root, expected):
    port, its_pages = pages
    its_pages.update({"/health": health, "/": root})
    assert worker.state(cluster(tmp_path), Worker(tmp_path, port, ME)) is expected


def test_without_a_process_it_is_stopped_and_with_one_that_listens_nowhere_it_does_not_answer(tmp_path):
    assert worker.state(cluster(tmp_path), Worker(tmp_path, 1, None)) is State.STOPPED
    assert worker.state(cluster(tmp_path), Worker(tmp_path, 1, Process(1, "another"))) is State.STOPPED
    assert worker.state(cluster(tmp_path), Worker(tmp_path, 1, ME)) is State.NOT_ANSWERING
