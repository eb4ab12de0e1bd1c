"""What reading configuration costs: `validate` cold, warm and edited, and `fmt`, beside Terraform in the same run."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.bench import configurations
from tests.bench.measure import Figure, median, once

if TYPE_CHECKING:
    from pathlib import Path

RUNS = 3
_TERRAFORM = {"TF_CLI_CONFIG_FILE": "/dev/null", "CHECKPOINT_DISABLE": "1"}


def topics(count: int) -> str:
    """The same nine lines a block as of the in-memory type, of the real one."""
    return (
        configurations.blocks(count)
        .replace('memory_cluster "a"', 'cluster "a"')
        .replace('world = "world.marshal"', 'bootstrap_servers = ["localhost:9092"]')
        .replace("memory_topic", "topic")
        .replace("memory_cluster", "cluster")
    )


def varied(text: str) -> str:
    """Give every block a shape of its own: it writes its number in numbers and strings."""
    first, *blocks = text.split('"domain-')
    found = [first]
    for number, block in enumerate(blocks):
        bits = ", ".join("1" if bit == "1" else '"0"' for bit in f"{number:014b}")
        found.append(f'join("", [{bits}])' + block.partition('"')[2])
    return "".join(found)


def rows(folder: Path, kplan: str, count: int = 10_000) -> list[tuple[str, str, str, str]]:
    """Measure cold, warm and after an edit, in turn with Terraform where that is on PATH."""
    peer = configurations.terraform(count)
    plain = _terraform(folder / "reading-terraform", peer)
    found = _rows(folder, kplan, f"{count:,} `topic` blocks", topics(count), plain)
    found += _rows(folder, kplan, f"{count:,} `memory_topic` blocks", configurations.blocks(count), plain)
    unlike = _terraform(folder / "reading-terraform-unlike", varied(peer))
    found += _rows(folder, kplan, f"{count:,} `topic` blocks, no two alike", varied(topics(count)), unlike)
    return [*found, _laid_out(folder, kplan, topics(count), peer)]


def _rows(
    folder: Path, kplan: str, name: str, text: str, theirs: Figure | None
) -> list[tuple[str, str, str, str]]:
    cold, warm, edited = _kplan(folder / "".join(filter(str.isalnum, name)), kplan, text)
    ratio = f" = {cold.cpu / theirs.cpu:.2f} ×" if theirs else ""
    peer = f"`terraform validate`: {_shown(theirs)}" if theirs else "not run: not on PATH"
    return [
        (f"validate {name}, cold", f"{_shown(cold)}{ratio}", "0.5 ×, 250 MB", peer),
        ("the same, warm", _shown(warm), "0.6 CPU s", ""),
        ("the same, one block edited", _shown(edited), "0.8 CPU s", ""),
    ]


def _kplan(folder: Path, kplan: str, text: str) -> tuple[Figure, Figure, Figure]:
    where = configurations.write(folder / "module", text)
    cache = folder / "cache"
    # As it is installed: with its modules compiled, whatever the one who measures has set.
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    env = {**compiled, "KPLAN_CACHE_DIR": str(cache)}
    command = [kplan, "validate", "-no-color"]
    once(command, where, env)

    def cold() -> Figure:
        shutil.rmtree(cache)
        return once(command, where, env)

    def edited(run: int) -> Figure:
        changed = text.replace('"delete"', f'"compact"{" " * run}', 1)
        (where / "main.kplan.hcl").write_text(changed)
        return once(command, where, env)

    colds = [cold() for _ in range(RUNS)]
    warms = [once(command, where, env) for _ in range(RUNS)]
    return median(colds), median(warms), median([edited(run) for run in range(RUNS)])


def _terraform(where: Path, text: str) -> Figure | None:
    binary = shutil.which("terraform")
    if binary is None:
        return None
    where.mkdir()
    (where / "main.tf").write_text(text)
    once([binary, "init", "-no-color"], where, _TERRAFORM)
    return median([once([binary, "validate", "-no-color"], where, _TERRAFORM) for _ in range(RUNS)])


def _laid_out(folder: Path, kplan: str, text: str, peer: str) -> tuple[str, str, str, str]:
    ours = _fmt(folder / "fmt", "main.kplan.hcl", text, [kplan, "fmt"])
    name = f"fmt, {text.count(chr(10)):,} lines, every one laid out anew"
    binary = shutil.which("terraform")
    if binary is None:
        return (name, _shown(ours), "2 s", "not run: not on PATH")
    theirs = _fmt(folder / "fmt-terraform", "main.tf", peer, [binary, "fmt"])
    return (name, _shown(ours), "2 s", f"`terraform fmt` of {peer.count(chr(10)):,}: {_shown(theirs)}")


def _fmt(folder: Path, name: str, text: str, command: list[str]) -> Figure:
    folder.mkdir()
    disordered = text.replace("\n  ", "\n").replace(" = ", "   =")
    assert disordered != text
    figures = []
    for _ in range(RUNS + 1):
        (folder / name).write_text(disordered)
        figures.append(once(command, folder, _TERRAFORM))
        assert (folder / name).read_text() != disordered
    return median(figures[1:])


def _shown(figure: Figure) -> str:
    return f"{figure.cpu:.2f} CPU s, {figure.wall:.2f} s, {figure.megabytes:.0f} MB"
