from pathlib import Path

import pytest

from kplan.sandbox import ClusterSpec, SandboxError, SandboxSpec
from kplan.sandbox.spec import meta_properties, places, server_properties


def settings(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())


def test_one_broker_is_its_own_controller_and_binds_the_loopback_only():
    (place,) = places(Path("/s/primary"), [19092, 19093])
    assert (place.data, place.log) == (
        Path("/s/primary/broker-1/data"),
        Path("/s/primary/broker-1/broker.log"),
    )
    told = settings(server_properties(ClusterSpec("primary"), place, place))
    assert told == {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": "1@127.0.0.1:19093",
        "listeners": "PLAIN://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093",
        "advertised.listeners": "PLAIN://127.0.0.1:19092",
        "listener.security.protocol.map": "PLAIN:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAIN",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": "/s/primary/broker-1/data",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        "allow.everyone.if.no.acl.found": "false",
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "auto.create.topics.enable": "false",
        "delete.topic.enable": "true",
        "group.initial.rebalance.delay.ms": "0",
        "offsets.topic.num.partitions": "5",
        "transaction.state.log.num.partitions": "5",
        "share.coordinator.state.topic.num.partitions": "5",
        "log.cleaner.dedupe.buffer.size": "4194304",
        "broker.session.timeout.ms": "2000",
        "broker.heartbeat.interval.ms": "500",
        "metadata.max.idle.interval.ms": "0",
    }


def test_further_listeners_have_ports_of_their_own_on_every_broker():
    spec = ClusterSpec("wide", brokers=2, listeners=(("LOGIN", "SASL_SSL"), ("TLS", "SSL")))
    assert spec.ports == 7
    first, second = places(Path("/s/wide"), [1, 2, 3, 4, 5, 6, 7], ["LOGIN", "TLS"])
    assert (first.port, first.further, first.controller_port) == (1, (("LOGIN", 2), ("TLS", 3)), 7)
    assert (second.port, second.further, second.controller_port) == (4, (("LOGIN", 5), ("TLS", 6)), None)
    told = settings(server_properties(spec, first, first))
    further = "LOGIN://127.0.0.1:2,TLS://127.0.0.1:3"
    assert told["listeners"] == f"PLAIN://127.0.0.1:1,{further},CONTROLLER://127.0.0.1:7"
    assert told["advertised.listeners"] == f"PLAIN://127.0.0.1:1,{further}"
    assert (
        told["listener.security.protocol.map"]
        == "PLAIN:PLAINTEXT,CONTROLLER:PLAINTEXT,LOGIN:SASL_SSL,TLS:SSL"
    )


def test_of_three_brokers_the_first_alone_is_a_controller():
    spec = ClusterSpec("wide", brokers=3)
    first, second, third = places(Path("/s/wide"), [1, 2, 3, 4])
    assert [place.port for place in (first, second, third)] == [1, 2, 3]
    told = settings(server_properties(spec, third, first))
    assert told["process.roles"] == "broker"
    assert told["node.id"] == "3"
    assert told["controller.quorum.voters"] == "1@127.0.0.1:4"
    assert told["listeners"] == "PLAIN://127.0.0.1:3"
    assert told["offsets.topic.replication.factor"] == "3"
    assert settings(server_properties(spec, first, first))["process.roles"] == "broker,controller"


@pytest.mark.parametrize("brokers", [2, 3, 5])
def test_brokers_of_a_cluster_with_several_are_in_three_racks_in_turn(brokers):
    spec = ClusterSpec("wide", brokers=brokers)
    all_of_it = places(Path("/s/wide"), range(1, spec.ports + 1))
    racks = [settings(server_properties(spec, one, all_of_it[0]))["broker.rack"] for one in all_of_it]
    assert racks == ["rack-1", "rack-2", "rack-3", "rack-1", "rack-2"][:brokers]


def test_what_is_asked_for_goes_over_the_sandboxs_own_settings():
    spec = ClusterSpec("c", config=(("auto.create.topics.enable", "true"), ("log.retention.ms", "1")))
    (place,) = places(Path("/s/c"), [1, 2])
    told = settings(server_properties(spec, place, place))
    assert (told["auto.create.topics.enable"], told["log.retention.ms"]) == ("true", "1")


def test_values_are_written_as_java_reads_them():
    (place,) = places(Path("/h/jürgen 𝄞\\x"), [1, 2])
    text = server_properties(ClusterSpec("c", config=(("k", " a\nb"),)), place, place)
    assert "log.dirs=/h/j\\u00fcrgen \\ud834\\udd1e\\\\x/broker-1/data\n" in text
    assert "\nk=\\ a\\nb\n" in text


def test_a_data_folder_is_marked_with_the_ids():
    (place,) = places(Path("/s/c"), [1, 2])
    assert (
        meta_properties("CLUSTER", place, "FOLDER")
        == "version=1\ncluster.id=CLUSTER\nnode.id=1\ndirectory.id=FOLDER\n"
    )


@pytest.mark.parametrize("name", ["", "../up", "a b", "-x", "a.b", "x" * 64, "a/b"])
def test_names_that_could_not_be_folders_or_aliases_are_refused(name):
    with pytest.raises(SandboxError, match="is no name for a cluster"):
        ClusterSpec(name)
    with pytest.raises(SandboxError, match="is no name for a sandbox"):
        SandboxSpec(name)


def test_impossible_wishes_are_refused():
    with pytest.raises(SandboxError, match="1 to 9 brokers, not 0"):
        ClusterSpec("c", brokers=0)
    with pytest.raises(SandboxError, match="like 512m or 2g, not '1 GB'"):
        ClusterSpec("c", heap="1 GB")
    with pytest.raises(SandboxError, match="at least one cluster"):
        SandboxSpec(clusters=())
    with pytest.raises(SandboxError, match="can't share a name: a"):
        SandboxSpec(clusters=(ClusterSpec("a"), ClusterSpec("b"), ClusterSpec("a", 3)))
