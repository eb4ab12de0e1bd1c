"""Records as state transitions."""

import pytest
from state_samples import ENDPOINT, KEY, OTHER, RECORDS, leaf, pending, state

from kplan.state.model import EndpointRecord, OutputRecord, empty
from kplan.state.records import (
    Began,
    Declined,
    Draft,
    Dropped,
    Intended,
    Left,
    LostTrack,
    Met,
    Outputs,
    Paused,
    Progressed,
    Put,
    Succeeded,
    fold,
)

START = state(leaf(), pending={KEY: pending(), OTHER: pending(OTHER)})
MOVED = leaf(owners=("topic.moved",))
MET = EndpointRecord("cluster.primary", "cluster", "uid-2")


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (Began("other", 9, "r", 1.0), START),
        (Met(MET), START._replace(endpoints={"cluster.primary": MET})),
        (Left("cluster.primary"), START._replace(endpoints={})),
        (Left("cluster.never"), START),
        (Put(MOVED), START._replace(leaves={KEY: MOVED}, pending={OTHER: pending(OTHER)})),
        (Dropped(KEY), START._replace(leaves={}, pending={OTHER: pending(OTHER)})),
        (Dropped(OTHER), START._replace(pending={KEY: pending()})),
        (
            Intended((pending(since=9.0),)),
            START._replace(pending={KEY: pending(since=9.0), OTHER: pending(OTHER)}),
        ),
        (Intended(()), START),
        (Progressed(KEY, 5), START._replace(pending={KEY: pending(resume=5), OTHER: pending(OTHER)})),
        (Succeeded(KEY, MOVED), START._replace(leaves={KEY: MOVED}, pending={OTHER: pending(OTHER)})),
        (Succeeded(KEY, None), START._replace(leaves={}, pending={OTHER: pending(OTHER)})),
        (Declined(KEY), START._replace(pending={OTHER: pending(OTHER)})),
        (LostTrack(KEY), START),
        (Paused(KEY), START._replace(pending={KEY: pending(parked=True), OTHER: pending(OTHER)})),
        (Outputs({"n": OutputRecord(1, False)}), START._replace(outputs={"n": OutputRecord(1, False)})),
    ],
    ids=lambda one: type(one).__name__,
)
def test_each_record_does_one_thing_and_twice_is_as_once(record, expected):
    assert fold(START, [record]) == expected
    assert fold(START, [record, record]) == expected


def test_no_records_no_change():
    assert fold(START, []) is START


def test_the_state_that_was_folded_onto_stays_as_it_was():
    before = state(leaf(), pending={KEY: pending()})
    fold(before, list(RECORDS))
    assert before == state(leaf(), pending={KEY: pending()})


def test_a_draft_gives_states_that_later_folds_leave_alone():
    draft = Draft(empty("x"))
    draft.fold(Met(ENDPOINT))
    early = draft.state()
    draft.fold(Put(leaf()))
    assert (early.leaves, early.endpoints) == ({}, {ENDPOINT.address: ENDPOINT})
    assert draft.state().leaves == {KEY: leaf()}


def test_what_no_record_speaks_of_is_carried_along():
    made = fold(state(), [Dropped(KEY)])
    assert (made.lineage, made.serial, made.secret_digests, made.topology) == (
        "lineage-1",
        4,
        {"salt": "s"},
        {"links": []},
    )


def test_an_address_is_the_first_owner():
    assert leaf(owners=("topic.b", "topic.a")).address == "topic.b"
