"""A builder fed by hand: what becomes changes, records and words, and what is asked of the rules."""

import pytest
from plan_subjects import (
    BASE,
    DESIRED,
    LIVE,
    PRIOR,
    RULE,
    SEEN,
    WRONG,
    Rules,
    builder,
    change,
    decided,
    endpoint,
    held,
    instance,
    key,
    orphaned,
    pending,
    state,
    subject,
    the_change,
    told,
)

from kplan.config.model import Ignored
from kplan.lang.diagnostics import Severity, error
from kplan.plan.build import sorted_changes
from kplan.plan.decide import Unowned
from kplan.plan.intent import Intent
from kplan.plan.model import Action
from kplan.sdk.session import Absent, Case, Fault, Found, Keep, Refuse, Unreadable
from kplan.state.model import Key
from kplan.state.records import Dropped, Met


def test_a_builder_starts_from_state_and_leaves_it_as_it_was():
    known = state(held())
    build = builder(known)
    assert build.complete is True
    assert (build.changes, build.records, build.diagnostics, build.going) == ([], [], [], {})
    build.record(Dropped(key()))
    assert build.records == [Dropped(key())]
    assert build.draft.leaves == {}
    assert known == state(held())
    met = Met(endpoint("cluster.new").record)
    build.record(met)
    assert build.records == [Dropped(key()), met]
    assert build.draft.endpoints == {"cluster.new": endpoint("cluster.new").record}


def test_what_a_provider_remarks_on_what_it_keeps_is_a_warning_at_its_block():
    remark = Fault("held", "It is paused", "Somebody paused it.", "Resume it.")
    build = builder(state(held()), rules=Rules(lambda case: Keep(case.seen.values, (remark,))))
    assert decided(build, {key(): SEEN}, instance()) == {"topic.orders": Action.NO_OP}
    words = told("topic.orders", "It is paused", "Somebody paused it.", remedy="Resume it.")
    assert build.diagnostics == [words._replace(severity=Severity.WARNING)]


def test_nobody_asks_to_destroy_unless_they_say_so():
    assert Intent({}, frozenset(), ()).destroy is False
    assert Intent({}, frozenset(), (), destroy=True).destroy is True


def test_an_object_is_keyed_by_its_endpoints_live_id():
    build = builder(endpoints={"cluster.c": endpoint(), "cluster.d": endpoint("cluster.d", "uid-2")})
    assert build.key(instance()) == Key("uid-1", "topic", ("orders",))
    elsewhere = instance(endpoint="cluster.d", leaf=RULE, identity=("a", "b"))
    assert build.key(elsewhere) == Key("uid-2", "rule", ("a", "b"))


# declaring


def test_an_object_is_declared_once():
    build = builder(blocks=("topic.a", "topic.second", "rule.r"))
    first, twin = instance("topic.a"), instance('topic.second["x"]')
    other, rule = instance("topic.c", identity=("c",)), instance("rule.r", leaf=RULE, identity=("orders",))
    assert build.declare([first, twin, other, rule]) == [first, other, rule]
    detail = 'topic.a and topic.second["x"] are both topic "orders" on cluster.c. Declare it once.'
    assert build.diagnostics == [told("topic.second", "Two addresses for one object", detail)]


def test_a_second_address_is_found_across_strata():
    build = builder(blocks=("rule.a", "rule.b"))
    first = instance("rule.a", leaf=RULE, identity=("alice", "read"))
    assert build.declare([first]) == [first]
    assert build.declare([first]) == [first]
    assert build.diagnostics == []
    assert build.declare([first._replace(address="rule.b", block="rule.b")]) == []
    detail = 'rule.a and rule.b are both rule "alice:read" on cluster.c. Declare it once.'
    assert build.diagnostics == [told("rule.b", "Two addresses for one object", detail)]


def test_orphans_are_what_is_in_reach_and_not_declared():
    far = held(key=key("far", uid="uid-9"))
    both, only = held("topic.both", "both"), held("topic.only", "only")
    claims = [
        pending("topic.both", "both"),
        pending("topic.claim", "claim"),
        pending(key=key("far2", uid="uid-9")),
    ]
    build = builder(state(held(), far, only, both, pending=claims))
    build.declare([instance()])
    assert build.orphans() == [key("only"), key("both"), key("claim")]


# deciding


