"""A cluster's brokers: found from any bootstrap server that answers, asked each or any."""

from __future__ import annotations

import queue
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kplan_kafka.endpoint import Address
from kplan_kafka.probe import PROBE_WITHIN, explained
from kplan_kafka.protocol import MetadataRequest
from kplan_kafka.unreachable import CLOSED, Unreachable
from kplan_kafka.wire import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kplan_kafka.options import Options
    from kplan_kafka.security import Security

CONTACT_WITHIN: float = 10.0
"""How long the first contact may take, in seconds, whatever its brokers do."""

ANSWER_WITHIN: float = 15.0
"""How long a broker may take for one answer, in seconds, before another one is asked."""

_ASK_AGAIN: Final = 0.2  # seconds

_ASIDE_FOR: Final = 30.0


class NoContact(Exception):  # noqa: N818 - an answer to a question, carried to who asked
    """No broker of the cluster answers; the cause of each."""

    def __init__(self, failures: Iterable[Unreachable]) -> None:
        """Collect the causes."""
        self.failures = tuple(failures)
        super().__init__("; ".join(map(str, self.failures)))

    @property
    def sent(self) -> bool:
        """Whether a request had left, so that it may have taken effect."""
        return any(one.sent for one in self.failures)


class Broker(NamedTuple):
    """A broker as the cluster names it."""

    node: int
    address: Address
    rack: str


class Cluster:
    """The brokers of one cluster, and connections to them, made when first used. Safe from several threads."""

    def __init__(self, options: Options) -> None:
        """Name the cluster; nothing is contacted."""
        self.options = options
        self.id = ""
        self.brokers: dict[int, Broker] = {}
        self._open: dict[Address, Connection] = {}
        self._aside: dict[Address, float] = {}
        self._lock = threading.Lock()
        self._closed = False

    def contact(self) -> None:
        """Find the cluster through the first bootstrap server that answers. Raises NoContact."""
        until = time.monotonic() + CONTACT_WITHIN
        first = self._first(self.options.bootstrap, until)
        try:
            answer = _described(first, until)
        except Unreachable as failed:
            raise NoContact([_refused_after_greeting(failed, self.options.security)]) from None
        self.id = answer.cluster_id or ""
        named = (Broker(one.node_id, Address(one.host, one.port), one.rack or "") for one in answer.brokers)
        self.brokers = {broker.node: broker for broker in sorted(named)}
        listed = tuple(broker.address for broker in self.brokers.values())
        if not listed:
            first.close()
            raise NoContact(
                [Unreachable(first.address, "it knows of no broker yet: the cluster is starting")]
            )
        if first.address in listed:
            self._keep(first)
            return
        first.close()
        self._reach_listed(first.address, listed, until)

    def _reach_listed(self, asked: Address, listed: tuple[Address, ...], until: float) -> None:
        try:
            self._keep(self._first(listed, until))
        except NoContact as failed:
            hint = f"{asked} answers and says that its brokers are there: see advertised.listeners."
            told = (Unreachable(one.address, one.cause, hint=hint) for one in failed.failures)
            raise NoContact(told) from None

    def _first(self, addresses: tuple[Address, ...], until: float) -> Connection:
        """Open connections to all at once and take the first that answers, so that a hung one costs nothing."""
        results: queue.Queue[Connection | Unreachable] = queue.Queue()
        won = threading.Lock()  # taken by the first that answers, or by us when time is up
        for address in addresses:
            fresh = Connection(address, self.options.security, self.options.client)
            threading.Thread(target=_try, args=(fresh, until, results, won), daemon=True).start()
        failures: dict[Address, Unreachable] = {}
        while len(failures) < len(addresses):
            try:
                result = results.get(timeout=max(0.0, until + 0.5 - time.monotonic()))
            except queue.Empty:
                if not won.acquire(blocking=False):
                    continue  # one has just answered
                break  # a look-up of a name that hangs cannot be interrupted
            if isinstance(result, Connection):
                return result
            failures[result.address] = result
        silent = f"no answer within {CONTACT_WITHIN:.0f} s"
        raise NoContact(failures.get(one) or Unreachable(one, silent) for one in addresses)

    def ask(self, request: Any, *, within: float | None = None, newest: int = 1000) -> Any:
        """Ask any broker, and another one if that fails. For reads only: a request may be sent twice."""
        failures = []
        for address in self._by_promise():
            try:
                return self._connection(address).call(request, within or self._patience, newest)
            except Unreachable as failed:
                self._drop(failed)
                failures.append(failed)
        raise NoContact(failures)

    def tell(self, request: Any, *, within: float | None = None, newest: int = 1000) -> Any:
        """Send a write once, to a broker that answers; it passes the write on to the controller."""
        failures = []
        for address in self.servers():
            try:
                connection = self._connection(address)
            except Unreachable as failed:
                self._drop(failed)
                failures.append(
                    Unreachable(address, failed.cause, hint=failed.hint)
                )  # only a greeting had left
                continue
            try:
                return connection.call(request, within or self._patience, newest)
            except Unreachable as failed:
                self._drop(failed)
                raise NoContact([failed]) from None
        raise NoContact(failures)

    def tell_controller(self, request: Any, *, within: float | None = None) -> Any:
        """Send a write once to the controller, where brokers do not pass it on (before KRaft)."""
        controller = self.ask(MetadataRequest(topics=[])).controller_id
        try:
            return self.ask_node(controller, request, within=within)
        except Unreachable as failed:
            raise NoContact([failed]) from None

    def ask_node(self, node: int, request: Any, *, within: float | None = None, newest: int = 1000) -> Any:
        """Ask one broker. Raises Unreachable."""
        address = self.brokers[node].address
        try:
            return self._connection(address).call(request, within or self._patience, newest)
        except Unreachable as failed:
            self._drop(failed)
            raise

    def each(self, within: float | None = None) -> list[Callable[[Any], Any]]:
        """Give a way to ask each broker that has not failed lately. Those raise Unreachable."""
        return [partial(self.ask_node, node, within=within) for node in self.nodes()]

    def nodes(self) -> list[int]:
        """List the brokers that have not failed lately, by id."""
        promising = set(self.servers())
        return [broker.node for broker in self.brokers.values() if broker.address in promising]

    def servers(self) -> list[Address]:
        """List the brokers that have not failed lately (all, if all have), those with an open connection first."""
        now = time.monotonic()
        listed = self._by_promise()
        return [address for address in listed if self._aside.get(address, 0) <= now] or listed

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            self._closed = True
            opened, self._open = list(self._open.values()), {}
        for one in opened:
            one.close()

    @property
    def _patience(self) -> float:
        return self.options.client.answer_within or ANSWER_WITHIN

    def _by_promise(self) -> list[Address]:
        now = time.monotonic()
        listed = [broker.address for broker in self.brokers.values()]
        return sorted(listed, key=lambda one: (self._aside.get(one, 0) > now, one not in self._open))

    def _connection(self, address: Address) -> Connection:
        with self._lock:
            known = self._open.get(address)
        if known is not None and known.is_usable():
            return known
        fresh = Connection(address, self.options.security, self.options.client)
        fresh.open(self.options.client.connect_within)
        return self._keep(fresh)

    def _keep(self, fresh: Connection) -> Connection:
        with self._lock:
            if self._closed:
                fresh.close()
                raise Unreachable(fresh.address, "the session is closed")
            known = self._open.get(fresh.address)
            if known is not None and known.is_usable():
                fresh.close()
                return known
            self._open[fresh.address] = fresh
            self._aside.pop(fresh.address, None)
            return fresh

    def _drop(self, failed: Unreachable) -> None:
        with self._lock:
            self._open.pop(failed.address, None)
            self._aside[failed.address] = time.monotonic() + _ASIDE_FOR


