"""`acl` and `grant` to bindings, and all that can be wrong with them, each with its place."""

import pytest

from kplan.sdk.composites import Child
from kplan.sdk.values import Endpoint, Unknown, make_list, make_map, make_set
from kplan_kafka.access_expand import expand, fenced_out, key_of
from kplan_kafka.access_types import IDENTITY

ON = "cluster.primary"
SETTINGS = {"name": "primary", "bootstrap_servers": ("a:1",)}
SIGNED = {**SETTINGS, "security": {"protocol": "SASL_SSL", "username": "kplan"}}
PRODUCE = {"topics": ("orders",)}


def acl(**more):
    values = {
        "cluster": Endpoint(ON, "cluster"),
        "resource_type": "topic",
        "resource_name": "orders",
        "principal": "User:a",
        "operations": make_set(["READ"]),
        **more,
    }
    return {name: value for name, value in values.items() if value is not None}


def grant(principals=("User:a",), **more):
    return {
        "cluster": Endpoint(ON, "cluster"),
        "principals": principals,
        **{name: make_map(value) if isinstance(value, dict) else value for name, value in more.items()},
    }


def expanded(desired, settings=SETTINGS):
    return expand("acl" if "operations" in desired else "grant", desired, {ON: settings})


def keys(desired):
    """Give what the addresses of the bindings end in."""
    found = expanded(desired)
    assert all(isinstance(one, Child) for one in found), found
    assert all((one.leaf, one.on) == ("acl_binding", ON) for one in found)
    assert all(tuple(one.desired) == IDENTITY for one in found)
    assert all(one.key == f"primary/{key_of(one.desired)}" for one in found)
    return [one.key.removeprefix("primary/") for one in found]


def wrong(desired, settings=SETTINGS):
    """Give code and place of each fault; each says what it is and what to do."""
    found = expanded(desired, settings)
    assert not any(isinstance(one, Child) for one in found)
    assert all(one.summary for one in found)
    return [(one.code, one.path) for one in found]


def remedy(desired):
    [fault] = expanded(desired)
    return fault.remedy


# what an acl comes to


def test_every_operation_is_a_binding():
    assert keys(acl(operations=make_set(["WRITE", "READ"]))) == [
        "User:a:READ:topic:orders",
        "User:a:WRITE:topic:orders",
    ]


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({}, "User:a:READ:topic:orders"),
        ({"pattern_type": "literal", "host": "*", "permission": "allow"}, "User:a:READ:topic:orders"),
        ({"pattern_type": "prefixed"}, "User:a:READ:topic:orders:prefixed"),
        ({"permission": "deny"}, "User:a:READ:topic:orders:deny"),
        ({"host": "10.0.0.7"}, "User:a:READ:topic:orders:host=10.0.0.7"),
        (
            {"pattern_type": "PREFIXED", "permission": "Deny", "host": "10.0.0.7"},
            "User:a:READ:topic:orders:prefixed:deny:host=10.0.0.7",
        ),
        ({"resource_name": "*"}, "User:a:READ:topic:*"),
        ({"resource_type": "Group", "resource_name": "a:b%c/d"}, "User:a:READ:group:a%3Ab%25c/d"),
        ({"principal": "User:CN=a:b,O=c"}, "User:CN=a%3Ab,O=c:READ:topic:orders"),
        ({"host": "0:0:0:0:0:0:0:1"}, "User:a:READ:topic:orders:host=0%3A0%3A0%3A0%3A0%3A0%3A0%3A1"),
        (
            {"resource_type": "cluster", "resource_name": None, "operations": make_set(["alter"])},
            "User:a:ALTER:cluster:kafka-cluster",
        ),
        (
            {"resource_type": "cluster", "resource_name": "kafka-cluster", "operations": make_set(["ALTER"])},
            "User:a:ALTER:cluster:kafka-cluster",
        ),
        (
            {"resource_type": "transactional_id", "operations": make_set(["TWO_PHASE_COMMIT"])},
            "User:a:TWO_PHASE_COMMIT:transactional_id:orders",
        ),
        (
            {"resource_type": "delegation_token", "operations": make_set(["DESCRIBE"])},
            "User:a:DESCRIBE:delegation_token:orders",
        ),
        (
            {"resource_type": "user", "resource_name": "User:b", "operations": make_set(["CREATE_TOKENS"])},
            "User:a:CREATE_TOKENS:user:User%3Ab",
        ),
    ],
)
def test_an_acl_is_named_by_all_that_is_not_usual(more, key):
    assert keys(acl(**more)) == [key]


