"""Lanes: events of several batches, one at a time, in threads or in turn."""

import threading

import pytest

from kplan.apply.lanes import Ended, InlineLanes, ThreadLanes
from kplan.sdk.session import Checkpoint, Done, Parked

A, B = ("cluster.a", "topic", ""), ("cluster.b", "topic", "")


def heard(lanes, count):
    return [lanes.hear() for _ in range(count)]


@pytest.fixture(params=[InlineLanes, ThreadLanes])
def lanes(request):
    return request.param()


def test_events_come_in_order_and_then_the_end(lanes):
    lanes.start(A, lambda: iter([Done("1", {}), Parked("2")]))
    assert heard(lanes, 3) == [(A, Done("1", {})), (A, Parked("2")), (A, Ended(None))]


def test_what_a_batch_raises_is_its_end(lanes):
    def events():
        yield Done("1", {})
        raise OSError("gone")

    lanes.start(A, events)
    (_, first), (_, last) = heard(lanes, 2)
    assert (first, type(last.error), str(last.error)) == (Done("1", {}), OSError, "gone")


def test_a_lane_can_be_used_again_after_its_end(lanes):
    for _ in range(2):
        lanes.start(A, lambda: iter([Checkpoint("1", None, 0, 1)]))
        assert lanes.hear() == (A, Checkpoint("1", None, 0, 1))
        lanes.go_on(A)
        assert lanes.hear() == (A, Ended(None))


def test_lanes_in_one_thread_take_turns():
    lanes = InlineLanes()
    lanes.start(A, lambda: iter([Done("1", {}), Done("2", {})]))
    lanes.start(B, lambda: iter([Done("3", {})]))
    assert [lane for lane, _ in heard(lanes, 5)] == [A, B, A, B, A]


def test_a_call_in_one_thread_begins_when_it_is_heard():
    called = []
    lanes = InlineLanes()

    def events():
        called.append(1)
        return iter(())

    def lazily():
        yield from events()

    lanes.start(A, lazily)
    assert called == []
    lanes.hear()
    assert called == [1]


def test_a_kill_is_no_providers_fault():
    lanes = InlineLanes()

    def events():
        raise KeyboardInterrupt
        yield

    lanes.start(A, events)
    with pytest.raises(KeyboardInterrupt):
        lanes.hear()


def test_a_thread_rests_at_a_checkpoint_until_it_may_go_on():
    lanes, went_on = ThreadLanes(), threading.Event()

    def events():
        yield Checkpoint("1", "token", 1, 2)
        went_on.set()
        yield Checkpoint("1", "token", 2, 2)
        yield Done("1", {})

    lanes.start(A, events)
    assert lanes.hear() == (A, Checkpoint("1", "token", 1, 2))
    assert not went_on.wait(0.05)
    lanes.go_on(A)
    assert lanes.hear() == (A, Checkpoint("1", "token", 2, 2))
    lanes.go_on(A)
    assert heard(lanes, 2) == [(A, Done("1", {})), (A, Ended(None))]


def test_one_lane_at_rest_does_not_keep_another():
    lanes = ThreadLanes()
    lanes.start(A, lambda: iter([Checkpoint("1", None, 1, 2), Done("1", {})]))
    assert lanes.hear() == (A, Checkpoint("1", None, 1, 2))
    lanes.start(B, lambda: iter([Done("2", {})]))
    assert heard(lanes, 2) == [(B, Done("2", {})), (B, Ended(None))]
    lanes.go_on(A)
    assert heard(lanes, 2) == [(A, Done("1", {})), (A, Ended(None))]


def test_a_thread_that_is_killed_is_an_end_too():
    lanes = ThreadLanes()

    def events():
        raise SystemExit(3)
        yield

    lanes.start(A, events)
    _, ended = lanes.hear()
    assert isinstance(ended.error, SystemExit)


def test_threads_carry_the_name_of_their_lane_and_end_with_the_process():
    lanes, found = ThreadLanes(), []

    def events():
        found.append(threading.current_thread())
        yield Done("1", {})

    lanes.start(("cluster.a", "topic", "long"), events)
    heard(lanes, 2)
    assert (found[0].name, found[0].daemon) == ("cluster.a:topic:long", True)


def test_hearing_waits(monkeypatch):
    lanes = ThreadLanes()
    late = threading.Event()

    def events():
        late.wait()
        yield Done("1", {})

    lanes.start(A, events)
    threading.Timer(0.5, late.set).start()
    assert heard(lanes, 2) == [(A, Done("1", {})), (A, Ended(None))]
