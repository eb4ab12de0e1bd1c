"""Connect workers in a sandbox, as a person has them: by `kplan sandbox up --connect`, until `down`."""

import os
import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from kplan_run import wait_for
from test_sandbox import KPLAN, cache, foreground, kplan, only_downloads

from kplan.sandbox import (
    ClusterSpec,
    Sandbox,
    SandboxSpec,
    State,
    kill,
    process,
    record,
    restart,
    runtime,
    start,
    startup,
    states,
    stop,
    tools,
    worker_states,
)

__all__ = ["cache"]  # the fixture

ONE = ("--cluster", "one")


def found(cache: Path) -> Sandbox:
    made = record.read(cache / "sandbox" / "default")
    assert made
    return made


def workers_of(sandbox: Sandbox) -> list[process.Process]:
    return [one.worker.process for one in sandbox.clusters if one.worker and one.worker.process]


def running(sandbox: Sandbox) -> bool:
    return {*states(sandbox).values(), *worker_states(sandbox).values()} == {State.RUNNING}


def test_workers_from_up_to_down(cache, tmp_path):
    assert kplan("up", *ONE).returncode == 0
    before = found(cache)
    assert "CONNECT WORKER" not in kplan("status").stdout

    begun = kplan("up", "--connect", "--values", "my.auto.kplanvars.hcl", folder=tmp_path)
    assert begun.returncode == 0, begun.stderr
    assert begun.stdout.startswith("Sandbox default was there, and has Connect workers now: 1 cluster of ")
    assert "one is ready" not in begun.stderr, "it ran before"
    made = found(cache)
    one = made.cluster("one").worker
    assert one
    assert f"one's Connect worker is ready on {one.url}\n" in begun.stderr
    assert made.cluster("one").brokers == before.cluster("one").brokers
    values = (tmp_path / "my.auto.kplanvars.hcl").read_text()
    assert f'urls      = ["{one.url}"]' in values
    seen = kplan("status")
    assert (seen.returncode, seen.stdout.count(" running ")) == (0, 2)
    assert re.search(rf"^one +{one.url} +running +\d+ +connect$", seen.stdout, re.MULTILINE)
    topics = kplan("run", "kafka-topics", "--", "--list").stdout.split()
    assert {"connect-configs", "connect-offsets", "connect-status"} <= {*topics}
    assert re.search(r"^one-connect \| .*\(RestServer\)$", kplan("logs", "one").stdout, re.MULTILINE)
    again = kplan("up")
    assert again.stdout.startswith(
        "Sandbox default is running already: 1 cluster of Apache Kafka 4.3.1, a Connect worker beside it."
    )
    assert found(cache) == made

    [was] = workers_of(made)
    process.kill([was])
    assert kplan("status").returncode == 1
    revived = kplan("up")
    assert "not all of it running: one's Connect worker started again, data kept" in revived.stdout
    after = found(cache)
    assert running(after)
    assert after.cluster("one").brokers == made.cluster("one").brokers, "what ran is left alone"
    assert (tmp_path / "my.auto.kplanvars.hcl").read_text() == values

    ended = kplan("down")
    assert ended.returncode == 0, ended.stderr
    assert not [one for one in after.clusters[0].all_processes if process.alive(one)]
    assert only_downloads(cache)
    assert not (tmp_path / "my.auto.kplanvars.hcl").exists()