def test_a_binding_has_every_field_as_kafka_calls_it():
    [child] = expanded(
        acl(
            resource_type="TOPIC",
            pattern_type="PREFIXED",
            operations=make_set(["write"]),
            permission="DENY",
            host="10.0.0.7",
        )
    )
    assert child.desired == {
        "principal": "User:a",
        "operation": "WRITE",
        "resource_type": "topic",
        "resource_name": "orders",
        "pattern_type": "prefixed",
        "permission": "deny",
        "host": "10.0.0.7",
    }


def test_what_is_said_twice_is_one_binding():
    assert keys(acl(operations=make_set(["READ", "read"]))) == ["User:a:READ:topic:orders"]
    twice = grant(("User:a", "User:a"), produce={"topics": ("orders", "orders")}, hosts=("*", "*"))
    assert keys(twice) == ["User:a:WRITE:topic:orders"]


# what a grant comes to


def test_a_grant_gives_every_principal_from_every_host_every_right():
    made = keys(
        grant(
            ("User:a", "User:b"),
            hosts=("10.0.0.7", "10.0.0.8"),
            produce={"topics": ("orders",), "topic_prefixes": ("log.",)},
        )
    )
    assert made == [
        f"{who}:WRITE:topic:{what}:host={host}"
        for who in ("User:a", "User:b")
        for host in ("10.0.0.7", "10.0.0.8")
        for what in ("orders", "log.:prefixed")
    ]


def test_roles_of_a_grant_add_up():
    both = grant(produce={"topics": ("orders",)}, consume={"topics": ("orders",), "groups": ("billing",)})
    assert keys(both) == [
        "User:a:WRITE:topic:orders",
        "User:a:READ:topic:orders",
        "User:a:READ:group:billing",
    ]


def test_a_grant_without_hosts_is_for_any():
    assert keys(grant(produce=PRODUCE, hosts=())) == ["User:a:WRITE:topic:orders"]


# what is wrong


@pytest.mark.parametrize(
    ("more", "code", "at"),
    [
        ({"principal": "billing"}, "invalid_principal", "principal"),
        ({"principal": ""}, "invalid_principal", "principal"),
        ({"principal": "User:"}, "invalid_principal", "principal"),
        ({"principal": ":billing"}, "invalid_principal", "principal"),
        ({"principal": "My User:x"}, "invalid_principal", "principal"),
        ({"host": "example.com"}, "invalid_host", "host"),
        ({"host": "10.0.0.0/8"}, "invalid_host", "host"),
        ({"host": "10.0.0.*"}, "invalid_host", "host"),
        ({"host": ""}, "invalid_host", "host"),
        ({"host": "10.0.0.07"}, "invalid_host", "host"),
        ({"host": "::1"}, "invalid_host", "host"),
        ({"host": "2001:DB8:0:0:0:0:0:1"}, "invalid_host", "host"),
        ({"host": "::ffff:10.0.0.7"}, "invalid_host", "host"),
        ({"pattern_type": "match"}, "invalid_pattern_type", "pattern_type"),
        ({"permission": "maybe"}, "invalid_permission", "permission"),
        ({"resource_type": "broker"}, "invalid_resource_type", "resource_type"),
        ({"operations": make_set([])}, "no_operations", "operations"),
        ({"operations": make_set(["CREATE_TOKENS"])}, "no_such_operation", "operations"),
        ({"operations": make_set(["READS"])}, "no_such_operation", "operations"),
        ({"resource_type": "group", "operations": make_set(["WRITE"])}, "no_such_operation", "operations"),
        ({"resource_name": ""}, "empty_name", "resource_name"),
        ({"resource_name": "*", "pattern_type": "prefixed"}, "star_as_prefix", "resource_name"),
        ({"resource_name": "orders.*"}, "pattern_in_name", "resource_name"),
        ({"resource_name": "or*ders", "pattern_type": "prefixed"}, "pattern_in_name", "resource_name"),
        ({"resource_name": "x" * 250}, "invalid_topic_name", "resource_name"),
        (
            {"resource_type": "user", "resource_name": "bob", "operations": make_set(["ALL"])},
            "invalid_principal",
            "resource_name",
        ),
        (
            {"resource_type": "cluster", "operations": make_set(["ALTER"])},
            "invalid_cluster_name",
            "resource_name",
        ),
        (
            {
                "resource_type": "cluster",
                "resource_name": "kafka-cluster",
                "pattern_type": "prefixed",
                "operations": make_set(["ALTER"]),
            },
            "invalid_cluster_name",
            "resource_name",
        ),
        ({"permission": "deny", "principal": "User:*"}, "denies_itself", "principal"),
    ],
)
def test_what_is_wrong_with_an_acl_is_told_where_it_is(more, code, at):
    assert wrong(acl(**more)) == [(code, (at,))]


