"""Where Kafka or a client library says "none" for what may not be seen, and what kplan says."""

import re

import pytest
from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)
from denying import PASSWORD, SECURITY, Denying
from driving import Driver, Other, Patience, found, is_absent

from kplan.sdk.session import Ask, Danger, Do, Failed, Fault, Found, Step, Unreadable, Work
from kplan_kafka.access_rights import CLUSTER_NAME, Right

LOGIN = {
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "PLAIN",
    "sasl.username": "kplan",
    "sasl.password": PASSWORD,
    "log_level": 0,
}


def driver(denying: Denying) -> Driver:
    return Driver(*denying.login, security=SECURITY)


def librdkafka(denying: Denying) -> AdminClient:
    return AdminClient({**LOGIN, "bootstrap.servers": denying.login[0]})


@pytest.fixture
def orders(denying: Denying, topic_prefix: str) -> str:
    """A topic with a value of its own, which a group reads."""
    name = f"{topic_prefix}orders"
    other = Other(*denying.plain)
    other.create(name, retention_ms="2592000000")
    other.commit(f"{name}-readers", name)
    return name


def on(name: str, *operations: str, pattern: str = "literal") -> list[Right]:
    return [Right(one, "topic", name, pattern) for one in operations]


UNKNOWN = "have offsets on it is not known: kplan's principal needs DESCRIBE on the cluster"
DESCRIBE_CLUSTER = Right("DESCRIBE", "cluster", CLUSTER_NAME)


def lacks(told: object, right: str) -> bool:
    fault = told.fault if isinstance(told, Unreadable | Failed) else told
    assert isinstance(fault, Fault), told
    assert fault.code == "not_authorized"
    return f"kplan's principal needs {right}" in fault.remedy


def test_an_access_control_list_that_may_not_be_read_is_not_empty(denying, orders):
    denying.allow(on(orders, "DESCRIBE"))
    everything = AclBindingFilter(
        ResourceType.ANY,
        None,
        ResourcePatternType.ANY,
        None,
        None,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )
    assert librdkafka(denying).describe_acls(everything).result(30) == []
    binding = ("User:kplan", "DESCRIBE", "topic", orders, "literal", "allow", "*")
    with driver(denying) as kplan:
        for seen in (
            kplan.session.read("acl_binding", [Ask(binding, None, None)], Patience())[binding],
            dict(kplan.session.list("acl_binding", Patience()))[()],
        ):
            assert lacks(seen, "DESCRIBE on the cluster")
            assert not seen.fault.detail  # the broker's words are a dump of its own request
        denying.allow([*on(orders, "DESCRIBE"), DESCRIBE_CLUSTER])
        [seen] = kplan.session.read("acl_binding", [Ask(binding, None, None)], Patience()).values()
        assert isinstance(seen, Found)


# kafka-python's clients read more schemas by functions that Python 3.11 and 3.12 deprecate.
@pytest.mark.filterwarnings("ignore:(read|open)_text is deprecated:DeprecationWarning")
def test_a_config_that_may_not_be_read_is_not_empty(denying, orders):
    from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

    denying.allow(on(orders, "DESCRIBE"))
    client = KafkaAdminClient(
        bootstrap_servers=denying.login[0],
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="PLAIN",
        sasl_plain_username="kplan",
        sasl_plain_password=PASSWORD,
    )
    try:
        told = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, orders)])
    finally:
        client.close()
    assert told == {"topic": {orders: {}}}
    with driver(denying) as kplan:
        declared = kplan.complete(orders, config={"retention.ms": "1000"})
        assert lacks(kplan.see(orders, declared), f"DESCRIBE_CONFIGS on topic {orders}")
        assert lacks(ask(kplan, "topic", name=orders), f"DESCRIBE_CONFIGS on topic {orders}")
        grown = kplan.complete(orders, partitions=2)  # of which the plan says what compaction makes of it
        assert lacks(kplan.see(orders, grown), f"DESCRIBE_CONFIGS on topic {orders}")


