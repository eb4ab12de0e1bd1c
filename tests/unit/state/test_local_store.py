"""The local store: snapshots, journal and generations in a folder, and every way in which they can be wrong."""

import json
import os
import stat

import pytest
from state_samples import KEY, OTHER, leaf, pending, state

from kplan import __version__
from kplan.state.codec import encode_records, encode_state
from kplan.state.disk import Disk
from kplan.state.local import GENERATIONS, LocalStore
from kplan.state.lock import Hold
from kplan.state.model import empty
from kplan.state.records import Began, Dropped, Intended, Put, fold
from kplan.state.store import Loaded, StateProblem


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "deep" / "state"


@pytest.fixture
def store(folder):
    return LocalStore(folder)


def began(serial=0, lineage="lineage-1"):
    return Began(lineage, serial, "run", 1.0)


def problem(store) -> StateProblem:
    with pytest.raises(StateProblem) as caught:
        store.load()
    return caught.value


def seed(folder, snapshot=None, journal=b"", **generations):
    folder.mkdir(parents=True, exist_ok=True)
    if snapshot is not None:
        (folder / "default.json").write_bytes(encode_state(snapshot, "0.1.0"))
    if journal:
        (folder / "default.journal").write_bytes(journal)
    for number, data in generations.items():
        (folder / f"default.json.{number.removeprefix('g')}").write_bytes(data)


def test_a_folder_that_is_not_there_is_a_new_workspace(store, folder):
    assert store.load() == Loaded(None, [])
    assert not folder.exists()


def test_what_is_appended_is_there_for_the_next_store(store, folder):
    store.append([began(), Put(leaf())])
    store.append([Dropped(KEY)])
    assert LocalStore(folder).load() == Loaded(None, [began(), Put(leaf()), Dropped(KEY)])


def test_every_append_comes_after_the_one_before(store, folder):
    records = [began(), *(Dropped(KEY._replace(identity=("x" * n,))) for n in (9, 1, 30, 2, 5))]
    for record in records:
        store.append([record])
    assert LocalStore(folder).load().records == records


def test_a_snapshot_says_which_kplan_wrote_it(store, folder):
    store.compact(state())
    assert json.loads((folder / "default.json").read_bytes())["kplan_version"] == __version__


@pytest.mark.parametrize("number", [0, GENERATIONS + 1])
def test_what_is_called_like_a_generation_is_not_always_one(folder, number):
    seed(folder, **{f"g{number}": b"x"})
    assert LocalStore(folder).load() == Loaded(None, [])
    seed(folder, **{f"g{number}": b"x"}, g5=b"y")
    assert f"cp {folder / 'default.json.5'} " in problem(LocalStore(folder)).detail


def test_a_snapshot_takes_the_place_of_the_journal_and_raises_the_serial(store, folder):
    store.append([began(4), Put(leaf())])
    written = store.compact(state(serial=4))
    assert written == state(serial=5)
    assert LocalStore(folder).load() == Loaded(state(serial=5), [])
    assert sorted(one.name for one in folder.iterdir()) == ["default.json"]


def test_after_a_snapshot_the_journal_begins_anew(store, folder):
    store.append([began(), Put(leaf())])
    store.compact(empty("lineage-1"))
    store.append([began(1), Dropped(KEY)])
    assert LocalStore(folder).load().records == [began(1), Dropped(KEY)]


def test_a_journal_that_was_read_is_gone_on_with(store, folder):
    store.append([began(), Put(leaf())])
    second = LocalStore(folder)
    second.load()
    second.append([Dropped(KEY)])
    assert LocalStore(folder).load().records == [began(), Put(leaf()), Dropped(KEY)]


def test_a_torn_last_line_is_dropped_and_written_over_at_whatever_byte(folder):
    first, last = encode_records([began(4)]), encode_records([Intended((pending(),))])
    for cut in range(len(last)):
        seed(folder, state(), first + last[:cut])
        store = LocalStore(folder)
        assert store.load().records == [began(4)]
        store.append([Put(leaf())])
        assert LocalStore(folder).load().records == [began(4), Put(leaf())]


def test_a_journal_torn_from_its_first_byte_begins_anew(folder):
    seed(folder, state(), encode_records([began(4)])[:-1])
    store = LocalStore(folder)
    assert store.load() == Loaded(state(), [])
    store.append([began(4), Put(leaf())])
    assert LocalStore(folder).load().records == [began(4), Put(leaf())]


