"""A builder fed by hand: what becomes changes, records and words, and what is asked of the rules."""

import pytest
from plan_subjects import (
    BASE,
    GONE,
    LIVE,
    LOST,
    MADE,
    NOW,
    RULE,
    WRONG,
    Rules,
    builder,
    change,
    endpoint,
    held,
    instance,
    key,
    pending,
    plainly,
    removed,
    state,
    told,
)

from kplan.lang.diagnostics import error, warning
from kplan.plan.build import Intent, sorted_changes
from kplan.plan.model import Action
from kplan.sdk.session import Absent, Case, Do, Fault, Found, Keep, Refuse, Unreadable
from kplan.state.model import Key
from kplan.state.records import Declined, Dropped, Met, Put, Succeeded

SEEN = Found(LIVE)
RECREATED = Found({**LIVE, "id": "id-2"})
DESIRED = {"name": "orders", "partitions": 3}
PRIOR = {**DESIRED, "id": "id-1"}


def decided(build, seen, *instances, leaf="topic"):
    """Declare and decide; gives what happens to each address."""
    taken = build.declare(instances)
    build.decide(leaf, "cluster.c", seen, {build.key(one): one for one in taken})
    return {one.address: one.action for one in build.changes}


def orphaned(seen=SEEN, leaf=None, *, blocks=(), **more):
    """Decide an object that state holds and nothing declares."""
    build = builder(state(leaf or held()), blocks=blocks, **more)
    build.decide("topic", "cluster.c", {key(): seen}, {})
    return build


def the_change(build):
    assert build.diagnostics == []
    (one,) = build.changes
    return one


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
    build.close()
    assert [one.summary for one in build.diagnostics] == ["Object exists but is not managed"]


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


def test_what_a_pattern_matches_need_not_be_there():
    build = builder(adopt={"topic.orders": ""})
    decided(build, {key(): Absent()}, instance())
    one = the_change(build)
    assert (one.action, one.adopting) == (Action.CREATE, False)


# replacing


def test_a_replacement_is_asked_for_by_address_with_all_others():
    rules = Rules()
    build = builder(
        state(held(), held("topic.b", "b")), rules=rules, replace=["topic.b", "topic.new", "topic.s"]
    )
    there = Found({**LIVE, "name": "b"})
    new, b = {"name": "new"}, {"name": "b"}
    wanted = [
        instance(),
        instance("topic.new", identity=("new",), desired=new),
        instance("topic.b", identity=("b",), desired=b),
        instance("topic.s", identity=("s",)),
    ]
    seen = {key(): SEEN, key("new"): Absent(), key("b"): there, key("s"): SEEN}
    assert decided(build, seen, *wanted) == {
        "topic.orders": Action.NO_OP,
        "topic.new": Action.CREATE,
        "topic.b": Action.REPLACE,
    }
    replaced = build.changes[2]
    assert (replaced.steps, replaced.delete_steps) == ((MADE,), (GONE,))
    assert (replaced.losses, replaced.reason, replaced.consented) == ((LOST,), "requested by -replace", False)
    facts, prior_b = endpoint().facts, {"name": "b", "partitions": 3, "id": "id-1"}
    assert rules.asked == [
        (
            "topic",
            facts,
            [
                Case(("orders",), PRIOR, SEEN, DESIRED),
                Case(("new",), None, Absent(), new),
                Case(("b",), prior_b, there, b),
            ],
        ),
        ("topic", facts, [Case(("b",), None, Absent(), b)]),
        ("topic", facts, [Case(("b",), prior_b, there, None)]),
    ]


def test_several_replacements_keep_their_own_verdicts():
    def answer(case):
        name = case.identity[0]
        if case.desired is None:
            return Do({}, (GONE._replace(args={"gone": name}),))
        return Do(case.desired, (MADE._replace(args={"made": name}),))

    build = builder(
        state(held(), held("topic.b", "b")), rules=Rules(answer), replace=["topic.orders", "topic.b"]
    )
    decided(build, {key(): SEEN, key("b"): SEEN}, instance(), instance("topic.b", identity=("b",)))
    assert [(one.steps[0].args, one.delete_steps[0].args) for one in build.changes] == [
        ({"made": "orders"}, {"gone": "orders"}),
        ({"made": "b"}, {"gone": "b"}),
    ]


@pytest.mark.parametrize(
    ("going", "seen"),
    [
        ({key(): Found({"as": "going"})}, Found({"as": "going"})),
        ({key(): Absent()}, SEEN),
        ({key(): Unreadable(WRONG)}, SEEN),
        ({key("other"): Found({"as": "going"})}, SEEN),
    ],
)
def test_a_replacement_is_deleted_as_it_was_read_for_that(going, seen):
    rules = Rules()
    build = builder(state(held()), rules=rules, replace=["topic.orders"])
    build.going = going
    decided(build, {key(): SEEN}, instance())
    assert rules.asked[2][2] == [Case(("orders",), PRIOR, seen, None)]
    assert rules.asked[1][2] == [Case(("orders",), None, Absent(), DESIRED)]
    assert the_change(build).seen == SEEN


