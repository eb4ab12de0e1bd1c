import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kplan.sandbox import SandboxError, process
from kplan.sandbox.process import Process

SLEEP = ["/bin/sh", "-c", "echo up; exec sleep 300"]
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="death signals are Linux's")


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Process]]:
    """What a test started; all of it is ended after it."""
    those: list[Process] = []
    yield those
    process.kill(those)


def spawn(folder: Path, command: list[str] = SLEEP, *, tie: bool = False) -> Process:
    """Start a program; the usual one is up when this is back, no longer on the way from its holder to its own."""
    log = folder / "log"
    one = process.spawn(command, log=log, folder=folder, environment=os.environ, tie=tie)
    while command == SLEEP and not (log.exists() and "up" in log.read_text()):
        assert process.alive(one)
    return one


def ended(one: Process) -> bool:
    return process.ended_within(one, 10)


def test_a_process_runs_in_its_folder_writes_its_log_and_ends(tmp_path):
    one = spawn(tmp_path, ["/bin/sh", "-c", "pwd; echo $0 >&2; cat; echo end"])
    assert ended(one)
    process.kill([one])
    assert (tmp_path / "log").read_text() == f"{tmp_path.resolve()}\n/bin/sh\nend\n"


def test_killed_is_dead_and_killing_the_dead_is_fine(tmp_path):
    one = spawn(tmp_path)
    assert process.alive(one)
    process.kill([one])
    assert not process.alive(one)
    assert not process.send(one, signal.SIGTERM)
    process.kill([one])


def test_a_process_that_got_a_dead_ones_number_is_left_alone(tmp_path, started):
    stranger = spawn(tmp_path)
    started.append(stranger)
    ours = Process(stranger.pid, "another start")
    assert not process.alive(ours)
    assert not process.paused(ours)
    assert not process.send(ours, signal.SIGKILL)
    process.kill([ours])
    assert process.alive(stranger)


@pytest.mark.skipif(not process._HAS_PROC, reason="elsewhere ps gives a date")
def test_the_same_number_and_tick_after_a_reboot_is_another_process(tmp_path, started):
    one = spawn(tmp_path)
    started.append(one)
    boot, _, tick = one.started.partition("/")
    assert boot == process._BOOT.read_text().strip()
    assert not process.alive(replace(one, started=f"{boot[::-1]}/{tick}"))


def test_a_zombie_is_not_alive():
    child = subprocess.Popen(["/bin/sleep", "300"])
    one = Process(child.pid, process._start_of(child.pid) or "")
    assert process.alive(one)
    child.kill()
    assert ended(one), "nobody has waited for it yet"
    child.wait()


def test_a_pause_is_told_and_ends(tmp_path, started):
    one = spawn(tmp_path)
    started.append(one)
    assert process.send(one, signal.SIGSTOP)
    while not process.paused(one):
        assert process.alive(one)
    assert process.send(one, signal.SIGCONT)
    while process.paused(one):
        assert process.alive(one)
    holder = process._holds[one]
    assert holder.stdin is not None
    holder.stdin.close()
    assert ended(one), "the process that holds it must not have taken a pause for the end"


def test_a_paused_process_can_be_killed(tmp_path):
    one = spawn(tmp_path)
    process.send(one, signal.SIGSTOP)
    process.kill([one])
    assert not process.alive(one)


def test_what_can_not_be_executed_ends_and_says_why_in_the_log(tmp_path):
    one = spawn(tmp_path, ["/does/not/exist"])
    assert ended(one)
    process.kill([one])
    assert "/does/not/exist: [Errno 2]" in (tmp_path / "log").read_text()


def test_a_holder_that_can_not_start_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "_HOLD", tmp_path / "nothing.py")
    with pytest.raises(SandboxError, match="could not be started"):
        spawn(tmp_path)


def test_a_process_outlives_the_thread_that_started_it(tmp_path, started):
    thread = threading.Thread(target=lambda: started.append(spawn(tmp_path, tie=True)))
    thread.start()
    thread.join()
    assert not process.ended_within(started[0], 0.3)


@ON_LINUX
def test_a_tied_process_ends_even_when_its_holder_is_killed(tmp_path):
    one = spawn(tmp_path, tie=True)
    process._holds[one].kill()
    assert ended(one)
    process.kill([one])


STARTER = """
import os, sys
from pathlib import Path
from kplan.sandbox import process
folder = Path(sys.argv[1])
one = process.spawn(["/bin/sleep", "300"], log=folder / "log", folder=folder, environment=os.environ, tie=sys.argv[2] == "tie")
if sys.argv[2] == "go":
    process.let_go(one)
print(one.pid, one.started, flush=True)
sys.stdin.read()
"""


def another_starts(folder: Path, how: str) -> tuple["subprocess.Popen[str]", Process]:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(folder), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    pid, begun = starter.stdout.readline().split()
    return starter, Process(int(pid), begun)


@pytest.mark.parametrize("how", ["tie", "hold"])
def test_a_held_process_ends_with_its_starter_however_that_ends(tmp_path, how):
    starter, one = another_starts(tmp_path, how)
    with starter:
        assert process.alive(one)
        starter.kill()
    assert ended(one)


def test_a_process_that_was_let_go_lives_on(tmp_path, started):
    starter, one = another_starts(tmp_path, "go")
    started.append(one)
    with starter:
        starter.kill()
    assert not process.ended_within(one, 0.3)


def test_no_holder_is_left_of_what_has_ended_or_was_let_go(tmp_path, started):
    killed, gone = spawn(tmp_path), spawn(tmp_path)
    started.append(gone)
    holders = [process._holds[killed], process._holds[gone]]
    process.kill([Process(killed.pid, killed.started)])
    process.let_go(gone)
    assert [holder.returncode for holder in holders] == [0, 0]
    assert not {killed, gone} & set(process._holds)


def test_a_terminals_interrupt_does_not_reach_a_process(tmp_path, started):
    one = spawn(tmp_path)
    started.append(one)
    assert os.getsid(one.pid) != os.getsid(0)
