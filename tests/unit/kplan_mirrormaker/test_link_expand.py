"""What a link comes to: its parts in their order, and configurations that agree with each other."""

import json

import pytest
from links import DR, ENDPOINTS, PRIMARY, RULES, WORKERS, connectors, expand, link

from kplan.sdk.composites import Question
from kplan.sdk.planned import Planned
from kplan.sdk.session import Outcome
from kplan.sdk.values import Secret, Unknown, make_list, make_map

LOGIN = make_map(
    {
        "protocol": "SASL_SSL",
        "mechanism": "SCRAM-SHA-512",
        "username": "replicator",
        "password": Secret('pass"wo\\r\nd'),
        "ca": "PEM",
    }
)


def test_it_asks_for_topics_and_brokers():
    desired = link(topics={"names": ("orders",), "exclude_patterns": ("o.*x",)})
    assert list(RULES.asks("replication_link", desired, ENDPOINTS)) == [
        Question(
            "cluster.primary",
            "topics",
            {"names": ("orders",), "exclude_patterns": ("o.*x",), "include_internal": False},
        ),
        Question("cluster.primary", "cluster", {}),
        Question("cluster.dr", "cluster", {}),
    ]


def test_the_smallest_link_is_two_connectors_and_the_workers_access():
    parts = expand(link(), "orders")
    assert [(one.leaf, one.on, one.key) for one in parts] == [
        ("grant", "cluster.dr", "target"),
        ("connector", "connect_cluster.mm2", "connector:MirrorSourceConnector"),
        ("connector", "connect_cluster.mm2", "connector:MirrorHeartbeatConnector"),
    ]
    assert [one.after for one in parts] == [(), ("target",), ("target",)]


def test_every_connector_agrees_with_the_others():
    made = connectors(link(groups={"names": ("billing",)}), "orders")
    assert list(made) == ["MirrorSourceConnector", "MirrorCheckpointConnector", "MirrorHeartbeatConnector"]
    for kind, one in made.items():
        assert one["name"] == f"primary->dr.{kind}"
        assert one["class"] == f"org.apache.kafka.connect.mirror.{kind}"
        config = one["config"]
        assert config["source.cluster.alias"] == "primary"
        assert config["target.cluster.alias"] == "dr"
        assert config["source.cluster.bootstrap.servers"] == "p1:9092,p2:9092"
        assert config["target.cluster.bootstrap.servers"] == "d1:9092"
        assert config["replication.policy.class"].endswith("DefaultReplicationPolicy")
        assert config["value.converter"].endswith("ByteArrayConverter")
        assert all(isinstance(value, str) for value in config.values())
    assert made["MirrorSourceConnector"]["config"]["topics"] == "orders"
    assert made["MirrorCheckpointConnector"]["config"]["topics"] == "orders"


def test_filters_are_literal_but_for_patterns():
    desired = link(
        topics={
            "names": ("a.b", "c"),
            "prefixes": ("pay.",),
            "patterns": ("bill\\..+",),
            "exclude_names": ("pay.x",),
        },
        groups={"names": ("g(1)",), "prefixes": ("g.",)},
    )
    source, checkpoint = (
        connectors(desired, "a.b")[f"Mirror{one}Connector"]["config"] for one in ("Source", "Checkpoint")
    )
    assert source["topics"] == r"a\.b,c,pay\..*,bill\..+"
    assert source["topics.exclude"] == r"pay\.x,.*[\-\.]internal,.*\.replica,__.*"
    assert checkpoint["groups"] == r"g\(1\),g\..*"
    assert checkpoint["groups.exclude"] == "console-consumer-.*,connect-.*,__.*"


def test_what_stands_twice_is_written_once_as_mirrormaker_refuses_it_else():
    topics = {"names": ("a", "a"), "prefixes": ("b",), "patterns": ("a", "b.*"), "exclude_prefixes": ("__",)}
    config = connectors(link(topics=topics), "a")["MirrorSourceConnector"]["config"]
    assert config["topics"] == "a,b.*"
    assert config["topics.exclude"] == r"__.*,.*[\-\.]internal,.*\.replica"