def test_a_resource_needs_its_name():
    assert wrong(acl(resource_name=None)) == [("no_resource_name", ())]


@pytest.mark.parametrize("name", ["x" * 249, "a.b_c-d", "*"])
def test_names_that_topics_may_have_are_taken(name):
    assert keys(acl(resource_name=name)) == [f"User:a:READ:topic:{name}"]


@pytest.mark.parametrize(
    ("resource_type", "name"), [("group", "x" * 300), ("group", "a*"), ("transactional_id", "*a")]
)
def test_other_names_may_be_anything(resource_type, name):
    desired = acl(resource_type=resource_type, resource_name=name, operations=make_set(["DESCRIBE"]))
    assert keys(desired) == [f"User:a:DESCRIBE:{resource_type}:{name}"]


def test_all_that_is_wrong_is_told_at_once():
    desired = acl(
        principal="a",
        host="x",
        pattern_type="p",
        permission="q",
        resource_name="",
        operations=make_set(["NO", "SUCH"]),
    )
    assert [code for code, _ in wrong(desired)] == [
        "invalid_principal",
        "invalid_host",
        "invalid_pattern_type",
        "invalid_permission",
        "empty_name",
        "no_such_operation",
        "no_such_operation",
    ]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"principal": "billing"}, 'Write "User:billing".'),
        ({"principal": ""}, 'Write "User:" and the name.'),
        ({"principal": "User:"}, 'Write "User:" and the name.'),
        ({"host": "example.com"}, 'Write an IP address, or "*" for any.'),
        ({"host": "::1"}, 'Write "0:0:0:0:0:0:0:1".'),
        ({"host": "2001:DB8::00a:1"}, 'Write "2001:db8:0:0:0:0:a:1".'),
        ({"host": "::ffff:10.0.0.7"}, 'Write "10.0.0.7".'),
        ({"host": "fe80::1%eth0"}, 'Write "fe80:0:0:0:0:0:0:1%eth0".'),
        ({"pattern_type": "match"}, "It is one of: literal, prefixed."),
        ({"permission": "maybe"}, "It is one of: allow, deny."),
        (
            {"resource_type": "broker"},
            "It is one of: topic, group, cluster, transactional_id, delegation_token, user.",
        ),
        ({"operations": make_set([])}, "Name at least one, such as READ."),
        (
            {"resource_type": "delegation_token", "operations": make_set(["READ"])},
            "It takes: DESCRIBE, ALL.",
        ),
        ({"resource_name": None}, 'To mean all, write resource_name = "*".'),
        ({"resource_name": ""}, 'To mean all, write "*".'),
        ({"resource_name": "*", "pattern_type": "prefixed"}, "To mean all, leave pattern_type out."),
        (
            {"resource_name": "orders.*"},
            'To mean all that begin so: resource_name = "orders.", pattern_type = "prefixed".',
        ),
    ],
)
def test_every_error_says_what_to_do(more, words):
    assert remedy(acl(**more)) == words


def test_kplan_is_not_denied_by_its_own_hand():
    denied = acl(permission="deny", principal="User:kplan")
    assert wrong(denied, SIGNED) == [("denies_itself", ("principal",))]
    assert wrong({**denied, "permission": "DENY"}, SIGNED) == [("denies_itself", ("principal",))]
    assert len(expanded(denied)) == 1  # who kplan is there is not known
    assert all(isinstance(one, Child) for one in expanded({**denied, "principal": "User:other"}, SIGNED))
    assert all(isinstance(one, Child) for one in expanded({**denied, "permission": "allow"}, SIGNED))
    everybody = expanded(acl(permission="deny", principal="User:*"), SIGNED)
    assert everybody[0].summary == "this denies it to everybody, and so to kplan's own principal, User:kplan"


def test_everybody_may_be_allowed():
    assert keys(acl(principal="User:*")) == ["User:*:READ:topic:orders"]


