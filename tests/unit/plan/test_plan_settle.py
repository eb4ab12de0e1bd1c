"""Every settlement of every kind of intent, before, at and after the time in which it may still appear."""

import pytest
from plan_subjects import NOW, RULE, TOPIC, Rules, held, key, pending

from kplan.plan.settle import Settled, as_seen, opened, settle
from kplan.sdk.session import Absent, Found, Opened, Step
from kplan.state.records import Declined, Put, Succeeded

THERE = Found({"name": "orders", "partitions": 3, "id": "id-9", "zone": None})
CREATE = pending(before=None, leaf=held(computed={}), action="create", since=NOW)
UPDATE = pending(since=NOW)
DELETE = pending(leaf=None, action="delete", since=NOW)
SEEN_LEAF = held(computed={"id": "id-9"})
CLAIM = Settled(None, claim=True)
DECLINED = Settled(Declined(key()))
AGES = {"at once": 0.0, "before": 59.999, "at the bound": 60.0, "after": 61.0}


@pytest.mark.parametrize("age", AGES.values(), ids=AGES)
@pytest.mark.parametrize("seen", [THERE, Absent()], ids=["there", "absent"])
@pytest.mark.parametrize("intent", [CREATE, UPDATE, DELETE], ids=lambda one: one.action)
@pytest.mark.parametrize("settlement", ["done", "not_done", "redo", "stop"])
def test_an_intent_is_settled(settlement, intent, seen, age):
    rules = Rules(settlement=settlement)
    there = seen is THERE
    leaf = None if intent is DELETE else SEEN_LEAF if there else intent.leaf
    taken = intent is CREATE and there
    match settlement:
        case "done":
            expected = Settled(Succeeded(key(), leaf), claim=False, stuck=False)
        case "not_done":
            expected = CLAIM if age < 60 and not taken else DECLINED
        case "redo":
            expected = Settled(Put(leaf)) if intent is CREATE else DECLINED
        case "stop":
            expected = Settled(None, claim=False, stuck=True)
    settled = settle(intent, seen, rules, TOPIC, NOW + age)
    assert settled == expected
    assert type(settled.record) is type(expected.record)  # records of other types may be equal as tuples
    assert rules.opened == [("topic", opened(intent), seen)]


def test_how_long_something_may_still_appear_is_the_types():
    rules = Rules(settlement="not_done")
    assert settle(CREATE, Absent(), rules, RULE, NOW + 4.999) == CLAIM
    assert settle(CREATE, Absent(), rules, RULE, NOW + 5.0) == DECLINED
    assert rules.opened[0][0] == "rule"


def test_a_create_done_in_part_that_state_knows_nothing_of_is_as_before():
    assert settle(CREATE._replace(leaf=None), THERE, Rules(settlement="redo"), TOPIC, NOW) == DECLINED


def test_what_may_have_been_added_half_way_is_remembered_with_what_was_there_before():
    before = held(
        attributes={"name": "orders", "config": {"x": "1", "y": "1"}, "n": 1}, owners=("topic.old",)
    )
    planned = held(
        attributes={"name": "orders", "config": {"x": "2", "z": "1"}, "n": 2, "labels": {"l": "1"}}
    )
    settled = settle(UPDATE._replace(leaf=planned), THERE, Rules(settlement="redo"), TOPIC, NOW, before)
    config = {"x": "1", "y": "1", "z": "1"}
    assert settled == Settled(Put(before._replace(attributes={"name": "orders", "config": config, "n": 1})))


def test_a_delete_done_in_part_leaves_what_state_remembers():
    assert settle(DELETE, THERE, Rules(settlement="redo"), TOPIC, NOW, held()) == DECLINED


@pytest.mark.parametrize("intent", [CREATE, UPDATE, DELETE], ids=lambda one: one.action)
@pytest.mark.parametrize("settlement", ["done", "not_done", "redo", "stop"])
def test_parked_work_stays_as_it_is(intent, settlement):
    rules = Rules(settlement=settlement)
    parked = intent._replace(parked=True, resume={"at": 3})
    assert settle(parked, Absent(), rules, TOPIC, NOW + 1000) == Settled(None, claim=False, stuck=False)
    assert rules.opened == []


def test_rules_see_an_intent_as_they_planned_it():
    steps = (("create", {"a": 1}), ("alter", {"b": 2}))
    given = pending(steps=steps, resume={"at": 3})
    plain = Opened(
        ("orders",),
        (Step("create", {"a": 1}), Step("alter", {"b": 2})),
        Found({"name": "orders", "partitions": 3}),
        {"name": "orders", "partitions": 6},
        {"at": 3},
    )
    assert opened(given) == plain
    assert all(isinstance(step, Step) for step in opened(given).steps)
    assert opened(given._replace(before=None, resume=None)) == plain._replace(seen=Absent(), resume=None)
    assert isinstance(opened(given._replace(before=None)).seen, Absent)
    assert opened(given._replace(before={})).seen == Found({})


@pytest.mark.parametrize(
    ("leaf", "seen", "made"),
    [
        (None, THERE, None),
        (None, Absent(), None),
        (held(), Absent(), held()),
        (held(), THERE, held(computed={"id": "id-9"})),
        (
            held(attributes={}),
            THERE,
            held(attributes={}, computed={"name": "orders", "partitions": 3, "id": "id-9"}),
        ),
        (
            held(),
            Found({"n": 0, "f": False, "e": "", "x": None}),
            held(computed={"n": 0, "f": False, "e": ""}),
        ),
    ],
)
def test_what_the_live_system_decided_is_filled_in(leaf, seen, made):
    assert as_seen(leaf, seen) == made