def test_names_of_groups_are_meant_whatever_is_in_them():
    config = connectors(link(groups={"names": (" a, b\t",), "prefixes": ("${c:d}",)}), "orders")
    assert config["MirrorCheckpointConnector"]["config"]["groups"] == r"\x20a\x2c b\x09,\$\{c:d\}.*"


def test_copies_of_the_engines_topics_are_as_many_as_brokers_at_most_three():
    made = connectors(link(groups={"names": ("g",)}), "orders", brokers=(5, 2))
    source, checkpoint, heartbeat = (one["config"] for one in made.values())
    assert source["offset-syncs.topic.replication.factor"] == "3"
    assert source["replication.factor"] == "2"
    assert checkpoint["checkpoints.topic.replication.factor"] == "2"
    assert heartbeat["heartbeats.topic.replication.factor"] == "2"


def test_what_is_synchronised_follows_the_block():
    usual = connectors(link(groups={"names": ("g",)}), "orders")
    assert usual["MirrorSourceConnector"]["config"]["sync.topic.configs.enabled"] == "true"
    assert usual["MirrorSourceConnector"]["config"]["sync.topic.acls.enabled"] == "false"
    assert usual["MirrorCheckpointConnector"]["config"]["sync.group.offsets.enabled"] == "true"
    sync = {"topic_configs": False, "acls": True, "group_offsets": False, "interval_seconds": 5}
    other = connectors(link(groups={"names": ("g",)}, sync=sync), "orders")
    source, checkpoint, _ = (one["config"] for one in other.values())
    assert (source["sync.topic.configs.enabled"], source["sync.topic.acls.enabled"]) == ("false", "true")
    assert checkpoint["sync.group.offsets.enabled"] == "false"
    assert source["refresh.topics.interval.seconds"] == checkpoint["emit.checkpoints.interval.seconds"] == "5"


def test_topics_on_the_target_have_the_sources_partitions_and_our_keys_only():
    desired = link(
        topics={"prefixes": ("o",)},
        target_topics={"replication_factor": 3, "config": {"min.insync.replicas": "2"}},
    )
    parts = expand(desired, "orders", "other", partitions=12)
    topics = [one for one in parts if one.leaf == "topic"]
    assert [(one.on, one.key, one.desired["name"]) for one in topics] == [
        ("cluster.dr", "topic:orders", "primary.orders"),
        ("cluster.dr", "topic:other", "primary.other"),
    ]
    assert topics[0].desired == {
        "name": "primary.orders",
        "partitions": 12,
        "replication_factor": 3,
        "config": {"min.insync.replicas": "2"},
    }
    assert all(one.taken_over and one.left for one in topics)
    assert parts[-1].after == ("target", "topic:orders", "topic:other")
    excluded = connectors(desired, "orders")["MirrorSourceConnector"]["config"]["config.properties.exclude"]
    assert excluded.split(",")[-1] == r"min\.insync\.replicas"
    assert len(excluded.split(",")) == 6


def test_what_goes_from_the_source_in_the_same_plan_is_not_made_on_the_target():
    gone = Outcome("topic", "cluster.primary", ("orders",), there=False, goes=True)
    parts = expand(link(target_topics={}), "orders", planned=(gone,))
    assert [one.leaf for one in parts] == ["grant", "connector", "connector"]


def test_what_the_same_plan_makes_at_the_source_is_made_on_the_target_too():
    def made(name, partitions=6, on="cluster.primary"):
        return Outcome("topic", on, (name,), True, False, {"name": name, "partitions": partitions})

    planned = (
        made("orders"),
        made("pay.in", Unknown("number")),
        made("pay.out"),
        made("pay.not"),
        made("other"),
        made("orders", on="cluster.dr"),
    )
    topics = {"names": ("orders",), "prefixes": ("pay.",), "exclude_names": ("pay.not",)}
    parts = expand(link(topics=topics, target_topics={}), "pay.old", planned=planned)
    copies = {one.desired["name"]: one.desired["partitions"] for one in parts if one.leaf == "topic"}
    assert copies == {"primary.orders": 6, "primary.pay.out": 6, "primary.pay.old": 3}