def test_a_lost_port_of_a_worker_is_replaced_by_another_and_its_brokers_keep_theirs(tmp_path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as thief:
        stolen = thief.getsockname()[1]
        real = startup.free_ports
        tries: list[str] = []

        def free_ports(count: int, seed: str, taken: object) -> tuple[int, ...]:
            if "connect" not in seed:
                return real(count, seed, taken)  # type: ignore[arg-type]
            tries.append(seed)
            return (stolen,) if len(tries) == 1 else real(count, seed, taken)  # type: ignore[arg-type]

        monkeypatch.setattr(startup, "free_ports", free_ports)
        spec = SandboxSpec(
            "x", clusters=(ClusterSpec("one"),), folder=tmp_path / "x", tied=True, connect=True
        )
        sandbox = start(spec)
        try:
            assert len(tries) == 2
            assert running(sandbox)
            one = sandbox.cluster("one").worker
            assert one
            assert one.port != stolen
            assert one.url in sandbox.values[0].read_text()
            assert record.read(sandbox.folder) == sandbox
        finally:
            stop(sandbox)
        assert not [one for one in sandbox.clusters[0].all_processes if process.alive(one)]


def test_a_worker_follows_its_cluster_to_other_ports(tmp_path):
    spec = SandboxSpec("x", clusters=(ClusterSpec("one"),), folder=tmp_path / "x", tied=True, connect=True)
    before = start(spec)
    try:
        kill(before.cluster("one"))
        place = before.cluster("one").brokers[0].place
        with socket.create_server(("127.0.0.1", place.port)):
            after = restart(before, "one")
        one, was = after.cluster("one").worker, before.cluster("one").worker
        assert one
        assert was
        assert running(after)
        assert after.cluster("one").bootstrap != before.cluster("one").bootstrap
        assert (one.port, one.process != was.process) == (was.port, True)
        assert after.cluster("one").bootstrap in (one.folder / "worker.properties").read_text()
    finally:
        stop(before)


def test_a_foreground_sandbox_tells_of_a_workers_death_and_takes_the_others_along(cache):
    command = foreground("--connect", "--clusters", "one,two")
    everything = [one for cluster in found(cache).clusters for one in cluster.all_processes]
    assert len(everything) == 4
    assert kplan("up", "--connect").stdout.startswith("Sandbox default is running already")
    [first, _] = workers_of(found(cache))
    process.send(first, signal.SIGKILL)
    assert command.stderr is not None
    for line in command.stderr:
        if "one's Connect worker has ended by itself" in line:
            break
    assert "ends with the command that runs it in the foreground" in kplan("up").stderr
    command.kill()
    command.communicate(timeout=60)
    assert all(process.ended_within(one, 10) for one in everything)
    assert kplan("down").returncode == 0
    assert only_downloads(cache)


def test_a_down_while_it_starts_waits_and_leaves_nothing(cache):
    starting = subprocess.Popen(
        [*KPLAN, "up", "--connect", *ONE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    wait_for((cache / "sandbox" / "default" / "one" / "connect" / "worker.properties").exists)
    assert kplan("down").returncode == 0
    output, errors = starting.communicate(timeout=60)
    assert starting.returncode == 0, output + errors
    assert only_downloads(cache)


def test_an_up_that_is_killed_while_a_worker_starts_leaves_no_process(cache):
    starting = subprocess.Popen(
        [*KPLAN, "up", "--connect", *ONE], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    log = cache / "sandbox" / "default" / "one" / "connect" / "worker.log"
    wait_for(log.exists)
    starting.kill()
    starting.wait(60)
    folder = os.fspath(log.parent.parent)
    wait_for(lambda: not below(folder))
    assert kplan("down").returncode == 0
    assert only_downloads(cache)


def below(folder: str) -> list[int]:
    """List the processes that run in a folder."""
    found: list[int] = []
    for one in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if os.fspath(one.readlink()).startswith(folder):
                found.append(int(one.parent.name))
        except OSError:  # it ended, or is another user's
            continue
    return found


def test_the_aot_cache_of_workers_fits_what_is_started_with_it(cache):
    present = runtime.present().for_workers()
    if not present.java.has_aot:
        pytest.skip("this Java takes no AOT cache")
    assert present.aot_cache == runtime.worker_aot_path(present.java, present.lock)
    command = [*present.java_command("256m"), "-XX:AOTMode=on", tools.TOOLS["kafka-topics"], "--version"]
    told = subprocess.run(command, env=present.environment(), capture_output=True, text=True, timeout=60)
    assert (told.returncode, told.stdout) == (0, "4.3.1\n"), told.stderr
