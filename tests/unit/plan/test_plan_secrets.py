"""Which secrets are sent again, what is remembered of them, and how many slow digests that takes."""

import hashlib
import json

import pytest
from plan_subjects import key
from secret_subjects import USER, Digests, compared, user, user_key

from kplan.plan.secrets import NO_SECRETS, Secrets, before_and_after, digested, forgotten
from kplan.sdk.values import Secret, Unknown

ANNA, BERT, CARL = user("anna"), user("bert"), user("carl")
OTHER = user("anna", "other")
MANY = [user(f"user{number}", f"password {number}") for number in range(100)]


class Counted:
    """Counts the slow digests since the last look."""

    def __init__(self):
        self.calls = 0
        self._really = hashlib.scrypt

    def scrypt(self, said, **how):
        self.calls += 1
        assert how["n"] >= 2**14  # or guessing would be cheap
        return self._really(said, **{**how, "n": 2})

    def taken(self):
        calls, self.calls = self.calls, 0
        return calls


@pytest.fixture(autouse=True)
def slow(monkeypatch):
    counted = Counted()
    monkeypatch.setattr(hashlib, "scrypt", counted.scrypt)
    return counted


def applied(*users):
    digests = Digests()
    digests.apply(*users)
    return digests


# --- which are sent


def test_at_first_all_are_sent_and_then_none():
    digests = Digests()
    assert digests.apply(ANNA, BERT) == {"anna", "bert"}
    assert digests.rotated(ANNA, BERT) == set()
    assert digests.apply(ANNA, BERT) == set()


def test_a_changed_one_is_sent_alone_and_so_it_is_when_it_changes_back():
    digests = applied(ANNA, BERT)
    assert digests.apply(OTHER, BERT) == {"anna"}
    assert digests.rotated(OTHER, BERT) == set()
    assert digests.apply(ANNA, BERT) == {"anna"}


def test_a_new_one_is_sent_and_one_that_is_gone_is_forgotten():
    digests = applied(ANNA)
    assert digests.apply(ANNA, BERT) == {"bert"}
    assert digests.apply(BERT) == set()
    assert digests.rotated(ANNA, BERT) == {"anna"}


def test_with_the_last_one_everything_is_forgotten():
    digests = applied(ANNA)
    digests.apply()
    assert digests.stored == {}


def test_two_that_change_places_are_both_sent():
    digests = applied(user("anna", "x"), user("bert", "y"))
    assert digests.rotated(user("anna", "y"), user("bert", "x")) == {"anna", "bert"}


def test_two_secrets_of_one_object_are_told_apart():
    digests = applied(user(token=Secret("t")), BERT)
    assert digests.rotated(user(token=Secret("t")), BERT) == set()
    assert digests.rotated(user(token=Secret("u")), BERT) == {"anna"}
    assert digests.rotated(user("anna", "t", token=Secret("first")), BERT) == {"anna"}


def test_another_address_is_no_other_secret():
    digests = applied(ANNA)
    assert digests.rotated(user("anna", address='module.team.user.people["anna"]')) == set()


@pytest.mark.parametrize(
    "other",
    [key("anna", "user", "uid-2"), key("anna", "guest"), key("bert", "user")],
    ids=["uid", "type", "name"],
)
def test_another_object_is_another_secret(other):
    assert names_of(ANNA, user_key("anna")) == applied(ANNA).stored["each"].keys()
    assert names_of(ANNA, other).isdisjoint(applied(ANNA).stored["each"])


def names_of(one, whose):
    secrets = Secrets({})
    secrets.add(whose, one, {})
    return secrets.find().secrets.keys()


def test_what_state_does_not_know_is_sent_though_its_digest_is_still_there():
    """As after `kplan state rm` and the adoption that follows: who knows what it is by now."""
    digests = applied(ANNA)
    assert digests.rotated(ANNA, prior=None) == {"anna"}
    assert digests.apply(ANNA, prior=None, killed=True) == {"anna"}
    assert digests.rotated(ANNA) == {"anna"}
    digests = applied(ANNA)
    assert digests.apply(ANNA, prior=None) == {"anna"}
    assert digests.rotated(ANNA) == set()


def test_what_an_earlier_run_sent_without_an_answer_is_sent_again():
    digests = applied(ANNA)
    assert digests.rotated(ANNA, in_doubt=True) == {"anna"}
    versioned = user(password_version=1)
    assert digests.rotated(versioned, prior={"password_version": 1}) == set()
    assert digests.rotated(versioned, prior={"password_version": 1}, in_doubt=True) == {"anna"}