def test_what_the_same_plan_makes_is_met_by_patterns_too():
    planned = [
        Outcome("topic", "cluster.primary", (name,), True, False, {"name": name, "partitions": 6})
        for name in ("orders", "orders.eu", "orders.us", "orders.test", "bill")
    ]
    topics = {"patterns": (r"orders\.[a-z]+", "b.*"), "exclude_patterns": (r".*\.t[a-z]*", "bil+")}
    parts = expand(link(topics=topics, target_topics={}), planned=planned)
    assert [one.desired["name"] for one in parts if one.leaf == "topic"] == [
        "primary.orders.eu",
        "primary.orders.us",
    ]


@pytest.mark.parametrize(
    ("naming", "expected"),
    [
        (
            "prefixed",
            {
                "dr",
                "dr.",
                "drx.orders",
                "heartbeats",
                "internal",
                "my-heartbeats",
                "orders",
                "orders.dr",
                "replica",
                "_x",
            },
        ),
        (
            "unchanged",
            {
                "dr",
                "dr.",
                "drx.orders",
                "heartbeats",
                "internal",
                "my-heartbeats",
                "orders",
                "orders.dr",
                "replica",
                "_x",
                "dr.orders",
                "x.dr.orders",
                "dr.x.",
                "x..dr.orders",
            },
        ),
    ],
)
def test_only_what_mirrormaker_copies_is_made_on_the_target(naming, expected):
    never = {".x", "__x", "a-internal", "a.internal", "a.replica", "dr.heartbeats", "x.dr.my-heartbeats"}
    names = never | expected | {"dr.orders", "x.dr.orders", "dr.x.", "x..dr.orders"}
    parts = expand(link(topics={"patterns": (".*",)}, naming=naming, target_topics={}), *names)
    copies = {one.key.removeprefix("topic:"): one.desired["name"] for one in parts if one.leaf == "topic"}
    assert {*copies} == expected
    for name, copy in copies.items():
        kept = naming == "unchanged" and not name.endswith("heartbeats")
        assert copy == (name if kept else f"primary.{name}")


def test_what_is_not_copied_is_told_beside_the_connector_that_copies():
    def made(name, **config):
        values = {"name": name, "partitions": 1, "config": make_map(config)}
        return Outcome("topic", "cluster.primary", (name,), True, False, values)

    def told(planned, **more):
        parts = expand(link(topics={"prefixes": ("o",)}, **more), planned=planned)
        return {one.key: one.notes for one in parts if one.notes}

    minimum, kind = {"min.insync.replicas": "2"}, {"message.timestamp.type": "LogAppendTime"}
    four = [made(f"o{number}", **minimum) for number in range(4)]
    two = [made("ox", **kind), made("other"), made("not", **minimum)]
    assert told([made("o1", **{"retention.ms": "5"}), made("not", **minimum)]) == {}
    assert told([*four, *two]) == {
        "connector:MirrorSourceConnector": (
            "message.timestamp.type of ox isn't copied; state it in target_topics if copies are to have it",
            "min.insync.replicas of o0, o1, o2 and 1 more isn't copied; state it in target_topics if copies are to have it",
        )
    }
    assert told(four, target_topics={"config": minimum}) == {}
    assert told(four, mirrormaker2={"source_config": {"config.properties.exclude": "x"}}) == {}
    [(_, [access])] = told([], sync={"acls": True}).items()
    assert "without WRITE and with READ for ALL" in access


def test_what_grows_at_the_source_grows_on_the_target():
    grown = Outcome("topic", "cluster.primary", ("orders",), True, False, {"name": "orders", "partitions": 9})
    parts = expand(link(target_topics={}), "orders", planned=(grown,))
    assert [one.desired["partitions"] for one in parts if one.leaf == "topic"] == [9]


