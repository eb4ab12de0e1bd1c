"""One object decided: every way that desired, prior and live can stand to each other."""

import pytest
from plan_subjects import (
    DESIRED,
    GROWN,
    LIVE,
    LONG,
    PRIOR,
    RECREATED,
    SEEN,
    WRONG,
    held,
    instance,
    key,
    pending,
    subject,
)

from kplan.plan import decide as single
from kplan.plan.decide import Broken, Unowned
from kplan.plan.model import Action, Change
from kplan.sdk.session import Absent, Case, Do, Fault, Found, Keep, Refuse, Unreadable
from kplan.sdk.values import Secret, Unknown, make_map
from kplan.state.model import StateLeaf

# what is asked


@pytest.mark.parametrize(
    ("given", "address"),
    [
        (subject(instance("topic.new"), held("topic.old"), pending=pending("topic.open")), "topic.new"),
        (subject(None, held("topic.old"), pending=pending("topic.open")), "topic.old"),
        (subject(None, None, pending=pending("topic.open")), "topic.open"),
    ],
)
def test_a_subject_is_shown_under_what_knows_it_best(given, address):
    assert given.address == address


def test_a_subject_that_nothing_knows_is_a_mistake_of_ours():
    with pytest.raises(AssertionError):
        _ = subject().address


def test_prior_values_are_the_declared_and_the_computed():
    assert single.prior_values(None) is None
    assert single.prior_values(held()) == PRIOR


@pytest.mark.parametrize(
    ("mine", "theirs", "same"),
    [("a", "a", True), ("a", "b", False), (None, "b", True), ("a", None, True), (None, None, True)],
)
def test_an_object_is_the_same_while_no_known_id_differs(mine, theirs, same):
    state = held(computed={} if mine is None else {"id": mine})
    found = Found({} if theirs is None else {"id": theirs})
    assert single.same_object(state, found) is same


@pytest.mark.parametrize(
    ("given", "case"),
    [
        (subject(instance(), None, Absent()), Case(("orders",), None, Absent(), DESIRED)),
        (subject(instance(), held(), Absent()), Case(("orders",), PRIOR, Absent(), DESIRED)),
        (subject(instance(), held(), SEEN), Case(("orders",), PRIOR, SEEN, DESIRED)),
        (subject(instance(), None, SEEN), None),
        (subject(instance(), held(), RECREATED), None),
        (subject(instance(), None, SEEN, adopt=True), Case(("orders",), None, SEEN, DESIRED)),
        (subject(instance(), held(), RECREATED, adopt=True), Case(("orders",), PRIOR, RECREATED, DESIRED)),
        (subject(None, held(), SEEN), Case(("orders",), PRIOR, SEEN, None)),
        (subject(None, held(), Absent()), None),
        (subject(None, held(), RECREATED), None),
        (subject(None, None, SEEN, pending=pending()), None),
    ],
    ids=[
        "new",
        "gone-live",
        "ours",
        "stranger",
        "recreated",
        "adopted",
        "recreated-adopted",
        "undeclared",
        "undeclared-gone",
        "undeclared-recreated",
        "undeclared-unknown",
    ],
)
def test_rules_are_asked_only_of_what_is_ours_or_to_be(given, case):
    assert single.case_of(given) == case


def test_what_could_not_be_read_is_never_decided():
    with pytest.raises(AssertionError):
        single.case_of(subject(instance(), held(), Unreadable(WRONG)))


# declared objects


@pytest.mark.parametrize("state", [None, held()])
def test_what_the_rules_were_not_asked_about_is_not_ours(state):
    given = subject(instance(), state, SEEN)
    assert single.decide(given, None, None) == Unowned(given, recreated=state is not None)


@pytest.mark.parametrize("seen", [SEEN, Absent()])
def test_what_is_refused_is_broken(seen):
    given = subject(instance(), held(), seen)
    assert single.decide(given, Refuse((WRONG, WRONG)), None) == Broken(given, (WRONG, WRONG))