# --- versions, unknown and ignored ones


def test_a_version_decides_instead_of_a_digest(slow):
    digests = Digests()
    assert digests.apply(user(password_version=1), prior=None) == {"anna"}
    assert digests.rotated(user("anna", "other", password_version=1), prior={"password_version": 1}) == set()
    assert digests.rotated(user(password_version=2), prior={"password_version": 1}) == {"anna"}
    assert (digests.stored, slow.taken()) == ({}, 0)


def test_from_a_digest_to_a_version_and_back_it_is_sent_each_time():
    digests = applied(ANNA, BERT)
    assert digests.apply(user(password_version=1), BERT, prior={}) == {"anna"}
    assert digests.apply(ANNA, BERT, prior={"password_version": 1}) == {"anna"}
    assert digests.rotated(ANNA, BERT, prior={"password_version": None}) == set()


def test_a_secret_beside_one_with_a_version_has_its_digest():
    digests = applied(user(password_version=1, token=Secret("t")))
    still = {"password_version": 1}
    assert digests.rotated(user("anna", "x", password_version=1, token=Secret("t")), prior=still) == set()
    assert digests.rotated(user("anna", "x", password_version=1, token=Secret("u")), prior=still) == {"anna"}


def test_an_unknown_one_counts_as_changed_and_has_no_digest(slow):
    unknown = user("anna", Unknown("string"))
    digests = Digests()
    assert digests.apply(unknown) == {"anna"}
    assert digests.rotated(unknown) == {"anna"}
    assert (digests.stored, slow.taken()) == ({}, 0)


@pytest.mark.parametrize("ignored", [["password"], ["password_version"], ["name", "password"]])
def test_what_is_ignored_is_not_sent(ignored):
    digests = applied(ANNA)
    for one in (OTHER, user("anna", "other", password_version=7)):
        assert digests.rotated(one, ignored=ignored, in_doubt=True, prior={"password_version": 1}) == set()
        assert digests.rotated(one, ignored=["name"], prior={"password_version": 1}) == {"anna"}


@pytest.mark.parametrize("partial", [False, True], ids=["whole", "partial"])
@pytest.mark.parametrize("killed", [False, True], ids=["to its end", "killed"])
@pytest.mark.parametrize(
    ("between", "how"),
    [
        (user("anna", "other", password_version=1), {}),
        (user("anna", Unknown("string")), {}),
        (user("anna", "other"), {"ignored": ["password"]}),
        (user("anna", None), {}),
    ],
    ids=["version", "unknown", "ignored", "none"],
)
def test_a_digest_from_before_a_secret_without_one_says_nothing(between, how, killed, partial):
    """The old secret is back; what was sent in between, or by others, is not known."""
    digests = applied(ANNA, BERT)
    digests.apply(between, *([] if partial else [BERT]), killed=killed, partial=partial, **how)
    assert digests.rotated(ANNA) == {"anna"}


# --- what breaks off, what fails, what is looked at in part


def test_what_is_to_be_sent_is_forgotten_before_it_is_sent():
    digests = applied(ANNA, BERT)
    assert digests.apply(OTHER, BERT, killed=True) == {"anna"}
    assert digests.rotated(ANNA, BERT) == {"anna"}
    assert digests.rotated(OTHER, BERT) == {"anna"}
    assert digests.stored["whole"] == ""


def test_where_nothing_is_sent_nothing_is_forgotten():
    digests = applied(ANNA, BERT)
    assert forgotten(digests.stored, compared(digests.stored, ANNA, BERT)) is None
    assert (
        forgotten(digests.stored, compared(digests.stored, ANNA, BERT, CARL)) is None
    )  # none was known of it
    assert forgotten({}, compared({}, ANNA)) is None
    assert forgotten(digests.stored, NO_SECRETS) is None


def test_of_what_failed_no_digest_stays():
    digests = applied(ANNA, BERT)
    assert digests.apply(OTHER, BERT, failing=["anna"]) == {"anna"}
    assert digests.rotated(OTHER, BERT) == {"anna"}
    assert digests.rotated(ANNA, BERT) == {"anna"}
    assert digests.apply(OTHER, BERT) == {"anna"}
    assert digests.rotated(OTHER, BERT) == set()


