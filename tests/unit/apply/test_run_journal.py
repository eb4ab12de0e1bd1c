"""The journal of one run: what is written when."""

import pytest
from apply_bench import MemoryStore, leaf

from kplan.apply.journal import Journal
from kplan.state.model import EndpointRecord, empty
from kplan.state.records import Began, Dropped, Left, Met, Put

STATE = empty("lineage")._replace(serial=4)
BEGAN = Began("lineage", 4, "run-1", 9.0)
A, B = Put(leaf("a")), Put(leaf("b"))


@pytest.fixture
def store():
    return MemoryStore(STATE)


def journal(store, **more):
    return Journal(store, STATE, "run-1", 9.0, **more)


def test_the_first_line_names_what_it_builds_on(store):
    one = journal(store)
    one.write(A)
    one.write(B)
    assert store.lines == [[BEGAN, A], [B]]


def test_a_journal_that_was_left_open_is_gone_on_with(store):
    one = journal(store, fresh=False)
    one.write(A)
    assert store.lines == [[A]]


def test_what_is_noted_waits_for_the_next_write_and_is_folded_at_once(store):
    one = journal(store)
    one.note(A, B)
    assert store.lines == []
    assert list(one.draft.leaves) == [leaf("a").key, leaf("b").key]
    one.write(Dropped(leaf("a").key))
    assert store.lines == [[BEGAN, A, B, Dropped(leaf("a").key)]]
    assert list(one.draft.leaves) == [leaf("b").key]


def test_nothing_to_say_is_nothing_written(store):
    one = journal(store)
    one.write()
    assert (store.lines, one.written) == ([], False)
    assert one.close() == STATE
    assert store.snapshot == STATE


def test_an_end_makes_what_was_written_the_snapshot(store):
    one = journal(store)
    one.write(A)
    one.note(B)
    closed = one.close()
    assert (
        closed
        == store.snapshot
        == STATE._replace(serial=5, leaves={leaf("a").key: leaf("a"), leaf("b").key: leaf("b")})
    )
    assert store.lines == []


def test_what_was_only_noted_is_written_before_the_end(store):
    found = []
    store.on_append = found.extend
    one = journal(store)
    one.note(A)
    one.close()
    assert found == [BEGAN, A]
    assert store.snapshot.serial == 5


def test_a_journal_that_was_left_open_becomes_the_snapshot_without_anything_new(store):
    closed = journal(store, fresh=False).close()
    assert closed.serial == store.snapshot.serial == 5


def test_a_write_that_fails_is_kept_for_the_next(store):
    def fail(_):
        raise OSError

    one = journal(store)
    store.on_append = fail
    with pytest.raises(OSError):
        one.write(A)
    store.on_append = lambda _: None
    one.write(B)
    assert store.lines == [[BEGAN, A, B]]


def test_endpoints_come_and_go(store):
    met = EndpointRecord("cluster.a", "cluster", "u")
    one = journal(store)
    one.write(Met(met))
    assert one.draft.endpoints == {"cluster.a": met}
    one.write(Left("cluster.a"))
    assert one.draft.endpoints == {}