def test_unchanged_names_are_the_sources():
    desired = link(naming="unchanged", target_topics={})
    [topic] = [one for one in expand(desired, "orders") if one.leaf == "topic"]
    assert topic.desired["name"] == "orders"
    config = connectors(desired, "orders")["MirrorSourceConnector"]["config"]
    assert config["replication.policy.class"].endswith("IdentityReplicationPolicy")


def test_the_replicator_gets_access_on_both_sides_and_its_secret_is_one():
    desired = link(
        topics={"names": ("orders",), "prefixes": ("pay.",)},
        groups={"names": ("billing",)},
        sync={"acls": True},
        source_client={"bootstrap_servers": ("inside:9093",), "security": LOGIN},
        target_client={"security": {**LOGIN, "principal": "User:other"}},
    )
    parts = expand(desired, "orders")
    source, target = (one for one in parts if one.leaf == "grant")
    assert (source.on, source.key) == ("cluster.primary", "source")
    assert source.desired == {
        "principals": ("User:replicator",),
        "mirror": {
            "side": "source",
            "alias": "dr",
            "sync_acls": True,
            "topics": ("orders",),
            "topic_prefixes": ("pay.",),
            "groups": ("billing",),
        },
    }
    assert target.desired == {
        "principals": ("User:other", "User:connect"),
        "mirror": {
            "side": "target",
            "alias": "primary",
            "sync_acls": True,
            "topic_prefixes": ("primary.",),
            "groups": ("billing",),
        },
    }
    connector = connectors(desired, "orders")["MirrorSourceConnector"]
    assert connector["config"]["source.cluster.bootstrap.servers"] == "inside:9093"
    assert connector["config"]["source.cluster.ssl.truststore.certificates"] == "PEM"
    assert not any("jaas" in key for key in connector["config"])
    hidden = connector["sensitive_config"].reveal()
    assert hidden["source.cluster.sasl.jaas.config"] == (
        "org.apache.kafka.common.security.scram.ScramLoginModule required "
        'username="replicator" password="pass\\"wo\\\\r\\nd";'
    )
    assert set(hidden) == {"source.cluster.sasl.jaas.config", "target.cluster.sasl.jaas.config"}
    assert "word" not in repr(connector)


def test_a_placeholder_is_no_secret():
    place = "${file:/etc/connect/primary.properties:password}"
    client = {"security": {**LOGIN, "password": place}}
    connector = connectors(link(source_client=client), "orders")["MirrorSourceConnector"]
    assert "sensitive_config" not in connector
    assert f'password="{place}"' in connector["config"]["source.cluster.sasl.jaas.config"]


def test_patterns_need_access_to_all_names():
    desired = link(
        topics={"patterns": ("o.*",)}, groups={"patterns": ("g.*",)}, source_client={"security": LOGIN}
    )
    source = expand(desired, "orders")[0].desired["mirror"]
    assert (source["topics"], source["groups"]) == (("*",), ("*",))


def test_further_keys_are_taken_verbatim():
    more = {
        "tasks_max": 4,
        "heartbeats": False,
        "source_config": {"offset.lag.max": "10"},
        "checkpoint_config": {"emit.checkpoints.interval.seconds": "1"},
    }
    made = connectors(link(groups={"names": ("g",)}, mirrormaker2=more), "orders")
    assert list(made) == ["MirrorSourceConnector", "MirrorCheckpointConnector"]
    assert made["MirrorSourceConnector"]["tasks_max"] == 4
    assert made["MirrorSourceConnector"]["config"]["offset.lag.max"] == "10"
    assert made["MirrorCheckpointConnector"]["config"]["emit.checkpoints.interval.seconds"] == "1"


def test_a_state_is_that_of_all_connectors():
    made = connectors(link(groups={"names": ("g",)}, mirrormaker2={"state": "STOPPED"}), "orders")
    assert [one.get("state") for one in made.values()] == ["STOPPED"] * 3
    assert all("state" not in one for one in connectors(link(groups={"names": ("g",)}), "orders").values())


