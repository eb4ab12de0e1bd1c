import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kplan.cli.sandbox import sandbox
from kplan.sandbox import (
    Broker,
    Cluster,
    ClusterSpec,
    Sandbox,
    Security,
    Worker,
    current,
    folders,
    process,
    record,
    security,
    stop,
    tools,
    values,
)
from kplan.sandbox.process import Process
from kplan.sandbox.spec import Place


def kplan(*arguments: str) -> Result:
    return CliRunner().invoke(sandbox, arguments)


SECRETS = ("first secret", "second secret")


@pytest.fixture
def stopped(cache: Path) -> Sandbox:
    """A sandbox as a reboot leaves it: files and record, no process."""
    folder = folders.sandboxes_folder() / "default"
    place = Place(1, folder / "primary" / "broker-1", 1, 2)
    place.data.mkdir(parents=True)
    place.log.write_text("begun\nended\n")
    cluster = Cluster(ClusterSpec("primary"), "id", (Broker(place, Process(1, "another start")),))
    file = cache / "mine.auto.kplanvars.hcl"
    found = Sandbox("default", folder, "4.3.1", (cluster,), (folder / values.FILE, file))
    record.write(found)
    for path in found.values:
        values.write(path, found)
    return found


@pytest.mark.parametrize("command", [["status"], ["logs"], ["run", "kafka-topics"]])
def test_without_a_sandbox_a_command_says_how_to_make_one(command):
    result = kplan(*command)
    assert result.exit_code == 1
    assert "Error: There is no sandbox default. `kplan sandbox up --name default` makes it." in result.stderr


def test_status_of_all_without_any_fails():
    result = kplan("status", "--all")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: There is no sandbox. `kplan sandbox up` makes one.\n",
    )


def test_stopping_what_is_not_there_is_fine():
    assert (kplan("down").exit_code, kplan("down").stdout) == (0, "There is no sandbox default.\n")
    assert kplan("down", "--all").stdout == "There is no sandbox.\n"


def test_status_shows_what_has_stopped_and_fails(stopped):
    result = kplan("status")
    assert result.exit_code == 1
    assert "primary  127.0.0.1:1        stopped  -    id" in result.stdout
    assert "kplan sandbox up --name default" in result.stderr


def test_logs_shows_the_last_lines(stopped):
    assert kplan("logs", "primary", "-n", "1").stdout == "ended\n"
    assert kplan("logs").stdout == "begun\nended\n"
    assert "has no cluster x; it has primary" in kplan("logs", "x").stderr


def test_a_tool_is_not_run_on_a_stopped_cluster(stopped):
    result = kplan("run", "kafka-topics", "--", "--list")
    assert result.exit_code == 1
    assert "Cluster primary is stopped" in result.stderr


def test_down_kills_no_stranger_and_leaves_nothing(stopped, cache):
    """The recorded pid is 1 here: a process that lives, and is not ours."""
    me = process._start_of(1)
    result = kplan("down")
    assert (result.exit_code, result.stdout) == (0, "Sandbox default is stopped and removed.\n")
    assert process._start_of(1) == me
    assert list(cache.iterdir()) == []


def test_a_secure_sandbox_is_shown_by_its_secure_listener_and_goes_with_all_it_had(stopped, cache):
    [cluster] = stopped.clusters
    place = replace(cluster.brokers[0].place, further=(("SECURE", 3),))
    guarded = replace(
        cluster,
        spec=security.guarded(cluster.spec, stopped.folder),
        brokers=(Broker(place, None),),
    )
    guard = Security("PEM", (("kplan", SECRETS[0]), ("reader", SECRETS[1])))
    secure = replace(stopped, clusters=(guarded,), security=guard)
    record.write(secure)
    for path in secure.values:
        values.write(path, secure)
        assert SECRETS[0] in path.read_text()
    told = kplan("status")
    assert "primary  127.0.0.1:3        stopped  -    id" in told.stdout
    assert not [one for one in SECRETS if one in told.output]
    assert kplan("down").exit_code == 0
    assert list(cache.iterdir()) == []


