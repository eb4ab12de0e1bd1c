"""The file operations that durability rests on."""

import pytest

from kplan.state.disk import Disk
from kplan.state.local import LocalStore
from kplan.state.model import Key, empty
from kplan.state.records import Began, Dropped

DISK = Disk()


def test_no_file_is_none_and_an_empty_one_is_not(tmp_path):
    assert DISK.read(tmp_path / "none") is None
    DISK.write(tmp_path / "empty", b"")
    assert DISK.read(tmp_path / "empty") == b""


def test_a_write_replaces_all_that_was_there(tmp_path):
    DISK.write(tmp_path / "a", b"longer")
    DISK.write(tmp_path / "a", b"short")
    assert DISK.read(tmp_path / "a") == b"short"


@pytest.mark.parametrize(("at", "left"), [(0, b"XY"), (3, b"abcXY"), (6, b"abcdefXY")])
def test_an_append_cuts_off_what_follows_its_place(tmp_path, at, left):
    DISK.write(tmp_path / "a", b"abcdef")
    DISK.append(tmp_path / "a", b"XY", at)
    assert DISK.read(tmp_path / "a") == left


def test_an_append_makes_the_file(tmp_path):
    DISK.append(tmp_path / "a", b"X", 0)
    assert DISK.read(tmp_path / "a") == b"X"


def test_files_and_folders_can_be_synced_and_what_is_not_there_can_not(tmp_path):
    DISK.write(tmp_path / "a", b"")
    DISK.sync(tmp_path / "a")
    DISK.sync(tmp_path)
    with pytest.raises(FileNotFoundError):
        DISK.sync(tmp_path / "none")


def test_a_link_is_a_second_name_that_later_replacements_leave_alone(tmp_path):
    DISK.write(tmp_path / "a", b"one")
    DISK.write(tmp_path / "kept", b"old")
    DISK.write(tmp_path / "kept.tmp", b"left by a crash")
    DISK.link(tmp_path / "a", tmp_path / "kept")
    DISK.write(tmp_path / "new", b"two")
    DISK.rename(tmp_path / "new", tmp_path / "a")
    assert (DISK.read(tmp_path / "kept"), DISK.read(tmp_path / "a")) == (b"one", b"two")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a", "kept"]


def test_what_is_not_there_is_removed_already(tmp_path):
    DISK.write(tmp_path / "a", b"")
    DISK.remove(tmp_path / "a")
    DISK.remove(tmp_path / "a")
    assert DISK.read(tmp_path / "a") is None


class Told(Disk):
    """Notes what is asked of the disk."""

    def __init__(self):
        self.told = []

    def sync(self, path):
        self.told.append(("sync", path.name))
        super().sync(path)

    def append(self, path, data, at):
        self.told.append(("append", path.name))
        super().append(path, data, at)

    def write(self, path, data):
        self.told.append(("write", path.name))
        super().write(path, data)

    def rename(self, old, new):
        self.told.append(("rename", old.name, new.name))
        super().rename(old, new)

    def link(self, old, new):
        self.told.append(("link", old.name, new.name))
        super().link(old, new)

    def remove(self, path):
        self.told.append(("remove", path.name))
        super().remove(path)


def test_each_folder_that_is_made_is_synced_into_the_one_above(tmp_path):
    disk = Told()
    disk.make_folder(tmp_path / "a" / "b")
    assert disk.told == [("sync", tmp_path.name), ("sync", "a")]
    disk.make_folder(tmp_path / "a" / "b")
    assert len(disk.told) == 2


def test_a_folder_that_another_makes_meanwhile_is_there_all_the_same(tmp_path):
    class Raced(Disk):
        def make_folder(self, path):
            super().make_folder(path)
            if path.name == "a":
                (path / "b").mkdir(exist_ok=True)

    Raced().make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


def test_an_append_is_synced_and_the_first_one_its_name_too(tmp_path):
    disk = Told()
    store = LocalStore(tmp_path, disk=disk)
    store.append([Began("x", 0, "r", 0.0)])
    assert disk.told == [("append", "default.journal"), ("sync", "default.journal"), ("sync", tmp_path.name)]
    disk.told.clear()
    store.append([Dropped(Key("u", "t", ("n",)))])
    assert disk.told == [("append", "default.journal"), ("sync", "default.journal")]


def test_a_snapshot_is_whole_on_disk_before_it_gets_its_name_and_the_journal_goes_last(tmp_path):
    disk = Told()
    store = LocalStore(tmp_path, disk=disk)
    store.compact(empty("x"))
    disk.told.clear()
    store.compact(empty("x"))
    assert disk.told == [
        ("write", "default.json.tmp"),
        ("sync", "default.json.tmp"),
        ("link", "default.json", "default.json.1"),
        ("rename", "default.json.tmp", "default.json"),
        ("sync", tmp_path.name),
        ("remove", "default.journal"),
    ]
