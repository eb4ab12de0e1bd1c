"""For every test: identifiers that any tool can pass on, and the two Kafka clusters that all share."""

import importlib.metadata
import os
import re
import signal
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from kplan.sandbox import Sandbox, SandboxSpec, start, stop

# A run in the background ignores Ctrl-C, and so would every process that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What is installed stays so while tests run, and to look through it takes longer than a plan does.
importlib.metadata.entry_points = cache(importlib.metadata.entry_points)

# A mutation run forks from a process that has run the tests: what it remembered was made before the mutation.
if os.environ.get("MUTANT_UNDER_TEST"):

    def pytest_sessionstart() -> None:
        """Forget what functions of kplan have kept."""
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] in {"kplan", "kplan_kafka", "kplan_memory"}:
                for value in list(vars(module).values()):
                    if callable(forget := getattr(value, "cache_clear", None)):
                        forget()


# Files whose names begin alike and that start the same servers for a whole run of theirs.
_SHARING = ("test_connect", "test_link", "test_rights", "test_users")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out files as a whole, and those that share servers to one process, so that each is started once."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Sharing(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            name = file.rpartition("/")[2]
            return next((shared for shared in _SHARING if name.startswith(shared)), file)

    return Sharing(config, log)


_PLAIN = re.compile(r"[A-Za-z0-9_ .=+-]{1,60}")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Call a text by its argument's name where it has signs that a command line or a mutation run trips over."""
    if isinstance(val, (str, bytes)):
        text = val if isinstance(val, str) else val.decode("latin-1")
        return None if _PLAIN.fullmatch(text) else argname
    return None


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    """Undo what a command that was run in this process did to signals: children would be deaf to Ctrl-C."""
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    yield
    for one, handler in before.items():
        signal.signal(one, handler)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Two clusters, `primary` and `dr`, for the whole run: not to be stopped, paused or filled with other's names."""
    folder = tmp_path_factory.mktemp("kafka") / "sandbox"
    sandbox = start(SandboxSpec("tests", folder=folder, tied=True))
    yield sandbox
    stop(sandbox)
