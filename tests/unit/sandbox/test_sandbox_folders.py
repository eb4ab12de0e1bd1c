import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kplan.sandbox import folders


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.delenv("KPLAN_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert folders.cache_folder() == Path("/home/me/.cache/kplan")
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    assert folders.cache_folder() == Path("/home/me/.cache/kplan")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache/me")
    assert folders.cache_folder() == Path("/var/cache/me/kplan")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KPLAN_CACHE_DIR", "here")
    assert folders.cache_folder() == tmp_path / "here"
    assert folders.sandboxes_folder() == tmp_path / "here" / "sandbox"


HOLD = """
import sys
from pathlib import Path
from kplan.sandbox import folders
with folders.exclusive(Path(sys.argv[1]), lambda: None):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(folder: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_held_folder_is_waited_for_and_freed_by_its_holders_death(tmp_path):
    folder = tmp_path / "deep" / "folder"
    with holder(folder) as other:
        waited = []

        def kill_it() -> None:
            waited.append(other.poll())
            other.kill()

        with folders.exclusive(folder, kill_it):
            assert waited == [None]
            assert other.wait(10)
        with folders.exclusive(folder, lambda: pytest.fail("nobody holds it now")):
            pass


def test_a_folder_that_its_holder_removed_is_made_anew_and_held(tmp_path):
    folder = tmp_path / "folder"
    waiting, inside, leave = threading.Event(), threading.Event(), threading.Event()

    def second() -> None:
        with folders.exclusive(folder, waiting.set):
            inside.set()
            leave.wait(10)

    with folders.exclusive(folder, lambda: None):
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(10)
        shutil.rmtree(folder)
    assert inside.wait(10)
    third_waited: list[bool] = []

    def let_second_leave() -> None:
        third_waited.append(folder.exists())
        leave.set()

    with folders.exclusive(folder, let_second_leave):
        assert third_waited == [True], "the one that waited holds the new folder, not the removed one"
    thread.join()


def test_nothing_is_left_of_a_write_that_fails(tmp_path, monkeypatch):
    file = tmp_path / "file"
    folders.write_whole(file, "old")
    with pytest.raises(UnicodeEncodeError):
        folders.write_whole(file, "\ud800")
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert file.stat().st_mode & 0o777 == 0o644


def test_the_last_sandboxs_folder_takes_that_of_all_along_and_no_other_parent(tmp_path):
    one, two = folders.sandboxes_folder() / "one", folders.sandboxes_folder() / "two"
    elsewhere = tmp_path / "parent" / "three"
    for folder in (one / "deep", two, elsewhere):
        folder.mkdir(parents=True)
    folders.remove(one)
    assert two.exists()
    folders.remove(two)
    assert not folders.sandboxes_folder().exists()
    folders.remove(two)
    folders.remove(elsewhere)
    assert not elsewhere.exists()
    assert elsewhere.parent.exists()