def test_a_journal_of_an_older_serial_was_compacted_and_is_ignored(folder):
    seed(folder, state(serial=5), encode_records([began(4), Dropped(KEY)]))
    store = LocalStore(folder)
    assert store.load() == Loaded(state(serial=5), [])
    store.append([began(5), Dropped(OTHER)])
    assert LocalStore(folder).load().records == [began(5), Dropped(OTHER)]


def test_who_looks_beside_a_run_sees_one_moment_of_it(folder):
    """A run compacts and goes on between the two reads: what was read of the journal is in the snapshot by now."""
    seed(folder, state(serial=4), encode_records([began(4), Put(leaf())]))
    run, now = LocalStore(folder), state(serial=4)
    run.load()

    class Between(Disk):
        def read(self, path):
            if path.suffix == ".json":
                written = run.compact(fold(now, [Put(leaf())]))
                run.append([began(written.serial), Dropped(KEY)])
            return super().read(path)

    seen = LocalStore(folder, disk=Between()).load()
    assert seen.records == []
    assert seen.snapshot.leaves == fold(now, [Put(leaf())]).leaves
    assert LocalStore(folder).load().records == [began(5), Dropped(KEY)]


@pytest.mark.parametrize(
    ("snapshot", "journal", "summary", "says"),
    [
        (state(serial=4), [began(5)], "State is older than its journal", "builds on serial 5, but"),
        (None, [began(1)], "State is older than its journal", "is at 0"),
        (
            state(),
            [began(4, "other")],
            "Journal belongs to another state",
            "restore the pair that belongs together; or remove the journal if it came here by accident.",
        ),
        (state(serial=9), [began(4, "other")], "Journal belongs to another state", "Keep both"),
        (state(), [Put(leaf())], "Journal belongs to another state", "Keep both"),
    ],
    ids=["newer", "newer than nothing", "other lineage", "other lineage, older", "no beginning"],
)
def test_a_journal_that_does_not_belong_is_refused(folder, snapshot, journal, summary, says):
    seed(folder, snapshot, encode_records(journal))
    found = problem(LocalStore(folder))
    assert found.summary == summary
    assert says in found.detail
    assert str(folder / "default.journal") in found.detail


def test_the_way_out_of_a_journal_that_is_too_new_names_the_generation(folder):
    seed(folder, state(serial=4), encode_records([began(5)]), g2=b"x", g3=b"y")
    assert f"cp {folder / 'default.json.2'} {folder / 'default.json'}" in problem(LocalStore(folder)).detail


@pytest.mark.parametrize("data", [b"", b"{}", b"\x00" * 10, encode_state(state(), "1")[:-5]])
def test_a_damaged_snapshot_is_a_hard_error_with_the_way_out(folder, data):
    seed(folder)
    (folder / "default.json").write_bytes(data)
    found = problem(LocalStore(folder))
    assert found.summary == "State can't be read"
    assert found.detail.startswith(f"{folder / 'default.json'} can't be used: ")
    assert found.detail.endswith(
        ". Restore it from a backup; if nothing was ever applied here, remove the file."
    )
    seed(folder, g1=b"good")
    assert f"cp {folder / 'default.json.1'}" in problem(LocalStore(folder)).detail


def test_a_snapshot_of_a_newer_kplan_says_so(folder):
    seed(folder)
    text = encode_state(state(), "1").replace(b'"format_version": 1', b'"format_version": 7')
    (folder / "default.json").write_bytes(text)
    found = problem(LocalStore(folder))
    assert found.summary == "State was written by a newer kplan"
    assert "format_version is 7" in found.detail


def test_a_damaged_journal_is_a_hard_error(folder):
    good = encode_records([began(4)])
    seed(folder, state(), b"x" + good[1:] + good)
    found = problem(LocalStore(folder))
    assert found.summary == "Journal can't be read"
    assert found.detail == (
        f"{folder / 'default.journal'} can't be used: the journal does not fit its checksum at byte 0. It holds what "
        "the last run did after the snapshot default.json; keep a copy. Restore it from a backup, or remove it to go "
        "back to the snapshot: what the run created since will then be found as existing and can be adopted."
    )


