"""One object made anew, deleted or let go of."""

import pytest
from plan_subjects import (
    DESIRED,
    GONE,
    GROWN,
    LIVE,
    LONG,
    LOST,
    MADE,
    PRIOR,
    RECREATED,
    SEEN,
    WRONG,
    held,
    instance,
    key,
    subject,
)

from kplan.plan import decide as single
from kplan.plan.decide import Broken
from kplan.plan.model import Action, Change
from kplan.sdk.session import Absent, Case, Do, Found, Keep, Refuse, Unreadable
from kplan.sdk.values import Unknown
from kplan.state.model import StateLeaf

MAKE = Do({**DESIRED, "id": Unknown("string")}, (MADE,), (LONG,), ("made anew",))
REPLACED = Change(
    "topic.orders",
    Action.REPLACE,
    key(),
    "cluster.c",
    LIVE,
    MAKE.planned,
    StateLeaf(key(), ("topic.orders",), "cluster.c", DESIRED, {}, ("cluster.c",)),
    (MADE,),
    seen=SEEN,
    losses=(LONG,),
    notes=("made anew",),
    reason="requested by -replace",
    depends=("cluster.c",),
    prior_depends=("cluster.c", "topic.before"),
)


@pytest.mark.parametrize("verdict", [Keep(LIVE), Do(LIVE, (GROWN,)), Refuse((WRONG,))])
def test_what_is_to_be_replaced_is_whatever_the_rules_say_of_it(verdict):
    assert single.decide(subject(instance(), held(), SEEN, replace=True), verdict, MAKE) == REPLACED
    moved = subject(instance(), held("topic.old"), SEEN, replace=True)
    assert single.decide(moved, verdict, MAKE) == REPLACED._replace(previous_address="topic.old")


@pytest.mark.parametrize(
    "given",
    [
        subject(instance(), held(), Absent(), replace=True),
        subject(instance(), None, SEEN, replace=True, adopt=True),
        subject(instance(), held(), RECREATED, replace=True, adopt=True),
    ],
    ids=["absent", "not-ours-yet", "recreated"],
)
def test_what_is_refused_is_replaced_only_if_it_is_ours(given):
    assert single.decide(given, Refuse((WRONG,)), MAKE) == Broken(given, (WRONG,))


@pytest.mark.parametrize("verdict", [Keep(LIVE), Do(LIVE, (GROWN,)), Refuse((WRONG._replace(code="x"),))])
def test_what_cannot_be_made_anew_is_not_replaced(verdict):
    given = subject(instance(), held(), SEEN, replace=True)
    assert single.decide(given, verdict, Refuse((WRONG,))) == Broken(given, (WRONG,))


def test_making_anew_is_never_keeping():
    with pytest.raises(AssertionError):
        single.decide(subject(instance(), held(), SEEN, replace=True), Keep(LIVE), Keep(LIVE))


def test_a_replacement_asks_what_making_and_deleting_take():
    given = subject(instance(), held(), SEEN, replace=True)
    assert single.create_case(given) == Case(("orders",), None, Absent(), DESIRED)
    assert single.delete_case(given) == Case(("orders",), PRIOR, SEEN, None)
    assert single.delete_case(given._replace(state=None)) == Case(("orders",), None, SEEN, None)


def test_a_replacement_deletes_first_and_costs_both():
    given = subject(instance(), held(), SEEN, replace=True)
    both = single.with_delete(given, REPLACED, Do({}, (GONE,), (LOST,)))
    assert both == REPLACED._replace(delete_steps=(GONE,), losses=(LOST, LONG))
    assert single.with_delete(given, REPLACED, Refuse((WRONG,))) == Broken(given, (WRONG,))
    with pytest.raises(AssertionError):
        single.with_delete(given, REPLACED, Keep({}))


# no longer declared


DELETED = Change(
    "topic.orders",
    Action.DELETE,
    key(),
    "cluster.c",
    LIVE,
    None,
    None,
    (GONE,),
    seen=SEEN,
    losses=(LOST,),
    notes=("a note",),
    reason="because topic.orders is not in configuration",
    prior_depends=("cluster.c", "topic.before"),
)


def test_what_is_no_longer_declared_is_deleted():
    verdict = Do({}, (GONE,), (LOST,), ("a note",))
    assert single.decide(subject(None, held(), SEEN), verdict, None) == DELETED
    elsewhere = subject(None, held("topic.x", endpoint="cluster.d"), SEEN)
    assert single.decide(elsewhere, verdict, None) == DELETED._replace(
        address="topic.x", endpoint="cluster.d", reason="because topic.x is not in configuration"
    )


def test_what_is_no_longer_declared_and_not_there_needs_nothing():
    assert single.decide(subject(None, held(), Absent()), None, None) is None
    assert single.decide(subject(None, None, SEEN), Do({}, (GONE,)), None) is None


def test_what_cannot_be_deleted_is_broken():
    given = subject(None, held(), SEEN)
    assert single.decide(given, Refuse((WRONG,)), None) == Broken(given, (WRONG,))
    with pytest.raises(AssertionError):
        single.decide(given, Keep({}), None)


@pytest.mark.parametrize(
    ("seen", "before"), [(Found({"as": "is"}), {"as": "is"}), (Absent(), PRIOR), (Unreadable(WRONG), PRIOR)]
)
def test_what_is_let_go_of_stays_where_it_is(seen, before):
    assert single.forget(subject(None, held(), seen)) == Change(
        "topic.orders",
        Action.FORGET,
        key(),
        "cluster.c",
        before,
        before,
        None,
        reason="destroy = false is set in the configuration",
        prior_depends=("cluster.c", "topic.before"),
    )
