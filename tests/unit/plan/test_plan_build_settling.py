"""Open intents settled as a builder goes, and replacements put together of three verdicts."""

import pytest
from plan_subjects import (
    DESIRED,
    GONE,
    LIVE,
    LOST,
    MADE,
    NOW,
    PRIOR,
    SEEN,
    WRONG,
    Rules,
    builder,
    decided,
    endpoint,
    held,
    instance,
    key,
    pending,
    plainly,
    removed,
    state,
    the_change,
    told,
)

from kplan.lang.diagnostics import error
from kplan.plan.model import Action
from kplan.sdk.session import Absent, Case, Do, Found, Refuse, Unreadable
from kplan.state.records import Declined, Put, Succeeded

# settling


@pytest.mark.parametrize(
    ("settlement", "seen", "claim", "records"),
    [
        ("done", SEEN, pending(), [Succeeded(key(), held())]),
        ("not_done", SEEN, pending(), []),
        ("not_done", SEEN, pending(since=NOW - 60), [Declined(key())]),
        ("not_done", SEEN, pending(before=None), [Declined(key())]),
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
    assert build.unsettled == build.draft.pending
    assert [(leaf, found) for leaf, _, found in rules.opened] == [("topic", seen)]


def test_nothing_open_is_nothing_settled():
    rules = Rules(settlement="done")
    build = builder(state(held(), pending=[pending("topic.b", "b")]), rules=rules)
    build.settle(key(), SEEN)
    assert (build.records, build.diagnostics, rules.opened) == ([], [], [])


@pytest.mark.parametrize(("before", "seen"), [(None, Absent()), ({"partitions": 3}, SEEN)])
@pytest.mark.parametrize(("age", "given_up"), [(59.9, False), (60.0, True)])
def test_a_claim_is_given_up_once_nothing_more_may_appear(age, given_up, before, seen):
    claim = pending(before=before, since=NOW)
    build = builder(state(pending=[claim]), rules=Rules(settlement="not_done"), now=NOW + age)
    build.settle(key(), seen)
    assert build.records == ([Declined(key())] if given_up else [])
    assert build.unsettled == ({} if given_up else {key(): claim})


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
    build = builder(state(*leaves, pending=[claim]), rules=Rules(settlement=settlement), now=NOW + 60)
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


def test_work_done_in_part_keeps_what_state_holds_with_what_was_to_be_added():
    claim = pending(leaf=held(attributes={"config": {"x": "2", "z": "1"}}))
    before = held(attributes={"config": {"x": "1", "y": "1"}})
    build = builder(state(before, pending=[claim]), rules=Rules(settlement="redo"))
    build.settle(key(), SEEN)
    assert build.records == [Put(held(attributes={"config": {"x": "1", "y": "1", "z": "1"}}))]


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
