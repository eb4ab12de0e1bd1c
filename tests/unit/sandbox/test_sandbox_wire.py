import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest

from kplan.sandbox import wire
from kplan.sandbox.wire import Description

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


@pytest.fixture
def ask() -> Iterator[Callable[[bytes], Description | None]]:
    """Ask a server that gives one prepared answer and closes."""
    threads = []

    def asked(reply: bytes) -> Description | None:
        server = socket.create_server(("127.0.0.1", 0))

        def serve() -> None:
            with server, server.accept()[0] as connection:
                connection.recv(4096)
                connection.sendall(reply)

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        return wire.describe_cluster("127.0.0.1", server.getsockname()[1], 5)

    yield asked
    for thread in threads:
        thread.join()


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
