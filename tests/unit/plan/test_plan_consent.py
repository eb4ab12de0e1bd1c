"""Losses held against consent, at the borders of every count, in the words that users read."""

import pytest
from plan_subjects import LONG, LOST, change, held, key, state

from kplan.lang.diagnostics import error
from kplan.plan.consent import is_grave, refusals
from kplan.plan.model import Action, Consents
from kplan.sdk.session import Danger, Loss

UNDONE = Loss(Danger.IRREVERSIBLE, "cannot be undone")
INTERRUPTING = Loss(Danger.INTERRUPTS, "clients reconnect")


def lossy(name, *losses, **more):
    return change(f"topic.{name}", Action.UPDATE, losses=losses or (LOST,), **more)


def deletes(count, endpoint="cluster.c", uid="uid-1", action=Action.DELETE):
    return [
        change(f"topic.t{number}", action, endpoint=endpoint, key=key(f"t{number}", uid=uid))
        for number in range(count)
    ]


def holding(**counts):
    """A state with so many objects under each live id."""
    leaves = [
        held(key=key(f"t{number}", uid=uid.replace("_", "-")))
        for uid, count in counts.items()
        for number in range(count)
    ]
    return state(*leaves)


def told(changes, *consents):
    return refusals(changes, state(), Consents(*consents))


def data_loss(count, objects, *lines):
    way_out = (
        f"If that is what you want, pass --allow-data-loss {count}, or, to have it reviewed with the code, "
        "write a removed block with `lifecycle { destroy = true }` for each object that goes."
    )
    detail = f"Applying this would lose data of {objects}, or do what can't be undone:"
    return (error("Data loss needs consent", "\n".join([detail, *lines, way_out])),)


@pytest.mark.parametrize(
    ("losses", "grave"),
    [
        ((), False),
        ((LONG,), False),
        ((INTERRUPTING,), False),
        ((LONG, INTERRUPTING), False),
        ((LOST,), True),
        ((UNDONE,), True),
        ((LONG, LOST), True),
        ((UNDONE, LONG), True),
    ],
)
def test_what_loses_data_or_cannot_be_undone_is_grave(losses, grave):
    one = change(losses=losses)
    assert is_grave(one) is grave
    assert len(told([one])) == int(grave)


def test_one_object_is_told_in_the_singular():
    assert told([lossy("a")]) == data_loss(1, "1 object", "  topic.a: records go (9 records)")


def test_several_objects_are_told_in_order_with_grave_losses_only():
    changes = [
        lossy("b", LONG, LOST, INTERRUPTING, UNDONE),
        lossy("x", LONG),
        lossy("a", UNDONE),
        change("topic.c", Action.CREATE),
        lossy("d", consented=True),
    ]
    lines = ["  topic.b: records go (9 records); cannot be undone", "  topic.a: cannot be undone"]
    assert told(changes) == data_loss(2, "2 objects", *lines)
    assert told(changes, 1) == data_loss(2, "2 objects", *lines)


@pytest.mark.parametrize(
    ("count", "allowed", "refused"),
    [(0, 0, 0), (1, 0, 1), (1, 1, 0), (1, 2, 0), (3, 2, 1), (3, 3, 0), (3, 4, 0)],
)
def test_consent_covers_just_so_many_objects(count, allowed, refused):
    changes = [lossy(f"t{number}") for number in range(count)]
    assert len(told(changes, allowed)) == refused
    assert len(told(changes, allowed, 100)) == refused


def test_reviewed_objects_need_no_more_consent():
    assert told([lossy("a", consented=True), lossy("b", UNDONE, consented=True)]) == ()


@pytest.mark.parametrize(
    ("count", "more"), [(19, []), (20, []), (21, ["  … and 1 more"]), (25, ["  … and 5 more"])]
)
def test_twenty_objects_are_listed(count, more):
    changes = [lossy(f"t{number}") for number in range(count)]
    lines = [f"  topic.t{number}: records go (9 records)" for number in range(min(count, 20))]
    assert told(changes) == data_loss(count, f"{count} objects", *lines, *more)


# many deletes


def mass(where, total):
    detail = f"Applying this would delete {where}. If that is what you want, pass --allow-deletes {total}."
    return (error("Deleting this many objects needs consent", detail),)


@pytest.mark.parametrize(
    ("count", "objects", "refused"),
    [
        (10, 10, False),
        (11, 11, True),
        (11, 32, True),
        (11, 33, False),
        (11, 34, False),
        (12, 35, True),
        (12, 36, False),
        (100, 299, True),
        (100, 300, False),
        (11, 0, True),
    ],
)
@pytest.mark.parametrize("action", [Action.DELETE, Action.REPLACE])
def test_more_than_ten_that_are_over_a_third_need_consent(count, objects, refused, action):
    expected = mass(f"{count} of {objects} objects on cluster.c", count) if refused else ()
    assert refusals(deletes(count, action=action), holding(uid_1=objects), Consents()) == expected


@pytest.mark.parametrize("action", [Action.NO_OP, Action.CREATE, Action.UPDATE, Action.FORGET])
def test_what_is_not_deleted_does_not_count(action):
    changes = [*deletes(10), *deletes(5, action=action)]
    assert refusals(changes, holding(uid_1=10), Consents()) == ()


def test_deletes_and_replacements_count_together():
    changes = [*deletes(6), *deletes(5, action=Action.REPLACE)]
    assert refusals(changes, holding(uid_1=11), Consents()) == mass("11 of 11 objects on cluster.c", 11)


@pytest.mark.parametrize(("allowed", "refused"), [(0, True), (10, True), (11, False), (12, False)])
def test_consent_covers_just_so_many_deletes(allowed, refused):
    found = refusals(deletes(11), holding(uid_1=11), Consents(100, allowed))
    assert found == (mass("11 of 11 objects on cluster.c", 11) if refused else ())
    assert len(refusals(deletes(11), holding(uid_1=11), Consents(allowed, 0))) == 1


def test_each_endpoint_is_held_against_what_is_held_there():
    changes = [
        *deletes(12, "cluster.z", "uid-1"),
        *deletes(11, "cluster.b", "uid-2"),
        *deletes(10, "cluster.few", "uid-3"),
        *deletes(20, "cluster.big", "uid-4"),
    ]
    held_there = holding(uid_1=20, uid_2=11, uid_3=10, uid_4=60)
    where = "11 of 11 objects on cluster.b, 12 of 20 objects on cluster.z"
    assert refusals(changes, held_there, Consents()) == mass(where, 23)
    assert refusals(changes, held_there, Consents(0, 22)) == mass(where, 23)
    assert refusals(changes, held_there, Consents(0, 23)) == ()


def test_both_kinds_of_refusal_are_told_data_loss_first():
    changes = [one._replace(losses=(LOST,)) for one in deletes(11)]
    found = refusals(changes, holding(uid_1=11), Consents())
    assert [one.summary for one in found] == [
        "Data loss needs consent",
        "Deleting this many objects needs consent",
    ]
