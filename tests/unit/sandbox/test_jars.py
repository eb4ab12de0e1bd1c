import hashlib
import http.server
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from kplan.sandbox import SandboxError, download, jars
from kplan.sandbox.events import Downloading, Event, Waiting, silent

CONTENT = {
    "org/apache/kafka/kafka-clients/9.9/kafka-clients-9.9.jar": b"clients" * 1000,
    "a/b/one-1.jar": b"one" * 70_000,
    "a/b/two-2.jar": b"two" * 10,
}


class Repository(http.server.ThreadingHTTPServer):
    """A small Maven repository; `say` replaces the answers to a path, one after the other."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: Counter[str] = Counter()
        self.logins: list[str | None] = []
        self.say: dict[str, list[tuple[int, bytes]]] = {}
        self.stall_after: dict[str, int] = {}
        self.stalled, self.go_on = threading.Event(), threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/maven"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Repository

    def do_GET(self) -> None:
        path = self.path.removeprefix("/maven/")
        self.server.asked[path] += 1
        self.server.logins.append(self.headers["Authorization"])
        prepared = self.server.say.get(path)
        status, body = prepared.pop(0) if prepared else (200, CONTENT.get(path, b""))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        half = self.server.stall_after.get(path)
        self.wfile.write(body[:half])
        if half is not None:
            self.wfile.flush()
            self.server.stalled.set()
            self.server.go_on.wait(200)
            try:
                self.wfile.write(body[half:])
            except OSError:
                self.close_connection = True

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    server = Repository()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("KPLAN_MAVEN_URL", server.url)
    monkeypatch.setattr(download, "_PAUSE", 0)
    yield server
    server.go_on.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def lock_file(tmp_path: Path) -> Path:
    lines = [f"{hashlib.sha256(body).hexdigest()} {len(body)} {path}" for path, body in CONTENT.items()]
    file = tmp_path / "jars.lock"
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.fixture
def lock(lock_file: Path) -> jars.Lock:
    return jars.read_lock(lock_file)


def in_place(lock: jars.Lock) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in lock.folder().iterdir()}


EVERYTHING = {path.rpartition("/")[2]: body for path, body in CONTENT.items()}


def test_the_shipped_lock_names_each_jar_of_one_kafka_version_once():
    lock = jars.read_lock()
    assert lock.version == "4.3.1"
    assert len(lock.jars) == len({jar.file for jar in lock.jars}) == 95
    assert sum(jar.size for jar in lock.jars) == 56619191


def test_jars_come_into_the_cache_once(lock, repository, cache):
    jars.obtain(lock, silent)
    jars.obtain(lock, silent)
    assert in_place(lock) == EVERYTHING
    assert lock.folder() == cache / "kafka" / "9.9"
    assert set(repository.asked.values()) == {1}


def test_the_class_path_has_the_order_of_the_lock(lock):
    names = [Path(entry).name for entry in lock.class_path().split(os.pathsep)]
    assert names == ["kafka-clients-9.9.jar", "one-1.jar", "two-2.jar"]


def test_progress_counts_files_and_bytes_up_to_all_of_them(lock, repository):
    seen: list[Event] = []
    jars.obtain(lock, seen.append)
    total = sum(map(len, CONTENT.values()))
    assert seen[0] == Downloading(0, 3, 0, total)
    assert seen[-1] == Downloading(3, 3, total, total)
    assert [event.size for event in seen] == sorted(event.size for event in seen)


def test_a_corrupt_file_is_refused_and_named_and_the_others_are_kept(lock, repository):
    bad, worse = "a/b/one-1.jar", "a/b/two-2.jar"
    repository.say = {bad: [(200, b"eno" * 70_000)] * 9, worse: [(404, b"")] * 9}
    with pytest.raises(SandboxError) as caught:
        jars.obtain(lock, silent)
    text = str(caught.value)
    assert "2 of 3 files could not be downloaded" in text
    assert f"{repository.url}/{bad}: the content is not the expected one" in text
    assert f"{repository.url}/{worse}: the server says 404 Not Found" in text
    assert "KPLAN_MAVEN_URL" in text
    assert list(in_place(lock)) == ["kafka-clients-9.9.jar"]
    assert repository.asked[bad] == download.ATTEMPTS
    assert repository.asked[worse] == 1, "a repository that lacks a file lacks it at the second try too"
    repository.say = {}
    jars.obtain(lock, silent)
    assert in_place(lock) == EVERYTHING
    assert repository.asked["org/apache/kafka/kafka-clients/9.9/kafka-clients-9.9.jar"] == 1


def test_passing_trouble_is_tried_again_and_counted_once(lock, repository):
    path = "a/b/one-1.jar"
    repository.say[path] = [(503, b"later"), (200, CONTENT[path][:100])]
    seen: list[Event] = []
    jars.obtain(lock, seen.append)
    assert in_place(lock) == EVERYTHING
    assert repository.asked[path] == 3
    assert seen[-1] == Downloading(3, 3, sum(map(len, CONTENT.values())), sum(map(len, CONTENT.values())))


def test_what_is_cut_short_is_said(lock, repository):
    repository.say["a/b/two-2.jar"] = [(200, b"twotwo")] * 9
    with pytest.raises(SandboxError, match=r"two-2\.jar: 6 bytes came instead of 30"):
        jars.obtain(lock, silent)


def test_a_fault_of_ours_is_not_waited_for(lock, repository, monkeypatch):
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(download, "_fetch_one", broken)
    with pytest.raises(ZeroDivisionError):
        jars.obtain(lock, silent)


def test_nobody_there_is_said_with_the_address(lock, monkeypatch):
    monkeypatch.setenv("KPLAN_MAVEN_URL", "http://127.0.0.1:1/maven/")
    monkeypatch.setattr(download, "_PAUSE", 0)
    with pytest.raises(SandboxError, match=r"http://127\.0\.0\.1:1/maven/a/b/two-2\.jar: .*refused"):
        jars.obtain(lock, silent)


def test_an_address_that_is_no_web_address_is_refused(lock, monkeypatch, tmp_path):
    monkeypatch.setenv("KPLAN_MAVEN_URL", tmp_path.as_uri())
    monkeypatch.setattr(download, "_PAUSE", 0)
    with pytest.raises(SandboxError, match="neither http nor https"):
        jars.obtain(lock, silent)


@pytest.mark.parametrize("damage", [b"", b"two" * 9 + b"eno", b"longer" * 100])
def test_a_file_that_was_damaged_in_the_cache_is_fetched_anew(lock, repository, damage):
    jars.obtain(lock, silent)
    (lock.folder() / "two-2.jar").write_bytes(damage)
    jars.obtain(lock, silent)
    assert in_place(lock) == EVERYTHING
    assert repository.asked["a/b/two-2.jar"] == 2
    assert repository.asked["a/b/one-1.jar"] == 1


def test_a_login_in_the_address_is_sent_and_never_shown(lock, repository, monkeypatch):
    monkeypatch.setenv("KPLAN_MAVEN_URL", repository.url.replace("//", "//me:s%40fe@"))
    repository.say["a/b/two-2.jar"] = [(401, b"")]
    with pytest.raises(SandboxError) as caught:
        jars.obtain(lock, silent)
    assert set(repository.logins) == {"Basic bWU6c0BmZQ=="}
    assert "fe@" not in str(caught.value)
    assert "s%40" not in str(caught.value)


def test_without_a_repository_the_remedy_is_said(lock, monkeypatch):
    monkeypatch.delenv("KPLAN_MAVEN_URL", raising=False)
    monkeypatch.setitem(sys.modules, "jgo.constants", None)
    with pytest.raises(SandboxError, match=r"pip install 'kplan\[sandbox\]'"):
        jars.obtain(lock, silent)


def test_the_repository_is_that_of_jgo_unless_the_environment_names_another(monkeypatch):
    from jgo.constants import MAVEN_CENTRAL_URL

    monkeypatch.delenv("KPLAN_MAVEN_URL", raising=False)
    assert jars.base_url() == MAVEN_CENTRAL_URL.rstrip("/")
    monkeypatch.setenv("KPLAN_MAVEN_URL", "https://mirror.example/maven/")
    assert jars.base_url() == "https://mirror.example/maven"


OBTAIN = """
import sys
from pathlib import Path
from kplan.sandbox import jars
from kplan.sandbox.events import silent
jars.obtain(jars.read_lock(Path(sys.argv[1])), silent)
"""


def in_another_process(lock_file: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", OBTAIN, str(lock_file)],
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_download_leaves_no_bad_file_and_goes_on_where_it_was(
    lock, lock_file, repository, signal_number
):
    big = "a/b/one-1.jar"
    repository.stall_after[big] = 100_000
    with in_another_process(lock_file) as process:
        assert repository.stalled.wait(30)
        while len(list(lock.folder().glob("*.jar"))) < 2:
            assert process.poll() is None
        process.send_signal(signal_number)
        process.communicate(timeout=60)  # though the server is still silent
    assert process.returncode == -signal_number
    whole = {name: body for name, body in in_place(lock).items() if name.endswith(".jar")}
    assert whole == {name: body for name, body in EVERYTHING.items() if name != "one-1.jar"}
    repository.stall_after = {}
    repository.go_on.set()
    jars.obtain(lock, silent)
    assert in_place(lock) == EVERYTHING, "the part that a kill left behind is gone too"
    assert repository.asked == {path: 2 if path == big else 1 for path in CONTENT}


def test_several_processes_at_once_fetch_each_file_once(lock, lock_file, repository):
    big = "a/b/one-1.jar"
    repository.stall_after[big] = 100_000
    processes = [in_another_process(lock_file) for _ in range(3)]
    assert repository.stalled.wait(30)
    repository.go_on.set()
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, b"")
    assert in_place(lock) == EVERYTHING
    assert set(repository.asked.values()) == {1}


def test_who_waits_for_another_download_says_so(lock, lock_file, repository):
    repository.stall_after["a/b/one-1.jar"] = 100_000
    with in_another_process(lock_file) as process:
        assert repository.stalled.wait(30)
        seen: list[Event] = []

        def note(event: Event) -> None:
            seen.append(event)
            repository.go_on.set()

        jars.obtain(lock, note)
        process.communicate(timeout=30)
    assert seen == [Waiting("Kafka's download")]


def test_jars_fetched_at_different_times_have_the_same_time(lock, repository):
    jars.obtain(lock, silent)
    first = lock.folder() / "two-2.jar"
    before = first.stat().st_mtime_ns
    first.unlink()
    jars.obtain(lock, silent)
    assert first.stat().st_mtime_ns == before
