"""The few words of Kafka's protocol that a sandbox speaks: which brokers are up, users' passwords, and access.

Its own few lines, so that starting a sandbox loads no client library.
"""

import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass

_DESCRIBE_CLUSTER = 60
_ALTER_USER_SCRAM_CREDENTIALS = 51
_DESCRIBE_ACLS, _CREATE_ACLS = 29, 30
_ACLS_VERSION = 2  # the first with tagged fields, which all answers are read with here
_SCRAM_SHA_512 = 2
_LARGEST = 1 << 20  # an answer is some hundred bytes; more is not Kafka


@dataclass(frozen=True, slots=True)
class Description:
    """A broker's answer; the ids are of the brokers that are registered and not fenced."""

    cluster_id: str
    brokers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Credential:
    """What a broker keeps of a user's password, for SCRAM-SHA-512."""

    user: str
    salt: bytes
    iterations: int
    salted_password: bytes


@dataclass(frozen=True, slots=True)
class Right:
    """Access to one resource of this very name, from any host; type and operation are numbers of the protocol."""

    type: int
    name: str
    operation: int


_LITERAL = _ALLOW = 3
_ANY = 1


def describe_cluster(host: str, port: int, timeout: float) -> Description | None:
    """Ask a broker for its cluster; None when nothing that speaks Kafka answers in time."""
    try:
        # No authorized operations, no tagged fields.
        return _description(_asked((host, port), timeout, _DESCRIBE_CLUSTER, b"\0\0"))
    except (OSError, ValueError, IndexError, struct.error):
        return None


def set_passwords(host: str, port: int, credentials: Sequence[Credential], timeout: float) -> bool:
    """Make users, or set their passwords anew; gives whether the cluster took all of them."""
    body = (
        b"\x01"  # no deletions: a compact array's size is written plus one
        + _varint(len(credentials) + 1)
        + b"".join(_upsertion(one) for one in credentials)
        + b"\0"
    )
    try:
        errors = _errors(_asked((host, port), timeout, _ALTER_USER_SCRAM_CREDENTIALS, body))
    except (OSError, ValueError, IndexError, struct.error):
        return False
    return errors == [0] * len(credentials)


def allow(host: str, port: int, principal: str, rights: Sequence[Right], timeout: float) -> bool:
    """Give rights, there or not; gives whether the cluster took all of them."""
    body = _varint(len(rights) + 1) + b"".join(_creation(principal, one) for one in rights) + b"\0"
    try:
        answer = _asked((host, port), timeout, _CREATE_ACLS, body, _ACLS_VERSION)
        answer.number(">i")  # throttle time
        errors = [_creation_error(answer) for _ in range(answer.varint() - 1)]
    except (OSError, ValueError, IndexError, struct.error):
        return False
    return errors == [0] * len(rights)


def _creation(principal: str, right: Right) -> bytes:
    resource = struct.pack(">b", right.type) + _compact(right.name.encode()) + struct.pack(">b", _LITERAL)
    who = _compact(principal.encode()) + _compact(b"*")
    return resource + who + struct.pack(">bb", right.operation, _ALLOW) + b"\0"


def _creation_error(reader: "_Reader") -> int:
    error = reader.number(">h")
    reader.text()  # error message
    reader.skip_tags()
    return error


def allowed(host: str, port: int, principal: str, timeout: float) -> set[Right]:
    """Ask a broker what a principal is allowed; nothing when no broker answers in time."""
    anything = (
        struct.pack(">b", _ANY) + b"\0" + struct.pack(">b", _ANY)
    )  # resources, of no name in particular
    body = anything + _compact(principal.encode()) + b"\0" + struct.pack(">bb", _ANY, _ALLOW) + b"\0"
    try:
        answer = _asked((host, port), timeout, _DESCRIBE_ACLS, body, _ACLS_VERSION)
        answer.number(">i")  # throttle time
        if answer.number(">h"):
            return set()
        answer.text()  # error message
        return {right for _ in range(answer.varint() - 1) for right in _rights(answer)}
    except (OSError, ValueError, IndexError, struct.error):
        return set()


def _rights(reader: "_Reader") -> list[Right]:
    """Read what stands of one resource."""
    kind, name, pattern = reader.number(">b"), reader.text(), reader.number(">b")
    operations = [_operation(reader) for _ in range(reader.varint() - 1)]
    reader.skip_tags()
    return [Right(kind, name or "", one) for one in operations if pattern == _LITERAL and one is not None]


def _operation(reader: "_Reader") -> int | None:
    """Read what one entry allows; None if only from some host."""
    reader.text()  # principal
    host, operation = reader.text(), reader.number(">b")
    reader.number(">b")  # permission
    reader.skip_tags()
    return operation if host == "*" else None


def _upsertion(one: Credential) -> bytes:
    numbers = struct.pack(">bi", _SCRAM_SHA_512, one.iterations)
    return _compact(one.user.encode()) + numbers + _compact(one.salt) + _compact(one.salted_password) + b"\0"


def _compact(data: bytes) -> bytes:
    return _varint(len(data) + 1) + data


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def _asked(address: tuple[str, int], timeout: float, kind: int, body: bytes, version: int = 0) -> "_Reader":
    """Send a request; gives its answer past the header."""
    # Header version 2: api key, version, correlation id, client id, no tagged fields.
    message = struct.pack(">hhih", kind, version, 1, 5) + b"kplan" + b"\0" + body
    with socket.create_connection(address, timeout=timeout) as connection:
        reader = _Reader(exchanged(connection, message))
    reader.number(">i")  # correlation id
    reader.skip_tags()
    return reader


def exchanged(connection: socket.socket, message: bytes) -> bytes:
    """Send a message and wait for the answer, each with its size in front."""
    connection.sendall(struct.pack(">i", len(message)) + message)
    (size,) = struct.unpack(">i", _exactly(connection, 4))
    if not 0 < size <= _LARGEST:
        raise ValueError(f"an answer of {size} bytes")
    return _exactly(connection, size)


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


def _description(reader: _Reader) -> Description | None:
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


def _errors(reader: _Reader) -> list[int]:
    reader.number(">i")  # throttle time
    return [_error(reader) for _ in range(reader.varint() - 1)]


def _error(reader: _Reader) -> int:
    reader.text()  # user
    error = reader.number(">h")
    reader.text()  # error message
    reader.skip_tags()
    return error