def test_a_worker_is_shown_with_its_state_and_its_log_and_goes_with_the_rest(stopped, cache):
    [cluster] = stopped.clusters
    one = Worker(stopped.folder / "primary" / "connect", 8083, Process(1, "another start"))
    one.folder.mkdir()
    one.log.write_text("joined\n")
    beside = replace(stopped, clusters=(replace(cluster, worker=one),))
    record.write(beside)
    for path in beside.values:
        values.write(path, beside)
    told = kplan("status")
    assert told.exit_code == 1
    assert "primary         http://127.0.0.1:8083  stopped  -    connect" in told.stdout
    assert kplan("logs", "primary", "-n", "1").stdout == "primary | ended\nprimary-connect | joined\n"
    assert kplan("down").exit_code == 0
    assert list(cache.iterdir()) == []


def test_without_what_makes_certificates_a_secure_sandbox_is_refused(monkeypatch, cache):
    monkeypatch.setitem(sys.modules, "trustme", None)
    result = kplan("up", "--secure")
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: --secure needs trustme to make certificates: pip install 'kplan[sandbox]'\n"
    )
    assert not cache.exists()


def test_stopping_a_sandbox_that_is_gone_leaves_a_new_one_of_its_name(stopped):
    newer = replace(stopped, clusters=(replace(stopped.clusters[0], cluster_id="newer"),))
    record.write(newer)
    stop(stopped)
    assert record.read(stopped.folder) == newer
    assert current(stopped) is None
    stop(newer)
    assert not stopped.folder.exists()


@pytest.mark.parametrize("command", ["down", "status", "logs"])
def test_a_name_is_never_a_path(command, stopped, cache):
    (cache / "precious").touch()
    result = kplan(command, "--name", "..")
    assert result.exit_code == 1
    assert "'..' is no name for a sandbox" in result.stderr
    assert (cache / "precious").exists()


def test_down_of_all_takes_every_sandbox(stopped, cache):
    other = folders.sandboxes_folder() / "other"
    other.mkdir()
    result = kplan("down", "--all")
    assert result.stdout == "Sandbox default is stopped and removed.\nSandbox other is stopped and removed.\n"
    assert list(cache.iterdir()) == []


def test_down_leaves_a_record_alone_that_it_can_not_read(stopped):
    (stopped.folder / record.FILE).write_text("{")
    result = kplan("down")
    assert result.exit_code == 1
    assert "is damaged" in result.stderr
    assert stopped.folder.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--clusters", "a,a"], "can't share a name: a"),
        (["--clusters", ""], "'' is no name for a cluster"),
        (["--cluster", "a/b"], "'a/b' is no name for a cluster"),
        (["--brokers", "0"], "can have 1 to 9 brokers, not 0"),
        (["--heap", "lots"], "A heap is written like 512m"),
        (["--name", "../x"], "'../x' is no name for a sandbox"),
        (["--values", "absent/file.hcl"], "a folder that exists"),
    ],
)
def test_wrong_wishes_are_refused_before_anything_is_made(arguments, message, cache):
    result = kplan("up", *arguments)
    assert result.exit_code == 1
    assert message in result.stderr
    assert not cache.exists()


def test_the_tools_are_listed_and_others_are_named(stopped, monkeypatch):
    assert "kafka-topics\n" in kplan("run", "list").stdout
    monkeypatch.setattr(tools, "check_reachable", lambda _cluster: None)
    monkeypatch.setattr(tools, "obtain", lambda _report: None)
    result = kplan("run", "rm")
    assert result.exit_code == 1
    assert "'rm' is none of Kafka's tools here; there are kafka-acls, " in result.stderr


@pytest.mark.parametrize(
    ("tool", "given", "wanted"),
    [
        ("kafka-topics", ["--list"], ["--bootstrap-server", "h:1", "--list"]),
        ("topics", ["--list"], ["--bootstrap-server", "h:1", "--list"]),
        ("kafka-cluster", ["cluster-id"], ["cluster-id", "--bootstrap-server", "h:1"]),
        ("kafka-topics", ["--bootstrap-server", "x:2", "--list"], ["--bootstrap-server", "x:2", "--list"]),
        ("kafka-topics", ["--bootstrap-server=x:2"], ["--bootstrap-server=x:2"]),
    ],
)
def test_the_address_is_filled_in_where_the_tool_takes_it(tool, given, wanted):
    line, environment = tools.command("h:1", tool, given)
    assert line[-len(wanted) :] == wanted
    assert environment["CLASSPATH"].endswith(".jar")


def test_the_command_line_loads_nothing_heavy():
    loaded = "import sys, kplan.cli.sandbox; print(sorted(m for m in sys.modules if m.split('.')[0] in {'kplan', 'rich'}))"
    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout
    assert told == "['kplan', 'kplan.cli', 'kplan.cli.sandbox']\n"
