from pathlib import Path

from kplan.sandbox import Broker, Cluster, ClusterSpec, logs
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
