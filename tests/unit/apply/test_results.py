"""Between a change and what is sent, written down and remembered for it."""

import pytest
from apply_bench import Scripted, SettledAs, Stops, change, leaf, types

from kplan.apply.results import equals_sent, intent, outcome_leaf, recordable, work_of
from kplan.plan.model import Action
from kplan.sdk.session import Absent, Ask, Fault, Found, Step, Unreadable
from kplan.sdk.values import Secret, Unknown, make_list, make_map

SECRET, UNKNOWN = Secret("hunter2"), Unknown("string")


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ({}, {}),
        ({"a": 1, "b": {"c": None}}, {"a": 1, "b": {"c": None}}),
        ({"a": SECRET, "b": 1}, {"a": None, "b": 1}),
        ({"a": UNKNOWN, "b": 1}, {"b": 1}),
        ({"a": make_map({"p": SECRET, "q": 2})}, {"a": {"p": None, "q": 2}}),
        ({"a": make_list([SECRET, 2])}, {"a": (None, 2)}),
        ({"a": make_map({"p": UNKNOWN}), "b": make_list([UNKNOWN])}, {}),
        ({"a": Secret(UNKNOWN)}, {}),
    ],
)
def test_what_is_written_down_is_known_and_no_secret(values, kept):
    assert recordable(values) == kept
    assert recordable(make_map(values)) == kept


def test_what_holds_no_mark_is_not_copied():
    values = {"a": 1}
    assert recordable(values) is values


@pytest.mark.parametrize("action", [Action.CREATE, Action.UPDATE, Action.DELETE])
def test_an_intent_has_what_settles_it(action):
    one = change("a", action, resume="token")
    made = intent(one, 12.5, delete=False)
    assert made.key == one.key
    assert (made.address, made.endpoint, made.action) == ("topic.a", "cluster.a", action.value)
    assert made.steps == ((action.value, {"name": "a"}),)
    assert made.before == (None if action is Action.CREATE else {"name": "a"})
    assert made.planned == ({} if action is Action.DELETE else {"name": "a"})
    assert made.leaf == (None if action is Action.DELETE else leaf("a"))
    assert (made.since, made.resume, made.parked) == (12.5, "token", False)


def test_a_replacement_has_two_intents():
    one = change("a", Action.REPLACE, resume="token")
    first, second = intent(one, 1.0, delete=True), intent(one, 2.0, delete=False)
    assert (first.action, first.steps, first.before) == (
        "delete",
        (("delete", {"name": "a"}),),
        {"name": "a"},
    )
    assert (first.planned, first.leaf, first.resume) == ({}, None, None)
    assert (second.action, second.steps, second.before) == ("replace", (("create", {"name": "a"}),), None)
    assert (second.planned, second.leaf, second.resume) == ({"name": "a"}, leaf("a"), "token")


def test_no_secret_is_in_an_intent_and_all_are_in_the_work():
    marked = make_map({"name": "a", "password": SECRET, "id": UNKNOWN})
    one = change(
        "a",
        Action.UPDATE,
        steps=(Step("update", marked),),
        after=marked,
        seen=Found(make_map({"password": SECRET})),
    )
    made = intent(one, 0.0, delete=False)
    assert made.steps == (("update", {"name": "a", "password": None}),)
    assert (made.planned, made.before) == ({"name": "a", "password": None}, {"password": None})
    work = work_of("7", one, delete=False)
    assert (work.id, work.steps[0].args, work.planned) == ("7", marked, marked)


def test_the_works_of_a_replacement_see_it_and_then_nothing():
    one = change("a", Action.REPLACE, resume="token")
    first, second = work_of("1", one, delete=True), work_of("1", one, delete=False)
    assert (first.steps, first.seen, first.planned, first.resume) == (one.delete_steps, one.seen, {}, None)
    assert (second.steps, second.seen, second.planned, second.resume) == (
        one.steps,
        Absent(),
        {"name": "a"},
        "token",
    )


def test_a_delete_plans_nothing():
    assert work_of("1", change("a", Action.DELETE), delete=False).planned == {}
    assert work_of("1", change("a"), delete=False).seen == Absent()


def test_what_the_live_system_decided_is_kept_beside_what_was_declared():
    made = leaf("a")._replace(attributes={"name": "a", "note": None}, computed={"old": 1})
    values = {"name": "other", "note": "x", "id": "7", "gone": None, "secret": SECRET, "unknown": UNKNOWN}
    assert outcome_leaf(made, values) == made._replace(computed={"id": "7"})


@pytest.mark.parametrize(
    ("live", "verdict", "ours"),
    [
        (Found({"name": "a"}), "done", True),
        (Found({"name": "a"}), "not_done", False),
        (Found({"name": "a"}), "stop", False),
        (Absent(), "done", False),
        (Unreadable(Fault("x", "y")), "done", True),  # given as it is: nobody knows
    ],
)
def test_what_exists_is_ours_if_it_is_there_as_it_was_sent(live, verdict, ours):
    session, rules = Scripted(seen={"a": live}), SettledAs(verdict)
    marked = make_map({"name": "a", "password": SECRET, "id": UNKNOWN})
    one = change("a", steps=(Step("create", marked),), after=marked)
    assert equals_sent(session, types(rules=rules), one, Stops()) == (live if ours else None)
    for leaf_, opened, seen in rules.asked:
        assert (leaf_, seen, opened.seen) == ("topic", live, Absent())
        assert opened.steps == (Step("create", {"name": "a", "password": None}),)
        assert opened.planned == {"name": "a", "password": None}


def test_a_session_that_says_nothing_of_it_leaves_it_unread():
    class Silent(Scripted):
        def read(self, leaf, asks, stop):
            return {}

    assert equals_sent(Silent(), types(), change("a"), Stops()) == Unreadable(
        Fault("provider_error", "The provider failed", "It gave no answer.")
    )


def test_a_session_that_raises_leaves_it_unread():
    session = Scripted(seen={"a": OSError("gone")})
    assert equals_sent(session, types(), change("a"), Stops()) == Unreadable(
        Fault("provider_error", "The provider failed", "It raised OSError.")
    )


def test_what_exists_is_read_as_what_was_sent():
    session, stop = Scripted(), Stops()
    assert equals_sent(session, types(), change("a"), stop) is None
    assert (session.types, session.stops) == (["topic"], [stop])
    assert session.read_asks == [Ask(("a",), {"name": "a"}, None)]
