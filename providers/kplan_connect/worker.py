"""What kplan asks of workers, call by call, with their answers as data."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from kplan.sdk.session import Facts, Fault
from kplan_connect import errors
from kplan_connect.http import NoAnswer, NoneAnswers, Workers
from kplan_connect.mirroring import MAY_BE_IDLE, waits_for
from kplan_connect.sensitive import told_by
from kplan_connect.types import FAILED, PAUSED, RUNNING, STOPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kplan_connect.endpoint import Options
    from kplan_connect.http import Answer

CONTACT_WITHIN: Final = 8.0  # seconds, for each of the few calls of a first contact
READ_WITHIN: Final = 30.0
WRITE_WITHIN: Final = 60.0
_HEALTH_WITHIN: Final = 3.0
_FIRST_WAIT: Final = 0.1
_LONGEST_WAIT: Final = 2.0
_LEAST_SHARE: Final = 0.5
_ALL: Final = "/connectors?expand=info&expand=status"


class Live(NamedTuple):
    """A connector as workers have it. `config` has secrets in the open: it is never to leave the session.

    `status` None: nobody runs it yet. `may_be_idle`: it is as it should be without a task too.
    """

    config: Mapping[str, str]
    type: str
    status: Mapping[str, Any] | None
    may_be_idle: bool = False

    @property
    def state(self) -> str:
        """What it is meant to be by what is seen: PAUSED, STOPPED, else RUNNING."""
        state = self.status["connector"]["state"] if self.status else ""
        return state if state in {PAUSED, STOPPED} else RUNNING

    @property
    def settled(self) -> bool:
        """Whether it is as it is meant to be: running with all of its tasks, of which there is one, paused or stopped.

        Some connectors have no task while there is nothing for them to do.
        """
        if self.status is None:
            return False
        state, tasks = self.status["connector"]["state"], [one["state"] for one in self.status["tasks"]]
        if state == STOPPED:
            return not tasks
        busy = bool(tasks) or self.may_be_idle or self.config.get("connector.class") in MAY_BE_IDLE
        return state == PAUSED or (state == RUNNING and busy and {*tasks} <= {RUNNING})

    @property
    def trace(self) -> str:
        """Give the trace of what failed, "" if nothing did."""
        if self.status is None or self.state != RUNNING:
            return ""
        failed = [one for one in (self.status["connector"], *self.status["tasks"]) if one["state"] == FAILED]
        return str(failed[0].get("trace") or "it failed, and its worker doesn't say why") if failed else ""

    def trouble(self) -> tuple[str, str]:
        """Say why it doesn't run, and what that was caused by or may be; secrets are still in it. ("", ""): it does, or is held."""
        if self.trace:
            return told_by(self.trace)
        if self.settled or self.state != RUNNING:
            return "", ""
        if self.status is None:
            return "no worker runs it yet", waits_for(self.config)
        tasks = [one["state"] for one in self.status["tasks"]]
        if not tasks:
            return f"it is {self.status['connector']['state']} and has no task", waits_for(self.config)
        return f"its tasks are {', '.join(sorted({*tasks}))}", ""


