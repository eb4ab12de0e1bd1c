import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from kplan.sandbox import wire
from kplan.sandbox.wire import Credential, Description

CLUSTER = b"q1Sh-9_ISia_zwGINzRvyQ"


def frame(body: bytes) -> bytes:
    return struct.pack(">i", len(body)) + body


def answer(brokers: list[int], *, error: int = 0, tags: bytes = b"\0") -> bytes:
    listed = b"".join(
        struct.pack(">i", number) + b"\x0a127.0.0.1" + struct.pack(">i", 9092) + b"\0" + tags
        for number in brokers
    )
    body = struct.pack(">i", 1) + tags + struct.pack(">ih", 0, error) + b"\0"
    return frame(
        body + bytes([len(CLUSTER) + 1]) + CLUSTER + struct.pack(">i", 1) + bytes([len(brokers) + 1]) + listed
    )


@contextmanager
def answering(reply: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Run a server that gives one prepared answer and closes; gives its port, and what it was asked."""
    server = socket.create_server(("127.0.0.1", 0))
    asked: list[bytes] = []

    def serve() -> None:
        with server, server.accept()[0] as connection:
            asked.append(connection.recv(4096))
            connection.sendall(reply)

    thread = threading.Thread(target=serve)
    thread.start()
    yield server.getsockname()[1], asked
    thread.join()


@pytest.fixture
def ask() -> Callable[[bytes], Description | None]:
    def asked(reply: bytes) -> Description | None:
        with answering(reply) as (port, _):
            return wire.describe_cluster("127.0.0.1", port, 5)

    return asked


def test_an_answer_tells_cluster_and_brokers(ask):
    assert ask(answer([1, 2, 300])) == Description(CLUSTER.decode(), (1, 2, 300))


def test_fields_of_later_versions_are_passed_over(ask):
    assert ask(answer([7], tags=b"\x01\x05\x03abc")) == Description(CLUSTER.decode(), (7,))


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"\0\0",
        answer([1])[:-3],
        answer([1], error=31),
        frame(b""),
        frame(b"\xff" * 40),
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        struct.pack(">i", -1),
        struct.pack(">i", 1 << 30),
    ],
)
def test_whatever_else_answers_is_no_broker(ask, reply):
    assert ask(reply) is None


def test_nobody_there_or_silence_is_no_broker():
    assert wire.describe_cluster("127.0.0.1", 1, 1) is None
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert wire.describe_cluster("127.0.0.1", server.getsockname()[1], 0.1) is None


LONG = "name" * 50  # its length takes two bytes
CREDENTIALS = [Credential("kplan", b"salt", 4096, b"x" * 64), Credential(LONG, b"pepper", 8192, b"y" * 64)]


def taken(*errors: int, tags: bytes = b"\0") -> bytes:
    results = b"".join(b"\x06kplan" + struct.pack(">h", error) + b"\0" + tags for error in errors)
    return frame(
        struct.pack(">i", 1) + tags + struct.pack(">i", 0) + bytes([len(errors) + 1]) + results + tags
    )


def test_passwords_are_sent_as_a_client_library_sends_them():
    from kplan_kafka.protocol import AlterUserScramCredentialsRequest as Request

    upsertions = [
        Request.ScramCredentialUpsertion(
            name=one.user,
            mechanism=2,
            iterations=one.iterations,
            salt=one.salt,
            salted_password=one.salted_password,
        )
        for one in CREDENTIALS
    ]
    request = Request(deletions=[], upsertions=upsertions)
    request.with_header(correlation_id=1, client_id="kplan")
    with answering(taken(0, 0)) as (port, asked):
        assert wire.set_passwords("127.0.0.1", port, CREDENTIALS, 5)
    assert asked == [request.encode(version=0, header=True, framed=True)]


@pytest.mark.parametrize(
    ("reply", "all_taken"),
    [
        (taken(0, 0), True),
        (taken(0, 0, tags=b"\x01\x05\x03abc"), True),
        (taken(0, 41), False),
        (taken(41, 0), False),
        (taken(0), False),
        (taken(0, 0)[:-9], False),
        (b"", False),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", False),
    ],
)
def test_passwords_are_set_only_if_the_cluster_took_each(reply, all_taken):
    with answering(reply) as (port, _):
        assert wire.set_passwords("127.0.0.1", port, CREDENTIALS, 5) is all_taken


def test_nobody_takes_no_password():
    assert not wire.set_passwords("127.0.0.1", 1, CREDENTIALS, 1)
