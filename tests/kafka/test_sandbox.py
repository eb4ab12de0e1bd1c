import os
import re
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kplan.sandbox import (
    ClusterSpec,
    Sandbox,
    SandboxError,
    SandboxSpec,
    State,
    down,
    folders,
    jars,
    kill,
    names,
    pause,
    process,
    record,
    restart,
    resume,
    runtime,
    start,
    startup,
    states,
    stop,
    tools,
    up,
)

KPLAN = [
    sys.executable,
    "-W",
    "error",
    "-c",
    "from kplan.cli.sandbox import sandbox; sandbox(prog_name='kplan sandbox')",
]


@pytest.fixture
def cache(kafka: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache that shares the downloads of this machine and nothing else; its sandboxes are ended after the test.

    The downloads are there because `kafka` was started with them.
    """
    folder = tmp_path / "my cäche"
    folder.mkdir()
    (folder / "kafka").symlink_to(folders.downloads_folder())
    monkeypatch.setenv("KPLAN_CACHE_DIR", str(folder))
    yield folder
    for name in names():
        down(name)


def only_downloads(cache: Path) -> bool:
    return [path.name for path in cache.iterdir()] == ["kafka"]


def kplan(*arguments: str, stdin: str = "", folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*KPLAN, *arguments], input=stdin, capture_output=True, text=True, timeout=200, cwd=folder
    )


def running(sandbox: Sandbox) -> bool:
    return set(states(sandbox).values()) == {State.RUNNING}


def brokers_of(folder: Path, name: str = "default") -> list[process.Process]:
    found = record.read(folder / "sandbox" / name)
    return [one for cluster in found.clusters for one in cluster.processes] if found else []


def wait_for(condition: "object", seconds: float = 60) -> None:
    """Poll; the bound is only there so that a failure ends."""
    until = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until, "did not happen in time"
        time.sleep(0.05)


# --- what a cluster of the sandbox is like


def test_two_clusters_answer_and_know_nothing_of_each_other(kafka, topic_prefix):
    assert running(kafka)
    assert [cluster.name for cluster in kafka.clusters] == ["primary", "dr"]
    kafka.tool("primary", "kafka-topics", ["--create", "--topic", f"{topic_prefix}a"])
    assert f"{topic_prefix}a\n" in kafka.tool("primary", "kafka-topics", ["--list"])
    assert topic_prefix not in kafka.tool("dr", "kafka-topics", ["--list"])
    for cluster in kafka.clusters:
        assert (
            kafka.tool(cluster.name, "kafka-cluster", ["cluster-id"]) == f"Cluster ID: {cluster.cluster_id}\n"
        )


def test_the_features_are_those_of_a_formatted_cluster(kafka):
    told = kafka.tool("primary", "kafka-features", ["describe"])
    finalized = dict(re.findall(r"Feature: (\S+).*FinalizedVersionLevel: (\S+)", told))
    assert finalized == {
        "eligible.leader.replicas.version": "1",
        "group.version": "1",
        "kraft.version": "0",
        "metadata.version": "4.3-IV0",
        "share.version": "1",
        "streams.version": "1",
        "transaction.version": "2",
    }


def test_acls_are_kept_and_a_missing_topic_is_not_made_by_asking(kafka, topic_prefix):
    grant = ["--add", "--allow-principal", "User:a", "--operation", "Read", "--topic", topic_prefix]
    kafka.tool("dr", "kafka-acls", grant)
    assert f"name={topic_prefix}" in kafka.tool("dr", "kafka-acls", ["--list"])
    assert f"name={topic_prefix}" not in kafka.tool("primary", "kafka-acls", ["--list"])
    with pytest.raises(SandboxError, match="does not exist"):
        kafka.tool("dr", "kafka-topics", ["--describe", "--topic", f"{topic_prefix}absent"])


def test_records_of_every_codec_come_back(kafka, topic_prefix):
    """Codecs' jars are loaded late: a broker without them starts, and fails when they are first used."""
    topic, codecs = f"{topic_prefix}codecs", ["lz4", "snappy", "zstd", "gzip"]
    kafka.tool("dr", "kafka-topics", ["--create", "--topic", topic])
    for codec in codecs:
        kafka.tool(
            "dr",
            "kafka-console-producer",
            ["--topic", topic, "--compression-codec", codec],
            stdin=f"{codec}\n",
        )
    consume = [
        "--topic",
        topic,
        "--group",
        topic,
        "--from-beginning",
        "--max-messages",
        "4",
        "--timeout-ms",
        "30000",
    ]
    assert kafka.tool("dr", "kafka-console-consumer", consume).split() == codecs
    assert topic in kafka.tool("dr", "kafka-consumer-groups", ["--list"])


def test_every_tool_of_the_list_is_in_the_jars(kafka):
    lock = jars.read_lock()
    classes: set[str] = set()
    for jar in lock.jars:
        with zipfile.ZipFile(lock.folder() / jar.file) as content:
            classes.update(content.namelist())
    assert [main for main in tools.TOOLS.values() if main.replace(".", "/") + ".class" not in classes] == []


def test_a_tools_failure_carries_what_it_said(kafka):
    with pytest.raises(
        SandboxError, match=r"(?s)kafka-topics --nonsense failed with 1:.*nonsense is not a recognized option"
    ):
        kafka.tool("primary", "kafka-topics", ["--nonsense"])


def test_brokers_listen_on_the_loopback_only(kafka):
    for cluster in kafka.clusters:
        listening = sockets_of(cluster.pid)
        place = cluster.brokers[0].place
        assert listening == {("127.0.0.1", place.port), ("127.0.0.1", place.controller_port)}


def sockets_of(pid: int) -> set[tuple[str, int | None]]:
    """Read the listening TCP sockets of a process from /proc."""
    if not Path("/proc/net/tcp6").exists():
        pytest.skip("needs /proc")
    links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    inodes = {link.removeprefix("socket:[").rstrip("]") for link in links if link.startswith("socket:")}
    found: set[tuple[str, int | None]] = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                address, _, port = fields[1].partition(":")
                # An IPv6 socket shows a mapped address, its last word in the host's byte order.
                word = bytes.fromhex(address[-8:])[:: -1 if sys.byteorder == "little" else 1]
                found.add((socket.inet_ntoa(word), int(port, 16)))
    return found


def test_the_aot_cache_fits_what_is_started_with_it(kafka):
    """A cache that doesn't fit is passed over in silence and only costs time, so ask the JVM to be strict."""
    present = runtime.present()
    if not present.java.has_aot:
        pytest.skip("this Java takes no AOT cache")
    assert present.aot_cache is not None
    for heap in ("512m", "3g"):
        command = [*present.java_command(heap), "-XX:AOTMode=on", tools.TOOLS["kafka-topics"], "--version"]
        told = subprocess.run(command, env=present.environment(), capture_output=True, text=True, timeout=60)
        assert (told.returncode, told.stdout) == (0, "4.3.1\n"), told.stderr


# --- what tests do to brokers


def test_a_killed_broker_comes_back_with_its_data(spare_cluster):
    sandbox = spare_cluster()
    sandbox.tool("spare", "kafka-topics", ["--create", "--topic", "kept"])
    before = sandbox.cluster("spare")
    kill(before)
    assert states(sandbox) == {("spare", 1): State.STOPPED}
    with pytest.raises(SandboxError, match="Broker 1 of spare is not running"):
        pause(before)
    sandbox = restart(sandbox, "spare")
    after = sandbox.cluster("spare")
    assert running(sandbox)
    assert (after.bootstrap, after.cluster_id) == (before.bootstrap, before.cluster_id)
    assert after.pid != before.pid
    assert sandbox.tool("spare", "kafka-topics", ["--list"]) == "kept\n"
    sandbox = restart(sandbox, "spare")
    assert running(sandbox)
    assert sandbox.cluster("spare").pid != after.pid


def test_a_paused_broker_is_told_from_a_running_one_and_goes_on(spare_cluster):
    sandbox = spare_cluster()
    cluster = sandbox.cluster("spare")
    pause(cluster)
    assert states(sandbox) == {("spare", 1): State.PAUSED}
    with pytest.raises(SandboxError, match="Cluster spare is paused"):
        tools.check_reachable(cluster)
    resume(cluster)
    wait_for(lambda: running(sandbox))


def test_three_brokers_carry_replicas_and_one_may_die(spare_cluster):
    sandbox = spare_cluster(brokers=3, config=(("min.insync.replicas", "2"),))
    create = ["--create", "--topic", "wide", "--replication-factor", "3", "--partitions", "3"]
    sandbox.tool("spare", "kafka-topics", create)
    cluster = sandbox.cluster("spare")
    kill(cluster, 3)
    assert states(sandbox) == {
        ("spare", 1): State.RUNNING,
        ("spare", 2): State.RUNNING,
        ("spare", 3): State.STOPPED,
    }
    shrunk = ["--describe", "--under-replicated-partitions"]
    wait_for(lambda: sandbox.tool("spare", "kafka-topics", shrunk).count("Topic: wide") == 3)
    sandbox = restart(sandbox, "spare", 3)
    wait_for(lambda: "wide" not in sandbox.tool("spare", "kafka-topics", shrunk))
    assert running(sandbox)


def test_a_lost_port_is_replaced_by_another(tmp_path, monkeypatch):
    """Between the look at a port and the broker's bind, another program may take it."""
    with socket.create_server(("127.0.0.1", 0)) as thief:
        stolen = thief.getsockname()[1]
        real = startup.free_ports
        tries: list[str] = []

        def free_ports(count: int, seed: str, taken: object) -> tuple[int, ...]:
            tries.append(seed)
            chosen = real(count, seed, taken)  # type: ignore[arg-type]
            return (stolen, *chosen[1:]) if len(tries) == 1 else chosen

        monkeypatch.setattr(startup, "free_ports", free_ports)
        spec = SandboxSpec("x", clusters=(ClusterSpec("one"),), folder=tmp_path / "x", tied=True)
        sandbox = start(spec)
        try:
            assert len(tries) == 2
            assert running(sandbox)
            assert sandbox.cluster("one").brokers[0].place.port != stolen
            assert sandbox.cluster("one").bootstrap in sandbox.values[0].read_text()
        finally:
            stop(sandbox)


def test_a_start_that_fails_shows_the_log_and_leaves_nothing(tmp_path):
    folder = tmp_path / "x"
    good, bad = ClusterSpec("good"), ClusterSpec("bad", config=(("log.retention.hours", "soon"),))
    with pytest.raises(
        SandboxError, match=r"(?s)Cluster bad ended while .*Invalid value soon.*log\.retention\.hours"
    ):
        start(SandboxSpec("x", clusters=(good, bad), folder=folder, tied=True))
    assert not folder.exists()
    assert process._holds == {} or all(process.alive(one) for one in process._holds), (
        "the good one was ended too"
    )


def test_a_start_that_takes_too_long_is_given_up(tmp_path):
    folder = tmp_path / "x"
    with pytest.raises(SandboxError, match="Cluster one was not ready after 0 seconds"):
        start(SandboxSpec("x", clusters=(ClusterSpec("one"),), folder=folder, tied=True, patience=0))
    assert not folder.exists()


def test_a_folder_with_something_in_it_is_not_taken(tmp_path):
    (tmp_path / "precious").touch()
    with pytest.raises(SandboxError, match="is not empty"):
        start(SandboxSpec("x", folder=tmp_path))
    assert (tmp_path / "precious").exists()


# --- the commands, as a person uses them


def test_a_sandbox_from_up_to_down(cache, tmp_path):
    begun = kplan("up", "--values", "my.auto.kplanvars.hcl", folder=tmp_path)
    assert begun.returncode == 0, begun.stderr
    assert begun.stdout.startswith("Sandbox default is up: 2 clusters of Apache Kafka 4.3.1.\n")
    assert "primary is ready on 127.0.0.1:" in begun.stderr
    mine, own = tmp_path / "my.auto.kplanvars.hcl", cache / "sandbox" / "default" / "sandbox.kplanvars.hcl"
    assert mine.read_text() == own.read_text()
    seen = kplan("status")
    assert (seen.returncode, seen.stdout.count(" running ")) == (0, 2)
    for line in seen.stdout.splitlines()[1:]:
        name, server, _state, pid, cluster_id = line.split()
        assert f'bootstrap_servers = ["{server}"]\n    cluster_id        = "{cluster_id}"' in mine.read_text()
        assert name in {"primary", "dr"}
        os.kill(int(pid), 0)

    again = kplan("up")
    assert again.returncode == 0
    assert again.stdout.startswith("Sandbox default is running already")
    assert kplan("status").stdout == seen.stdout
    other = kplan("up", "--clusters", "primary,dr,third")
    assert other.returncode == 1
    assert (
        "exists with other clusters: dr (1 broker, 512m), primary (1 broker, 512m); asked for:"
        in other.stderr
    )
    secure = kplan("up", "--secure")
    assert (secure.returncode, secure.stdout) == (1, "")
    assert "Error: Sandbox default exists without TLS and logins." in secure.stderr
    assert kplan("status").stdout == seen.stdout

    assert (
        kplan("run", "kafka-topics", "--cluster", "dr", "--", "--create", "--topic", "seen").returncode == 0
    )
    assert kplan("run", "kafka-topics", "--cluster", "dr", "--list").stdout == "seen\n"
    assert kplan("run", "kafka-topics", "--", "--list").stdout == "\n"
    piped = kplan(
        "run", "kafka-console-producer", "--cluster", "dr", "--", "--topic", "seen", stdin="hello\n"
    )
    assert piped.returncode == 0, piped.stderr
    assert "Created log for partition seen-0" in kplan("logs", "dr", "-n", "5000").stdout
    assert "seen-0" not in kplan("logs", "primary", "-n", "5000").stdout

    brokers = brokers_of(cache)
    ended = kplan("down")
    assert (ended.returncode, ended.stdout) == (0, "Sandbox default is stopped and removed.\n")
    assert not [one for one in brokers if process.alive(one)]
    assert only_downloads(cache)
    assert not mine.exists()
    assert kplan("status").returncode == 1


def test_two_sandboxes_side_by_side_do_not_meet(cache):
    both = [
        subprocess.Popen([*KPLAN, "up", "--name", name], stdout=-1, stderr=-1) for name in ("left", "right")
    ]
    for command in both:
        output, errors = command.communicate(timeout=200)
        assert command.returncode == 0, output + errors
    left, right = (record.read(cache / "sandbox" / name) for name in ("left", "right"))
    assert left
    assert right
    ports = [one.place.port for each in (left, right) for cluster in each.clusters for one in cluster.brokers]
    assert len(set(ports)) == 4
    assert kplan("status", "--all").stdout.count(" running ") == 4
    assert kplan("down", "--name", "left").returncode == 0
    assert running(right)
    assert kplan("down", "--all").stdout == "Sandbox right is stopped and removed.\n"
    assert only_downloads(cache)


def test_two_ups_at_once_make_one_sandbox(cache):
    both = [
        subprocess.Popen([*KPLAN, "up", "--cluster", "one"], stdout=-1, stderr=-1, text=True)
        for _ in range(2)
    ]
    told = [command.communicate(timeout=200) for command in both]
    assert [command.returncode for command in both] == [0, 0], told
    assert sorted(output.splitlines()[0].split(":")[0] for output, _ in told) == [
        "Sandbox default is running already",
        "Sandbox default is up",
    ]
    assert (
        len([errors for _, errors in told if "another command on sandbox default is under way" in errors])
        == 1
    )


def test_what_has_died_is_started_again_with_its_data(cache):
    assert kplan("up").returncode == 0
    kplan("run", "kafka-topics", "--cluster", "dr", "--", "--create", "--topic", "kept")
    primary, dr = brokers_of(cache)
    process.send(dr, signal.SIGKILL)
    process.ended_within(dr, 10)
    seen = kplan("status")
    assert seen.returncode == 1
    assert re.search(r"dr +\S+ +stopped +- ", seen.stdout)
    assert "kplan sandbox up --name default" in seen.stderr
    again = kplan("up")
    assert again.returncode == 0, again.stderr
    assert "not all of it running: dr started again, data kept" in again.stdout
    assert brokers_of(cache)[0] == primary, "what ran is left alone"
    assert kplan("run", "kafka-topics", "--cluster", "dr", "--", "--list").stdout == "kept\n"


def test_a_recycled_pid_is_not_killed(cache, tmp_path):
    """Down of a sandbox whose broker has died, while another process has got its number."""
    assert kplan("up", "--clusters", "one").returncode == 0
    found = record.read(cache / "sandbox" / "default")
    assert found
    process.kill(found.clusters[0].processes)
    with subprocess.Popen(["/bin/sleep", "300"]) as stranger:
        text = (found.folder / record.FILE).read_text()
        (found.folder / record.FILE).write_text(
            text.replace(f'"pid": {found.clusters[0].pid}', f'"pid": {stranger.pid}')
        )
        assert kplan("status").returncode == 1
        assert kplan("down").returncode == 0
        assert stranger.poll() is None
        stranger.kill()


def foreground(*arguments: str) -> "subprocess.Popen[str]":
    command = [*KPLAN, "up", "--foreground", *arguments]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert started.stdout is not None
    for line in started.stdout:
        if line == "Ctrl-C ends it.\n":
            return started
    pytest.fail(started.communicate()[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_foreground_sandbox_ends_in_order(cache, number):
    command = foreground("--cluster", "one")
    brokers = brokers_of(cache)
    assert len([one for one in brokers if process.alive(one)]) == 1
    command.send_signal(number)
    _, errors = command.communicate(timeout=60)
    assert command.returncode == 0, errors
    assert "Stopped; the sandbox and its data are removed." in errors
    assert not [one for one in brokers if process.alive(one)]
    assert only_downloads(cache)


def test_the_death_of_a_foreground_parent_takes_the_brokers_along(cache):
    command = foreground()
    brokers = brokers_of(cache)
    command.kill()
    command.communicate(timeout=60)
    assert all(process.ended_within(one, 10) for one in brokers)
    assert kplan("status").returncode == 1
    assert kplan("down").returncode == 0
    assert only_downloads(cache)


def test_a_foreground_sandbox_can_be_stopped_from_elsewhere(cache):
    command = foreground("--cluster", "one")
    assert kplan("up").stdout.startswith("Sandbox default is running already")
    assert "would not end with it" in kplan("up", "--foreground").stderr
    assert kplan("down").returncode == 0
    output, errors = command.communicate(timeout=60)
    assert command.returncode == 0, errors
    assert output == "The sandbox was stopped by another command.\n"


def test_a_foreground_sandbox_tells_of_deaths_and_ends_with_the_last(cache):
    command = foreground()
    primary, dr = brokers_of(cache)
    process.send(dr, signal.SIGKILL)
    assert command.stderr is not None
    for line in command.stderr:
        if "dr has ended by itself" in line:
            break
    process.send(primary, signal.SIGKILL)
    _, errors = command.communicate(timeout=60)
    assert command.returncode == 1
    assert "No cluster of the sandbox runs any more" in errors
    assert only_downloads(cache)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_an_up_that_is_ended_midway_leaves_no_broker(cache, number):
    command = subprocess.Popen(
        [*KPLAN, "up", "--cluster", "one"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    wait_for(lambda: brokers_of(cache))
    brokers = brokers_of(cache)
    command.send_signal(number)
    _, errors = command.communicate(timeout=60)
    assert all(process.ended_within(one, 10) for one in brokers)
    if number == signal.SIGKILL:
        assert kplan("up").returncode == 0, "what is left is no obstacle"
        assert kplan("status").returncode == 0
    else:
        assert command.returncode == 1
        assert "Interrupted" in errors
        assert only_downloads(cache)


def test_following_a_log_shows_what_comes_and_ends_with_the_sandbox(cache):
    assert kplan("up", "--clusters", "one").returncode == 0
    command = subprocess.Popen([*KPLAN, "logs", "one", "--follow"], stdout=subprocess.PIPE, text=True)
    assert command.stdout is not None
    for line in command.stdout:
        if "Kafka Server started" in line:
            break
    kplan("run", "kafka-topics", "--", "--create", "--topic", "fresh")
    for line in command.stdout:
        if "fresh-0" in line:
            break
    assert kplan("down").returncode == 0
    command.communicate(timeout=60)
    assert command.returncode == 0


def test_the_api_brings_up_what_the_commands_do(cache):
    made = up(SandboxSpec("api", clusters=(ClusterSpec("only"),), tied=True))
    assert (made.new, made.began) == (True, ("only",))
    again = up(SandboxSpec("api", tied=False))
    assert (again.new, again.began) == (False, ())
    assert again.sandbox == made.sandbox
    with pytest.raises(SandboxError, match="There is a sandbox api already"):
        start(SandboxSpec("api"))
    stop(made.sandbox)
    assert only_downloads(cache)
