"""Secrets while a plan is built: which objects are told as rotated, whatever was left open, ignored or adopted."""

import pytest
from plan_subjects import UID, builder, declared, held, key, state
from plan_subjects import pending as open_intent
from secret_subjects import USER, Digests, user, user_key

from kplan.config.model import Ignored
from kplan.plan.model import Action
from kplan.plan.settle import settle
from kplan.registry.types import Types
from kplan.sdk.session import Absent, Do, Found, Keep, Step
from kplan.sdk.values import Secret
from kplan.state.records import Put

LIVE = {"name": "anna"}
SENT = Step("upsert", {"name": "anna"})
VERSIONED = user(password_version=1)


class UserRules:
    """Sends a password exactly if it is told to, or if there is no user."""

    def plan(self, leaf, facts, cases):
        return [self.decide(case) for case in cases]

    def decide(self, case):
        if case.desired is None:
            return Do({}, (Step("delete", {"name": "anna"}),))
        sends = case.rotated or isinstance(case.seen, Absent)
        return Do({**case.desired}, (SENT,)) if sends else Keep({**case.desired})

    def settle(self, leaf, opened, seen):
        return "redo"


def remembered(**attributes):
    return held("user.anna", "anna")._replace(
        key=user_key(), attributes={"name": "anna", "password": None, **attributes}, computed={}
    )


def sent(
    *leaves, one=VERSIONED, pending=(), digests=None, ignored=None, seen=None, adopt=False, replace=False
):
    """Build a plan of one user; gives the changes that send something."""
    known = state(*leaves, pending=pending, secret_digests=digests or {})
    build = builder(
        known, adopt={"user.anna": ""} if adopt else {}, replace=["user.anna"] if replace else [], blocks=()
    )
    rules = UserRules()
    build.types = Types({"user": USER}, {"user": USER}, {}, {}, {"user": rules}, ())
    paths = tuple(Ignored((name,), 0, 0) for name in ignored or () if name != "all")
    build.module.declared["user.anna"] = declared("user.anna")._replace(
        ignored=paths, ignores_all="all" in (ignored or ())
    )
    assert build.declare([one]) == []  # until all are known
    [late] = build.late(lambda _: False)
    for open_ in pending:
        build.settle(open_.key, Found(LIVE))
    live = Found(LIVE) if seen is None else seen
    build.decide("user", "cluster.c", {user_key(): live}, {user_key(): late})
    assert build.diagnostics == []
    return [change for change in build.changes if change.steps]


def test_the_same_version_is_not_sent_and_another_is():
    assert sent(remembered(password_version=1)) == []
    [change] = sent(remembered(password_version=2))
    assert (change.action, change.steps) == (Action.UPDATE, (SENT,))


def test_the_same_password_is_not_sent_and_another_is():
    digests = Digests()
    digests.apply(user())
    assert sent(remembered(), one=user(), digests=digests.stored) == []
    [change] = sent(remembered(), one=user("anna", "other"), digests=digests.stored)
    assert change.before["password"] != change.after["password"] == Secret("other")
    assert change.leaf.attributes["password"] is None


def test_after_a_run_that_was_cut_off_the_version_from_before_it_is_sent_again():
    """Version 2 may be in effect by now, whatever state says."""
    intent = open_intent(
        "user.anna",
        "anna",
        key=user_key(),
        before=LIVE,
        planned={"name": "anna", "password": None, "password_version": 2},
        leaf=remembered(password_version=2),
    )
    assert len(sent(remembered(password_version=1), pending=[intent])) == 1
    settled = settle(intent, Found(LIVE), UserRules(), USER, intent.since, remembered(password_version=1))
    assert isinstance(settled.record, Put)
    assert settled.record.leaf.attributes == {"name": "anna", "password": None, "password_version": None}


@pytest.mark.parametrize("ignored", [["password"], ["password_version"], ["all"]])
def test_what_is_ignored_is_sent_only_when_the_user_is_made(ignored):
    assert sent(remembered(password_version=7), ignored=ignored) == []
    assert sent(remembered(), one=user("anna", "other"), ignored=["password", "all"]) == []
    [made] = sent(seen=Absent(), ignored=ignored)
    assert made.action is Action.CREATE
    assert made.after["password"] == Secret("first")
    [anew] = sent(remembered(password_version=7), ignored=ignored, replace=True)
    assert anew.after["password"] == Secret("first")


def test_something_else_ignored_stops_no_password():
    assert len(sent(remembered(password_version=2), ignored=["note"])) == 1


@pytest.mark.parametrize("one", [user(), VERSIONED], ids=["digest", "version"])
def test_whoever_is_adopted_gets_the_declared_password(one):
    digests = Digests()
    digests.apply(one)  # from before `state rm`
    [change] = sent(one=one, digests=digests.stored, adopt=True)
    assert (change.action, change.adopting) == (Action.UPDATE, True)


def test_a_user_on_another_cluster_is_another():
    assert user_key() == key("anna", "user", UID)
    digests = Digests()
    digests.apply(user())
    build = builder(state(secret_digests=digests.stored), blocks=("user.anna",))
    build.types = Types({"user": USER}, {"user": USER}, {}, {}, {"user": UserRules()}, ())
    there = build.endpoints["cluster.c"]
    build.endpoints["cluster.c"] = there._replace(record=there.record._replace(uid="uid-2"))
    build.declare([user()])
    build.late(lambda _: False)
    assert len(build.found_secrets.changed) == 1