class Worker:
    """One Connect cluster, whichever of its workers answers."""

    def __init__(self, options: Options) -> None:
        """Take where it is; nothing is contacted."""
        self.workers = Workers(options)
        self._group_id, self._count = options.group_id, len(options.urls)
        self._passwords: dict[str, frozenset[str]] = {}
        self._lock = threading.Lock()

    def facts(self) -> Facts | Fault:
        """Find a worker that is ready, and what it says of itself."""
        failures: list[NoAnswer] = []
        fault: Fault | None = None
        for place in self.workers.each():
            try:
                found = self._facts_at(place)
            except NoAnswer as failed:
                failures.append(failed)
                continue
            if isinstance(found, Facts):
                return found
            fault = fault or found
        return fault or errors.of_contact(failures)

    def _facts_at(self, place: int) -> Facts | Fault:
        root = self.workers.at(place, "GET", "/", None, CONTACT_WITHIN)
        if root.status == 404:
            return errors.no_connect_yet(root.url)
        if not root.ok:
            return errors.of_refusal(root, "ask Connect who it is")
        if not isinstance(root.body, dict) or "kafka_cluster_id" not in root.body:
            summary = f"cannot reach Connect: what answers at {root.url} says nothing of a Kafka cluster"
            return Fault("not_connect", summary, "", "Check urls; a proxy may stand in between.", ("urls",))
        try:
            health = self.workers.at(place, "GET", "/health", None, _HEALTH_WITHIN)
        except NoAnswer:
            pass  # it is busy, such as with stopping a task; what must be known is asked below
        else:
            if health.status == 503:
                return errors.starting(health.url, health.message)
        plugins = self.workers.at(
            place, "GET", "/connector-plugins?connectorsOnly=false", None, CONTACT_WITHIN
        )
        if not plugins.ok:
            return errors.of_refusal(plugins, "ask Connect for its plugins")
        inside = str(root.body["kafka_cluster_id"])
        known = {one["class"]: one["type"] for one in plugins.body or ()}
        values = {"version": str(root.body.get("version", "")), "plugins": known}
        return Facts(f"{inside}/{self._group_id}", values, inside)

    def connectors(self, within: float = READ_WITHIN) -> dict[str, Live] | Fault:
        """Read all connectors in one call. It leaves out those that nobody runs yet: see `unrun`."""
        return self._connectors(_ALL, within)

    def unrun(self) -> dict[str, Live] | Fault:
        """Read all connectors without what they run as; only so is seen what was just made."""
        return self._connectors("/connectors?expand=info", READ_WITHIN)

    def _connectors(self, path: str, within: float) -> dict[str, Live] | Fault:
        try:
            answer = self.workers.get(path, max(0.1, min(READ_WITHIN, within)))
        except NoneAnswers as failed:
            return errors.of_none(failed, "read connectors")
        if not answer.ok or not isinstance(answer.body, dict):
            return errors.of_refusal(answer, "read connectors")
        return {
            name: Live(one["info"]["config"], one["info"].get("type") or "", one.get("status"))
            for name, one in answer.body.items()
            if "info" in one
        }

    def passwords(self, class_: str) -> frozenset[str]:
        """Name the keys that a plugin takes for passwords; none if it isn't there or doesn't say. Asked once for each."""
        with self._lock:
            known = self._passwords.get(class_)
        if known is not None:
            return known
        try:
            answer = self.workers.get(f"/connector-plugins/{quote(class_, safe='')}/config", READ_WITHIN)
        except NoneAnswers:
            return frozenset()
        listed = answer.body if answer.ok and isinstance(answer.body, list) else ()
        found = frozenset(one["name"] for one in listed if one.get("type") == "PASSWORD")
        with self._lock:
            self._passwords[class_] = found
        return found

    def validate(self, class_: str, flat: Mapping[str, str]) -> Answer:
        """Have a configuration validated. Raises NoneAnswers."""
        path = f"/connector-plugins/{quote(class_, safe='')}/config/validate"
        return self.workers.ask("PUT", path, dict(flat), READ_WITHIN)

    def look(self, path: str, within: float) -> Answer:
        """Ask for something, again and again while workers are busy with themselves. Raises NoneAnswers."""
        return self._patiently(lambda left: self.workers.get(path, left), within)

    def write(self, method: str, path: str, body: Any, within: float) -> Answer:
        """Send a change; again and again while workers are busy with themselves. Raises NoneAnswers."""
        return self._patiently(lambda left: self.workers.write(method, path, body, left), within)

    def _patiently(self, call: Callable[[float], Answer], within: float) -> Answer:
        until = time.monotonic() + min(WRITE_WITHIN, within)
        wait = _FIRST_WAIT
        while True:
            answer = call(max(1.0, until - time.monotonic()))
            if not errors.is_passing(answer) or time.monotonic() + wait >= until:
                return answer
            time.sleep(wait * random.uniform(_LEAST_SHARE, 1))  # noqa: S311 - so that many don't come back together
            wait = min(2 * wait, _LONGEST_WAIT)

    def answers(self) -> bool:
        """Tell whether some worker says anything at all, however busy it is."""
        try:
            self.workers.get("/", _HEALTH_WITHIN)
        except NoneAnswers:
            return False
        return True

    def close(self) -> None:
        """Let go of connections."""
        self.workers.close()