def test_what_it_comes_to_is_the_same_each_time():
    desired = link(topics={"prefixes": ("o",)}, target_topics={}, groups={"names": ("g",)})
    first, second = (expand(desired, "o2", "o1", "o3") for _ in range(2))
    assert first == second
    assert json.dumps([one.key for one in first]) == json.dumps([one.key for one in second])


LATE = Unknown("any", ("topic.t",))
NAMES = make_map({"names": make_list(["a", LATE])})


@pytest.mark.parametrize(
    ("stated", "path"),
    [
        ({"topics": LATE}, ("topics",)),
        ({"topics": NAMES}, ("topics", "names")),
        ({"topics": make_map({"names": make_list(["a", Unknown("string")])})}, ("topics", "names")),
        ({"groups": LATE}, ("groups",)),
        ({"naming": LATE}, ("naming",)),
        ({"engine": LATE}, ("engine",)),
        ({"name": LATE}, ("name",)),
        ({"target_topics": make_map({"config": LATE})}, ("target_topics", "config")),
        ({"target_topics": make_map({"replication_factor": LATE})}, ("target_topics", "replication_factor")),
        ({"sync": make_map({"acls": LATE})}, ("sync", "acls")),
        (
            {"source_client": make_map({"bootstrap_servers": make_list([LATE])})},
            ("source_client", "bootstrap_servers"),
        ),
        (
            {"source_client": make_map({"security": make_map({"protocol": LATE, "mechanism": "PLAIN"})})},
            ("source_client", "security", "protocol"),
        ),
        (
            {
                "target_client": make_map(
                    {"security": make_map({"protocol": "SSL", "password": Secret(LATE), "ca": LATE})}
                )
            },
            ("target_client", "security", "password"),
        ),
        ({"mirrormaker2": make_map({"connect_cluster": LATE})}, ("mirrormaker2", "connect_cluster")),
        ({"mirrormaker2": make_map({"source_config": LATE})}, ("mirrormaker2", "source_config")),
    ],
)
def test_what_a_link_follows_from_must_be_known(stated, path):
    desired = link(**stated)
    desired = make_map({**desired, "mirrormaker2": make_map(desired["mirrormaker2"])})
    [fault] = RULES.asks("replication_link", desired, ENDPOINTS)
    assert (fault.code, fault.path) == ("not_known", path)
    assert " decides it later" in fault.detail
    assert RULES.expand_answered("replication_link", desired, ENDPOINTS, None, Planned()) == []


def test_values_that_are_only_handed_on_may_come_later():
    late = make_map({"offset.lag.max": LATE})
    own = make_map({"connect_cluster": WORKERS, "source_config": late})
    security = make_map({"protocol": "SSL", "ca": LATE})
    desired = link(mirrormaker2=own, source_client=make_map({"security": security}))
    config = connectors(make_map({**desired, "mirrormaker2": own}), "orders")["MirrorSourceConnector"][
        "config"
    ]
    assert [config["offset.lag.max"], config["source.cluster.ssl.truststore.certificates"]] == [LATE, LATE]


def test_both_ends_are_who_they_are_said_to_be():
    assert (PRIMARY.address, DR.address) == ("cluster.primary", "cluster.dr")
    assert RULES.expand_answered("replication_link", link(), ENDPOINTS, None, Planned()) == []


@pytest.mark.parametrize(
    ("stated", "stay"), [({}, True), ({"on_destroy": "keep"}, True), ({"on_destroy": "delete"}, False)]
)
def test_copies_stay_unless_it_is_said_that_they_go(stated, stay):
    parts = expand(link(target_topics=stated), "orders")
    assert [one.left for one in parts if one.leaf == "topic"] == [stay]


def test_without_a_topic_to_copy_the_connector_that_copies_may_be_idle():
    assert [one.get("may_be_idle") for one in connectors(link(groups={"names": ("g",)})).values()] == [
        True,
        None,
        None,
    ]
    assert "may_be_idle" not in connectors(link(), "orders")["MirrorSourceConnector"]
    assert connectors(link(), "__x")["MirrorSourceConnector"]["may_be_idle"] is True
