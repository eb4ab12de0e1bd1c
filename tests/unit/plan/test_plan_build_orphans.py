"""What state holds and nothing declares: deleted, let go of, given up, or protected."""

import pytest
from plan_subjects import (
    GONE,
    LIVE,
    LOST,
    PRIOR,
    RECREATED,
    SEEN,
    Rules,
    builder,
    decided,
    held,
    instance,
    key,
    orphaned,
    pending,
    removed,
    state,
    the_change,
    told,
)

from kplan.lang.diagnostics import error, warning
from kplan.plan.intent import Intent
from kplan.plan.model import Action
from kplan.sdk.session import Absent, Found
from kplan.state.records import Dropped


@pytest.mark.parametrize("destroy", [True, False])
def test_what_is_no_longer_declared_is_deleted(destroy):
    one = the_change(orphaned(destroy=destroy))
    assert (one.action, one.steps, one.losses, one.consented) == (Action.DELETE, (GONE,), (LOST,), False)
    assert one.reason == ("" if destroy else "because topic.orders is not in configuration")


def test_a_delete_says_that_its_address_means_another_object_now():
    build = builder(state(held(), held('topic.x["a"]', "x")), blocks=("topic.orders", "rule.r", "topic.x"))
    build.declare([instance(identity=("new", "er")), instance("topic.x", identity=("y",))])
    build.decide("topic", "cluster.c", {key(): SEEN, key("x"): SEEN}, {})
    assert [one.reason for one in build.changes] == [
        'because topic.orders is "new:er" now',
        'because ["a"] is not a key of topic.x any more',
    ]


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ('topic.orders["a"]', 'because ["a"] is not a key of topic.orders any more'),
        ('topic.gone["a"]', 'because topic.gone["a"] is not in configuration'),
        ("topic.orders", "because topic.orders is not in configuration"),
    ],
    ids=["key-gone", "block-gone", "all-keys-now"],
)
def test_a_delete_says_why(address, reason):
    build = orphaned(leaf=held(address), blocks=("topic.orders",))
    assert the_change(build).reason == reason


def test_what_is_gone_is_forgotten():
    build = orphaned(Absent())
    assert (build.changes, build.records, build.diagnostics) == ([], [Dropped(key())], [])
    assert build.draft.leaves == {}


def test_what_was_recreated_is_let_go_of_with_a_warning():
    rules = Rules()
    build = orphaned(RECREATED, rules=rules)
    assert (build.changes, build.records, rules.asked) == ([], [Dropped(key())], [])
    detail = "topic.orders was re-created outside of kplan, so it is no longer ours; it is left alone."
    assert build.diagnostics == [warning("Object is no longer ours", detail)]


@pytest.mark.parametrize("seen", [SEEN, Absent()])
@pytest.mark.parametrize("parked", [True, False])
def test_parked_work_that_nothing_declares_is_given_up(parked, seen):
    claim = pending(parked=parked)
    build = builder(state(pending=[claim]))
    build.decide("topic", "cluster.c", {key(): seen}, {})
    assert build.changes == []
    if not parked:
        assert (build.records, build.diagnostics) == ([], [])
        assert build.draft.pending == {key(): claim}
        return
    assert build.records == [Dropped(key())]
    assert type(build.records[0]) is Dropped
    detail = "topic.orders has parked work but is no longer declared; its work is given up."
    assert build.diagnostics == [warning("Parked work given up", detail)]
    assert build.draft.pending == {}


def test_what_neither_state_nor_a_claim_knows_is_left_alone():
    build = builder()
    build.decide("topic", "cluster.c", {key(): SEEN}, {})
    assert (build.changes, build.records, build.diagnostics) == ([], [], [])


# removed blocks

KEYED = held('topic.orders["a"]', endpoint='cluster.c["x"]')


@pytest.mark.parametrize(
    ("leaf", "named", "meant"),
    [
        (held(), "topic.orders", True),
        (held(), "topic.order", False),
        (held(), 'topic.orders["a"]', False),
        (held(), "cluster.c", True),
        (held(), "cluster.d", False),
        (KEYED, "topic.orders", True),
        (KEYED, 'topic.orders["a"]', True),
        (KEYED, 'topic.orders["b"]', False),
        (held('topic.orders["a[b"]'), "topic.orders", True),
        (KEYED, "cluster.c", True),
        (KEYED, 'cluster.c["x"]', True),
        (KEYED, 'cluster.c["y"]', False),
        (held(owners=("topic.first", "topic.second")), "topic.second", True),
        (held(owners=("topic.first", "topic.second")), "topic.first", True),
    ],
)
def test_a_removed_block_names_an_instance_a_block_or_an_endpoint(leaf, named, meant):
    other, one = removed("topic.unheard_of", destroy=True), removed(named, destroy=False)
    intent = Intent({}, frozenset(), iter([other, one, removed(named, destroy=True)]))
    assert intent.removal(leaf) is (one if meant else None)
    assert intent.removal(leaf) is (one if meant else None)


