"""Users who log in by SCRAM, through the rules alone."""

import pytest

from kplan.sdk.session import Absent, Case, Do, Facts, Found, Keep, Opened, Refuse, Step
from kplan.sdk.types import Is
from kplan.sdk.values import Secret, Unknown, make_map
from kplan_kafka.rules import KafkaRules
from kplan_kafka.user_types import ITERATIONS, USER, USER_LEAF

RULES = KafkaRules()
FACTS = Facts("cluster-1", {"principal": "User:kplan"})
PASSWORD = Secret("open sesame")
ANNA = ("anna", "SCRAM-SHA-512")
KEY = {"name": "anna", "mechanism": "SCRAM-SHA-512"}
LIVE = Found({**KEY, "iterations": 8192})


def user(**more):
    declared = {"name": "anna", "password": PASSWORD, **more}
    return RULES.complete(USER, make_map(declared), {})


def faults(**more):
    return [(one.code, one.path) for one in RULES.check(USER, user(**more))]


def decide(desired, seen, identity=ANNA, prior=None, rotated=False):
    [verdict] = RULES.plan(USER, FACTS, [Case(identity, prior, seen, desired, rotated)])
    return verdict


def sent(iterations, password=PASSWORD):
    return (Step("upsert", {**KEY, "password": password, "iterations": iterations}),)


# --- what is declared


def test_the_stronger_mechanism_is_meant_where_none_is_stated():
    assert user()["mechanism"] == "SCRAM-SHA-512"
    assert user(mechanism="scram-sha-256")["mechanism"] == "SCRAM-SHA-256"
    unknown = Unknown("string")
    assert user(mechanism=unknown)["mechanism"] is unknown
    assert user() == {"name": "anna", "password": PASSWORD, "mechanism": "SCRAM-SHA-512"}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"name": "x" * 1024},
        {"name": "k=p,lan"},
        {"iterations": 4096},
        {"iterations": 16384},
        {"iterations": Unknown("number")},
        {"password": Unknown("string")},
        {"mechanism": Unknown("string")},
        {"password": Secret(" ")},
    ],
)
def test_what_brokers_take_is_right(more):
    assert faults(**more) == []


@pytest.mark.parametrize(
    ("more", "code", "attribute"),
    [
        ({"name": ""}, "invalid_user_name", "name"),
        ({"name": "x" * 1025}, "invalid_user_name", "name"),
        ({"name": "User:anna"}, "principal_as_name", "name"),
        ({"mechanism": "PLAIN"}, "invalid_mechanism", "mechanism"),
        ({"mechanism": "SCRAM-SHA-1"}, "invalid_mechanism", "mechanism"),
        ({"password": Secret("")}, "empty_password", "password"),
        ({"iterations": 4095}, "invalid_iterations", "iterations"),
        ({"iterations": 16385}, "invalid_iterations", "iterations"),
        ({"iterations": 4096.5}, "invalid_iterations", "iterations"),
        ({"iterations": Secret(5000)}, "invalid_iterations", "iterations"),
    ],
)
def test_what_brokers_refuse_is_told_at_its_argument(more, code, attribute):
    assert faults(**more) == [(code, (attribute,))]


def test_all_that_is_wrong_is_told_at_once():
    found = faults(name="User:x", mechanism="x", iterations=1, password=Secret(""))
    assert [path for _, (path,) in found] == ["name", "mechanism", "iterations", "password"]


def test_a_remedy_is_what_to_write():
    [principal] = RULES.check(USER, user(name="User:anna"))
    assert principal.remedy == 'Write name = "anna".'
    [mechanism] = RULES.check(USER, user(mechanism="PLAIN"))
    assert mechanism.remedy == "It is one of: SCRAM-SHA-256, SCRAM-SHA-512."
    assert mechanism.summary == 'mechanism can\'t be "PLAIN"'
    [iterations] = RULES.check(USER, user(iterations=1))
    assert (iterations.summary, iterations.detail) == ("iterations can't be 1", "Brokers take 4096 to 16384.")
    [hidden] = RULES.check(USER, user(iterations=Secret(1)))
    assert hidden.summary == "iterations can't be a sensitive value"


def test_a_user_outside_the_fence_is_refused_by_the_principal_that_it_is():
    fence = {"manages": {"principal_prefixes": ("User:billing-",)}}
    assert RULES.fenced_out(USER, ("billing-a", "SCRAM-SHA-256"), fence) == ""
    assert "User:anna" in RULES.fenced_out(USER, ANNA, fence)
    assert RULES.fenced_out(USER, ANNA, {}) == ""