def test_objects_are_decided_together_in_order():
    rules = Rules()
    build = builder(state(held(), held("topic.b", "b", computed={})), rules=rules)
    wanted = [
        instance("topic.a", identity=("a",)),
        instance("topic.stranger", identity=("s",)),
        instance("topic.orders"),
        instance("topic.b", identity=("b",), desired={"name": "b", "partitions": 6}),
    ]
    there = Found({"name": "b", "partitions": 3})
    seen = {key("a"): Absent(), key("s"): SEEN, key(): SEEN, key("b"): there}
    assert decided(build, seen, *wanted) == {
        "topic.a": Action.CREATE,
        "topic.orders": Action.NO_OP,
        "topic.b": Action.UPDATE,
    }
    cases = [
        Case(("a",), None, Absent(), DESIRED),
        Case(("orders",), PRIOR, SEEN, DESIRED),
        Case(("b",), {"name": "b", "partitions": 3}, there, {"name": "b", "partitions": 6}),
    ]
    assert rules.asked == [("topic", endpoint().facts, cases)]
    assert build.diagnostics == []
    assert build.records == []


def test_rules_are_not_asked_of_nothing():
    rules = Rules()
    build = builder(rules=rules)
    assert decided(build, {key(): SEEN}, instance()) == {}
    build.decide("topic", "cluster.c", {}, {})
    assert rules.asked == []


def test_what_is_not_ours_is_told_once_all_is_read():
    build = builder()
    decided(build, {key(): SEEN}, instance())
    assert build.diagnostics == []
    assert build._unowned == [Unowned(subject(instance()), recreated=False)]
    build.diagnostics.append(error("Told before"))
    build.close()
    assert [one.summary for one in build.diagnostics] == ["Told before", "Object exists but is not managed"]


def test_an_object_that_state_remembers_elsewhere_is_remembered_anew():
    before = held(endpoint="cluster.old", dependencies=("cluster.c",))
    build = builder(state(before))
    decided(build, {key(): SEEN}, instance())
    one = the_change(build)
    assert one.remember is True
    assert one.leaf == before._replace(endpoint="cluster.c")


def test_an_orphan_goes_where_its_cluster_is_now():
    assert the_change(orphaned(leaf=held(endpoint="cluster.old"))).endpoint == "cluster.c"


@pytest.mark.parametrize(
    ("claim", "known"),
    [
        (pending(before=None, resume={"at": 1}, leaf=held()), True),
        (pending(before=None, resume=0, leaf=held()), True),
        (pending(before=None, leaf=held()), False),
    ],
)
def test_long_work_under_way_is_ours(claim, known):
    build = builder(state(pending=[claim]))
    assert decided(build, {key(): SEEN}, instance()) == ({"topic.orders": Action.NO_OP} if known else {})
    build.close()
    assert len(build.diagnostics) == (0 if known else 1)


def test_what_state_holds_goes_before_what_long_work_would_leave():
    claim = pending(resume={"at": 1}, leaf=held(computed={"id": "id-7"}))
    build = builder(state(held(), pending=[claim]))
    assert decided(build, {key(): SEEN}, instance()) == {"topic.orders": Action.NO_OP}


@pytest.mark.parametrize(
    ("claim", "seen", "claimed"),
    [
        (pending(before=None), Absent(), True),
        (pending(before={}), Absent(), False),
        (None, Absent(), False),
        (pending(before=None, resume=3), Found({**LIVE, "partitions": 2}), False),
    ],
)
def test_a_create_under_a_claim_says_so(claim, seen, claimed):
    build = builder(state(pending=[claim] if claim else []))
    decided(build, {key(): seen}, instance())
    assert the_change(build).claimed is claimed


# what can't be planned


def refusing(*faults):
    return Rules(lambda _: Refuse(faults))


def test_every_fault_is_told_where_it_belongs():
    build = builder(rules=refusing(WRONG._replace(path=("partitions",)), Fault("plain", "Plain")))
    assert decided(build, {key(): Absent()}, instance()) == {}
    assert build.diagnostics == [
        told("topic.orders", "Wrong", "It is.", start=BASE + 20, end=BASE + 21, remedy="Mend it."),
        told("topic.orders", "Plain", ""),
    ]


def test_a_fault_of_one_of_many_instances_says_of_which():
    build = builder(rules=refusing(WRONG))
    decided(build, {key(): Absent()}, instance('topic.orders["a"]', each=("a", 1)))
    values = (("address", 'topic.orders["a"]'),)
    assert build.diagnostics == [told("topic.orders", "Wrong", "It is.", remedy="Mend it.", values=values)]


def test_a_fault_of_what_is_not_declared_names_it():
    build = orphaned(rules=refusing(WRONG))
    assert build.changes == []
    assert build.diagnostics == [error("Wrong", "topic.orders: It is.", remedy="Mend it.")]