def test_a_removed_block_may_let_go():
    rules = Rules()
    build = orphaned(
        leaf=held(prevent_destroy=True), rules=rules, removed=[removed("topic.orders", destroy=False)]
    )
    one = the_change(build)
    assert (one.action, one.before, one.steps, one.consented) == (Action.FORGET, LIVE, (), False)
    assert one.reason == "destroy = false is set in the configuration"
    assert (build.records, rules.asked) == ([], [])


def test_a_removed_block_lets_go_of_what_is_gone_too():
    one = the_change(orphaned(Absent(), removed=[removed("topic.orders", destroy=False)]))
    assert (one.action, one.before) == (Action.FORGET, PRIOR)


def test_a_removed_block_names_the_endpoint_where_an_object_is_now():
    known, given = held(endpoint="cluster.old"), [removed("cluster.c", destroy=False)]
    assert the_change(orphaned(leaf=known, removed=given)).action is Action.FORGET
    given = [removed("cluster.old", destroy=False)]
    assert the_change(orphaned(leaf=known, removed=given)).action is Action.DELETE


@pytest.mark.parametrize("destroy", [True, False])
def test_a_removed_block_may_consent_to_a_delete(destroy):
    build = orphaned(removed=[removed("topic.orders", destroy=True)], destroy=destroy)
    one = the_change(build)
    assert (one.action, one.steps, one.consented) == (Action.DELETE, (GONE,), True)
    assert one.reason == "destroy = true is set in the removed block"


def test_a_removed_block_says_nothing_of_what_is_declared():
    build = builder(state(held()), removed=[removed("topic.orders", destroy=False)])
    assert decided(build, {key(): SEEN}, instance()) == {"topic.orders": Action.NO_OP}


# protection

PROTECTED = "Instance cannot be destroyed"
LET_GO = "; to let go of it without touching it, write a removed block with `lifecycle { destroy = false }`."


@pytest.mark.parametrize(
    "more", [{}, {"removed": [removed("topic.orders", destroy=True)]}, {"destroy": True}]
)
def test_protection_outlives_its_block(more):
    build = orphaned(leaf=held(prevent_destroy=True), **more)
    detail = (
        "topic.orders has prevent_destroy, and this plan would destroy it. Its block is gone, but the protection "
        "stays in state. To destroy it, first apply with prevent_destroy = false in its block, put back"
        + LET_GO
    )
    assert build.changes == []
    assert build.diagnostics == [error(PROTECTED, detail)]


@pytest.mark.parametrize("address", ["topic.orders", 'topic.orders["a"]'])
def test_a_protected_instance_is_told_at_its_block(address):
    build = orphaned(leaf=held(address, prevent_destroy=True), blocks=("topic.orders",))
    detail = (
        f"{address} has prevent_destroy, and this plan would destroy it. To destroy it, first apply with "
        "prevent_destroy = false" + LET_GO
    )
    assert build.changes == []
    assert build.diagnostics == [told("topic.orders", PROTECTED, detail)]


@pytest.mark.parametrize("in_state", [True, False])
@pytest.mark.parametrize("in_block", [True, False])
def test_a_replacement_is_stopped_by_what_the_block_says_now(in_state, in_block):
    build = builder(state(held(prevent_destroy=in_state)), replace=["topic.orders"])
    found = decided(build, {key(): SEEN}, instance(prevent_destroy=in_block))
    assert found == ({} if in_block else {"topic.orders": Action.REPLACE})
    detail = (
        "topic.orders has prevent_destroy, and this plan would destroy it. To destroy it, first apply with "
        "prevent_destroy = false" + LET_GO
    )
    assert build.diagnostics == ([told("topic.orders", PROTECTED, detail)] if in_block else [])


@pytest.mark.parametrize(
    ("seen", "action"),
    [(SEEN, Action.NO_OP), (Absent(), Action.CREATE), (Found({**LIVE, "partitions": 1}), Action.UPDATE)],
)
def test_protection_stands_in_the_way_of_destruction_only(seen, action):
    build = builder(state(held(prevent_destroy=True)))
    assert decided(build, {key(): seen}, instance(prevent_destroy=True)) == {"topic.orders": action}
    assert build.diagnostics == []