@pytest.mark.parametrize(
    ("desired", "code", "at"),
    [
        (grant((), produce=PRODUCE), "no_principals", ("principals",)),
        (grant(("User:a", "b"), produce=PRODUCE), "invalid_principal", ("principals", 1)),
        (grant(hosts=("*", "x"), produce=PRODUCE), "invalid_host", ("hosts", 1)),
        (grant(), "no_role", ()),
        (grant(produce={}), "empty_role", ("produce",)),
        (grant(produce={"transactional_ids": ("t",)}), "empty_role", ("produce",)),
        (grant(consume={"topics": ()}), "empty_role", ("consume",)),
        (grant(mirror={"side": "source"}), "empty_role", ("mirror",)),
        (grant(mirror={"side": "both", "topics": ("t",)}), "invalid_side", ("mirror", "side")),
        (grant(streams={"application_id": ""}), "empty_name", ("streams", "application_id")),
        (grant(streams={"application_id": "*"}), "star_as_name", ("streams", "application_id")),
        (grant(connect={"group_id": ""}), "empty_name", ("connect", "group_id")),
        (grant(connect={"group_id": "*"}), "star_as_name", ("connect", "group_id")),
        (grant(connect={"group_id": "c", "config_topic": ""}), "empty_name", ("connect", "config_topic")),
        (grant(connect={"group_id": "c", "offset_topic": "*"}), "star_as_name", ("connect", "offset_topic")),
        (grant(connect={"group_id": "c", "status_topic": "a*"}), "star_as_name", ("connect", "status_topic")),
        (grant(produce={"topics": ("a", "")}), "empty_name", ("produce", "topics", 1)),
        (grant(produce={"topic_prefixes": ("",)}), "empty_name", ("produce", "topic_prefixes", 0)),
        (grant(produce={"topic_prefixes": ("*",)}), "star_as_prefix", ("produce", "topic_prefixes", 0)),
        (grant(consume={"group_prefixes": ("*",)}), "star_as_prefix", ("consume", "group_prefixes", 0)),
        (grant(consume={"topics": ("a.*",)}), "pattern_in_name", ("consume", "topics", 0)),
        (
            grant(streams={"application_id": "s", "input_topics": ("a.*",)}),
            "pattern_in_name",
            ("streams", "input_topics", 0),
        ),
        (grant(kplan_read={"topics": ("",)}), "empty_name", ("kplan_read", "topics", 0)),
    ],
)
def test_what_is_wrong_with_a_grant_is_told_where_it_is(desired, code, at):
    assert wrong(desired) == [(code, at)]


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"topics": ("orders.*",)}, 'To mean all that begin so, write topic_prefixes = ["orders."].'),
        ({"topics": ("*.orders",)}, 'To mean all that begin so, write topic_prefixes = ["*.orders"].'),
        ({"topic_prefixes": ("*",)}, 'To mean all, write topics = ["*"].'),
        ({"topic_prefixes": ("",)}, 'To mean all, write "*" among the names.'),
    ],
)
def test_a_wrong_name_says_what_was_meant(block, words):
    assert remedy(grant(produce=block)) == words


def test_group_and_transaction_names_may_have_stars():
    made = keys(
        grant(consume={"groups": ("a*", "*")}, produce={"topics": ("*",), "transactional_ids": ("*",)})
    )
    assert made == [
        "User:a:READ:group:a*",
        "User:a:READ:group:*",
        "User:a:WRITE:topic:*",
        "User:a:WRITE:transactional_id:*",
    ]


@pytest.mark.parametrize(
    ("desired", "at"),
    [
        (acl(resource_name=Unknown("string", ("topic.t",))), ("resource_name",)),
        (acl(operations=Unknown("set(string)", ("topic.t",))), ("operations",)),
        (grant(make_list([Unknown("string", ("topic.t",))]), produce=PRODUCE), ("principals",)),
        (
            grant(produce={"topics": make_list(["a", Unknown("string", ("topic.t",))])}),
            ("produce", "topics"),
        ),
    ],
)
def test_what_only_an_apply_decides_is_refused_where_it_is(desired, at):
    [fault] = expanded(desired)
    assert (fault.code, fault.path) == ("unknown_identity", at)
    assert "topic.t decides it later" in fault.detail


def test_what_follows_from_another_error_is_not_told():
    assert expanded(acl(resource_name=Unknown("string"))) == []


@pytest.mark.parametrize(
    ("prefixes", "principal", "inside"),
    [
        (None, "User:a", True),
        (("User:a", "User:b-"), "User:b-1", True),
        (("User:a", "User:b-"), "User:c", False),
        (("a",), "User:a", False),
        ((), "User:a", False),
        (make_list([Unknown("string", ("x.y",))]), "User:a", True),
    ],
)
def test_principals_are_fenced(prefixes, principal, inside):
    endpoint = {**SETTINGS, "manages": make_map({"principal_prefixes": prefixes})}
    assert (fenced_out(principal, endpoint) == "") is inside
    assert fenced_out(principal, SETTINGS) == ""


def test_a_fence_says_what_it_has():
    endpoint = {"manages": {"principal_prefixes": ("User:a", "User:b")}}
    assert fenced_out("User:c", endpoint) == (
        "manages.principal_prefixes of the cluster has no prefix of User:c (it has User:a, User:b)"
    )
    assert fenced_out("User:c", {"manages": {"principal_prefixes": ()}}).endswith("(it has none)")
