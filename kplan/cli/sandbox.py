"""`kplan sandbox`: real Kafka clusters on this machine, for trying things."""

import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from types import FrameType

    from kplan.sandbox import ClusterSpec, Sandbox

_NAME = click.option("--name", default="default", show_default=True, metavar="NAME", help="Which sandbox.")
_POLL = 0.5  # seconds between looks at the brokers of a foreground sandbox


@click.group()
def sandbox() -> None:
    """Run real Apache Kafka clusters on this machine.

    \b
    Example:
      kplan sandbox up
      kplan sandbox run kafka-topics --cluster primary -- --list
      kplan sandbox down
    """  # noqa: D301 - click's mark for lines that must not be wrapped


@sandbox.command()
@_NAME
@click.option("--clusters", metavar="NAME,...", help="The clusters to run.  [default: primary,dr]")
@click.option("--cluster", "cluster_names", multiple=True, metavar="NAME", help="The same, one at a time.")
@click.option(
    "--brokers", type=int, metavar="N", help="Brokers of each cluster, spread over three racks.  [default: 1]"
)
@click.option("--heap", metavar="SIZE", help="Memory of each broker, such as 2g.  [default: 512m]")
@click.option(
    "--secure", is_flag=True, help="With TLS and logins; who has been granted nothing may do nothing."
)
@click.option("--connect", is_flag=True, help="With a Connect worker beside each cluster.")
@click.option(
    "--foreground", is_flag=True, help="Stay; the sandbox ends and is removed when this command does."
)
@click.option(
    "--values",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the clusters' addresses to this file too, as values of the variable `clusters`; "
    "with --connect also `workers`, with --secure `sandbox` and `sandbox_passwords`.",
)
def up(
    name: str,
    clusters: str | None,
    cluster_names: tuple[str, ...],
    brokers: int | None,
    heap: str | None,
    secure: bool,
    connect: bool,
    foreground: bool,
    values: Path | None,
) -> None:
    """Start a sandbox, or what doesn't run of it.

    Without --foreground it outlives this command and this terminal, until `kplan sandbox down`.

    With --secure the clusters are reached by SASL_SSL with SCRAM-SHA-512, as `kplan`, who may do all, or as
    `reader`, who may do what you grant. Their passwords and the CA are in the values file.

    With --connect a worker of Kafka Connect runs beside each cluster, for connectors and replication. A sandbox
    that is there without workers gets them.

    \b
    Example:
      kplan sandbox up --values sandbox.auto.kplanvars.hcl
      kplan sandbox up --brokers 3 --secure
      kplan sandbox up --connect
    """  # noqa: D301
    from kplan.sandbox import SandboxSpec
    from kplan.sandbox import up as bring_up
    from kplan.view import sandbox_view

    with _errors_told(), _ended_in_order():
        wanted = _clusters([*_split(clusters), *cluster_names], brokers, heap)
        file = values.absolute() if values else None
        spec = SandboxSpec(name, wanted, values=file, tied=foreground, secure=secure, connect=connect)
        with sandbox_view.progress(sys.stderr) as report:
            result = bring_up(spec, report)
        shown, _all_run = _shown(result.sandbox)
        click.echo(f"{sandbox_view.opened(result)}\n\n{shown}")
        click.echo(f"\n{sandbox_view.next_steps(result.sandbox)}")
        if foreground:
            _stay(result.sandbox)


def _split(names: str | None) -> list[str]:
    return [name.strip() for name in names.split(",")] if names is not None else []


def _clusters(names: list[str], brokers: int | None, heap: str | None) -> "tuple[ClusterSpec, ...] | None":
    from kplan.sandbox import ClusterSpec

    if not names and brokers is None and heap is None:
        return None
    count = 1 if brokers is None else brokers
    return tuple(ClusterSpec(name, count, heap or "512m") for name in names or ["primary", "dr"])


def _shown(one: "Sandbox") -> tuple[str, bool]:
    """Show a sandbox as it is now; gives that, and whether all of it runs."""
    from kplan.sandbox import State, states, worker_states
    from kplan.view import sandbox_view

    brokers, workers = states(one), worker_states(one)
    all_run = {*brokers.values(), *workers.values()} == {State.RUNNING}
    return sandbox_view.tables(one, brokers, workers), all_run


