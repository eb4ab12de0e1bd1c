"""Users that go while access for them stays: whoever is given the name later would have it."""

from kplan.sdk.session import Outcome
from kplan_kafka.access_review import orphaned_access
from kplan_kafka.access_types import BINDING
from kplan_kafka.rules import KafkaRules
from kplan_kafka.user_types import USER


def user(name="anna", mechanism="SCRAM-SHA-512", *, there=True, goes=False, on="cluster.a"):
    return Outcome(USER, on, (name, mechanism), there, goes)


def gone(name="anna", mechanism="SCRAM-SHA-512", on="cluster.a"):
    return user(name, mechanism, there=False, goes=True, on=on)


def binding(principal="User:anna", topic="orders", operation="READ", *, there=True, on="cluster.a"):
    identity = (principal, operation, "topic", topic, "literal", "allow", "*")
    return Outcome(BINDING, on, identity, there, not there)


def told(*outcomes):
    """Say of whom it is told, and in what words."""
    return {outcomes[at].identity: fault for at, fault in orphaned_access(outcomes).items()}


def test_a_user_that_goes_while_access_stays_is_told_with_that_access():
    [(identity, fault)] = told(binding(), gone(), binding("User:bert")).items()
    assert identity == ("anna", "SCRAM-SHA-512")
    assert fault.summary == "access for User:anna would stay behind"
    assert "READ on topic orders" in fault.detail
    assert fault.path == ()
    assert "acl and grant" in fault.remedy


def test_with_its_access_a_user_may_go():
    assert told(gone(), binding(there=False)) == {}


def test_a_user_without_access_may_go():
    assert told(gone(), binding("User:bert"), binding("User:anna2"), binding("Group:anna")) == {}
    assert told(gone()) == {}
    assert told() == {}


def test_a_user_that_stays_has_its_access():
    assert told(user(), binding()) == {}


def test_a_user_that_stays_by_the_other_mechanism_keeps_its_access():
    assert told(gone(mechanism="SCRAM-SHA-256"), user(), binding()) == {}


def test_a_user_that_goes_by_both_mechanisms_is_told_of_for_each():
    assert len(told(gone(mechanism="SCRAM-SHA-256"), gone(), binding())) == 2


def test_what_is_forgotten_is_still_there():
    """A removed block leaves the user, and the access, where they are."""
    assert told(user(there=True, goes=False), binding()) == {}


def test_a_user_of_that_name_on_another_cluster_is_another():
    assert told(gone(), binding(on="cluster.b")) == {}
    assert told(gone(), user(on="cluster.b"), binding()).keys() == {("anna", "SCRAM-SHA-512")}


def test_of_much_access_five_are_named_in_order():
    many = [binding(topic=f"t{number}") for number in (6, 3, 1, 5, 2, 4, 7)]
    [fault] = told(gone(), *many).values()
    named = (
        "READ on topic t1, READ on topic t2, READ on topic t3, READ on topic t4, READ on topic t5 and 2 more"
    )
    assert named in fault.detail
    [fault] = told(gone(), *many[:5]).values()
    assert "more" not in fault.detail


def test_the_provider_reviews_so():
    outcomes = [gone(), binding()]
    assert KafkaRules().review(outcomes) == orphaned_access(outcomes)
