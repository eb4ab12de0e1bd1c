"""`make bench`: kplan's figures, each beside its peer or its bound, in one run. `--quick` leaves the long ones out.

Prints the table that docs/benchmarks.md shows; `--write` puts it there.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.bench import access, configurations, connect, kafka, matching, reading
from tests.bench.measure import Figure, beside, once, repeat

KPLAN = str(Path(sys.executable).with_name("kplan"))
PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
MARK = "<!-- figures -->"


class Row(NamedTuple):
    """One line of the table."""

    what: str
    figure: str
    bound: str
    peer: str


def shown(figure: Figure) -> str:
    """Write a figure as people compare it."""
    return f"{figure.cpu:.2f} CPU s, {figure.wall:.2f} s, {figure.megabytes:.0f} MB"


def start_up(folder: Path) -> list[Row]:
    """Whole processes of the commands that must feel instant."""
    click = [sys.executable, "-c", "import click"]
    commands = {
        "kplan version": [KPLAN, "version"],
        "kplan --help": [KPLAN, "--help"],
        "completion": ["env", "_KPLAN_COMPLETE=bash_complete", "COMP_WORDS=kplan ap", "COMP_CWORD=1", KPLAN],
    }
    rows = []
    for name, command in commands.items():
        ours, theirs = beside(command, click, folder)
        ratio = ours.cpu / theirs.cpu
        peer = f"`import click` {theirs.cpu * 1000:.0f} ms"
        rows.append(
            Row(f"`{name}`, whole process", f"{ours.cpu * 1000:.0f} ms CPU = {ratio:.2f} ×", "2 ×", peer)
        )
    return rows


def applied(folder: Path, text: str) -> Path:
    """Write a configuration and apply it, so that the next plan has nothing to do."""
    configurations.write(folder, text)
    once([KPLAN, "apply", "-auto-approve", "-no-color"], folder)
    return folder


def no_op(folder: Path, count: int) -> list[Row]:
    """No-op plans in each shape, warm and cold."""
    rows = []
    plan = [KPLAN, "plan", "-no-color"]
    for name, shape in configurations.SHAPES.items():
        where = applied(folder / name.replace("[", "-").replace("]", "").replace(" ", "-"), shape(count))
        warm = repeat(plan, where)
        bound = "1.0 CPU s, 200 MB" if name == "blocks" else "as blocks"
        peer = "Terraform's core: 46 CPU s, 1,071 MB (recorded)" if name == "blocks" else ""
        rows.append(Row(f"no-op plan, {count:,} topics as {name}, warm", shown(warm), bound, peer))
        if name == "blocks":
            cold = repeat(
                ["env", f"KPLAN_CACHE_DIR={folder}/cold", *plan], where, 3, lambda: _clear(folder / "cold")
            )
            rows.append(
                Row(
                    f"the same, cold ({name})",
                    shown(cold),
                    "16 CPU s",
                    "`terraform validate`: 10 CPU s (recorded)",
                )
            )
    return rows


def _clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def creates(folder: Path, count: int) -> list[Row]:
    """An apply of creates, journal and state on disk."""
    figures = []
    for number in range(4):
        where = configurations.write(folder / f"creates{number}", configurations.blocks(count))
        once([KPLAN, "validate"], where)
        figures.append(once([KPLAN, "apply", "-auto-approve", "-no-color"], where))
    best = sorted(figures)[1]
    return [
        Row(f"apply {count:,} creates, in memory", shown(best), "1.5 s", "Terraform's core: 997 s (recorded)")
    ]


def linear(folder: Path, counts: tuple[int, ...]) -> list[Row]:
    """Whether ten times the topics cost ten times as much."""
    cells = []
    for count in counts:
        where = applied(folder / f"linear{count}", configurations.blocks(count))
        figure = repeat([KPLAN, "plan", "-no-color"], where, 3)
        cells.append(f"{count:,}: {figure.cpu:.2f} CPU s, {figure.megabytes:.0f} MB")
    return [Row("no-op plan as it grows, warm", "; ".join(cells), "linear", "")]


def terraform(folder: Path, count: int) -> list[Row]:
    """Terraform's core with its built-in provider, on the same number of resources in the same run."""
    name = f"Terraform, no-op plan, {count:,} resources"
    binary = shutil.which("terraform")
    if binary is None:
        return [Row(name, "not run: not on PATH", "", "10,000: 46 CPU s, 1,071 MB (recorded)")]
    where = folder / "terraform"
    where.mkdir()
    (where / "main.tf").write_text(configurations.terraform(count))
    env = {"TF_CLI_CONFIG_FILE": "/dev/null", "CHECKPOINT_DISABLE": "1"}
    once([binary, "init", "-no-color"], where, env)
    apply = once([binary, "apply", "-auto-approve", "-no-color"], where, env)
    plan = once([binary, "plan", "-no-color"], where, env)
    ours = applied(folder / "beside-terraform", configurations.blocks(count))
    mine = repeat([KPLAN, "plan", "-no-color"], ours, 3)
    fresh = configurations.write(folder / "beside-terraform-apply", configurations.blocks(count))
    created = once([KPLAN, "apply", "-auto-approve", "-no-color"], fresh)
    return [
        Row(name, shown(plan), "", f"kplan in the same run: {shown(mine)}"),
        Row(
            f"Terraform, apply {count:,} creates",
            shown(apply),
            "",
            f"kplan in the same run: {shown(created)}",
        ),
    ]


def table(rows: list[Row]) -> str:
    """Lay rows out as Markdown."""
    lines = ["| what | figure | bound | peer |", "|---|---|---|---|"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])


def main() -> None:
    """Run what was asked for and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--quick", action="store_true", help="without 50,000 topics, Terraform and Kafka")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    parser.add_argument("--no-kafka", action="store_true", help="without real brokers")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kplan-bench-") as name:
        folder = Path(name)
        rows = start_up(folder) + no_op(folder, 10_000) + creates(folder, 5_000)
        rows += [Row(*row) for row in reading.rows(folder, KPLAN)]
        rows += [Row(*row) for row in matching.rows()]
        if not chosen.quick:
            rows += linear(folder, (1_000, 10_000, 50_000)) + terraform(folder, 500)
        if not chosen.quick and not chosen.no_kafka:
            rows += [Row(*row) for row in kafka.rows(folder, KPLAN)]
            rows += [Row(*row) for row in access.rows(folder, KPLAN)]
            rows += [Row(*row) for row in connect.rows(folder, KPLAN)]
    text = table(rows)
    sys.stdout.write(text + "\n")
    if chosen.write:
        before, _, after = PAGE.read_text().partition(MARK)
        rest = after.partition(MARK)[2]
        PAGE.write_text(f"{before}{MARK}\n{text}\n{MARK}{rest}")


if __name__ == "__main__":
    subprocess.run([KPLAN, "version"], check=True, stdout=subprocess.DEVNULL)
    main()