def test_what_cannot_be_read_makes_the_plan_incomplete():
    rules = Rules()
    build = builder(state(held("topic.old", "old")), rules=rules)
    lost = Unreadable(WRONG)
    pair, new = Key("uid-1", "rule", ("a", "b")), instance("topic.new", identity=("old",))
    build.decide("topic", "cluster.c", {key(): lost, key("old"): lost, pair: lost}, {key(): instance()})
    assert build.complete is False
    assert (build.changes, build.records, build.diagnostics, rules.asked) == ([], [], [], [])
    build.decide("topic", "cluster.c", {key("old"): lost}, {key("old"): new})
    build.close()
    detail = "It is.\nNot read: a:b, topic.new, topic.old, topic.orders."
    assert build.diagnostics == [error("Wrong", detail, remedy="Mend it.")]


def test_what_can_be_read_is_decided_beside_what_cannot():
    build = builder()
    seen = {key("x"): Unreadable(WRONG), key(): Absent()}
    assert decided(build, seen, instance("topic.x", identity=("x",)), instance()) == {
        "topic.orders": Action.CREATE
    }
    assert build.complete is False


def test_a_kept_object_is_not_planned_against_an_unknown_verdict():
    build = builder(state(held()), rules=Rules(lambda _: Keep({"name": "other", "partitions": 3})))
    assert decided(build, {key(): SEEN}, instance()) == {}
    assert [one.summary for one in build.diagnostics] == ["Provider planned what was not declared"]


# adopting


@pytest.mark.parametrize("wanted", ["", "orders"])
def test_what_is_there_is_adopted(wanted):
    build = builder(adopt={"topic.orders": wanted})
    decided(build, {key(): SEEN}, instance())
    one = the_change(build)
    assert (one.action, one.adopting) == (Action.NO_OP, True)


def test_nothing_else_is_adopted():
    build = builder(adopt={"topic.other": ""})
    assert decided(build, {key(): SEEN}, instance()) == {}


def test_what_an_import_names_must_be_there():
    build = builder(adopt={"topic.orders": "orders"})
    assert decided(build, {key(): Absent()}, instance()) == {"topic.orders": Action.CREATE}
    detail = 'There is no topic "orders" on cluster.c to adopt as topic.orders.'
    assert build.diagnostics == [told("topic.orders", "Cannot import non-existent object", detail)]


def test_an_import_that_has_done_its_work_may_stay():
    build = builder(state(held()), adopt={"topic.orders": "orders"})
    decided(build, {key(): Absent()}, instance())
    one = the_change(build)
    assert (one.action, one.adopting) == (Action.CREATE, False)


def test_what_a_pattern_matches_need_not_be_there():
    build = builder(adopt={"topic.orders": ""})
    decided(build, {key(): Absent()}, instance())
    one = the_change(build)
    assert (one.action, one.adopting) == (Action.CREATE, False)


# order


def test_changes_are_in_order_of_address_with_deletes_first():
    created, deleted = change("topic.b"), change("topic.b", Action.DELETE, "z")
    twin = change("topic.b", Action.UPDATE, "a")
    first, last = change("topic.a", Action.DELETE), change("topic.c", Action.CREATE, "a")
    given = [last, created, first, twin, deleted]
    assert sorted_changes(given) == (first, deleted, twin, created, last)
    assert sorted_changes(reversed(given)) == (first, deleted, twin, created, last)
    assert sorted_changes([]) == ()


def test_what_a_block_ignores_is_no_change():
    build = builder(state(held(attributes={"name": "orders", "partitions": 9})))
    block = build.module.declared["topic.orders"]
    wanted = instance(desired={"name": "orders", "partitions": 6})
    build.module.declared["topic.orders"] = block._replace(ignored=(Ignored(("partitions",), 0, 0),))
    assert decided(build, {key(): SEEN}, wanted) == {"topic.orders": Action.NO_OP}
    (change,) = build.changes
    assert change.leaf.attributes == {"name": "orders", "partitions": 3}
    ((_, _, (case,)),) = build.types.rules["topic"].asked
    assert (case.desired["partitions"], case.prior["partitions"]) == (3, 3)
    again = builder(state(held()), replace=["topic.orders"])
    again.module.declared["topic.orders"] = block._replace(ignores_all=True)
    assert decided(again, {key(): SEEN}, wanted) == {"topic.orders": Action.REPLACE}
    assert again.changes[0].after["partitions"] == 6  # made anew, it is as declared
