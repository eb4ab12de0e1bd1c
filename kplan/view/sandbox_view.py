"""How a sandbox looks: its table, what to do with it, and how far its start is."""

import contextlib
import shlex
from collections.abc import Iterator, Mapping
from typing import TextIO

from kplan.sandbox import Cluster, Sandbox, State, Up
from kplan.sandbox.events import Downloading, Event, Preparing, Progress, Ready, Starting, Waiting

_HEAD = ("CLUSTER", "BOOTSTRAP SERVERS", "STATE", "PID", "CLUSTER ID")


def table(sandbox: Sandbox, states: Mapping[tuple[str, int], State]) -> str:
    """Show each broker in a line."""
    rows = [_HEAD]
    for cluster in sandbox.clusters:
        for one, server in zip(cluster.brokers, cluster.offered_servers, strict=True):
            state = states[cluster.name, one.place.id]
            pid = str(one.process.pid) if one.process and state is not State.STOPPED else "-"
            rows.append((cluster.name, server, state.value, pid, cluster.cluster_id))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def opened(result: Up) -> str:
    """Say in a line what `up` has done."""
    sandbox = result.sandbox
    count = len(sandbox.clusters)
    guarded = ", with TLS and logins" if sandbox.security else ""
    what = f"{count} cluster{'s' if count > 1 else ''} of Apache Kafka {sandbox.kafka}{guarded}"
    if result.new:
        return f"Sandbox {sandbox.name} is up: {what}."
    if result.began:
        return f"Sandbox {sandbox.name} was there, not all of it running: {', '.join(result.began)} started again, data kept."
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
    if sandbox.security is None:
        return "the variable is `clusters`"
    return "the variables are `clusters`, `sandbox` and `sandbox_passwords`"


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
            return "Preparing Kafka for quick starts (once, some ten seconds)"
        case Starting():
            return f"Starting {', '.join(event.clusters)}"
        case Ready():
            return f"{event.cluster} is ready on {event.bootstrap}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def ended_by_itself(cluster: Cluster) -> str:
    """Say that a cluster of a foreground sandbox has ended."""
    return f"{cluster.name} has ended by itself; the last it logged is in {cluster.log}"