def test_a_topic_that_may_not_be_seen_is_neither_there_nor_absent(denying, orders):
    nowhere = f"{orders}-nowhere"
    denying.allow([])
    assert orders not in librdkafka(denying).list_topics(timeout=30).topics
    with driver(denying) as kplan:
        for name in (orders, nowhere):
            assert lacks(kplan.see(name, kplan.complete(name)), f"DESCRIBE on topic {name}")
            assert lacks(ask(kplan, "topic", name=name), f"DESCRIBE on topic {name}")
        denying.allow(on(orders, "DESCRIBE", pattern="prefixed"))
        assert found(kplan.see(orders, kplan.complete(orders)))["partitions"] == 1
        assert is_absent(kplan.see(nowhere, kplan.complete(nowhere)))


def ask(kplan: Driver, source: str, **args: object) -> object:
    [answer] = kplan.session.query(source, [args], Patience())
    return answer


def test_a_listing_that_leaves_topics_out_without_a_word_is_not_believed(denying, orders):
    denying.allow(on(orders, "DESCRIBE", pattern="prefixed"))
    with driver(denying) as kplan:
        for filters in (
            {},
            {"patterns": (".*",)},
            {"prefixes": (orders[:-1],)},
            {"names": (orders, "elsewhere")},
        ):
            told = ask(kplan, "topics", **filters)
            assert lacks(told, "DESCRIBE on")
            assert "visible_only" in told.remedy
            assert ask(kplan, "topics", **filters, visible_only=True)["found"] == (orders,)
        for filters in (
            {"prefixes": (orders,)},
            {"names": (orders, f"{orders}-nowhere")},
            {"patterns": (f"{orders}.*",)},
        ):
            assert ask(kplan, "topics", **filters)["found"] == (orders,)
        listed = dict(kplan.session.list("topic", Patience()))
        assert lacks(listed[()], "DESCRIBE on all topics")
        denying.allow(on("*", "DESCRIBE", "DESCRIBE_CONFIGS"))
        assert orders in ask(kplan, "topics")["found"]
        listed = dict(kplan.session.list("topic", Patience()))
        assert () not in listed
        assert (orders,) in listed


@pytest.mark.parametrize(
    ("rights", "told"),
    [
        (
            [DESCRIBE_CLUSTER, Right("DESCRIBE", "group", "*")],
            "consumer groups with offsets on it: {group}",
        ),
        (
            [Right("DESCRIBE", "group", "*")],
            "consumer groups with offsets on it: {group}; whether other groups " + UNKNOWN,
        ),
        (
            [],
            "whether consumer groups " + UNKNOWN,
        ),
    ],
)
def test_groups_that_may_not_be_seen_are_not_none(denying, orders, rights, told):
    denying.allow([*on(orders, "DESCRIBE", "DESCRIBE_CONFIGS"), *rights])
    if not rights:
        assert librdkafka(denying).list_consumer_groups().result(30).valid == []
    with driver(denying) as kplan:
        verdict = kplan.plan_delete(orders, found(kplan.see(orders)))
    assert isinstance(verdict, Do)
    [loss] = verdict.losses
    assert loss.what == f"topic {orders} is deleted; {told.format(group=f'{orders}-readers')}"


def test_groups_that_are_listed_but_whose_offsets_may_not_be_seen_are_named(denying, orders):
    """The first of them; there may be more, of other tests."""
    readable, hidden = f"{orders}-readers", f"!{orders}"
    Other(*denying.plain).commit(hidden, orders)
    readers = Right("DESCRIBE", "group", readable)
    denying.allow([*on(orders, "DESCRIBE", "DESCRIBE_CONFIGS"), DESCRIBE_CLUSTER, readers])
    with driver(denying) as kplan:
        [loss] = kplan.plan_delete(orders, found(kplan.see(orders))).losses
    assert f"consumer groups with offsets on it: {readable}; whether other groups have" in loss.what
    assert re.search(
        rf"not known: kplan's principal needs DESCRIBE on group {hidden}( and \d+ more)?$", loss.what
    )


