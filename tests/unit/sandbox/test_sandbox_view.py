import io
from dataclasses import replace
from pathlib import Path

from kplan.sandbox import Broker, Cluster, ClusterSpec, Sandbox, Security, State, Up, Worker
from kplan.sandbox.events import Downloading, Preparing, Ready, Starting, Waiting, WorkerReady
from kplan.sandbox.process import Process
from kplan.sandbox.spec import Place
from kplan.view import sandbox_view


def sandbox(name: str = "default", *values: str) -> Sandbox:
    clusters = tuple(
        Cluster(
            ClusterSpec(one),
            f"{one}-id",
            (Broker(Place(1, Path("/s") / one, port, 5), Process(port + 1, "x")),),
        )
        for one, port in (("primary", 19092), ("dr", 9092))
    )
    return Sandbox(
        name, Path("/s"), "4.3.1", clusters, tuple(map(Path, values or ("/s/sandbox.kplanvars.hcl",)))
    )


def with_workers(name: str = "default") -> Sandbox:
    made = sandbox(name)
    clusters = (
        replace(one, worker=Worker(Path("/s") / one.name / "connect", port, Process(port + 1, "x")))
        for one, port in zip(made.clusters, (8083, 18083), strict=True)
    )
    return replace(made, clusters=tuple(clusters))


EVENTS = [
    Waiting("Kafka's download"),
    Downloading(0, 4, 0, 8_000_000),
    Downloading(0, 4, 1_000_000, 8_000_000),
    Downloading(1, 4, 2_500_000, 8_000_000),
    Downloading(1, 4, 3_000_000, 8_000_000),
    Downloading(3, 4, 8_000_000, 8_000_000),
    Downloading(4, 4, 8_000_000, 8_000_000),
    Preparing("Kafka"),
    Starting(("primary", "dr"), ("dr",)),
    Ready("dr", "127.0.0.1:9092"),
    WorkerReady("dr", "http://127.0.0.1:8083"),
]


def test_the_table_lines_up_and_shows_no_number_of_a_dead_process():
    states = {("primary", 1): State.RUNNING, ("dr", 1): State.STOPPED}
    assert sandbox_view.table(sandbox(), states).splitlines() == [
        "CLUSTER  BOOTSTRAP SERVERS  STATE    PID    CLUSTER ID",
        "primary  127.0.0.1:19092    running  19093  primary-id",
        "dr       127.0.0.1:9092     stopped  -      dr-id",
    ]


def test_workers_are_in_a_table_of_their_own_and_without_any_there_is_none():
    states = {("primary", 1): State.RUNNING, ("dr", 1): State.RUNNING}
    workers = {"primary": State.NOT_ANSWERING, "dr": State.STOPPED}
    shown = sandbox_view.tables(with_workers(), states, workers)
    assert shown.splitlines()[3:] == [
        "",
        "CONNECT WORKER  URL                     STATE          PID   GROUP ID",
        "primary         http://127.0.0.1:8083   not answering  8084  connect",
        "dr              http://127.0.0.1:18083  stopped        -     connect",
    ]
    assert sandbox_view.tables(sandbox(), states, {}) == sandbox_view.table(sandbox(), states)


def test_off_a_terminal_progress_is_lines_and_few():
    stream = io.StringIO()
    with sandbox_view.progress(stream) as report:
        for event in EVENTS:
            report(event)
    assert stream.getvalue().splitlines() == [
        "Waiting: Kafka's download is under way in another process",
        "Downloading Apache Kafka: 4 files, 8.0 MB",
        "  1 of 4 files, 2.5 MB of 8.0 MB",
        "  3 of 4 files, 8.0 MB of 8.0 MB",
        "Preparing Kafka for quick starts (once, some ten seconds)",
        "Starting primary, dr, dr's Connect worker",
        "dr is ready on 127.0.0.1:9092",
        "dr's Connect worker is ready on http://127.0.0.1:8083",
    ]


