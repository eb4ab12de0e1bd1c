"""The examples of replication, as they are in the folder, on a sandbox with Connect workers."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from another_client import Client
from connect_files import NO_CHANGES
from kplan_run import Ran, Running, wait_for
from link_files import committed, read, read_as, write

from kplan.sandbox import Sandbox, SandboxSpec, start, stop, values

EXAMPLES = Path(__file__).parents[2] / "examples"
KEYS = [f"key-{number}" for number in range(60)]


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("examples") / "sandbox"
    made = start(SandboxSpec("examples", folder=folder, tied=True, connect=True))
    yield made
    stop(made)


class Example:
    """A copy of an example, with the sandbox's values."""

    def __init__(self, name: str, sandbox: Sandbox, folder: Path, cache: Path) -> None:
        self.folder = shutil.copytree(
            EXAMPLES / name, folder, ignore=shutil.ignore_patterns("state", "*.auto.*")
        )
        self._environment = {**os.environ, "KPLAN_CACHE_DIR": str(cache), "COLUMNS": "100"}
        shutil.copyfile(sandbox.folder / values.FILE, folder / "sandbox.auto.kplanvars.hcl")

    def kplan(self, *arguments: str) -> Ran:
        ran = Running(arguments, self.folder, self._environment, "").end()
        assert ran.code == 0, ran.said
        return ran


@pytest.fixture
def example(
    beside: Sandbox, request: pytest.FixtureRequest, tmp_path: Path, kplan_cache: Path
) -> Iterator[Example]:
    """The example that the test's parameter names, applied; destroyed afterwards, with all that it came to."""
    made = Example(request.param, beside, tmp_path / "example", kplan_cache)
    assert made.kplan("validate").out == "Success! The configuration is valid.\n"
    made.kplan("fmt", "-check")
    made.kplan("apply", "-auto-approve")
    yield made
    made.kplan("destroy", "-auto-approve", "-allow-data-loss=2", "-allow-deletes=60")
    assert made.kplan("state", "list").out == ""


def arrived(sandbox: Sandbox, topic: str, source: str, target: str) -> None:
    """Write records at a source; all of them must be at the target."""
    write(sandbox.cluster(source).bootstrap, topic, KEYS)
    there = read(sandbox.cluster(target).bootstrap, f"{source}.{topic}", lambda keys: len(keys) >= len(KEYS))
    assert sorted(there) == sorted(KEYS)


@pytest.mark.parametrize("example", ["active-passive"], indirect=True)
def test_active_passive(beside, example):
    arrived(beside, "orders", "primary", "dr")
    primary, dr = (beside.cluster(name).bootstrap for name in ("primary", "dr"))
    read_as(primary, "orders", "billing", lambda keys: len(keys) >= len(KEYS), commit=True)
    wait_for(lambda: any(offset > 0 for offset in committed(dr, "primary.orders", "billing", 6)))
    assert example.kplan("plan", "-detailed-exitcode").summary == NO_CHANGES


@pytest.mark.parametrize("example", ["active-active"], indirect=True)
def test_active_active(beside, example):
    arrived(beside, "carts", "primary", "dr")
    arrived(beside, "carts", "dr", "primary")
    for side, copy in (("primary", "dr.carts"), ("dr", "primary.carts")):
        names = Client(beside.cluster(side).bootstrap).names()
        assert {name for name in names if "carts" in name} == {"carts", copy}
    assert example.kplan("plan", "-detailed-exitcode").summary == NO_CHANGES
