"""Worlds: kept in the process or a file, edited by other clients, disturbed and watched by tests."""

import json

import pytest
from memory_bench import (
    STOP,
    Patience,
    apply,
    bring_about,
    complete,
    connect,
    read,
    session_on,
    work,
)

from kplan.sdk.session import Absent, Ask, Done, Facts, Failed, Fault, Found, Unreadable
from kplan_memory.file import WorldFile
from kplan_memory.types import JOB, TOPIC, TOPICS
from kplan_memory.world import Call, Effect, Injection, World, file_world, forget, world


@pytest.fixture
def here():
    return World("memory-here")


@pytest.fixture(params=["kept.world", "kept.json"])
def path(request, tmp_path):
    return tmp_path / request.param


def test_a_name_is_one_world_until_forgotten():
    assert world("one") is world("one")
    assert world("one") is not world("two")
    world("one").create(TOPIC, "orders")
    forget("one")
    assert world("one").names() == []


def test_a_cluster_without_a_file_is_the_world_of_its_name():
    session = connect(name="named")
    assert session.world is world("named")
    assert session.facts(STOP) == Facts("memory-named", {"topics": 0})


def test_each_creation_has_another_id(here):
    first = here.create(TOPIC, "orders")["id"]
    here.delete(TOPIC, "orders")
    second = here.create(TOPIC, "orders")["id"]
    assert len({first, second, here.create(TOPIC, "payments")["id"]}) == 3


def test_another_client_is_told_what_is_wrong(here):
    here.create(TOPIC, "orders")
    with pytest.raises(ValueError, match="orders exists already"):
        here.create(TOPIC, "orders")


def test_other_clients_are_not_recorded(here):
    here.create(TOPIC, "orders")
    here.edit(TOPIC, "orders", note="seen")
    here.delete(TOPIC, "orders")
    assert (here.calls, here.effects) == ([], [])


def test_calls_and_effects_are_recorded_in_order(here):
    session = session_on(here)
    bring_about(session, TOPIC, "orders", complete("orders"))
    session.query(TOPICS, [{}], STOP)
    assert here.calls == [
        Call("read", TOPIC, (("orders",),)),
        Call("create", TOPIC, (("orders",),)),
        Call("query", TOPICS, ()),
    ]
    assert here.effects == [Effect("create", TOPIC, ("orders",))]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_around_an_effect_leaves_what_took_effect(here, when):
    session = session_on(here)
    works = [work(session, TOPIC, name, complete(name)) for name in ("a", "b", "c")]

    def crash(at, effect):
        if at == when and effect.identity == ("b",):
            raise KeyboardInterrupt

    here.effect = crash
    with pytest.raises(KeyboardInterrupt):
        apply(session, TOPIC, *works)
    assert here.names() == {"before": ["a"], "after": ["a", "b"]}[when]
    assert here.lock.acquire(blocking=False)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_in_a_file_world_leaves_what_took_effect(path, when):
    session = connect(world=str(path))

    def crash(at, effect):
        if at == when:
            raise KeyboardInterrupt

    job = work(session, TOPIC, "a", complete("a"))
    session.world.effect = crash
    try:
        with pytest.raises(KeyboardInterrupt):
            apply(session, TOPIC, job)
    finally:
        session.world.effect = None
    fresh = World("other", WorldFile(str(path)))
    assert fresh.names() == {"before": [], "after": ["a"]}[when]


@pytest.mark.parametrize(
    ("what", "retry", "there"),
    [
        ("refuse", "no", False),
        ("later", "later", False),
        ("lost_before", "outcome_unknown", False),
        ("lost_after", "outcome_unknown", True),
    ],
)
def test_a_disturbed_step_fails_for_one_object_only(here, what, retry, there):
    session = session_on(here)
    here.inject(Injection(what, verb="create", name="a"))
    works = [work(session, TOPIC, name, complete(name)) for name in ("a", "b")]
    failed, done = apply(session, TOPIC, *works)
    assert isinstance(failed, Failed)
    assert failed.fault.retry == retry
    assert isinstance(done, Done)
    assert ("a" in here.names()) is there


def test_a_disturbance_ends_after_its_times(here):
    session = session_on(here)
    here.inject(Injection("later", times=2))
    ends = [bring_about(session, TOPIC, "a", complete("a")) for _ in range(3)]
    assert [type(end) for end in ends] == [Failed, Failed, Done]


@pytest.mark.parametrize("reads", [0, 2])
def test_a_late_step_takes_effect_once_the_object_was_read_often_enough(here, reads):
    session = session_on(here)
    here.inject(Injection("late", reads=reads))
    event = bring_about(session, TOPIC, "a", complete("a"))
    assert event.fault.retry == "outcome_unknown"
    seen = []
    for _ in range(reads + 2):
        read(session, TOPIC, "other")
        seen.append(type(read(session, TOPIC, "a")))
    assert seen == [Absent] * reads + [Found] * 2
    assert here.effects == [Effect("create", TOPIC, ("a",))]


def test_a_late_create_leaves_alone_what_came_to_exist(here):
    session = session_on(here)
    here.inject(Injection("late"))
    bring_about(session, TOPIC, "a", complete("a"))
    here.create(TOPIC, "a", note="another's")
    assert read(session, TOPIC, "a").values["note"] == "another's"
    assert here.effects == []


