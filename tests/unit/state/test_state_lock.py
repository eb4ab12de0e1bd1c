"""Locks: who holds it and since when, waiting, and that a dead process holds nothing."""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading

import pytest

from kplan.state import lock as locks
from kplan.state.disk import Disk
from kplan.state.local import LocalStore
from kplan.state.lock import Hold, held, read_hold, whoami
from kplan.state.store import StateProblem

HOLDER = """
import sys
from pathlib import Path
from kplan.state.local import LocalStore
with LocalStore(Path(sys.argv[1])).lock("apply", 0):
    print("locked", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path)


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "locked\n"
    yield process
    process.kill()
    process.communicate()


def refused(store, timeout=0.0) -> StateProblem:
    with pytest.raises(StateProblem) as caught, store.lock("plan", timeout):
        pass
    return caught.value


class Clock:
    """Time that passes only in sleep; `wake` is called at each."""

    def __init__(self, monkeypatch, wake=lambda: None):
        self.now, self.slept, self.wake = 1000.0, [], wake
        monkeypatch.setattr(locks.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(locks.time, "sleep", self.sleep)

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds
        self.wake()


def test_a_held_lock_says_who_what_and_since_when(store, holder, tmp_path):
    found = refused(store)
    since = json.loads((tmp_path / "default.lock").read_text())["since"]
    assert found.summary == "State is locked"
    assert found.detail.startswith(
        f"{whoami()} (process {holder.pid}) has been running kplan apply since {since}. Wait for it to end"
    )
    assert found.detail.endswith(
        ". Wait for it to end, or wait here with -lock-timeout=60s. The lock frees itself with its process, so there is "
        "never a stale one to remove."
    )


def test_a_process_that_is_killed_holds_no_lock_any_more(store, holder):
    refused(store)
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with store.lock("apply", 0):
        pass


def test_a_lock_is_free_again_after_its_block_and_says_nobody(store, tmp_path):
    with store.lock("apply", 0):
        assert json.loads((tmp_path / "default.lock").read_text())["operation"] == "apply"
        refused(store)
    assert (tmp_path / "default.lock").read_text() == ""
    with store.lock("apply", 0):
        pass


def test_a_lock_is_free_again_after_an_error(store):
    with pytest.raises(KeyError), store.lock("apply", 0):
        raise KeyError
    with store.lock("apply", 0):
        pass


def test_a_shorter_text_leaves_nothing_of_a_longer_one(store, tmp_path):
    with pytest.raises(KeyError), store.lock("a" * 500, 0):
        raise KeyError
    (tmp_path / "default.lock").write_text("x" * 2000)
    with store.lock("plan", 0):
        assert json.loads((tmp_path / "default.lock").read_text())["pid"] == os.getpid()


def test_a_lock_timeout_waits_until_the_other_is_done(store, monkeypatch, tmp_path):
    other = LocalStore(tmp_path).lock("apply", 0)
    other.__enter__()
    rounds = iter([None, None, lambda: other.__exit__(None, None, None)])
    clock = Clock(monkeypatch, lambda: (one := next(rounds)) and one())
    with store.lock("plan", 60):
        assert len(clock.slept) == 3


@pytest.mark.parametrize(("timeout", "tries"), [(0, 0), (0.05, 1), (0.45, 5)])
def test_a_lock_timeout_ends(store, monkeypatch, holder, timeout, tries):
    clock = Clock(monkeypatch)
    assert refused(store, timeout).summary == "State is locked"
    assert len(clock.slept) == tries


def test_a_lock_really_waits_for_another_thread(store, tmp_path):
    done, entered = [], threading.Event()
    with LocalStore(tmp_path).lock("apply", 0):

        def wait():
            entered.set()
            with store.lock("plan", 60):
                done.append("second")

        thread = threading.Thread(target=wait)
        thread.start()
        entered.wait()
        done.append("first")
    thread.join()
    assert done == ["first", "second"]


@pytest.mark.parametrize("text", ["", "{}", "[]", "no json", '{"who": "me"}'])
def test_a_holder_without_a_readable_name_is_another_process(store, holder, tmp_path, text):
    (tmp_path / "default.lock").write_text(text)
    assert refused(store).detail.startswith("Another process holds it. Wait")


def test_workspaces_are_locked_apart(tmp_path):
    with LocalStore(tmp_path, "one").lock("apply", 0), LocalStore(tmp_path, "two").lock("apply", 0):
        pass


def test_a_lock_that_can_not_be_made_is_told_in_words(tmp_path):
    with pytest.raises(StateProblem, match="Can't lock state"), held(tmp_path, "plan", 0):
        pass


def test_a_user_without_a_name_is_a_number(monkeypatch):
    monkeypatch.setattr(locks.getpass, "getuser", lambda: (_ for _ in ()).throw(KeyError("uid")))
    assert whoami().startswith(f"{os.getuid()}@")


HOLD = Hold("abc123", "ada@host", "2026-01-02T03:04:05Z", "moving house")


def test_a_hold_stands_until_it_is_lifted(store, tmp_path):
    store.hold(HOLD)
    assert LocalStore(tmp_path).current_hold() == HOLD
    found = refused(LocalStore(tmp_path))
    assert found.summary == "Workspace is on hold"
    assert "ada@host put a hold on workspace 'default' at 2026-01-02T03:04:05Z: moving house" in found.detail
    assert "kplan force-unlock abc123" in found.detail
    store.lift()
    assert store.current_hold() is None
    with store.lock("apply", 0):
        pass


def test_a_hold_that_was_refused_leaves_the_lock_free(store):
    store.hold(HOLD)
    refused(store)
    store.lift()
    with store.lock("apply", 0):
        pass


def test_a_hold_can_be_put_on_a_workspace_that_has_nothing_yet(tmp_path):
    store = LocalStore(tmp_path / "new")
    assert store.current_hold() is None
    store.hold(HOLD)
    assert store.current_hold() == HOLD


def test_no_hold_is_put_over_a_running_apply(store, holder, monkeypatch):
    clock = Clock(monkeypatch)
    with pytest.raises(StateProblem, match="State is locked"):
        store.hold(HOLD)
    assert (store.current_hold(), clock.slept) == (None, [])


def test_a_hold_that_was_lifted_twice_is_no_error(store):
    store.hold(HOLD)
    store.lift()
    store.lift()


@pytest.mark.parametrize("text", ["", "{}", "[]", '"x"', '{"id": "1"}', '{"id": 1, "more": 2}', "no json"])
def test_a_damaged_hold_still_holds(store, tmp_path, text):
    (tmp_path / "default.hold").write_text(text)
    path = tmp_path / "default.hold"
    assert read_hold(path) == Hold(
        "damaged", "someone", "an unknown time", f"the hold file {path} is damaged"
    )
    assert refused(store).summary == "Workspace is on hold"
    store.lift()
    assert store.current_hold() is None


def test_while_a_hold_is_put_others_are_told_so(store, tmp_path, monkeypatch):
    seen = []
    write = Disk.write

    def look(self, path, data):
        seen.append(json.loads((tmp_path / "default.lock").read_text())["operation"])
        write(self, path, data)

    monkeypatch.setattr(Disk, "write", look)
    store.hold(HOLD)
    assert seen == ["lock"]


def test_times_are_written_as_machines_read_them(monkeypatch):
    class Then(dt.datetime):
        @classmethod
        def now(cls, zone=None):
            return dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC).astimezone(
                zone or dt.timezone(dt.timedelta(hours=9))
            )

    monkeypatch.setattr(locks.dt, "datetime", Then)
    assert locks.now_text() == "2026-01-02T03:04:05Z"
