"""A dedicated MirrorMaker's file read, decided and written."""

import math
import os

import pytest

from kplan.sdk.session import (
    Absent,
    Ask,
    Case,
    Do,
    Done,
    Facts,
    Failed,
    Found,
    Keep,
    Opened,
    Outcome,
    Refuse,
    Step,
    Unreadable,
    Work,
)
from kplan.sdk.values import Secret, Unknown, make_map
from kplan_mirrormaker import PROVIDER
from kplan_mirrormaker.file_session import FileSession

RULES, FILE = PROVIDER.rules(), "mirrormaker_file"
CONFIG = {"clusters": "a, b", "a->b.topics": r".*[\-\.]x", "tasks.max": "1"}
SECRET = {"a.sasl.jaas.config": 'required password="p=#é\n";'}


class Never:
    def requested(self):
        return False

    def seconds_left(self):
        return math.inf


def wanted(path, config=CONFIG, secret=None):
    hidden = {"sensitive_config": Secret(make_map(secret))} if secret else {}
    return make_map({"path": str(path), "config": make_map(config), **hidden})


def read(path, desired=None, prior=None):
    ((_, seen),) = FileSession().read(FILE, [Ask((str(path),), desired, prior)], Never()).items()
    return seen


def decide(path, desired, prior=None, rotated=False):
    case = Case((str(path),), prior, read(path, desired, prior), desired, rotated)
    (verdict,) = RULES.plan(FILE, Facts("uid", {}), [case])
    return verdict


def carry_out(path, desired, prior=None, seen=None):
    verdict = decide(path, desired, prior)
    assert isinstance(verdict, Do), verdict
    work = Work("1", (str(path),), verdict.steps, seen or read(path, desired, prior), verdict.planned)
    (event,) = FileSession().apply(FILE, [work], Never())
    return event


def test_what_was_written_is_read_back_and_nothing_is_left_to_do(tmp_path):
    path, desired = tmp_path / "mm2.properties", wanted(tmp_path / "mm2.properties", secret=SECRET)
    assert read(path) == Absent()
    event = carry_out(path, desired)
    assert event == Done("1", {"path": str(path), "config": CONFIG, "sensitive_keys": (*SECRET,)})
    assert path.stat().st_mode & 0o777 == 0o600
    assert isinstance(decide(path, desired, event.values), Keep)
    assert [*tmp_path.iterdir()] == [path]
    assert "MirrorMaker reads it when it starts" in path.read_text(encoding="latin-1").splitlines()[0]


@pytest.mark.parametrize("line", ["more = 1", "tasks.max = 2", "a.ssl.key.password = x"])
def test_whatever_differs_is_put_right_and_no_secret_is_shown(tmp_path, line):
    path, desired = tmp_path / "f", wanted(tmp_path / "f", secret=SECRET)
    prior = carry_out(path, desired).values
    path.write_text(path.read_text("latin-1") + line + "\n", "latin-1")
    seen = read(path, desired, prior)
    assert "a.ssl.key.password" not in seen.values["config"]
    assert "p=#" not in str(seen)
    verdict = decide(path, desired, prior)
    assert isinstance(verdict, Do)
    assert "restart it" in verdict.notes[0]
    carry_out(path, desired, prior)
    assert isinstance(decide(path, desired, prior), Keep)


@pytest.mark.parametrize("line", ["a.b.passphrase = s3cret", "a.pwd = s3cret", "a.url = http://u:s3cret@h/"])
def test_what_others_wrote_is_not_shown_if_it_looks_secret(tmp_path, line):
    (tmp_path / "f").write_text(f"{line}\n")
    seen = read(tmp_path / "f", wanted(tmp_path / "f"))
    assert "s3cret" not in str(seen)
    assert isinstance(seen, Found)
    assert seen.answers.hidden


def test_another_secret_is_seen_where_it_is_and_named_by_its_key(tmp_path):
    path, desired = tmp_path / "f", wanted(tmp_path / "f", secret=SECRET)
    prior = carry_out(path, desired).values
    other = wanted(path, secret={"a.sasl.jaas.config": "other"})
    verdict = decide(path, other, prior)
    assert verdict.notes[1] == "other secrets than declared are in it for: a.sasl.jaas.config"
    assert isinstance(decide(path, wanted(path), prior), Do)  # it is to go
    assert isinstance(decide(path, desired, prior, rotated=True), Keep)  # sent before, and there


