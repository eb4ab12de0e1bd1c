from pathlib import Path

import pytest

from kplan.sandbox import SandboxError, aot, jars
from kplan.sandbox.events import Event, Preparing, silent
from kplan.sandbox.java import Java
from kplan.sandbox.runtime import Runtime, aot_path, worker_aot_path

LOCK = jars.Lock("9.9", "digest", ())
NEW = Runtime(Java(Path("java"), "25.0.2"), LOCK, None)


@pytest.fixture
def target(cache: Path) -> Path:
    return aot_path(NEW.java, LOCK)


def train(
    monkeypatch: pytest.MonkeyPatch, outcome: bytes | BaseException | None, what: str = "_train"
) -> list[Path]:
    """Replace the broker or worker that makes the cache; gives the folders it was asked to work in."""
    asked: list[Path] = []

    def trained(_runtime: Runtime, folder: Path, output: Path) -> str:
        asked.append(folder)
        if isinstance(outcome, BaseException):
            raise outcome
        if outcome is not None:
            output.write_bytes(outcome)
        return "the log's end"

    monkeypatch.setattr(aot, what, trained)
    return asked


def test_the_cache_is_made_once_and_put_in_place_whole(target, monkeypatch):
    asked, seen = train(monkeypatch, b"classes"), list[Event]()
    aot.ensure(NEW, seen.append)
    aot.ensure(NEW, seen.append)
    assert target.read_bytes() == b"classes"
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    assert (len(asked), seen) == (1, [Preparing("Kafka")])


def test_the_workers_have_a_cache_of_their_own_made_only_when_asked_for(target, monkeypatch):
    brokers, seen = train(monkeypatch, b"of brokers"), list[Event]()
    workers = train(monkeypatch, b"of workers", "_train_worker")
    of_workers = worker_aot_path(NEW.java, LOCK)
    aot.ensure(NEW, seen.append)
    assert (len(brokers), workers, of_workers.exists()) == (1, [], False)
    aot.ensure_for_workers(NEW, seen.append)
    aot.ensure_for_workers(NEW, seen.append)
    assert (len(brokers), len(workers)) == (1, 1)
    assert (target.read_bytes(), of_workers.read_bytes()) == (b"of brokers", b"of workers")
    assert seen == [Preparing("Kafka"), Preparing("Kafka Connect")]


@pytest.mark.parametrize(
    ("outcome", "report"),
    [
        (None, "the log's end\n"),
        (OSError("disk full"), "disk full\n"),
        (SandboxError("no port"), "no port\n"),
    ],
)
def test_a_cache_that_can_not_be_made_is_no_error_and_not_tried_again(target, monkeypatch, outcome, report):
    asked = train(monkeypatch, outcome)
    aot.ensure(NEW, silent)
    aot.ensure(NEW, silent)
    assert len(asked) == 1
    assert [path.name for path in target.parent.iterdir()] == [target.with_suffix(".failed").name]
    assert target.with_suffix(".failed").read_text() == report


def test_what_an_interrupted_making_left_is_removed(target, monkeypatch):
    left = target.parent / ".aot-left"
    left.mkdir(parents=True)
    (left / "kafka.aot").touch()
    train(monkeypatch, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        aot.ensure(NEW, silent)
    assert list(target.parent.iterdir()) == []


def test_an_older_java_gets_none(target, monkeypatch):
    asked = train(monkeypatch, b"classes")
    aot.ensure(Runtime(Java(Path("java"), "24.0.1"), LOCK, None), silent)
    assert asked == []
    assert not target.parent.exists()
