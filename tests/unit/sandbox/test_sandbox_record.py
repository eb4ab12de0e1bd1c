import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from kplan.sandbox import (
    Broker,
    Cluster,
    ClusterSpec,
    Sandbox,
    SandboxError,
    Security,
    Worker,
    record,
    values,
)
from kplan.sandbox.process import Process
from kplan.sandbox.spec import Place

GUARD = Security("-----BEGIN\nPEM", (("kplan", "first secret"), ("reader", "second secret")))


def sandbox(folder: Path, *names: str, listener: str = "TLS", security: Security | None = None) -> Sandbox:
    clusters = tuple(
        Cluster(
            ClusterSpec(name, brokers=2, heap="1g", config=(("a", "b"),), listeners=((listener, "SSL"),)),
            f"id-of-{name}",
            (
                Broker(
                    Place(1, folder / name / "broker-1", 19092, 19093, ((listener, 19095),)),
                    Process(4711, "boot/1"),
                ),
                Broker(Place(2, folder / name / "broker-2", 19094, None, ((listener, 19096),)), None),
            ),
        )
        for name in names or ("primary", "dr")
    )
    return Sandbox("test", folder, "4.3.1", clusters, (folder / "a.kplanvars.hcl",), True, security)


def secured(folder: Path) -> Sandbox:
    return sandbox(folder, "primary", listener="SECURE", security=GUARD)


def with_workers(folder: Path) -> Sandbox:
    """The first cluster's worker runs, the second's never did."""
    primary, dr = sandbox(folder).clusters
    one = Worker(folder / "primary" / "connect", 8083, Process(4712, "boot/2"))
    other = Worker(folder / "dr" / "connect", 18083, None)
    return replace(sandbox(folder), clusters=(replace(primary, worker=one), replace(dr, worker=other)))


@pytest.mark.parametrize("made", [sandbox, secured, with_workers])
def test_what_is_written_is_read_again_and_for_its_owner_alone(tmp_path, made):
    record.write(made(tmp_path))
    assert record.read(tmp_path) == made(tmp_path)
    assert stat.S_IMODE((tmp_path / record.FILE).stat().st_mode) == 0o600


def test_a_listener_has_its_servers(tmp_path):
    assert sandbox(tmp_path).clusters[0].servers("TLS") == ("127.0.0.1:19095", "127.0.0.1:19096")


def test_users_are_told_the_secure_listener_if_there_is_one(tmp_path):
    assert sandbox(tmp_path).clusters[0].offered_servers == ("127.0.0.1:19092", "127.0.0.1:19094")
    assert secured(tmp_path).clusters[0].offered_servers == ("127.0.0.1:19095", "127.0.0.1:19096")


def test_passwords_are_not_shown_with_what_holds_them(tmp_path):
    assert "BEGIN" in repr(secured(tmp_path))
    assert "secret" not in repr(secured(tmp_path))


def test_a_folder_without_a_record_has_no_sandbox(tmp_path):
    assert record.read(tmp_path) is None
    assert record.read(tmp_path / "absent") is None


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": 3}', '{"format": 99}'])
def test_a_record_that_can_not_be_understood_is_an_error_with_the_way_out(tmp_path, text):
    (tmp_path / record.FILE).write_text(text)
    with pytest.raises(SandboxError, match=rf"(?s){record.FILE} is damaged.*then remove {tmp_path}"):
        record.read(tmp_path)


def test_a_cluster_tells_how_to_reach_it(tmp_path):
    cluster = sandbox(tmp_path).cluster("dr")
    assert cluster.bootstrap_servers == ("127.0.0.1:19092", "127.0.0.1:19094")
    assert cluster.bootstrap == "127.0.0.1:19092,127.0.0.1:19094"
    assert (cluster.name, cluster.pid) == ("dr", 4711)
    assert cluster.log == tmp_path / "dr" / "broker-1" / "broker.log"
    assert cluster.broker(2).place.port == 19094


def test_unknown_clusters_and_brokers_are_said(tmp_path):
    with pytest.raises(SandboxError, match="has no cluster x; it has primary, dr"):
        sandbox(tmp_path).cluster("x")
    with pytest.raises(SandboxError, match="primary has no broker 3"):
        sandbox(tmp_path).cluster("primary").broker(3)