def test_with_a_secret_a_file_that_all_could_read_is_closed(tmp_path):
    path = tmp_path / "f"
    prior = carry_out(path, wanted(path)).values
    assert path.stat().st_mode & 0o777 == 0o644
    prior = carry_out(path, wanted(path, secret=SECRET), prior).values
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o604)
    verdict = decide(path, wanted(path, secret=SECRET), prior)
    assert "everybody on this machine may read it" in verdict.notes[-1]
    carry_out(path, wanted(path, secret=SECRET), prior)
    assert path.stat().st_mode & 0o777 == 0o600


def test_who_may_read_a_file_with_secrets_stays_as_it_was_made(tmp_path):
    path = tmp_path / "f"
    prior = carry_out(path, wanted(path, secret=SECRET)).values
    path.chmod(0o640)
    group = next((one for one in os.getgroups() if one != path.stat().st_gid), path.stat().st_gid)
    os.chown(path, -1, group)
    carry_out(path, wanted(path, {**CONFIG, "tasks.max": "2"}, SECRET), prior)
    assert (path.stat().st_mode & 0o777, path.stat().st_gid) == (0o640, group)


def test_without_the_right_to_keep_a_group_another_one_may_not_read_secrets(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "fchown", refuse)
    path = tmp_path / "f"
    prior = carry_out(path, wanted(path, secret=SECRET)).values
    path.chmod(0o640)
    carry_out(path, wanted(path, {**CONFIG, "tasks.max": "2"}, SECRET), prior)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_symbolic_link_stays_and_what_it_names_is_the_file(tmp_path):
    path, file = tmp_path / "f", tmp_path / "there" / "real"
    file.parent.mkdir()
    path.symlink_to(file)
    prior = carry_out(path, wanted(path, secret=SECRET)).values
    assert path.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o600
    carry_out(path, None, prior)
    assert (path.is_symlink(), file.exists(), read(path)) == (True, False, Absent())


def test_a_secret_where_a_placeholder_is_declared_is_not_shown(tmp_path):
    path, key = tmp_path / "f", "a.ssl.key.password"
    path.write_text(f"{key} = s3cret\n")
    desired = wanted(path, {**CONFIG, key: "${env:PASSWORD}"})
    seen = read(path, desired)
    assert "s3cret" not in str(seen)
    carry_out(path, desired)
    assert read(path, desired).values["config"][key] == "${env:PASSWORD}"
    assert isinstance(decide(path, desired), Keep)


def test_what_is_decided_later_is_planned_and_a_removal_says_what_goes_on(tmp_path):
    path = tmp_path / "f"
    prior = carry_out(path, wanted(path)).values
    later = make_map({"path": str(path), "config": Unknown("map(string)")})
    assert isinstance(decide(path, later, prior), Do)
    gone = decide(path, None, prior)
    assert gone.steps == (Step("remove", {"path": str(path)}),)
    assert "goes on until it is stopped" in gone.notes[0]
    assert carry_out(path, None, prior) == Done("1", {})
    assert not path.exists()
    assert isinstance(decide(path, None, prior), Keep)


@pytest.mark.parametrize("key", ["clusters", "replication.policy.class"])
def test_what_copies_are_called_is_not_changed(tmp_path, key):
    path = tmp_path / "f"
    prior = carry_out(path, wanted(path, {**CONFIG, key: "one, two"})).values
    verdict = decide(path, wanted(path, {**CONFIG, key: "one, three"}), prior)
    assert isinstance(verdict, Refuse)
    assert verdict.faults[0].summary == f"{key} can't be changed: copies would get other names"
    assert "on Connect workers" in verdict.faults[0].remedy  # a second file like it would be refused
    assert isinstance(decide(path, wanted(path, {**CONFIG, key: "one,two"}), prior), Do)  # only blanks


def test_what_is_no_file_that_can_be_read_is_not_absent(tmp_path):
    assert isinstance(read(tmp_path), Unreadable)
    os.mkfifo(tmp_path / "pipe")
    assert isinstance(read(tmp_path / "pipe"), Unreadable)
    bad = tmp_path / "bad"
    bad.write_bytes(b"a = \\u00zz\n")
    seen = read(bad)
    assert isinstance(seen, Unreadable)
    assert seen.fault.path == ("path",)


