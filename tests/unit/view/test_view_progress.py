import io
import threading

import pytest

from kplan.apply.events import Errored, Finished, Halted, Progress, Reading, Skipped, Starting
from kplan.plan.model import Action
from kplan.sdk.session import Fault
from kplan.view.bar import Bar
from kplan.view.look import PLAIN, Look, look_at
from kplan.view.progress import Lines, Quiet, line_of, reporter


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Reading("cluster.a", "", 0), "cluster.a: Connecting..."),
        (Reading("cluster.a", "topic", 1), "cluster.a: Reading 1 topic..."),
        (Reading("cluster.a", "topic", 12345), "cluster.a: Reading 12,345 topics..."),
        (Starting("topic.o", Action.CREATE), "topic.o: Creating..."),
        (Starting("topic.o", Action.UPDATE), "topic.o: Modifying..."),
        (Starting("topic.o", Action.DELETE), "topic.o: Destroying..."),
        (Starting("topic.o", Action.REPLACE), "topic.o: Replacing..."),
        (Finished("topic.o", Action.CREATE, 0.4), "topic.o: Creation complete after 0s"),
        (Finished("topic.o", Action.UPDATE, 61.0), "topic.o: Modifications complete after 1m1s"),
        (Finished("topic.o", Action.DELETE, 3723.0), "topic.o: Destruction complete after 1h2m3s"),
        (Progress("topic.o", 1000, 5000), "topic.o: Still at work... [1,000 of 5,000]"),
        (Errored("topic.o", Action.CREATE, Fault("x", "Refused")), "topic.o: Creation failed: Refused"),
        (
            Skipped("topic.o", Action.CREATE, "topic.p"),
            "topic.o: Skipped: topic.p comes first and was not completed",
        ),
        (Skipped("topic.o", Action.CREATE, ""), "topic.o: Skipped: the run was stopped"),
        (Halted("topic.o"), "topic.o: Parked at its last checkpoint"),
        (Starting("topic.\x1b", Action.CREATE), "topic.\\u001b: Creating..."),
    ],
)
def test_every_event_has_a_line_in_terraforms_words(event, line):
    assert line_of(event) == line


def test_lines_come_one_an_event_and_long_work_speaks_every_ten_seconds_an_object():
    now = [0.0]
    stream = io.StringIO()
    lines = Lines(stream, clock=lambda: now[0])
    lines.begin(2)
    lines.tell(Starting("topic.a", Action.UPDATE))
    for second in range(25):
        now[0] = float(second)
        lines.tell(Progress("topic.a", second, 100))
    lines.tell(Progress("topic.b", 1, 100))
    lines.end()
    assert stream.getvalue().splitlines() == [
        "topic.a: Modifying...",
        "topic.a: Still at work... [10 of 100]",
        "topic.a: Still at work... [20 of 100]",
    ]


def test_a_stream_whose_reader_went_away_stops_nothing():
    class Gone(io.StringIO):
        def write(self, _text):
            raise BrokenPipeError

        def flush(self):
            raise BrokenPipeError

    lines = Lines(Gone())
    lines.tell(Starting("topic.a", Action.UPDATE))
    lines.tell(Halted("topic.a"))
    lines.end()


def test_lines_of_many_threads_never_mix():
    stream = io.StringIO()
    lines = Lines(stream)
    threads = [
        threading.Thread(
            target=lambda n=n: [lines.tell(Starting(f"topic.t{n}", Action.CREATE)) for _ in range(200)]
        )
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(stream.getvalue().splitlines()) == sorted(
        f"topic.t{n}: Creating..." for n in range(8) for _ in range(200)
    )


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_gets_a_bar_and_anything_else_lines(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = Terminal()
    assert isinstance(reporter(terminal, look_at(terminal)), Bar)
    assert isinstance(reporter(io.StringIO(), PLAIN), Lines)
    assert isinstance(reporter(terminal, look_at(terminal, no_color=True)), Lines)


def bar(monkeypatch, width=60):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    return Bar(stream, Look(color=True, width=width)), stream


def test_the_bar_writes_each_change_of_a_small_apply_and_all_that_went_wrong(monkeypatch):
    one, stream = bar(monkeypatch)
    one.tell(Reading("cluster.a", "topic", 2))
    one.begin(2)
    one.tell(Starting('topic.o["[red]"]', Action.CREATE))
    one.tell(Finished('topic.o["[red]"]', Action.CREATE, 0.0))
    one.tell(Errored("topic.p", Action.CREATE, Fault("x", "Refused")))
    one.end()
    text = stream.getvalue()
    assert 'topic.o["[red]"]: Creation complete after 0s' in text
    assert "topic.p: Creation failed: Refused" in text
    assert text.endswith("\x1b[?25h") or "\x1b[?25h" in text  # the cursor is back


def test_the_bar_of_a_large_apply_writes_only_what_went_wrong(monkeypatch):
    one, stream = bar(monkeypatch)
    one.begin(1000)
    for n in range(5):
        one.tell(Finished(f"topic.t{n}", Action.CREATE, 0.0))
    one.tell(Errored("topic.p", Action.CREATE, Fault("x", "Refused")))
    one.tell(Skipped("topic.q", Action.CREATE, "topic.p"))
    one.tell(Progress("topic.r", 1, 2))
    one.tell(Halted("topic.r"))
    one.end()
    text = stream.getvalue()
    assert "Creation complete" not in text
    assert "topic.p: Creation failed" in text
    assert "topic.q: Skipped" in text
    assert "topic.r: Parked" in text


def test_quiet_is_quiet():
    one = Quiet()
    one.begin(1)
    one.tell(Halted("topic.a"))
    one.end()


@pytest.mark.parametrize(
    ("environment", "no_color", "color"),
    [
        ({"TERM": "xterm"}, False, True),
        ({"TERM": "xterm"}, True, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, False, True),
        ({"TERM": "dumb"}, False, False),
        ({}, False, False),
    ],
)
def test_color_only_on_a_terminal_that_has_it(monkeypatch, environment, no_color, color):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("TERM", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "101")
    assert look_at(Terminal(), no_color=no_color) == Look(color, 101)
    assert look_at(io.StringIO()) == PLAIN