KEPT = Change(
    "topic.orders",
    Action.NO_OP,
    key(),
    "cluster.c",
    LIVE,
    LIVE,
    StateLeaf(key(), ("topic.orders",), "cluster.c", DESIRED, {"id": "id-1"}, ("cluster.c",)),
    seen=SEEN,
    depends=("cluster.c",),
    remember=True,
)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (subject(instance(), held(dependencies=("cluster.c",)), SEEN), KEPT._replace(remember=False)),
        (subject(instance(), held(), SEEN), KEPT),
        (subject(instance(), held("topic.old"), SEEN), KEPT._replace(previous_address="topic.old")),
        (subject(instance(), held(owners=("topic.a", "topic.orders")), SEEN), KEPT),
        (
            subject(instance(), held(owners=("topic.a", "topic.b")), SEEN),
            KEPT._replace(previous_address="topic.a"),
        ),
        (subject(instance(), None, SEEN, adopt=True), KEPT._replace(adopting=True)),
        (subject(instance(), held(), SEEN, adopt=True), KEPT),
        (subject(instance(), None, Absent()), KEPT._replace(before=None, seen=None)),
        (subject(instance(), held(), Absent(), replace=True), KEPT._replace(before=None, seen=None)),
    ],
    ids=[
        "same",
        "other-dependencies",
        "moved",
        "owned-by-several",
        "moved-from-several",
        "adopted",
        "adopted-before",
        "absent",
        "nothing-to-replace",
    ],
)
def test_what_is_as_declared_is_kept(given, kept):
    assert single.decide(given, Keep(LIVE), None) == kept


GROWING = instance(desired={"name": "orders", "partitions": 6})
GROWN_VALUES = {**LIVE, "partitions": 6}
GROW = Do(GROWN_VALUES, (GROWN,), (LONG,), ("a note",))
UPDATED = Change(
    "topic.orders",
    Action.UPDATE,
    key(),
    "cluster.c",
    LIVE,
    GROWN_VALUES,
    StateLeaf(
        key(),
        ("topic.orders",),
        "cluster.c",
        {"name": "orders", "partitions": 6},
        {"id": "id-1"},
        ("cluster.c",),
    ),
    (GROWN,),
    seen=SEEN,
    losses=(LONG,),
    notes=("a note",),
    depends=("cluster.c",),
    prior_depends=("cluster.c", "topic.before"),
)
CREATED = UPDATED._replace(action=Action.CREATE, before=None, seen=None)
PARKED = "parked by an earlier run; it goes on from its last checkpoint"


@pytest.mark.parametrize(
    ("given", "made"),
    [
        (subject(GROWING, held(), SEEN), UPDATED),
        (subject(GROWING, held("topic.old"), SEEN), UPDATED._replace(previous_address="topic.old")),
        (subject(GROWING, held(), SEEN, adopt=True), UPDATED),
        (subject(GROWING, None, SEEN, adopt=True), UPDATED._replace(adopting=True, prior_depends=())),
        (subject(GROWING._replace(unresolved=True), held(), SEEN), UPDATED._replace(unresolved=True)),
        (
            subject(GROWING._replace(notes=("another",)), held(), SEEN),
            UPDATED._replace(notes=("a note", "another")),
        ),
        (subject(GROWING, held(), Absent()), CREATED),
        (subject(GROWING, None, Absent()), CREATED._replace(prior_depends=())),
        (subject(GROWING, None, Absent(), adopt=True), CREATED._replace(prior_depends=())),
        (subject(GROWING, held(), Absent(), replace=True), CREATED),
        (
            subject(GROWING, held(), SEEN, pending=pending(resume={"at": 4})),
            UPDATED._replace(resume={"at": 4}, reason=PARKED),
        ),
        (
            subject(GROWING, held(), SEEN, pending=pending(resume=0)),
            UPDATED._replace(resume=0, reason=PARKED),
        ),
        (subject(GROWING, held(), SEEN, pending=pending()), UPDATED),
        (
            subject(GROWING, held(), SEEN, pending=pending(resume=7, steps=(("grow", {"partitions": 5}),))),
            UPDATED,
        ),
    ],
    ids=[
        "updated",
        "moved",
        "adopted-before",
        "adopted",
        "unresolved",
        "noted-by-its-composite",
        "made-again",
        "made",
        "nothing-to-adopt",
        "nothing-to-replace",
        "goes-on",
        "goes-on-from-a-falsy-token",
        "never-checkpointed",
        "other-steps",
    ],
)
def test_what_differs_is_changed(given, made):
    assert single.decide(given, GROW, None) == made