def _stay(running: "Sandbox") -> None:
    """Keep a sandbox until a signal comes, it is stopped from elsewhere, or all its brokers have died."""
    from kplan.sandbox import current, ended, ended_workers, stop
    from kplan.view import sandbox_view

    told: set[str] = set()
    try:
        click.echo("\nCtrl-C ends it.")
        while now := current(running):
            dead = ended(now)
            news = [*map(sandbox_view.ended_by_itself, dead)]
            news += map(sandbox_view.worker_ended_by_itself, ended_workers(now))
            for text in news:
                if text not in told:
                    click.echo(text, err=True)
            told = {*news}
            if len(dead) == len(now.clusters):
                raise click.ClickException("No cluster of the sandbox runs any more; it is removed.")
            time.sleep(_POLL)
        click.echo("The sandbox was stopped by another command.")
    except KeyboardInterrupt:
        click.echo("\nStopped; the sandbox and its data are removed.", err=True)
    finally:
        stop(running)


@sandbox.command()
@_NAME
@click.option("--all", "every", is_flag=True, help="Show every sandbox.")
def status(name: str, every: bool) -> None:
    """Show the clusters of a sandbox; exits 1 unless all of them run."""
    from kplan.sandbox import load, names

    with _errors_told():
        found = [load(one) for one in (names() if every else (name,))]
        if not found:
            raise click.ClickException("There is no sandbox. `kplan sandbox up` makes one.")
        troubles = []
        for one in found:
            shown, all_run = _shown(one)
            click.echo((f"Sandbox {one.name}:\n" if every else "") + shown)
            if not all_run:
                troubles.append(one.name)
        if troubles:
            restart = "\n".join(f"  kplan sandbox up --name {trouble}" for trouble in troubles)
            raise click.ClickException(
                f"Not everything runs. To start again what has stopped, its data kept:\n{restart}"
            )


@sandbox.command()
@click.argument("cluster", required=False)
@_NAME
@click.option("--follow", "-f", is_flag=True, help="Go on as lines come, until Ctrl-C.")
@click.option(
    "--lines", "-n", type=click.IntRange(min=0), default=200, show_default=True, help="Last lines to show."
)
def logs(cluster: str | None, name: str, follow: bool, lines: int) -> None:
    """Show what the brokers and Connect workers of a sandbox, or of one CLUSTER, have logged."""
    from kplan.sandbox import current, load
    from kplan.sandbox import logs as all_logs

    with _errors_told():
        found = load(name)
        clusters = (found.cluster(cluster),) if cluster else found.clusters
        several = all_logs.count(clusters) > 1
        if follow:
            shown = all_logs.follow(clusters, lines, lambda: current(found) is not None)
        else:
            shown = all_logs.last(clusters, lines)
        with contextlib.suppress(KeyboardInterrupt):
            for line in shown:
                click.echo(f"{line.source} | {line.text}" if several else line.text)


@sandbox.command()
@_NAME
@click.option("--all", "every", is_flag=True, help="Stop every sandbox.")
def down(name: str, every: bool) -> None:
    """Stop a sandbox and remove it with its data; downloads stay for the next one."""
    from kplan.sandbox import down as bring_down
    from kplan.sandbox import names

    with _errors_told():
        chosen = names() if every else (name,)
        gone = [one for one in chosen if bring_down(one)]
        for one in gone:
            click.echo(f"Sandbox {one} is stopped and removed.")
        if not gone:
            click.echo("There is no sandbox." if every else f"There is no sandbox {name}.")


@sandbox.command(context_settings={"ignore_unknown_options": True})
@click.argument("tool")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@_NAME
@click.option("--cluster", metavar="NAME", help="On which cluster.  [default: the first]")
def run(tool: str, arguments: tuple[str, ...], name: str, cluster: str | None) -> None:
    """Run one of Kafka's own tools on a cluster; its arguments follow after --.

    --bootstrap-server is filled in. `kplan sandbox run list` lists the tools.

    \b
    Example:
      kplan sandbox run kafka-topics --cluster dr -- --describe --topic orders
    """  # noqa: D301
    from kplan.sandbox import load, tools
    from kplan.view import sandbox_view

    with _errors_told():
        if tool == "list":
            click.echo("\n".join(tools.TOOLS))
            return
        found = load(name)
        chosen = found.cluster(cluster) if cluster else found.clusters[0]
        tools.check_reachable(chosen)
        with sandbox_view.progress(sys.stderr) as report:
            tools.obtain(report)
        tools.replace_this_process(chosen.bootstrap, tool, arguments)


@contextlib.contextmanager
def _errors_told() -> Iterator[None]:
    """Turn what a sandbox can't do into the command line's own error: its text, exit 1."""
    from kplan.sandbox import SandboxError

    try:
        yield
    except SandboxError as error:
        raise click.ClickException(str(error)) from error


@contextlib.contextmanager
def _ended_in_order() -> Iterator[None]:
    """Let a request to end, or the terminal's closing, clean up as Ctrl-C does."""

    def interrupt(_signal: int, _frame: "FrameType | None") -> NoReturn:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except KeyboardInterrupt:
        raise click.ClickException(
            "Interrupted. What this command started is ended; downloads are kept."
        ) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
