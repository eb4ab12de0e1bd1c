"""A cluster's block before contact."""

import pytest

from kplan.sdk.values import Secret, Unknown, make_list, make_map
from kplan_kafka.endpoint import Address, address, addresses, check_cluster
from kplan_kafka.options import librdkafka, options_of


@pytest.mark.parametrize(
    ("text", "expected", "printed"),
    [
        ("kafka1:9092", ("kafka1", 9092), "kafka1:9092"),
        (" kafka1.dr.example:65535 ", ("kafka1.dr.example", 65535), "kafka1.dr.example:65535"),
        ("127.0.0.1:1", ("127.0.0.1", 1), "127.0.0.1:1"),
        ("[::1]:9092", ("::1", 9092), "[::1]:9092"),
        ("PLAINTEXT://kafka1:9092", ("kafka1", 9092), "kafka1:9092"),
    ],
)
def test_addresses_are_read_and_printed(text, expected, printed):
    assert address(text) == Address(*expected)
    assert str(address(text)) == printed


@pytest.mark.parametrize(
    "text",
    ["kafka1", "kafka1:", ":9092", "kafka1:0", "kafka1:65536", "::1:9092", "a b:9092", "kafka1:9092/x", ""],
)
def test_what_is_no_address_is_found_with_its_place(text):
    [fault] = check_cluster({"bootstrap_servers": ("good:9092", text)})
    assert (fault.code, fault.path) == ("invalid_address", ("bootstrap_servers", 1))
    assert "host:port" in fault.remedy


@pytest.mark.parametrize("servers", [None, ()])
def test_a_cluster_without_brokers_is_refused(servers):
    [fault] = check_cluster({"bootstrap_servers": servers})
    assert fault.path == ("bootstrap_servers",)


def test_unknown_and_secret_servers_pass():
    assert check_cluster(make_map({"bootstrap_servers": Unknown("list(string)")})) == []
    hidden = make_list([Secret("kafka1:9092")])
    assert check_cluster({"bootstrap_servers": hidden}) == []
    assert addresses({"bootstrap_servers": hidden}) == (Address("kafka1", 9092),)


def test_defaults_of_topics_are_checked_where_they_stand():
    defaults = {"partitions": 0, "replication_factor": 3, "config": {"retention.ms": "one day"}}
    faults = check_cluster({"bootstrap_servers": ("a:1",), "topic_defaults": defaults})
    expected = [("topic_defaults", "partitions"), ("topic_defaults", "config", "retention.ms")]
    assert [fault.path for fault in faults] == expected


def test_options_name_each_broker_once_and_keep_librdkafka_quiet():
    settings = {"bootstrap_servers": ("a:1", "[::1]:2", "a:1"), "manages": {"topic_prefixes": ("orders",)}}
    options = options_of(settings)
    assert options.bootstrap == (Address("a", 1), Address("::1", 2))
    assert options.prefixes == ("orders",)
    written = librdkafka(options, options.bootstrap)
    assert written["bootstrap.servers"] == "a:1,[::1]:2"
    assert written["log_level"] == 0
