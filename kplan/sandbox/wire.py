"""The one question a sandbox asks a broker, in Kafka's protocol: which cluster, and which brokers are up.

Its own few lines, so that starting a sandbox loads no client library.
"""

import socket
import struct
from dataclasses import dataclass

_DESCRIBE_CLUSTER = 60
_LARGEST = 1 << 20  # an answer is some hundred bytes; more is not Kafka


@dataclass(frozen=True, slots=True)
class Description:
    """A broker's answer; the ids are of the brokers that are registered and not fenced."""

    cluster_id: str
    brokers: tuple[int, ...]


def describe_cluster(host: str, port: int, timeout: float) -> Description | None:
    """Ask a broker for its cluster; None when nothing that speaks Kafka answers in time."""
    try:
        with socket.create_connection((host, port), timeout=timeout) as connection:
            connection.sendall(_request())
            (size,) = struct.unpack(">i", _exactly(connection, 4))
            if not 0 < size <= _LARGEST:
                return None
            return _answer(_exactly(connection, size))
    except (OSError, ValueError, IndexError, struct.error):
        return None


def _request() -> bytes:
    # Header version 2: api key, version, correlation id, client id, no tagged fields. Body version 0: no
    # authorized operations, no tagged fields.
    message = struct.pack(">hhih", _DESCRIBE_CLUSTER, 0, 1, 5) + b"kplan" + b"\0" + b"\0" + b"\0"
    return struct.pack(">i", len(message)) + message


def _exactly(connection: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        chunk = connection.recv(size - len(parts))
        if not chunk:
            raise ConnectionResetError
        parts += chunk
    return bytes(parts)


class _Reader:
    """Reads the protocol's types one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, layout: str) -> int:
        (value,) = struct.unpack_from(layout, self._data, self._at)
        self._at += struct.calcsize(layout)
        return int(value)

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._data[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def text(self) -> str | None:
        size = self.varint() - 1
        if size < 0:
            return None
        self._at += size
        return self._data[self._at - size : self._at].decode()

    def skip_tags(self) -> None:
        for _ in range(self.varint()):
            self.varint()
            size = self.varint()
            self._at += size


def _answer(data: bytes) -> Description | None:
    reader = _Reader(data)
    reader.number(">i")  # correlation id
    reader.skip_tags()
    reader.number(">i")  # throttle time
    error = reader.number(">h")
    reader.text()  # error message
    cluster_id = reader.text()
    reader.number(">i")  # controller id
    brokers = tuple(_broker(reader) for _ in range(reader.varint() - 1))
    return Description(cluster_id, brokers) if not error and cluster_id else None


def _broker(reader: _Reader) -> int:
    number = reader.number(">i")
    reader.text()  # host
    reader.number(">i")  # port
    reader.text()  # rack
    reader.skip_tags()
    return number
