"""How a sandbox looks: its table, what to do with it, and how far its start is."""

import contextlib
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

from kplan.sandbox import Cluster, Sandbox, State, Up
from kplan.sandbox.events import (
    Downloading,
    Event,
    Preparing,
    Progress,
    Ready,
    Starting,
    Waiting,
    WorkerReady,
)
from kplan.sandbox.process import Process
from kplan.sandbox.worker import GROUP

_HEAD = ("CLUSTER", "BOOTSTRAP SERVERS", "STATE", "PID", "CLUSTER ID")
_WORKER_HEAD = ("CONNECT WORKER", "URL", "STATE", "PID", "GROUP ID")


def tables(
    sandbox: Sandbox, states: Mapping[tuple[str, int], State], worker_states: Mapping[str, State]
) -> str:
    """Show each broker in a line, and then each Connect worker if there are any."""
    shown = table(sandbox, states)
    return f"{shown}\n\n{worker_table(sandbox, worker_states)}" if worker_states else shown


def table(sandbox: Sandbox, states: Mapping[tuple[str, int], State]) -> str:
    """Show each broker in a line."""
    rows = [_HEAD]
    for cluster in sandbox.clusters:
        for one, server in zip(cluster.brokers, cluster.offered_servers, strict=True):
            state = states[cluster.name, one.place.id]
            rows.append((cluster.name, server, state.value, _pid(one.process, state), cluster.cluster_id))
    return _lined_up(rows)


def worker_table(sandbox: Sandbox, states: Mapping[str, State]) -> str:
    """Show each Connect worker in a line, by its cluster."""
    rows = [_WORKER_HEAD]
    for cluster in sandbox.clusters:
        if one := cluster.worker:
            state = states[cluster.name]
            rows.append((cluster.name, one.url, state.value, _pid(one.process, state), GROUP))
    return _lined_up(rows)


def _pid(process: Process | None, state: State) -> str:
    return str(process.pid) if process and state is not State.STOPPED else "-"


def _lined_up(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def opened(result: Up) -> str:
    """Say in a line what `up` has done."""
    sandbox = result.sandbox
    count = len(sandbox.clusters)
    guarded = ", with TLS and logins" if sandbox.security else ""
    workers = (
        f", a Connect worker beside {'each' if count > 1 else 'it'}" if sandbox.clusters[0].worker else ""
    )
    what = f"{count} cluster{'s' if count > 1 else ''} of Apache Kafka {sandbox.kafka}{workers}{guarded}"
    if result.new:
        return f"Sandbox {sandbox.name} is up: {what}."
    if began := _named(result.began, () if result.with_new_workers else result.workers):
        there = f"Sandbox {sandbox.name} was there, not all of it running: {began} started again, data kept."
        return f"{there} It has Connect workers now." if result.with_new_workers else there
    if result.with_new_workers:
        return f"Sandbox {sandbox.name} was there, and has Connect workers now: {what}."
    return f"Sandbox {sandbox.name} is running already: {what}."


def next_steps(sandbox: Sandbox) -> str:
    """Say where the values are and what to do now."""
    name = "" if sandbox.name == "default" else f" --name {sandbox.name}"
    first = sandbox.clusters[0].name
    given = sandbox.values[-1]
    plan = (
        "kplan plan"
        if given.name.endswith(".auto.kplanvars.hcl")
        else f"kplan plan -var-file={shlex.quote(str(given))}"
    )
    steps = [
        (plan, f"plan against it ({_variables(sandbox)})"),
        (f"kplan sandbox run kafka-topics{name} --cluster {first} -- --list", "look with Kafka's own tools"),
        (f"kplan sandbox logs{name} {first} --follow", "watch a broker"),
        (f"kplan sandbox down{name}", "stop it and remove its data"),
    ]
    values = "\n".join(f"  {path}" for path in sandbox.values)
    return f"Values for kplan:\n{values}\n\nNext:\n" + "\n".join(
        f"  # {why}\n  {command}" for command, why in steps
    )


def _variables(sandbox: Sandbox) -> str:
    first = ["`clusters`"]
    if sandbox.clusters[0].worker:
        first.append("`workers`")
    if sandbox.security:
        first += ["`sandbox`", "`sandbox_passwords`"]
    *rest, last = first
    return f"the variables are {', '.join(rest)} and {last}" if rest else f"the variable is {last}"


def _named(clusters: Sequence[str], workers: Sequence[str]) -> str:
    return ", ".join([*clusters, *(_worker_of(one) for one in workers)])


def _worker_of(cluster: str) -> str:
    return f"{cluster}'s Connect worker"


@contextlib.contextmanager
def progress(stream: TextIO) -> Iterator[Progress]:
    """Give a way to report a start on a stream: a bar on a terminal, lines elsewhere."""
    if stream.isatty():
        with _bar(stream) as report:
            yield report
    else:
        yield _Lines(stream)


class _Lines:
    """Reports in lines; a download at each quarter."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._quarters = 0

    def __call__(self, event: Event) -> None:
        for text in self._texts(event):
            self._stream.write(text + "\n")
            self._stream.flush()

    def _texts(self, event: Event) -> Iterator[str]:
        if not isinstance(event, Downloading) or not event.files + event.size:
            yield _sentence(event)
        elif event.of_size and (quarters := 4 * event.size // event.of_size) > self._quarters:
            self._quarters = quarters
            yield f"  {event.files} of {event.of_files} files, {_megabytes(event.size)} of {_megabytes(event.of_size)}"


@contextlib.contextmanager
def _bar(stream: TextIO) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=Console(file=stream), transient=True) as bar:
        task = bar.add_task("Downloading Apache Kafka", total=None, visible=False)

        def report(event: Event) -> None:
            if isinstance(event, Downloading):
                unfinished = event.files < event.of_files
                bar.update(task, completed=event.size, total=event.of_size, visible=unfinished)
            else:
                bar.console.print(_sentence(event), highlight=False, markup=False)

        yield report


def _sentence(event: Event) -> str:
    match event:
        case Downloading():
            return f"Downloading Apache Kafka: {event.of_files} files, {_megabytes(event.of_size)}"
        case Waiting():
            return f"Waiting: {event.what} is under way in another process"
        case Preparing():
            return f"Preparing {event.what} for quick starts (once, some ten seconds)"
        case Starting():
            return f"Starting {_named(event.clusters, event.workers)}"
        case Ready():
            return f"{event.cluster} is ready on {event.bootstrap}"
        case WorkerReady():
            return f"{_worker_of(event.cluster)} is ready on {event.url}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def ended_by_itself(cluster: Cluster) -> str:
    """Say that a cluster of a foreground sandbox has ended."""
    return f"{cluster.name} has ended by itself; the last it logged is in {cluster.log}"


def worker_ended_by_itself(cluster: Cluster) -> str:
    """Say that the Connect worker of a cluster of a foreground sandbox has ended."""
    log = f"; the last it logged is in {cluster.worker.log}" if cluster.worker else ""
    return f"{_worker_of(cluster.name)} has ended by itself{log}"
