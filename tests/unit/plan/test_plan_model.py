"""A plan's numbers, and what of it counts as a change."""

import pytest
from plan_subjects import change

from kplan.plan.model import Action, Consents, Counts, OutputChange, Plan, is_change
from kplan.sdk.values import Unknown
from kplan.state.model import OutputRecord

PLAIN = change("topic.a", Action.NO_OP)


def plan(*changes, outputs=()):
    return Plan(tuple(changes), tuple(outputs), {}, (), {})


@pytest.mark.parametrize(
    ("actions", "counts"),
    [
        ([], Counts(0, 0, 0, 0, 0)),
        ([Action.NO_OP], Counts(0, 0, 0, 0, 0)),
        ([Action.CREATE], Counts(0, 1, 0, 0, 0)),
        ([Action.UPDATE], Counts(0, 0, 1, 0, 0)),
        ([Action.DELETE], Counts(0, 0, 0, 1, 0)),
        ([Action.REPLACE], Counts(0, 1, 0, 1, 0)),
        ([Action.FORGET], Counts(0, 0, 0, 0, 1)),
        (
            [Action.CREATE] * 2
            + [Action.REPLACE] * 5
            + [Action.UPDATE] * 3
            + [Action.DELETE] * 11
            + [Action.FORGET] * 4,
            Counts(adopt=0, add=7, change=3, destroy=16, forget=4),
        ),
    ],
)
def test_leaves_are_counted_by_what_happens_to_them(actions, counts):
    assert plan(*[change(action=action) for action in actions]).counts() == counts


def test_an_adoption_counts_beside_what_it_changes():
    adopted = plan(
        PLAIN._replace(adopting=True), change(action=Action.UPDATE, adopting=True), change(adopting=False)
    )
    assert adopted.counts() == Counts(adopt=2, add=1, change=1, destroy=0, forget=0)


@pytest.mark.parametrize(
    ("one", "seen"),
    [
        (PLAIN, False),
        (PLAIN._replace(remember=True, notes=("n",), reason="r"), False),
        (PLAIN._replace(previous_address="topic.old"), True),
        (PLAIN._replace(adopting=True), True),
        *[(PLAIN._replace(action=action), True) for action in Action if action is not Action.NO_OP],
    ],
)
def test_a_reader_sees_all_but_plain_no_ops(one, seen):
    assert is_change(one) is seen
    assert plan(PLAIN, one, PLAIN).has_changes() is seen


def record(value, *, sensitive=False):
    return OutputRecord(value, sensitive)


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        (None, None, False),
        (None, record(1), True),
        (record(1), None, True),
        (record(1), record(1), False),
        (record(1), record(2), True),
        (record(1), record(True), True),
        (record(1), record(1, sensitive=True), True),
        (record(1, sensitive=True), record(1), True),
        (record(None, sensitive=True), record(None, sensitive=True), False),
        (record(None, sensitive=True), record(Unknown(), sensitive=True), True),
        (record(Unknown()), record(Unknown()), True),
        (record(()), record({}), True),
    ],
)
def test_an_output_changes_when_its_value_or_its_marking_does(before, after, changed):
    one = OutputChange("o", before, after)
    assert one.changed is changed
    assert plan(PLAIN, outputs=[one]).has_changes() is changed
    same = OutputChange("p", record(0), record(0))
    assert plan(outputs=[same, one]).has_changes() is changed


def test_nothing_is_no_change():
    assert plan().has_changes() is False


def test_what_nobody_says_is_nothing():
    assert Consents() == (0, 0)
    made = plan()
    assert made[5:] == ((), (), (), True, False, ())
    assert PLAIN[7:] == (
        (),
        (),
        None,
        "",
        False,
        (),
        (),
        "",
        (),
        (),
        False,
        False,
        False,
        None,
        False,
        (),
        (),
    )


def test_a_change_is_of_its_keys_type():
    assert PLAIN.type == "topic"