# what was planned against what was declared


@pytest.mark.parametrize(
    ("desired", "planned", "wrong"),
    [
        ({"a": 1}, {"a": 1, "id": "x"}, ""),
        ({"a": 1, "b": 2}, {"a": 1}, "b"),
        ({"a": 1, "b": 2, "c": 3}, {"a": 0, "b": 2, "c": 0}, "a, c"),
        ({"a": None}, {}, "a"),
        ({"a": None}, {"a": None}, ""),
        ({"a": 1}, {"a": Unknown()}, "a"),
        ({"a": Unknown()}, {}, ""),
        ({"a": Unknown(), "b": 1}, {"a": 5, "b": 1}, ""),
        ({"a": Unknown(), "b": 1}, {"a": 5, "b": 2}, "b"),
        ({"a": Unknown(), "b": 1}, {"b": True}, "b"),
        ({"a": make_map({"x": Unknown()})}, {"a": 1}, ""),
        ({"a": Secret("s")}, {"a": Secret("s")}, ""),
        ({"a": Secret("s")}, {"a": Secret("t")}, "a"),
        ({"a": Secret("s")}, {"a": "s"}, "a"),
        ({"a": Secret("s")}, {}, "a"),
    ],
)
@pytest.mark.parametrize("verdict", [Keep, lambda planned: Do(planned, (GROWN,))])
def test_a_planned_object_agrees_with_what_was_declared(desired, planned, wrong, verdict):
    given = subject(instance(desired=desired), held(), SEEN)
    decided = single.decide(given, verdict(planned), None)
    if not wrong:
        assert isinstance(decided, Change)
        return
    detail = f"The provider planned other values than were declared for: {wrong}. This is a bug in it."
    fault = Fault("provider_bug", "Provider planned what was not declared", detail)
    assert decided == Broken(given, (fault,))
    assert single.decide(given._replace(replace=True), verdict(planned), None) == Broken(
        given._replace(replace=True), (fault,)
    )


# what is remembered


@pytest.mark.parametrize(
    ("desired", "planned", "attributes", "computed"),
    [
        ({"a": 1}, {"a": 1, "b": 2, "c": None}, {"a": 1}, {"b": 2}),
        ({"a": None}, {"a": None}, {"a": None}, {}),
        ({"a": 1}, {"a": 1, "b": Unknown(), "c": Secret(1)}, {"a": 1}, {}),
        ({"a": Unknown(), "b": 1}, {"a": 5, "b": 1}, {"b": 1}, {}),
        ({"a": Secret("s"), "b": 1}, {"a": Secret("s")}, {"a": None, "b": 1}, {}),
        (
            {"a": make_map({"x": Secret("s"), "y": 1})},
            {"n": 0, "f": False, "e": ""},
            {"a": {"x": None, "y": 1}},
            {"n": 0, "f": False, "e": ""},
        ),
        ({"a": make_map({"x": Secret("s"), "y": Unknown()})}, {}, {}, {}),
        ({"a": Secret(Unknown())}, {}, {}, {}),
    ],
)
def test_state_holds_what_is_known_and_no_secret(desired, planned, attributes, computed):
    leaf = single.leaf_after(subject(instance(desired=desired)), planned)
    assert leaf == StateLeaf(key(), ("topic.orders",), "cluster.c", attributes, computed, ("cluster.c",))


def test_state_holds_how_an_object_was_declared():
    given = instance("topic.x", endpoint="cluster.d", depends=("topic.y",))
    leaf = single.leaf_after(subject(given._replace(prevent_destroy=True)), LIVE)
    assert leaf == StateLeaf(
        key(), ("topic.x",), "cluster.d", DESIRED, {"id": "id-1"}, ("topic.y",), True, False
    )
    leaf = single.leaf_after(subject(given._replace(name_defaulted=True)), LIVE)
    assert leaf[6:] == (False, True, False)