def test_the_password_is_sensitive_and_never_read():
    [password] = [one for one in USER_LEAF.attributes if one.name == "password"]
    assert Is.SENSITIVE | Is.WRITE_ONLY | Is.REQUIRED in password.flags
    assert USER_LEAF.identity == ("name", "mechanism")


# --- what is decided


@pytest.mark.parametrize(("stated", "used"), [({}, ITERATIONS.start), ({"iterations": 5000}, 5000)])
@pytest.mark.parametrize("rotated", [True, False])
def test_who_is_not_there_is_made_with_the_password(stated, used, rotated):
    verdict = decide(user(**stated), Absent(), rotated=rotated)
    assert verdict == Do({**user(), "iterations": used}, sent(used))


def test_who_is_there_as_declared_stays():
    assert decide(user(), LIVE) == Keep({**user(), "iterations": 8192})
    assert decide(user(iterations=8192), LIVE) == Keep({**user(), "iterations": 8192})


def test_a_rotated_password_is_sent_hashed_as_often_as_before():
    other = Secret("another")
    verdict = decide(user(password=other), LIVE, rotated=True)
    assert verdict == Do({**user(), "password": other, "iterations": 8192}, sent(8192, other))


def test_other_iterations_take_the_password():
    assert decide(user(iterations=4096), LIVE) == Do({**user(), "iterations": 4096}, sent(4096))


def test_iterations_that_are_not_known_yet_are_decided_by_the_apply():
    unknown = Unknown("number")
    assert decide(user(iterations=unknown), LIVE) == Do({**user(), "iterations": unknown}, sent(unknown))
    assert decide(user(iterations=unknown), Absent()) == Do({**user(), "iterations": unknown}, sent(unknown))


def test_without_a_password_to_send_other_iterations_are_refused():
    """As where ignore_changes names the password."""
    ignored = {name: value for name, value in user(iterations=4096).items() if name != "password"}
    verdict = decide(ignored, LIVE)
    assert isinstance(verdict, Refuse)
    [fault] = verdict.faults
    assert (fault.code, fault.path) == ("password_ignored", ("iterations",))
    kept = {**ignored, "iterations": 8192}
    assert decide(kept, LIVE) == Keep(kept)


def test_who_is_no_longer_declared_is_deleted_but_never_kplan_itself():
    assert decide(None, LIVE) == Do({}, (Step("delete", KEY),))
    for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
        verdict = decide(None, LIVE, ("kplan", mechanism))
        assert isinstance(verdict, Refuse)
        assert [fault.code for fault in verdict.faults] == ["own_user"]
    assert isinstance(decide(None, LIVE, ("kplan2", "SCRAM-SHA-512")), Do)


def test_the_password_of_kplan_itself_may_be_rotated():
    assert isinstance(decide(user(name="kplan"), LIVE, ("kplan", "SCRAM-SHA-512"), rotated=True), Do)


def test_each_is_decided_by_itself_in_the_order_given():
    cases = [Case(ANNA, None, LIVE, user(), rotated) for rotated in (True, False, True)]
    verdicts = RULES.plan(USER, FACTS, cases)
    assert [type(one) for one in verdicts] == [Do, Keep, Do]


def test_no_password_shows_in_a_verdict():
    assert "open sesame" not in repr([decide(user(), Absent()), decide(user(), LIVE, rotated=True)])


# --- what an intent came to


def settled(verb, before, seen, iterations=8192):
    step = Step(verb, {**KEY, "password": None, "iterations": iterations} if verb == "upsert" else KEY)
    return RULES.settle(USER, Opened(ANNA, (step,), before, {}), seen)


@pytest.mark.parametrize(
    ("verb", "before", "seen", "came_to"),
    [
        ("delete", LIVE, Absent(), "done"),
        ("delete", LIVE, LIVE, "not_done"),
        ("upsert", Absent(), Absent(), "not_done"),
        ("upsert", Absent(), LIVE, "done"),
        ("upsert", LIVE, LIVE, "redo"),  # the old password or the new one: nobody can tell
        ("upsert", LIVE, Absent(), "not_done"),
    ],
)
def test_what_an_intent_came_to(verb, before, seen, came_to):
    assert settled(verb, before, seen) == came_to


def test_somebody_hashed_otherwise_is_not_the_one_whom_kplan_made():
    assert settled("upsert", Absent(), LIVE, iterations=4096) == "not_done"
    assert settled("upsert", LIVE, LIVE, iterations=4096) == "redo"
