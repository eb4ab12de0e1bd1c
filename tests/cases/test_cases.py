"""The real command line on the in-memory provider, printed and compared. KPLAN_GOLDEN=write takes what is printed."""

import difflib
import os
import shutil
from pathlib import Path

import pytest
from golden_runner import Runner, as_program, in_process
from golden_session import parse, written

HERE = Path(__file__).parent
CASES = sorted(path.parent.name for path in HERE.glob("*/session.txt"))
AS_PROGRAMS = ("first", "failures", "usage")  # a few, to know that it makes no difference


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path_factory):
    for name in [one for one in os.environ if one.startswith(("KPLAN", "NO_COLOR"))]:
        if name != "KPLAN_GOLDEN":
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


def play(name, folder, command):
    """Run a case's session in a folder; give it as it is written and as it came out."""
    shutil.copytree(HERE / name, folder, dirs_exist_ok=True)
    (folder / "session.txt").unlink()
    text = (HERE / name / "session.txt").read_text()
    return text, written(list(Runner(folder, command).run(parse(text))))


@pytest.mark.parametrize("name", CASES)
def test_case(name, tmp_path):
    expected, seen = play(name, tmp_path, in_process)
    if os.environ.get("KPLAN_GOLDEN") == "write":
        (HERE / name / "session.txt").write_text(seen)
        return
    compare(name, expected, seen)


@pytest.mark.parametrize("name", [one for one in AS_PROGRAMS if one in CASES])
def test_case_as_a_program(name, tmp_path):
    compare(name, *play(name, tmp_path, as_program))


def compare(name, expected, seen):
    if expected != seen:
        changes = difflib.unified_diff(
            expected.splitlines(),
            seen.splitlines(),
            f"{name}/session.txt",
            "as it came out",
            lineterm="",
            n=8,
        )
        pytest.fail("\n".join(changes) + "\n\nIf this is right: make golden", pytrace=False)


def test_a_session_is_written_as_it_is_read():
    for name in CASES:
        text = (HERE / name / "session.txt").read_text()
        assert written(parse(text)) == text
