from dataclasses import replace
from pathlib import Path

from kplan.sandbox import Broker, Cluster, ClusterSpec, Worker, logs
from kplan.sandbox.logs import Line
from kplan.sandbox.spec import Place


def cluster(folder: Path, name: str, brokers: int = 1) -> Cluster:
    places = [Place(number, folder / name / f"broker-{number}", 1) for number in range(1, brokers + 1)]
    for place in places:
        place.folder.mkdir(parents=True)
    return Cluster(ClusterSpec(name, brokers), "id", tuple(Broker(place, None) for place in places))


def test_the_last_lines_of_each_broker_are_shown(tmp_path):
    one, wide = cluster(tmp_path, "one"), cluster(tmp_path, "wide", 2)
    one.log.write_text("a\nb\nc\n")
    wide.log.write_text("w\n")
    assert list(logs.last([one, wide], 2)) == [Line("one", "b"), Line("one", "c"), Line("wide-1", "w")]
    assert list(logs.last([one, wide], 0)) == []


def test_following_shows_whole_lines_as_they_come_once(tmp_path):
    one = cluster(tmp_path, "one")
    one.log.write_text("old\nfirst\n")
    additions = iter([b"sec", b"ond\nth", b"", b"ird\n\xff\n"])

    def go_on() -> bool:
        addition = next(additions, None)
        if addition is None:
            return False
        with one.log.open("ab") as log:
            log.write(addition)
        return True

    lines = [line.text for line in logs.follow([one], 1, go_on, pause=0)]
    assert lines == ["first", "second", "third", "\ufffd"]


def test_a_log_that_begins_anew_is_followed_from_its_start(tmp_path):
    one = cluster(tmp_path, "one")
    one.log.write_text("a long first line\n")
    steps = iter([one.log.unlink, lambda: one.log.write_text("new\n")])

    def go_on() -> bool:
        step = next(steps, None)
        if step:
            step()
        return step is not None

    assert [line.text for line in logs.follow([one], 5, go_on, pause=0)] == ["a long first line", "new"]


def test_a_workers_log_is_shown_and_followed_beside_its_brokers(tmp_path):
    one = replace(cluster(tmp_path, "one"), worker=Worker(tmp_path / "one", 8083, None))
    # Called as a worker's log is: they are told apart by where they are.
    other = cluster(tmp_path, "one-connect")
    assert one.worker
    one.log.write_text("broker\n")
    one.worker.log.write_text("worker\n")
    other.log.write_text("other\n")
    assert logs.count([one, other]) == 3
    steps = iter([lambda: one.worker.log.write_text("worker\nmore\n")])

    def go_on() -> bool:
        step = next(steps, None)
        if step:
            step()
        return step is not None

    assert list(logs.follow([one, other], 5, go_on, pause=0)) == [
        Line("one", "broker"),
        Line("one-connect", "worker"),
        Line("one-connect", "other"),
        Line("one-connect", "more"),
    ]


def test_a_lost_port_is_seen_in_the_whole_log_and_the_tail_is_the_end_of_it(tmp_path):
    log = tmp_path / "x.log"
    assert (logs.text(log), logs.tail(log), logs.lost_its_port(log)) == ("", "", False)
    log.write_text("java.net.BindException: Address already in use\n" + "at\n" * 40)
    assert logs.lost_its_port(log)
    assert logs.tail(log).splitlines() == ["at"] * 30
    assert logs.tail(log, 2) == "at\nat"