def _described(connection: Connection, until: float) -> Any:
    """Ask a broker for its cluster; again while it knows of no broker, as one that starts or has just hung for a while."""
    while True:
        answer = connection.call(MetadataRequest(topics=[]), _left(until))
        if answer.brokers or time.monotonic() + _ASK_AGAIN >= until:
            return answer
        time.sleep(_ASK_AGAIN)


def _refused_after_greeting(failed: Unreachable, security: Security) -> Unreachable:
    if failed.cause != CLOSED or security.login:
        return failed
    hint = "The listener expects a login: set protocol in security to SASL_…, or name a listener without."
    cause = "it is a Kafka broker, but closes the connection on the first request"
    return Unreachable(failed.address, cause, hint=hint, about=("security", "protocol"))


def _try(
    fresh: Connection, until: float, results: queue.Queue[Connection | Unreachable], won: threading.Lock
) -> None:
    try:
        fresh.open(max(0.1, until - time.monotonic() - 2 * PROBE_WITHIN))
    except Unreachable as failed:
        results.put(failed if won.locked() else explained(failed, fresh.security))
    except Exception as wrong:  # noqa: BLE001 - bytes that decode to nonsense
        results.put(Unreachable(fresh.address, f"what answers there is not a Kafka broker ({wrong})"))
    else:
        if won.acquire(blocking=False):
            results.put(fresh)
        else:
            fresh.close()


def _left(until: float) -> float:
    return max(0.1, until - time.monotonic())
