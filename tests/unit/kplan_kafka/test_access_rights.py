"""What each role of a grant comes to."""

import pytest

from kplan_kafka.access_rights import ANY, CLUSTER_NAME, OPERATIONS, PREFIXED, Right, role_rights
from kplan_kafka.binding_calls import OPERATIONS as CODES
from kplan_kafka.binding_calls import RESOURCES

LISTS = {"topics": ("t",), "topic_prefixes": ("p.",)}


def rights(role, **block):
    """Write the rights of a role in short, sorted: what on which, with a * after a beginning of names."""
    return sorted(
        f"{one.operation} {one.resource_type} {one.name}{' *' * (one.pattern == PREFIXED)}"
        for one in role_rights(role, block)
    )


def each(operations, what):
    return [f"{one} {what}" for one in operations.split()]


def test_a_producer_may_write_and_use_its_transactions():
    found = rights("produce", **LISTS, transactional_ids=("x",), transactional_id_prefixes=("y-",))
    assert found == sorted(
        ["WRITE topic t", "WRITE topic p. *", "WRITE transactional_id x", "WRITE transactional_id y- *"]
    )
    assert rights("produce", topics=("t",)) == ["WRITE topic t"]


def test_a_consumer_may_read_and_be_in_its_groups():
    found = rights("consume", **LISTS, groups=("g",), group_prefixes=("h.",))
    assert found == sorted(["READ topic t", "READ topic p. *", "READ group g", "READ group h. *"])


def test_streams_may_use_topics_of_their_own():
    found = rights(
        "streams",
        application_id="app",
        input_topics=("in",),
        input_topic_prefixes=("i.",),
        output_topics=("out",),
        output_topic_prefixes=("o.",),
    )
    assert found == sorted(
        [
            "READ topic in",
            "READ topic i. *",
            "WRITE topic out",
            "WRITE topic o. *",
            "READ group app",
            *each("READ WRITE CREATE DELETE DESCRIBE_CONFIGS", "topic app- *"),
            "WRITE transactional_id app- *",
        ]
    )


def test_connect_workers_may_use_their_three_topics():
    everything = "READ WRITE CREATE DESCRIBE_CONFIGS"
    usual = ("connect-configs", "connect-offsets", "connect-status")
    assert rights("connect", group_id="c") == sorted(
        [
            "READ group c",
            "WRITE transactional_id connect-cluster-c",
            *(right for name in usual for right in each(everything, f"topic {name}")),
        ]
    )
    named = rights("connect", group_id="c", config_topic="x", offset_topic="y", status_topic="z")
    assert named == sorted(
        [
            "READ group c",
            "WRITE transactional_id connect-cluster-c",
            *(right for name in "xyz" for right in each(everything, f"topic {name}")),
        ]
    )


def test_a_mirror_may_read_the_source():
    found = rights("mirror", side="source", topics=("t",), groups=("g",))
    expected = [
        *each("READ DESCRIBE_CONFIGS", "topic t"),
        "DESCRIBE group g",
        *each("CREATE READ WRITE DESCRIBE_CONFIGS", "topic mm2-offset-syncs. *"),
        *each("READ DESCRIBE_CONFIGS", "topic heartbeats"),
    ]
    assert found == sorted(expected)
    with_access = rights("mirror", side="source", topics=("t",), groups=("g",), sync_acls=True)
    assert with_access == sorted([*expected, f"DESCRIBE cluster {CLUSTER_NAME}"])


def test_a_mirror_may_make_copies_on_the_target():
    found = rights("mirror", side="target", topic_prefixes=("primary.",), group_prefixes=("g.",))
    expected = [
        *each("CREATE READ WRITE ALTER DESCRIBE_CONFIGS ALTER_CONFIGS", "topic primary. *"),
        "READ group g. *",
        *each("CREATE READ WRITE DESCRIBE_CONFIGS", "topic heartbeats"),
    ]
    assert found == sorted(expected)
    with_access = rights(
        "mirror", side="target", topic_prefixes=("primary.",), group_prefixes=("g.",), sync_acls=True
    )
    assert with_access == sorted([*expected, f"ALTER cluster {CLUSTER_NAME}"])


def test_kplan_that_only_plans_changes_nothing():
    found = list(role_rights("kplan_read", {}))
    assert {one.operation for one in found} == {"DESCRIBE", "DESCRIBE_CONFIGS"}
    assert {one.resource_type for one in found} == {"topic", "group", "cluster"}


@pytest.mark.parametrize("role", ["kplan_read", "kplan_write"])
def test_kplan_looks_after_the_topics_that_are_named_or_all(role):
    def of_topics(**block):
        return {(one.name, one.pattern) for one in role_rights(role, block) if one.resource_type == "topic"}

    assert of_topics() == {(ANY, "literal")}
    assert of_topics(**LISTS) == {("t", "literal"), ("p.", "prefixed")}


def test_kplan_that_applies_may_change_topics_and_access():
    found = rights("kplan_write", topics=("t",))
    assert set(each("CREATE DELETE ALTER ALTER_CONFIGS", "topic t")) < set(found)
    assert f"ALTER cluster {CLUSTER_NAME}" in found


def test_a_role_that_is_none_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="no role nobody"):
        rights("nobody")


EVERY_ROLE = [
    ("produce", {**LISTS, "transactional_ids": ("x",)}),
    ("consume", {**LISTS, "groups": ("g",)}),
    ("streams", {"application_id": "a", "input_topics": ("i",), "output_topics": ("o",)}),
    ("connect", {"group_id": "c"}),
    ("mirror", {"side": "source", **LISTS, "groups": ("g",), "sync_acls": True}),
    ("mirror", {"side": "target", **LISTS, "groups": ("g",), "sync_acls": True}),
    ("kplan_read", LISTS),
    ("kplan_write", LISTS),
]


@pytest.mark.parametrize(("role", "block"), EVERY_ROLE)
def test_a_role_gives_only_what_kafka_knows_and_nothing_twice(role, block):
    found = list(role_rights(role, block))
    assert len(found) == len(set(found))
    for operation, resource_type, _, _ in found:
        assert operation in OPERATIONS[resource_type]
        assert operation != "ALL"


def test_every_operation_and_resource_has_its_code():
    assert RESOURCES.keys() == OPERATIONS.keys()
    assert {one for known in OPERATIONS.values() for one in known} == CODES.keys()


def test_a_right_is_on_a_name_unless_it_says_otherwise():
    assert Right("READ", "topic", "t") == Right("READ", "topic", "t", "literal")


def test_a_mirror_that_knows_the_other_cluster_names_its_own_topics():
    all_of = "CREATE READ WRITE DESCRIBE_CONFIGS"
    found = rights("mirror", side="source", topics=("t",), alias="dr")
    own = [one for one in found if "mm2" in one]
    assert own == sorted(each(all_of, "topic mm2-offset-syncs.dr.internal"))
    found = rights("mirror", side="target", topics=("primary.t",), alias="primary")
    for name in ("heartbeats", "primary.checkpoints.internal", "primary.heartbeats"):
        assert [one for one in found if one.endswith(f" {name}")] == sorted(each(all_of, f"topic {name}"))