def test_a_replacement_that_cannot_be_deleted_is_refused():
    rules = Rules(lambda case: Refuse((WRONG,)) if case.desired is None else plainly(case))
    build = builder(state(held()), rules=rules, replace=["topic.orders"])
    assert decided(build, {key(): SEEN}, instance()) == {}
    assert build.diagnostics == [told("topic.orders", "Wrong", "It is.", remedy="Mend it.")]


def test_a_reviewed_removal_consents_to_no_replacement():
    build = builder(state(held()), replace=["topic.orders"], removed=[removed("cluster.c", destroy=True)])
    decided(build, {key(): SEEN}, instance())
    one = the_change(build)
    assert (one.action, one.consented, one.reason) == (Action.REPLACE, False, "requested by -replace")


def test_rules_that_answer_too_little_are_noticed():
    class Short(Rules):
        def plan(self, leaf, facts, cases):
            return [] if self.asked else super().plan(leaf, facts, cases)

    build = builder(state(held()), rules=Short(), replace=["topic.orders"])
    with pytest.raises(ValueError, match="zip"):
        decided(build, {key(): SEEN}, instance())


# settling


@pytest.mark.parametrize(
    ("settlement", "seen", "claim", "records"),
    [
        ("done", SEEN, pending(), [Succeeded(key(), held())]),
        ("not_done", SEEN, pending(), [Declined(key())]),
        ("not_done", Absent(), pending(before=None), []),
        ("redo", SEEN, pending(before=None), [Put(held())]),
    ],
)
def test_an_open_intent_is_settled_by_what_is_seen(settlement, seen, claim, records):
    rules = Rules(settlement=settlement)
    build = builder(state(pending=[claim]), rules=rules)
    build.settle(key(), seen)
    assert build.records == records
    assert [type(one) for one in build.records] == [type(one) for one in records]
    assert build.diagnostics == []
    assert build.draft.pending == ({} if records else {key(): claim})
    assert [(leaf, found) for leaf, _, found in rules.opened] == [("topic", seen)]


def test_nothing_open_is_nothing_settled():
    rules = Rules(settlement="done")
    build = builder(state(held(), pending=[pending("topic.b", "b")]), rules=rules)
    build.settle(key(), SEEN)
    assert (build.records, build.diagnostics, rules.opened) == ([], [], [])


@pytest.mark.parametrize(("age", "given_up"), [(59.9, False), (60.0, True)])
def test_a_claim_is_given_up_once_nothing_more_may_appear(age, given_up):
    claim = pending(before=None, since=NOW)
    build = builder(state(pending=[claim]), rules=Rules(settlement="not_done"), now=NOW + age)
    build.settle(key(), Absent())
    assert build.records == ([Declined(key())] if given_up else [])


@pytest.mark.parametrize(
    ("claim", "leaves", "settlement", "kept"),
    [
        (pending(resume={"at": 3}), [held()], "not_done", True),
        (pending(resume=0), [held()], "redo", True),
        (pending(resume={"at": 3}), [], "done", True),
        (pending(resume={"at": 3}), [], "not_done", False),
        (pending(resume={"at": 3}, leaf=None), [held()], "done", False),
        (pending(), [held()], "not_done", False),
    ],
)
def test_a_checkpoint_stays_good_while_its_object_is_ours(claim, leaves, settlement, kept):
    build = builder(state(*leaves, pending=[claim]), rules=Rules(settlement=settlement))
    build.settle(key(), SEEN)
    assert len(build.records) == 1
    assert build.draft.pending == ({key(): claim} if kept else {})


def test_a_stuck_intent_is_for_a_person_to_decide():
    claim = pending("rule.r", key=key(("alice", "read"), "rule"), endpoint="cluster.x", action="delete")
    build = builder(state(pending=[claim]), rules=Rules(settlement="stop"))
    build.settle(claim.key, SEEN)
    detail = (
        "An earlier run was cut off while it worked on rule.r (delete), and what is there now is neither as it was "
        'before nor as was intended: someone else changed it meanwhile. Look at the object "alice:read" on '
        "cluster.x; then let go of it with: kplan state rm 'rule.r' and, to manage it again, adopt it with an import "
        "block."
    )
    assert build.diagnostics == [error("An interrupted change needs a decision", detail)]
    assert build.records == []
    assert build.draft.pending == {claim.key: claim}


# no longer declared


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
    build.changes[0] = build.changes[0]._replace(before=None)
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
EDGE = {'cluster.c["x"]': endpoint('cluster.c["x"]')}


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


def test_a_kept_object_is_not_planned_against_an_unknown_verdict():
    build = builder(state(held()), rules=Rules(lambda _: Keep({"name": "other", "partitions": 3})))
    assert decided(build, {key(): SEEN}, instance()) == {}
    assert [one.summary for one in build.diagnostics] == ["Provider planned what was not declared"]


# order


def test_changes_are_in_order_of_address_with_deletes_first():
    created, deleted = change("topic.b"), change("topic.b", Action.DELETE, "z")
    twin = change("topic.b", Action.UPDATE, "a")
    first, last = change("topic.a", Action.DELETE), change("topic.c", Action.CREATE, "a")
    given = [last, created, first, twin, deleted]
    assert sorted_changes(given) == (first, deleted, twin, created, last)
    assert sorted_changes(reversed(given)) == (first, deleted, twin, created, last)
    assert sorted_changes([]) == ()