def test_the_values_are_what_the_examples_read(tmp_path):
    import hcl2

    text = values.text(sandbox(tmp_path, "primary", "2nd"))
    assert text == (
        "# Written by `kplan sandbox`, removed by `kplan sandbox down`.\n"
        "clusters = {\n"
        "  primary = {\n"
        '    bootstrap_servers = ["127.0.0.1:19092", "127.0.0.1:19094"]\n'
        '    cluster_id        = "id-of-primary"\n'
        "  }\n"
        '  "2nd" = {\n'
        '    bootstrap_servers = ["127.0.0.1:19092", "127.0.0.1:19094"]\n'
        '    cluster_id        = "id-of-2nd"\n'
        "  }\n"
        "}\n"
    )
    assert "clusters" in hcl2.loads(text)


def test_the_values_of_a_secure_sandbox_also_say_how_to_connect_and_as_whom(tmp_path):
    text = values.text(secured(tmp_path))
    assert text == (
        "# Written by `kplan sandbox`, removed by `kplan sandbox down`.\n"
        "clusters = {\n"
        "  primary = {\n"
        '    bootstrap_servers = ["127.0.0.1:19095", "127.0.0.1:19096"]\n'
        '    cluster_id        = "id-of-primary"\n'
        "  }\n"
        "}\n"
        "sandbox = {\n"
        '  protocol  = "SASL_SSL"\n'
        '  mechanism = "SCRAM-SHA-512"\n'
        '  username  = "kplan"\n'
        '  ca        = "-----BEGIN\\nPEM"\n'
        "}\n"
        "sandbox_passwords = {\n"
        '  kplan  = "first secret"\n'
        '  reader = "second secret"\n'
        "}\n"
    )


WORKERS = """workers = {
  primary = {
    urls      = ["http://127.0.0.1:8083"]
    group_id  = "connect"
    principal = "%s"
  }
  dr = {
    urls      = ["http://127.0.0.1:18083"]
    group_id  = "connect"
    principal = "%s"
  }
}
"""


def test_the_values_say_where_workers_are_and_who(tmp_path):
    plain = with_workers(tmp_path)
    before = values.text(sandbox(tmp_path))
    assert values.text(plain) == before + WORKERS % ("User:ANONYMOUS", "User:ANONYMOUS")
    guarded = replace(plain, security=GUARD)
    assert WORKERS % ("User:connect", "User:connect") in values.text(guarded)


def test_a_worker_is_among_the_processes_that_end_and_no_broker(tmp_path):
    primary, dr = with_workers(tmp_path).clusters
    assert primary.processes == (Process(4711, "boot/1"),)
    assert primary.all_processes == (Process(4711, "boot/1"), Process(4712, "boot/2"))
    assert dr.all_processes == dr.processes
    assert primary.worker
    assert primary.worker.log == tmp_path / "primary" / "connect" / "worker.log"


@pytest.mark.parametrize(("made", "mode"), [(sandbox, 0o644), (secured, 0o600)])
def test_values_with_passwords_are_for_their_owner_alone_whatever_they_replace(tmp_path, made, mode):
    file = tmp_path / "x.auto.kplanvars.hcl"
    file.touch(mode=0o666)
    values.write(file, made(tmp_path))
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_a_file_of_somebody_else_is_neither_written_over_nor_removed(tmp_path):
    file = tmp_path / "main.kplan.hcl"
    file.write_text("locals {}\n")
    with pytest.raises(SandboxError, match="holds something else"):
        values.check_replaceable(file)
    values.remove(file, sandbox(tmp_path))
    assert file.read_text() == "locals {}\n"
    with pytest.raises(SandboxError, match="a folder that exists"):
        values.check_replaceable(tmp_path / "absent" / "file")
    with pytest.raises(SandboxError, match="a folder that exists"):
        values.check_replaceable(tmp_path)


def test_a_values_file_of_ours_is_replaced_and_removed_until_another_sandbox_has_it(tmp_path):
    ours, others = sandbox(tmp_path, "a"), sandbox(tmp_path, "b")
    file = tmp_path / "x.auto.kplanvars.hcl"
    values.check_replaceable(file)
    values.write(file, ours)
    values.check_replaceable(file)
    values.write(file, others)
    values.remove(file, ours)
    assert file.exists()
    values.remove(file, others)
    assert not file.exists()
    values.remove(file, others)


def test_the_record_holds_nothing_that_a_later_process_could_not_use(tmp_path):
    record.write(sandbox(tmp_path))
    data = json.loads((tmp_path / record.FILE).read_text())
    assert data["clusters"][0]["brokers"][0]["process"] == {"pid": 4711, "started": "boot/1"}
    assert [path.name for path in tmp_path.iterdir()] == [record.FILE]
