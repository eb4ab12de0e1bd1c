"""One connection to one broker, on kafka-python's message classes: a call, its answer, or the exact cause.

A client of its own over these classes, as both libraries hide what kplan has to tell: which address failed and
why, and whether a request had left before its answer was lost.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from kplan_kafka.client import Client
from kplan_kafka.protocol import ApiVersionsRequest, BrokerVersionData, IncompatibleBrokerVersion
from kplan_kafka.unreachable import CLOSED, NO_TLS, Unreachable, expects_tls

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from kplan_kafka.endpoint import Address
    from kplan_kafka.security import Security

SOFTWARE: Final = "kplan"
_CLIENT: Final = Client()
_GOOD_FOR: Final = 0.9  # of what a login is good for; then a connection is opened anew
_LARGEST_ANSWER: Final = 256 * 2**20
_UNSUPPORTED_VERSION: Final = 35
_TLS_RECORDS: Final = (b"\x15\x03", b"\x16\x03")


class TooOld(Exception):  # noqa: N818 - likewise
    """The broker lacks a request that is needed."""


class Connection:
    """A connection, opened by `open`; calls wait for each other. After any failure it is closed."""

    def __init__(self, address: Address, security: Security, client: Client = _CLIENT) -> None:
        """Name the broker; nothing is contacted."""
        self.address = address
        self.security = security
        self.client = client
        self.versions: BrokerVersionData | None = None
        self._socket: socket.socket | None = None
        self._count = 0
        self._good_until = float("inf")
        self._turn = threading.Lock()

    def is_usable(self) -> bool:
        """Tell whether it is open still: a broker closes what was idle for long, and all when it goes."""
        if not self._turn.acquire(blocking=False):
            return True  # another thread waits for an answer on it
        try:
            opened = self._socket
            if opened is None:
                return False
            if time.monotonic() > self._good_until:
                pass  # its login has run out: the broker would close it at the next request
            elif self.security.tls:
                from kplan_kafka.tls import is_quiet

                if is_quiet(cast("ssl.SSLSocket", opened)):
                    return True
            else:
                opened.settimeout(0)
                opened.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            pass
        finally:
            self._turn.release()
        self.close()  # nothing was asked, so that all there could be to read is its end
        return False

    def open(self, within: float) -> None:
        """Connect, agree on versions and log in. Raises Unreachable with the cause."""
        try:
            self._open(within)
        except BaseException:
            self.close()
            raise

    def _open(self, within: float) -> None:
        until = time.monotonic() + within
        self._socket = self._connect(min(within, self.client.connect_within))
        if self.security.tls:
            self._socket = self._encrypted(self._socket, until - time.monotonic())
        request = ApiVersionsRequest(client_software_name=SOFTWARE, client_software_version="0")
        answer = self._exchange(request, 3, until - time.monotonic())()
        if answer.error_code == _UNSUPPORTED_VERSION:
            answer = self._exchange(ApiVersionsRequest(), 0, until - time.monotonic())()
        spoken = {one.api_key: (one.min_version, one.max_version) for one in answer.api_keys}
        self.versions = BrokerVersionData(api_versions=spoken)
        if self.security.login:
            from kplan_kafka.login import log_in

            life = log_in(
                self.address, self.security, lambda request: self.call(request, until - time.monotonic())
            )
            if life:
                self._good_until = time.monotonic() + _GOOD_FOR * life

    def call(self, request: Any, within: float, newest: int = 1000) -> Any:
        """Send a request in the newest version that both sides know, at most `newest`, and give the answer."""
        if self.versions is None:
            raise Unreachable(self.address, "the connection is closed")
        try:
            version = self.versions.api_version(request, max_version=newest)
        except IncompatibleBrokerVersion as wrong:
            raise TooOld(str(wrong)) from None
        with self._turn:
            answer = self._exchange(request, version, within)
        return answer()  # taken apart while the next one may be waited for

    def close(self) -> None:
        """Close it at once; a call under way fails."""
        opened, self._socket = self._socket, None
        if opened is not None:
            try:
                # Wakes a thread that waits for an answer. Not TLS's own, after which one that writes would do so in the open.
                socket.socket.shutdown(opened, socket.SHUT_RDWR)
            except OSError:
                pass
            opened.close()

    def _connect(self, within: float) -> socket.socket:
        try:
            opened = _dialled(self.address, self.client.family, within)
        except socket.gaierror as wrong:
            raise Unreachable(self.address, f"the name does not resolve ({wrong.strerror})") from None
        except TimeoutError:
            cause = f"no connection within {within:.0f} s"
            raise Unreachable(self.address, cause, hint="A firewall may drop the packets.") from None
        except ConnectionRefusedError:
            hint = "No broker listens there: is it down, or is the port another?"
            raise Unreachable(self.address, "connection refused", hint=hint) from None
        except OSError as wrong:
            raise Unreachable(self.address, wrong.strerror or str(wrong)) from None
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.client.keepalive:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return opened

    def _encrypted(self, opened: socket.socket, within: float) -> socket.socket:
        from kplan_kafka.tls import encrypted

        try:
            return encrypted(opened, self.address, self.security, _left(time.monotonic() + within))
        except TimeoutError:
            hint = "It accepts connections but does not answer: hung, overloaded, or no listener for TLS."
            cause = f"no answer to the TLS handshake within {max(0.0, within):.0f} s"
            raise Unreachable(self.address, cause, sent=True, hint=hint) from None
        except OSError:
            raise Unreachable(self.address, NO_TLS, sent=True, about=("security", "protocol")) from None

    def _exchange(self, request: Any, version: int, within: float) -> Callable[[], Any]:
        """Send a request and receive the answer; gives what takes it apart."""
        if self._socket is None:
            raise Unreachable(self.address, "the connection is closed")
        try:
            return self._answer(self._socket, request, version, time.monotonic() + within)
        except TimeoutError:
            self.close()
            hint = "It accepts connections but does not answer: hung, overloaded, or not a Kafka broker."
            raise Unreachable(
                self.address, f"no answer within {max(0.0, within):.0f} s", sent=True, hint=hint
            ) from None
        except (OSError, EOFError) as wrong:
            self.close()
            if self.security.tls and hasattr(wrong, "reason"):
                from kplan_kafka.tls import refused

                raise refused(self.address, cast("ssl.SSLError", wrong)) from None
            hint = "Not a Kafka broker, or one that expects TLS or a login there, or it went down."
            raise Unreachable(self.address, CLOSED, sent=True, hint=hint) from None
        except Unreachable:
            self.close()
            raise

    def _answer(self, opened: socket.socket, request: Any, version: int, until: float) -> Callable[[], Any]:
        self._count += 1
        request.API_VERSION = version
        request.with_header(correlation_id=self._count, client_id=self.client.id)
        opened.settimeout(_left(until))
        opened.sendall(request.encode(framed=True, header=True))
        head = _receive(opened, 4, until)
        size = struct.unpack(">i", head)[0]
        if not 4 <= size <= _LARGEST_ANSWER:
            raise self._not_kafka(head)
        body = _receive(opened, size, until)
        if struct.unpack(">i", body[:4])[0] != self._count:
            raise self._not_kafka(head + body[:4])
        if (
            isinstance(request, ApiVersionsRequest)
            and struct.unpack(">h", body[4:6])[0] == _UNSUPPORTED_VERSION
        ):
            version = 0  # the one answer that does not come in the version that was asked for
        response = request.header.get_response_class()
        return partial(response.decode, body, version=version, header=True)

    def _not_kafka(self, start: bytes) -> Unreachable:
        if start[:2] in _TLS_RECORDS:
            return expects_tls(self.address)
        if start[:4] == b"HTTP":
            return Unreachable(self.address, "an HTTP server answers there, not a Kafka broker")
        return Unreachable(self.address, "what answers there is not a Kafka broker")


def _dialled(address: Address, family: int, within: float) -> socket.socket:
    """Connect to the first of a name's addresses that takes it; `family` 0 is any."""
    if not family:
        return socket.create_connection(address, within)
    found = socket.getaddrinfo(address.host, address.port, family, socket.SOCK_STREAM)
    for last, (*_, place) in enumerate(found, 1):
        try:
            return socket.create_connection((str(place[0]), int(place[1])), within)
        except OSError:
            if last == len(found):
                raise
    raise OSError("the name has no address")


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _receive(opened: socket.socket, size: int, until: float) -> bytes:
    received = bytearray(size)
    view, at = memoryview(received), 0
    while at < size:
        opened.settimeout(_left(until))
        count = opened.recv_into(view[at:])
        if not count:
            raise EOFError
        at += count
    return bytes(received)