def test_where_all_failed_nothing_is_stored():
    digests = Digests()
    digests.apply(ANNA, failing=["anna"])
    assert digests.stored == {}


def test_a_partial_plan_leaves_alone_what_it_does_not_see():
    digests = applied(ANNA, BERT)
    assert digests.apply(OTHER, partial=True) == {"anna"}
    assert digests.rotated(OTHER, BERT) == set()
    assert digests.rotated(ANNA, user("bert", "other")) == {"anna", "bert"}
    assert digests.apply(CARL, partial=True) == {"carl"}
    assert digests.rotated(OTHER, BERT, CARL) == set()


def test_a_partial_plan_that_sends_nothing_changes_nothing():
    digests = applied(ANNA, BERT)
    found = compared(digests.stored, ANNA)
    assert found.changed == frozenset()
    assert digested(digests.stored, found, [user_key("anna")], "cd" * 16, partial=True) == digests.stored


# --- how slow it is


def test_none_changed_is_one_digest(slow):
    digests = applied(*MANY)
    slow.taken()
    assert digests.rotated(*MANY) == set()
    assert slow.taken() == 1
    digests.apply(*MANY)
    assert slow.taken() == 1


def test_one_of_many_changed_is_its_group(slow):
    digests = applied(*MANY)
    slow.taken()
    changed = [user("user7", "another"), *MANY[:7], *MANY[8:]]
    assert digests.rotated(*changed) == {"user7"}
    letter = next(iter(names_of(MANY[7], user_key("user7"))))[0]
    group = sum(name[0] == letter for name in digests.stored["each"])
    assert group < 20
    assert slow.taken() == 1 + 16 + group
    digests.apply(*changed)
    assert slow.taken() == 1 + 16 + group + 3  # it, its group, and all


def test_the_digest_of_all_that_a_partial_plan_lost_comes_back_with_the_next_whole_apply(slow):
    digests = applied(*MANY)
    digests.apply(user("user7", "another"), partial=True)
    assert digests.stored["whole"] == ""
    assert len(digests.stored["groups"]) == 15
    changed = [user("user7", "another"), *MANY[:7], *MANY[8:]]
    assert digests.apply(*changed) == set()
    slow.taken()
    assert digests.rotated(*changed) == set()
    assert slow.taken() == 1


def test_without_secrets_nothing_is_digested(slow):
    digests = Digests()
    assert digests.apply() == set()
    assert (digests.stored, slow.taken()) == ({}, 0)


# --- what is remembered, and what shows


def test_nothing_of_a_secret_is_stored():
    said = json.dumps(applied(user("anna", "Tr0ub4dor"), BERT).stored)
    assert "Tr0ub4dor" not in said
    assert "anna" not in said
    for quick in ("md5", "sha1", "sha256", "sha512"):  # such as could be looked up in a table
        for text in ("Tr0ub4dor", '"Tr0ub4dor"'):
            assert hashlib.new(quick, text.encode()).hexdigest()[:16] not in said


def test_what_is_equal_does_not_look_equal():
    one, other = applied(user("anna", "same"), user("bert", "same")).stored["each"].values()
    assert one != other


def test_the_salt_is_drawn_once_and_kept():
    digests = applied(ANNA)
    assert digests.stored["salt"] == "ab" * 16
    found = compared(digests.stored, OTHER)
    made = digested(digests.stored, found, [user_key("anna")], "cd" * 16, partial=False)
    assert made["salt"] == "ab" * 16
    assert digested({}, found, [user_key("anna")], "cd" * 16, partial=False)["each"] != made["each"]


def test_no_secret_shows_where_what_was_found_is_printed():
    found = compared({}, user("anna", "Tr0ub4dor"))
    assert f"{found!r} {found!s} {[found]}".count("Tr0ub4dor") == 0
    assert repr(found) == "Found(1 secrets, 1 changed)"


def test_a_secret_that_can_not_be_read_shows_as_the_same_or_as_another():
    live, after = {"name": "anna"}, {"name": "anna", "password": Secret("x"), "token": None}
    same = before_and_after(USER, live, after, rotated=False)
    assert same == {"name": "anna", "password": Secret("x")}
    other = before_and_after(USER, live, after, rotated=True)
    assert other["password"] != after["password"]
    assert isinstance(other["password"], Secret)
    assert "token" not in other
    assert before_and_after(USER, live, {"name": "anna"}, rotated=True) is live
