"""The `client` map: what both clients follow is taken, and all else refused with where it belongs."""

import socket

import pytest

from kplan.sdk.values import Secret, Unknown, make_map
from kplan_kafka.client import KNOWN, Client, check_client, client_of
from kplan_kafka.endpoint import Address, check_cluster
from kplan_kafka.options import librdkafka, options_of
from kplan_kafka.protocol import ApiVersionsRequest
from kplan_kafka.security import Security
from kplan_kafka.unreachable import Unreachable
from kplan_kafka.wire import Connection

GOOD = {
    "client.id": "kplan-ci",
    "socket.connection.setup.timeout.ms": "2500",
    "socket.timeout.ms": "9000",
    "broker.address.family": "v4",
    "socket.keepalive.enable": "true",
}


def cluster(**client):
    return {"bootstrap_servers": ("kafka:9092",), "client": make_map(client)}


def test_every_known_setting_is_followed_by_both_clients():
    assert set(GOOD) == set(KNOWN)
    settings = {"bootstrap_servers": ("kafka:9092",), "client": GOOD}
    assert check_cluster(settings) == []
    options = options_of(settings)
    assert options.client == Client("kplan-ci", 2.5, 9.0, socket.AF_INET, True, tuple(sorted(GOOD.items())))
    given = librdkafka(options, options.bootstrap)
    assert GOOD.items() <= given.items()


def test_without_it_everything_is_as_usual():
    options = options_of({"bootstrap_servers": ("kafka:9092",)})
    assert options.client == Client()
    assert librdkafka(options, options.bootstrap)["client.id"] == "kplan"
    assert "socket.timeout.ms" not in librdkafka(options, options.bootstrap)


def test_a_secret_is_used_and_an_unknown_not_judged():
    assert client_of(cluster(**{"client.id": Secret("ci")})).id == "ci"
    assert list(check_client(cluster(**{"client.id": Unknown("string")}))) == []
    assert list(check_client({"client": Unknown("map(string)")})) == []
    assert list(check_client(cluster(**{"client.id": None}))) == []


@pytest.mark.parametrize(
    ("name", "summary", "remedy"),
    [
        ("sasl.username", "sasl.username can't be set here", "Say it in the block security"),
        ("ssl.ca.location", "ssl.ca.location can't be set here", "Say it in the block security"),
        ("security.protocol", "security.protocol can't be set here", "Say it in the block security"),
        ("ssl.endpoint.identification.algorithm", "can't be set", "Take it out."),
        ("enable.ssl.certificate.verification", "can't be set", "Take it out."),
        ("bootstrap.servers", "bootstrap.servers can't be set here", "Say it as bootstrap_servers."),
        ("linger.ms", "linger.ms can't be followed by both", f"There are {', '.join(KNOWN)}."),
        ("client_id", "client_id can't be followed by both", "Did you mean client.id? There are client.id"),
    ],
)
def test_what_one_of_them_would_not_follow_is_refused_where_it_stands(name, summary, remedy):
    [fault] = check_cluster(cluster(**{name: "x"}))
    assert summary in fault.summary
    assert remedy in fault.remedy
    assert fault.path == ("client", name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client.id", ""),
        ("client.id", "with space"),
        ("socket.timeout.ms", "9s"),
        ("socket.timeout.ms", "9"),
        ("socket.timeout.ms", "300001"),
        ("socket.connection.setup.timeout.ms", "-1"),
        ("broker.address.family", "v5"),
        ("socket.keepalive.enable", "yes"),
    ],
)
def test_a_value_that_means_nothing_is_told_with_what_it_takes(name, value):
    [fault] = check_cluster(cluster(**{name: value}))
    assert fault.summary == f'{name} can\'t be "{value}"'
    assert fault.remedy.startswith("It takes ")
    assert fault.path == ("client", name)


def test_the_family_of_addresses_decides_where_one_connects():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        port = server.getsockname()[1]
        with pytest.raises(Unreachable) as told:
            Connection(Address("127.0.0.1", port), Security(), Client(family=socket.AF_INET6)).open(1.0)
        assert "does not resolve" in told.value.cause
        with pytest.raises(Unreachable) as told:
            Connection(Address("127.0.0.1", port), Security(), Client(family=socket.AF_INET)).open(0.3)
        assert "no answer" in told.value.cause


def test_the_client_says_who_it_is_and_keeps_the_line_alive():
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = Connection(
            Address(*server.getsockname()), Security(), Client(id="kplan-ci", keepalive=True)
        )
        opened = connection._connect(2.0)
        assert opened.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        connection._socket = opened
        taken, _ = server.accept()
        with taken:
            with pytest.raises(Unreachable):
                connection._exchange(ApiVersionsRequest(), 0, 0.2)
            assert b"kplan-ci" in taken.recv(200)
        connection.close()