def test_one_object_may_be_unreadable(here):
    session = session_on(here)
    here.create(TOPIC, "a")
    here.inject(Injection("unreadable", name="a"))
    asks = [Ask((name,), None, None) for name in ("a", "b")]
    seen = session.read(TOPIC, asks, STOP)
    assert isinstance(seen["a",], Unreadable)
    assert isinstance(seen["b",], Absent)
    assert isinstance(read(session, TOPIC, "a"), Found)


def test_down_is_down_for_the_verb_named(here):
    session = session_on(here)
    here.inject(Injection("down", verb="read", times=-1))
    assert isinstance(session.facts(STOP), Facts)
    assert isinstance(read(session, TOPIC, "a"), Unreadable)
    assert isinstance(read(session, TOPIC, "a"), Unreadable)


@pytest.mark.parametrize(("seconds", "left", "slept"), [(3, 10, 3), (10, 10, 10), (30, 10, 10)])
def test_slow_sleeps_no_longer_than_the_time_left(here, seconds, left, slept):
    session, waited = session_on(here), []
    here.sleep = waited.append
    here.inject(Injection("slow", seconds=seconds))
    facts = session.facts(Patience(seconds=left))
    assert waited == [slept]
    assert isinstance(facts, Facts if seconds <= left else Fault)


def test_a_batch_that_meets_slow_has_an_unknown_outcome(here):
    session = session_on(here)
    job = work(session, TOPIC, "a", complete("a"))
    here.sleep = lambda _: None
    here.inject(Injection("slow", verb="create", seconds=30))
    [event] = apply(session, TOPIC, job, stop=Patience(seconds=10))
    assert event.fault.retry == "outcome_unknown"
    assert here.names() == []


def test_a_file_world_is_seen_by_another_process(path):
    session = connect(world=str(path))
    bring_about(session, TOPIC, "orders", complete("orders", config={"a": "1"}))
    session.world.inject(Injection("later"))
    other = World("unknown", WorldFile(str(path)))
    assert other.get(TOPIC, "orders") == session.world.get(TOPIC, "orders")
    assert (other.uid, other.injections) == (session.world.uid, [Injection("later")])
    other.edit(TOPIC, "orders", note="from afar")
    assert read(session, TOPIC, "orders").values["note"] == "from afar"


def test_a_file_world_is_written_once_a_batch(path, monkeypatch):
    session = connect(world=str(path))
    works = [work(session, TOPIC, f"t{at}", complete(f"t{at}")) for at in range(5)]
    saves = []
    real = WorldFile.save
    monkeypatch.setattr(
        WorldFile, "save", lambda self, held: (saves.append(len(held["objects"][TOPIC])), real(self, held))
    )
    apply(session, TOPIC, *works)
    assert saves == [5]


def test_a_late_step_survives_in_the_file(path):
    session = connect(world=str(path))
    session.world.inject(Injection("late", reads=1))
    bring_about(session, TOPIC, "a", complete("a"))
    other = session_on(World("unknown", WorldFile(str(path))))
    assert isinstance(read(other, TOPIC, "a"), Absent)
    assert isinstance(read(other, TOPIC, "a"), Found)


def test_reading_writes_no_file(path):
    session = connect(world=str(path))
    session.facts(STOP)
    read(session, TOPIC, "a")
    list(session.list(TOPIC, STOP))
    assert not path.exists()


def test_an_absent_file_has_an_id_of_its_own_and_keeps_it(path):
    uid = connect(world=str(path)).facts(STOP).uid
    assert uid != connect(world=str(path.with_name("other"))).facts(STOP).uid
    file_world(str(path)).create(TOPIC, "a")
    assert connect(world=str(path)).facts(STOP).uid == uid


def test_a_deleted_file_is_an_empty_world(path):
    session = connect(world=str(path))
    session.world.create(TOPIC, "a")
    path.unlink()
    assert isinstance(read(session, TOPIC, "a"), Absent)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1]", b'"text"', b"kplan memory world 1\n", b"kplan memory world 1\n\xff", b"\xff\xfe"],
)
def test_a_file_that_holds_no_world_is_a_fault(path, content):
    path.write_bytes(content)
    session = connect(world=str(path))
    facts = session.facts(STOP)
    assert isinstance(facts, Fault)
    assert str(path) in facts.detail
    assert isinstance(read(session, TOPIC, "a"), Unreadable)
    assert path.read_bytes() == content


def test_a_file_that_cannot_be_written_fails_each_and_changes_nothing(tmp_path):
    session = connect(world=str(tmp_path / "missing" / "kept.world"))
    works = [work(session, TOPIC, name, complete(name)) for name in ("a", "b")]
    events = apply(session, TOPIC, *works)
    assert [event.fault.code for event in events] == ["not_written"] * 2
    assert isinstance(read(session, TOPIC, "a"), Absent)


def test_json_worlds_can_be_read_by_people(tmp_path):
    path = tmp_path / "kept.json"
    file_world(str(path)).create(TOPIC, "orders", note="by hand")
    held = json.loads(path.read_text())
    assert held["objects"][TOPIC]["orders"]["note"] == "by hand"


def test_closed_sessions_answer_nothing(here):
    session = session_on(here)
    session.close()
    assert isinstance(session.facts(STOP), Fault)
    assert isinstance(read(session, JOB, "a"), Unreadable)


def test_a_world_that_is_down_lists_one_unreadable(here):
    here.create(TOPIC, "a")
    here.inject(Injection("down"))
    [(identity, seen)] = session_on(here).list(TOPIC, STOP)
    assert identity == ()
    assert isinstance(seen, Unreadable)
