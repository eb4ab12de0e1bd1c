"""Calls to the workers of one Connect cluster: whichever answers, each call bounded, what goes wrong in words."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

import urllib3
from urllib3 import exceptions as wrong

from kplan.sdk.tls import UnusableError
from kplan_connect.tls import Cause, context_of, explained

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan_connect.endpoint import Options

CONNECT_WITHIN: Final = 3.0  # seconds, for one worker to take a connection
_LARGEST: Final = 256 * 2**20  # of an answer
_CHUNK: Final = 65536
_CONNECTIONS: Final = 8


class Answer(NamedTuple):
    """What a worker said: a status and JSON (None where there is none)."""

    url: str
    status: int
    body: Any

    @property
    def ok(self) -> bool:
        """Tell whether the call went well."""
        return 200 <= self.status < 300

    @property
    def message(self) -> str:
        """Give a refusal's words."""
        told = self.body.get("message") if isinstance(self.body, dict) else None
        return str(told) if told else f"HTTP status {self.status}"


class NoAnswer(Exception):  # noqa: N818 - it is the worker that gives none
    """No answer of a worker. `sent`: the request had left, so that it may have taken effect."""

    def __init__(self, url: str, cause: Cause, *, sent: bool = False) -> None:
        """Name the address and the cause in words."""
        super().__init__(f"{url}: {cause.words}")
        self.url, self.cause, self.sent = url, cause, sent


class NoneAnswers(Exception):  # noqa: N818 - as above
    """None of the workers answers, each with its cause. `sent`: to one of them a request had left."""

    def __init__(self, failures: tuple[NoAnswer, ...]) -> None:
        """Take the failures in the order of the urls."""
        super().__init__("; ".join(map(str, failures)))
        self.failures = failures
        self.sent = any(one.sent for one in failures)


class Workers:
    """The workers of one Connect cluster. Calls may come from any thread."""

    def __init__(self, options: Options) -> None:
        """Take where they are; nothing is contacted."""
        self._options = options
        self._pool: urllib3.PoolManager | None = None
        self._lock = threading.Lock()
        self._first = 0  # which of the urls answered last
        self._headers = {"Accept": "application/json", "User-Agent": "kplan"}
        if options.username:
            login = f"{options.username}:{options.password}".encode()
            self._headers["Authorization"] = f"Basic {base64.b64encode(login).decode()}"

    def close(self) -> None:
        """Let go of connections."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.clear()

    def get(self, path: str, within: float) -> Answer:
        """Ask a worker for something. Raises NoneAnswers."""
        return self._any("GET", path, None, within, write=False)

    def ask(self, method: str, path: str, body: Any, within: float) -> Answer:
        """Ask something that takes a body and changes nothing. Raises NoneAnswers."""
        return self._any(method, path, body, within, write=False)

    def write(self, method: str, path: str, body: Any, within: float) -> Answer:
        """Send a change, to another worker only if it did not reach the first. Raises NoneAnswers."""
        return self._any(method, path, body, within, write=True)

    def each(self) -> Iterator[int]:
        """Give the places of the urls, the one that answered last first."""
        count = len(self._options.urls)
        yield from ((self._first + step) % count for step in range(count))

    def _any(self, method: str, path: str, body: Any, within: float, *, write: bool) -> Answer:
        until = time.monotonic() + within
        failures: dict[int, NoAnswer] = {}
        for place in self.each():
            try:
                answer = self.at(place, method, path, body, max(0.1, until - time.monotonic()))
            except NoAnswer as failed:
                failures[place] = failed
                if (write and failed.sent) or time.monotonic() >= until:
                    break
            else:
                self._first = place
                return answer
        raise NoneAnswers(tuple(failures[place] for place in sorted(failures)))

    def at(self, place: int, method: str, path: str, body: Any, within: float) -> Answer:
        """Make one call to one worker. Raises NoAnswer."""
        url = self._options.urls[place]
        until = time.monotonic() + within
        headers = self._headers if body is None else {**self._headers, "Content-Type": "application/json"}
        try:
            response = self._opened().request(
                method,
                url + path,
                body=None if body is None else json.dumps(body).encode(),
                headers=headers,
                timeout=urllib3.Timeout(connect=min(CONNECT_WITHIN, within), read=within),
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except UnusableError as unusable:
            cause = Cause(str(unusable), "", ("security", unusable.attribute))
            raise NoAnswer(url, cause) from None
        except wrong.HTTPError as failed:
            raise _no_answer(url, failed, within) from None
        try:
            data = _whole(response, until)
        except TimeoutError:
            raise NoAnswer(url, Cause(f"its answer did not end within {within:.0f} s"), sent=True) from None
        except (wrong.HTTPError, OSError):
            raise NoAnswer(
                url, Cause("the connection broke in the middle of its answer"), sent=True
            ) from None
        finally:
            response.release_conn()
        return _read(url, response.status, response.headers, data)

    def _opened(self) -> urllib3.PoolManager:
        with self._lock:
            if self._pool is None:
                secure = any(url.lower().startswith("https:") for url in self._options.urls)
                context = context_of(self._options) if secure else None
                self._pool = urllib3.PoolManager(maxsize=_CONNECTIONS, ssl_context=context)
            return self._pool


def _whole(response: urllib3.BaseHTTPResponse, until: float) -> bytes:
    """Read an answer to its end; one that drips is cut off."""
    parts, size = [], 0
    while part := response.read1(_CHUNK):
        parts.append(part)
        size += len(part)
        if time.monotonic() > until or size > _LARGEST:
            response.close()
            raise TimeoutError
    return b"".join(parts)


def _read(url: str, status: int, headers: Any, data: bytes) -> Answer:
    """Take JSON out of an answer; what is no JSON comes of something else than a worker."""
    if not data.strip():
        return Answer(url, status, None)
    try:
        return Answer(url, status, json.loads(data))
    except ValueError:
        pass
    if status in {401, 403}:
        return Answer(url, status, None)
    kind = str(headers.get("content-type", "no type")).split(";", 1)[0]
    words = f"what answers there is not Kafka Connect: status {status} and {kind} in place of JSON"
    raise NoAnswer(url, Cause(words, "Check urls; a proxy may stand in between."), sent=True)


def _no_answer(url: str, failed: wrong.HTTPError, within: float) -> NoAnswer:
    parts = urlsplit(url)
    inner = next((one for one in failed.args if isinstance(one, ssl.SSLError)), None)
    match failed:
        case wrong.SSLError() if inner is not None:
            return NoAnswer(url, explained(inner, parts.hostname or ""))
        case wrong.NameResolutionError():
            return NoAnswer(url, Cause(f"the name {parts.hostname} can't be resolved"))
        case wrong.ConnectTimeoutError() if not isinstance(failed, wrong.NewConnectionError):
            return NoAnswer(
                url, Cause(f"it does not take a connection within {min(CONNECT_WITHIN, within):.0f} s")
            )
        case wrong.NewConnectionError():
            refused = isinstance(failed.__cause__, ConnectionRefusedError)
            return NoAnswer(
                url, Cause("nothing listens there" if refused else f"no connection ({failed.__cause__})")
            )
        case wrong.ReadTimeoutError():
            return NoAnswer(
                url, Cause(f"it took the request and gave no answer within {within:.0f} s"), sent=True
            )
        case wrong.ProtocolError():
            hint = "Write https:// if the worker listens with TLS." if parts.scheme == "http" else ""
            return NoAnswer(url, Cause("it closed the connection without an answer of HTTP", hint), sent=True)
        case _:
            return NoAnswer(url, Cause(f"no answer ({type(failed).__name__})"), sent=True)