@pytest.mark.parametrize("number", range(1, GENERATIONS + 1))
def test_a_missing_snapshot_with_generations_beside_it_is_no_new_workspace(folder, number):
    seed(folder, **{f"g{number}": encode_state(state(), "1")})
    found = problem(LocalStore(folder))
    assert found.summary == "State is missing"
    assert f"default.json.{number}" in found.detail


def test_generations_are_kept_newest_first_and_no_more_than_told(store, folder):
    made = empty("x")
    for _ in range(GENERATIONS + 3):
        made = store.compact(made)
    kept = {one.name: LocalStore._snapshot(_named(folder, one.name)).serial for one in folder.iterdir()}
    newest = GENERATIONS + 3
    assert kept == {"default.json": newest} | {
        f"default.json.{n}": newest - n for n in range(1, GENERATIONS + 1)
    }


def _named(folder, name):
    store = LocalStore(folder)
    store.path = folder / name
    return store


def test_workspaces_do_not_meet(folder):
    first, second = LocalStore(folder, "one"), LocalStore(folder, "two")
    first.append([began(), Put(leaf())])
    first.compact(empty("first"))
    assert second.load() == Loaded(None, [])
    second.compact(empty("second"))
    assert first.load().snapshot.lineage == "first"


def test_state_is_for_its_user_only(store, folder):
    store.append([began()])
    mode = stat.S_IMODE((folder / "default.journal").stat().st_mode)
    store.compact(state())
    assert {mode, stat.S_IMODE((folder / "default.json").stat().st_mode)} == {0o600}


def test_a_store_without_a_load_begins_its_journal_at_the_start(folder):
    seed(folder, state(), encode_records([began(4), Put(leaf())]))
    store = LocalStore(folder)
    store.append([began(4), Dropped(OTHER)])
    assert LocalStore(folder).load().records == [began(4), Dropped(OTHER)]


def test_records_fold_onto_the_snapshot_that_they_name(store, folder):
    store.compact(state(serial=3))
    store.append([began(4), Dropped(KEY)])
    loaded = LocalStore(folder).load()
    assert fold(loaded.snapshot, loaded.records).leaves == {OTHER: leaf(OTHER, prevent_destroy=True)}


@pytest.mark.parametrize(
    ("call", "verb"),
    [
        (lambda store: store.append([began()]), "write"),
        (lambda store: store.compact(state()), "write"),
        (lambda store: store.hold(Hold("1", "me", "now", "why")), "write"),
        (lambda store: store.lock("plan", 0).__enter__(), "write"),
    ],
    ids=["append", "compact", "hold", "lock"],
)
def test_a_folder_that_can_not_be_made_is_told_in_words(tmp_path, call, verb):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StateProblem) as caught:
        call(LocalStore(tmp_path / "file" / "state"))
    assert caught.value.summary == f"Can't {verb} state"
    assert caught.value.detail.startswith(str(tmp_path / "file" / "state" / "default."))
    assert caught.value.detail.endswith(": File exists.")


def test_a_snapshot_that_can_not_be_read_is_told_in_words(folder):
    (folder / "default.json").mkdir(parents=True)
    found = problem(LocalStore(folder))
    assert (found.summary, found.detail) == ("Can't read state", f"{folder}: Is a directory.")


@pytest.mark.parametrize(
    ("call", "verb"),
    [
        (lambda store: store.hold(Hold("1", "me", "now", "why")), "write"),
        (lambda store: store.current_hold(), "read"),
        (lambda store: store.lift(), "write"),
    ],
    ids=["hold", "current_hold", "lift"],
)
def test_a_hold_that_can_not_be_reached_is_told_in_words(folder, store, call, verb):
    (folder / "default.hold").mkdir(parents=True)
    with pytest.raises(StateProblem) as caught:
        call(store)
    assert (caught.value.summary, caught.value.detail) == (
        f"Can't {verb} state",
        f"{folder / 'default.hold'}: Is a directory.",
    )


def test_a_failed_append_is_not_counted_as_written(store, folder, monkeypatch):
    store.append([began()])
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(StateProblem, match="Can't write state") as caught:
        store.append([Put(leaf())])
    assert "No space left" in caught.value.detail
    monkeypatch.undo()
    store.append([Dropped(KEY)])
    assert LocalStore(folder).load().records == [began(), Dropped(KEY)]