def test_a_reassignment_that_may_not_be_seen_is_not_none(denying, topic_prefix):
    """More replicas than declared may be those of a move under way; who can't know doesn't call it a difference."""
    name = f"{topic_prefix}wide"
    Other(*denying.plain).create(name, factor=2)
    denying.allow(on(name, "DESCRIBE", "DESCRIBE_CONFIGS"))
    with driver(denying) as kplan:
        declared = kplan.complete(name, replication_factor=1)
        assert lacks(kplan.see(name, declared), "DESCRIBE on the cluster")
        assert found(kplan.see(name, kplan.complete(name, replication_factor=2)))
        denying.allow([*on(name, "DESCRIBE", "DESCRIBE_CONFIGS"), DESCRIBE_CLUSTER])
        assert found(kplan.see(name, declared))["replication_factor"] == 2


def test_a_default_that_may_not_be_seen_is_not_unlimited(denying, orders):
    """To go back to a default that is not known is a loss, as the default may be shorter."""
    denying.allow(on(orders, "DESCRIBE", "DESCRIBE_CONFIGS"))
    with driver(denying) as kplan:
        live = found(kplan.see(orders))
        assert kplan.facts.values["config_defaults"]["retention.ms"] is None
        verdict = kplan.plan(orders, live)
        assert isinstance(verdict, Do)
        [loss] = verdict.losses
        assert loss.danger is Danger.DATA_LOSS
        assert loss.what.startswith("retention.ms goes back to the cluster's default, which is not known")
    denying.allow(
        [*on(orders, "DESCRIBE", "DESCRIBE_CONFIGS"), Right("DESCRIBE_CONFIGS", "cluster", CLUSTER_NAME)]
    )
    with driver(denying) as kplan:
        [loss] = kplan.plan(orders, live).losses
        assert loss.amount == "720 h → 168 h"


def test_what_may_be_made_but_not_read_back_is_refused_before_it_is_made(denying, topic_prefix):
    name = f"{topic_prefix}blind"
    denying.allow(on(name, "DESCRIBE", "CREATE"))
    with driver(denying) as kplan:
        faults = kplan.refused(name, config={"retention.ms": "1000"})
        assert lacks(faults["not_authorized"], f"DESCRIBE_CONFIGS on topic {name}")
        assert is_absent(kplan.see(name))


def test_what_was_made_and_may_not_be_read_back_is_told_at_once(denying, topic_prefix):
    """Rights that are taken away between plan and apply: the outcome is not known, and the wait for it is short."""
    name = f"{topic_prefix}blinded"
    denying.allow(on(name, "DESCRIBE", "CREATE", "DESCRIBE_CONFIGS"))
    with driver(denying) as kplan:
        work = kplan.pending(name, None, kplan.complete(name, config={"retention.ms": "1000"}))
        denying.allow(on(name, "DESCRIBE", "CREATE"))
        event = kplan.carry_out(work)[name]
        assert lacks(event, f"DESCRIBE_CONFIGS on topic {name}")
        assert event.fault.retry == "outcome_unknown"
        denying.allow(on(name, "DESCRIBE", "DESCRIBE_CONFIGS"))
        assert found(kplan.see(name))["config"] == {"retention.ms": "1000"}


def test_who_takes_away_its_own_right_is_told_that_what_came_of_it_may_not_be_seen(denying):
    own = Right("ALTER", "cluster", CLUSTER_NAME)
    denying.allow([own])
    binding = ("User:kplan", own.operation, own.resource_type, own.name, own.pattern, "allow", "*")
    with driver(denying) as kplan:
        [seen] = kplan.session.read("acl_binding", [Ask(binding, None, None)], Patience()).values()
        work = Work("own", binding, (Step("delete", found(seen)),), seen, {})
        [event] = kplan.session.apply("acl_binding", [work], Patience())
    assert lacks(event, "DESCRIBE on the cluster")
    assert event.fault.retry == "outcome_unknown"


def test_with_no_right_at_all_the_cluster_still_says_who_it_is(denying, primary_id):
    denying.allow([])
    with driver(denying) as kplan:
        assert kplan.facts.uid == primary_id
        assert kplan.facts.values["config_defaults"] == {}
        assert kplan.facts.values["brokers_up"] == 2
        assert ask(kplan, "cluster")["broker_count"] == 2


@pytest.fixture
def primary_id(denying: Denying) -> str:
    return str(AdminClient({"bootstrap.servers": denying.plain[0]}).list_topics(timeout=30).cluster_id)
