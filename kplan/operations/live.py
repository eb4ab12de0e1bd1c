"""Live endpoints: sessions opened, asked who they are, and read in bulk, endpoints side by side."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple, Self, TypeVar

from kplan.apply.events import Reading
from kplan.sdk.session import Ask, Facts, Fault, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from kplan.apply.events import Event
    from kplan.config.model import EndpointInstance, Query
    from kplan.registry.types import Types
    from kplan.sdk.session import Identity, Seen, Session, Values

_Q = TypeVar("_Q")
_A = TypeVar("_A")

READ_SECONDS = 120.0  # for one bulk read; a session's own bounds are tighter
_SIDE_BY_SIDE = 16
_UNANSWERED = Fault("provider_bug", "Provider gave no answer", "It said nothing about this question.")


class UntilStopped(NamedTuple):
    """What a session asks between calls."""

    stop_requested: Callable[[], bool]
    deadline: float = float("inf")

    def requested(self) -> bool:
        """Tell whether the user asked to stop."""
        return self.stop_requested()

    def seconds_left(self) -> float:
        """Give the time left for this call."""
        return self.deadline - time.monotonic()


class ReadRequest(NamedTuple):
    """One bulk read: objects of a type on an endpoint."""

    endpoint: str
    leaf: str
    asks: tuple[Ask, ...]


class Live:
    """The endpoints of one run. Close it at the end."""

    def __init__(
        self, types: Types, tell: Callable[[Event], None], stop_requested: Callable[[], bool]
    ) -> None:
        """Start with no connection."""
        self._types, self._tell, self._stop_requested = types, tell, stop_requested
        self._sessions: dict[tuple[str, int], Session] = {}  # by endpoint and provider
        self._endpoints: dict[str, EndpointInstance] = {}
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for session in self._sessions.values():
            session.close()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def stop(self) -> UntilStopped:
        """Make a stop for one bulk read."""
        return UntilStopped(self._stop_requested, time.monotonic() + READ_SECONDS)

    def connect(self, endpoints: Iterable[EndpointInstance]) -> dict[str, Facts | Fault]:
        """Open a session on each endpoint and ask it who it is."""
        wanted = list(endpoints)

        def contact(one: EndpointInstance) -> Facts | Fault:
            self._tell(Reading(one.address, "", 0))
            self._endpoints[one.address] = one
            return self.session(one.address, one.kind).facts(self.stop())

        return dict(zip([one.address for one in wanted], self._side_by_side(contact, wanted), strict=True))

    def session(self, endpoint: str, type_: str) -> Session:
        """Give who works on an endpoint that was met, on what is of a type: the provider of the type.

        For most objects that is the endpoint's own; another one may own objects there too, by a session of its own.
        """
        one = self._endpoints[endpoint]
        provider = self._types.providers[type_]
        with self._lock:
            key = endpoint, id(provider)
            session = self._sessions.get(key)
            if session is None:
                session = self._sessions[key] = provider.connect(one.kind, one.settings)
        return session

    def read(self, requests: Iterable[ReadRequest]) -> dict[tuple[str, str], Mapping[Identity, Seen]]:
        """Carry out bulk reads side by side: one for each type on each endpoint."""
        listed = list(requests)
        for one in listed:
            self._tell(Reading(one.endpoint, one.leaf, len(one.asks)))
        answers = self._side_by_side(self._read, listed)
        return {(one.endpoint, one.leaf): answer for one, answer in zip(listed, answers, strict=True)}

    def _read(self, request: ReadRequest) -> Mapping[Identity, Seen]:
        answers = self.session(request.endpoint, request.leaf).read(request.leaf, request.asks, self.stop())
        missing = [ask.identity for ask in request.asks if ask.identity not in answers]
        if not missing:
            return answers
        fault = Fault(
            "provider_bug",
            "Provider gave no answer",
            f"It said nothing about some {request.leaf} objects on {request.endpoint}; they count as unread.",
        )
        return {**answers, **dict.fromkeys(missing, Unreadable(fault))}

    def query(self, queries: Iterable[Query]) -> dict[str, Values | Fault]:
        """Ask data blocks' questions, in one call for each source and endpoint; answers by address."""
        groups: dict[tuple[str, str], list[Query]] = {}
        for one in queries:
            groups.setdefault((one.endpoint, one.source), []).append(one)

        def ask(group: list[Query]) -> Sequence[Values | Fault]:
            asked = [one.args for one in group]
            session = self.session(group[0].endpoint, self._endpoints[group[0].endpoint].kind)
            answers = session.query(group[0].source, asked, self.stop())
            missing = len(asked) - len(answers)
            return [*answers, *[_UNANSWERED] * missing] if missing > 0 else answers

        listed = list(groups.values())
        found: dict[str, Values | Fault] = {}
        for group, answers in zip(listed, self._side_by_side(ask, listed), strict=True):
            found.update((one.address, answer) for one, answer in zip(group, answers, strict=False))
        return found

    def _side_by_side(self, call: Callable[[_Q], _A], items: list[_Q]) -> list[_A]:
        if len(items) < 2:
            return [call(item) for item in items]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="read")
        return list(self._pool.map(call, items))