def test_nothing_is_written_over_what_the_plan_did_not_see(tmp_path):
    path, desired = tmp_path / "f", wanted(tmp_path / "f")
    verdict = decide(path, desired)
    path.write_text("theirs = 1\n")
    work = Work("1", (str(path),), verdict.steps, Absent(), verdict.planned)
    (event,) = FileSession().apply(FILE, [work], Never())
    assert isinstance(event, Failed)
    assert event.fault.code == "already_exists"
    seen = read(path, desired)
    path.write_text("theirs = 2\n")
    (event,) = FileSession().apply(FILE, [work._replace(seen=seen)], Never())
    assert event.fault.code == "moved"
    removal = work._replace(steps=(Step("remove", {}),), seen=seen)
    (event,) = FileSession().apply(FILE, [removal], Never())
    assert event.fault.code == "moved"
    assert path.read_text() == "theirs = 2\n"


def test_a_folder_that_is_not_there_is_a_fault_with_the_remedy(tmp_path):
    event = carry_out(tmp_path / "none" / "f", wanted(tmp_path / "none" / "f"))
    assert event.fault.summary.endswith("No such file or directory")
    assert event.fault.remedy.startswith("Make its folder")


def test_an_intent_that_was_cut_off(tmp_path):
    before, after = Found({"config": {"x": "1"}}), {"config": {"x": "2"}}
    write, remove = (Step("write", {}),), (Step("remove", {}),)

    def settled(steps, was, now, planned=after):
        return RULES.settle(FILE, Opened(("f",), steps, was, planned), now)

    assert settled(remove, before, Absent()) == "done"
    assert settled(remove, before, before) == "not_done"
    assert settled(write, Absent(), Absent()) == "not_done"
    assert settled(write, Absent(), Found(after)) == "done"
    assert settled(write, before, before) == "not_done"
    assert settled(write, before, Found({"config": {"x": "3"}})) == "stop"
    with_secret = {**after, "sensitive_keys": ("k",)}
    assert settled(write, before, Found(after), with_secret) == "redo"


def test_what_is_wrong_with_a_block():
    assert [one.path for one in RULES.check(FILE, wanted("", secret=CONFIG))] == [
        ("path",),
        *[("sensitive_config",)] * len(CONFIG),
    ]
    assert RULES.check(FILE, wanted("f", secret=SECRET)) == []
    for path in ("a/", "..", "a/.", " "):
        assert [one.code for one in RULES.check(FILE, wanted(path))] == ["invalid_path"]
    own = {"a.ssl.keystore.key": "x", "a.ssl.key.password": "${file:/etc/a:b}"}
    assert [one.path for one in RULES.check(FILE, wanted("f", own))] == [("config", "a.ssl.keystore.key")]


def test_two_links_with_one_file_are_told():
    def one(endpoint, path, there=True):
        return Outcome(FILE, endpoint, (path,), there, not there)

    assert RULES.review([one("cluster.a", "f"), one("cluster.b", "g")]) == {}
    assert RULES.review([one("cluster.a", "f"), one("cluster.b", "g", there=False)]) == {}
    moved = RULES.review([one("cluster.a", "f"), one("cluster.b", "f", there=False)])
    assert moved[0].code == "removed_again"
    found = RULES.review([one("cluster.a", "x/../f"), one("cluster.b", "f")])
    assert found[1].summary == "f is the file of two links"


def test_a_file_that_is_removed_by_its_old_name_is_told():
    goes = Outcome(FILE, "cluster.a", ("f",), there=False, goes=True)
    stays = Outcome(FILE, "cluster.a", ("./f",), there=True, goes=False)
    assert RULES.review([stays, goes])[0].code == "removed_again"
    assert RULES.review([stays, goes._replace(goes=False)]) == {}  # only let go


def test_two_mirror_makers_of_one_way_are_told():
    def one(path, endpoint="cluster.b", there=True, **config):
        values = (
            {"config": {"a->b.enabled": "true", "a->b.emit.heartbeats.enabled": "true", **config}}
            if there
            else {}
        )
        return Outcome(FILE, endpoint, (path,), there, False, values)

    [(at, fault)] = RULES.review([one("f"), one("g")]).items()
    assert (at, fault.code) == (1, "one_group")
    assert "f and g" in fault.summary
    assert "the group a-mm2 on b," in fault.detail
    own = {"b.group.id": "another"}
    way_back = {"a->b.enabled": "false", "b->a.enabled": "true"}
    for other in (one("g", **own), one("g", **way_back), one("g", "cluster.c"), one("g", there=False)):
        assert RULES.review([one("f"), other]) == {}