def test_on_a_terminal_progress_is_a_bar_that_goes_away(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    with sandbox_view.progress(stream) as report:
        for event in EVENTS:
            report(event)
    shown = stream.getvalue()
    assert "\x1b[?25h" in shown, "the cursor is shown again"
    assert "dr is ready on 127.0.0.1:9092\n" in shown
    assert "[/" not in shown


def test_what_to_do_next_names_the_sandbox_and_its_values():
    steps = sandbox_view.next_steps(sandbox()).splitlines()
    assert "  kplan plan -var-file=/s/sandbox.kplanvars.hcl" in steps
    assert "  kplan sandbox run kafka-topics --cluster primary -- --list" in steps
    named = sandbox_view.next_steps(sandbox("x", "/s/a.hcl", "/my work/b.hcl")).splitlines()
    assert "  kplan plan -var-file='/my work/b.hcl'" in named
    assert "  kplan sandbox down --name x" in named
    assert named[1:3] == ["  /s/a.hcl", "  /my work/b.hcl"]
    automatic = sandbox_view.next_steps(sandbox("x", "/s/a.hcl", "/w/b.auto.kplanvars.hcl")).splitlines()
    assert "  kplan plan" in automatic


def test_what_to_do_next_names_the_variables_and_no_password():
    assert "  # plan against it (the variable is `clusters`)" in sandbox_view.next_steps(sandbox())
    secure = sandbox_view.next_steps(replace(sandbox(), security=Security("PEM", (("kplan", "secret"),))))
    assert "  # plan against it (the variables are `clusters`, `sandbox` and `sandbox_passwords`)" in secure
    assert "secret" not in secure
    with_both = replace(with_workers(), security=Security("PEM", (("kplan", "secret"),)))
    assert "(the variables are `clusters` and `workers`)" in sandbox_view.next_steps(with_workers())
    assert (
        "(the variables are `clusters`, `workers`, `sandbox` and `sandbox_passwords`)"
        in sandbox_view.next_steps(with_both)
    )


def test_the_first_line_says_what_was_done():
    assert sandbox_view.opened(Up(sandbox(), ("primary", "dr"), new=True)) == (
        "Sandbox default is up: 2 clusters of Apache Kafka 4.3.1."
    )
    assert sandbox_view.opened(Up(sandbox(), (), new=False)) == (
        "Sandbox default is running already: 2 clusters of Apache Kafka 4.3.1."
    )
    secure = replace(sandbox(), security=Security("PEM", (("kplan", "secret"),)))
    assert sandbox_view.opened(Up(secure, ("primary", "dr"), new=True)) == (
        "Sandbox default is up: 2 clusters of Apache Kafka 4.3.1, with TLS and logins."
    )
    assert "dr started again, data kept" in sandbox_view.opened(Up(sandbox(), ("dr",), new=False))


def test_the_first_line_tells_of_workers():
    assert sandbox_view.opened(Up(with_workers(), (), new=False)) == (
        "Sandbox default is running already: 2 clusters of Apache Kafka 4.3.1, a Connect worker beside each."
    )
    alone = replace(with_workers(), clusters=with_workers().clusters[:1])
    assert sandbox_view.opened(Up(alone, ("primary",), new=True, workers=("primary",))) == (
        "Sandbox default is up: 1 cluster of Apache Kafka 4.3.1, a Connect worker beside it."
    )
    assert sandbox_view.opened(Up(with_workers(), ("dr",), new=False, workers=("primary", "dr"))) == (
        "Sandbox default was there, not all of it running: dr, primary's Connect worker, dr's Connect worker started "
        "again, data kept."
    )
    there = Up(with_workers(), ("dr",), new=False, workers=("primary", "dr"), with_new_workers=True)
    assert sandbox_view.opened(there) == (
        "Sandbox default was there, not all of it running: dr started again, data kept. It has Connect workers now."
    )
    assert sandbox_view.opened(replace(there, began=())) == (
        "Sandbox default was there, and has Connect workers now: "
        "2 clusters of Apache Kafka 4.3.1, a Connect worker beside each."
    )
