"""A session on a world: reads, listings, queries and the carrying out of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kplan.sdk.session import (
    Absent,
    Checkpoint,
    Done,
    Facts,
    Failed,
    Fault,
    Found,
    Parked,
    Step,
    Unreadable,
)
from kplan.sdk.values import SECRET, UNKNOWN, marks, reveal
from kplan_memory.types import JOB, MEMBER, TOPIC

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.sdk.session import Ask, Event, Identity, Seen, Stop, Values, Work
    from kplan_memory.world import World

_MOST_CHECKPOINTS = 100


class MemorySession:
    """One endpoint's connection to its world."""

    def __init__(self, world: World) -> None:
        """Hold the world; contact waits until `facts`."""
        self.world = world
        self._closed = False

    def facts(self, stop: Stop) -> Facts | Fault:
        """Read the world's id and how much it holds."""
        with self.world.lock:
            fault = self._contact("facts", "", (), stop)
            if fault is not None:
                return fault
            return Facts(self.world.uid, {"topics": len(self.world.objects[TOPIC])})

    def read(self, leaf: str, asks: Sequence[Ask], stop: Stop) -> Mapping[Identity, Seen]:
        """Read objects by name. A topic's config is what the ask knows of: keys never declared are left out."""
        with self.world.lock:
            identities = [ask[0] for ask in asks]
            fault = self._contact("read", leaf, identities, stop)
            if fault is not None:
                return dict.fromkeys(identities, Unreadable(fault))
            if self.world.pending:
                with self.world:
                    self.world.pass_by(leaf, [identity[0] for identity in identities])
            return self._disturbed(leaf, self._looked_at(leaf, asks))

    def _looked_at(self, leaf: str, asks: Sequence[Ask]) -> dict[Identity, Seen]:
        if leaf == TOPIC:
            return self._topics(asks)
        here = self.world.objects[leaf]
        found = {ask.identity: here.get(ask.identity[0]) for ask in asks}
        if leaf == JOB:
            return {identity: _job(live) for identity, live in found.items()}
        return {identity: Found(live) if live else Absent() for identity, live in found.items()}

    def _topics(self, asks: Sequence[Ask]) -> dict[Identity, Seen]:
        topics, absent = self.world.objects[TOPIC], Absent()
        seen: dict[Identity, Seen] = {}
        for identity, desired, prior in asks:
            live = topics.get(identity[0])
            if live is None:
                seen[identity] = absent
            elif desired is not None and desired.get("config") == live["config"]:
                seen[identity] = Found(live)
            else:
                values = _managed(live, desired, prior)
                seen[identity] = Found(values, None if values is live else live["config"])
        return seen

    def _disturbed(self, leaf: str, seen: dict[Identity, Seen]) -> dict[Identity, Seen]:
        if any(one.what == "unreadable" for one in self.world.injections):
            with self.world:
                for identity in seen:
                    if self.world.met("unreadable", verb="read", name=identity[0]):
                        fault = Fault("unreadable", f"{leaf} {identity[0]} could not be read", retry="later")
                        seen[identity] = Unreadable(fault)
        return seen

    def list(self, leaf: str, stop: Stop) -> Iterator[tuple[Identity, Seen]]:
        """List what exists, whole; a world that is down gives one Unreadable with no identity."""
        with self.world.lock:
            fault = self._contact("list", leaf, (), stop)
            here = dict(self.world.objects[leaf])
        if fault is not None:
            yield (), Unreadable(fault)
            return
        for name, live in sorted(here.items()):
            yield (name,), _job(live) if leaf == JOB else Found(live)

    def query(self, source: str, asked: Sequence[Values], stop: Stop) -> Sequence[Values | Fault]:
        """Name the topics that start with a prefix."""
        with self.world.lock:
            fault = self._contact("query", source, (), stop)
            if fault is not None:
                return [fault] * len(asked)
            everything = sorted(self.world.objects[TOPIC])
        answers = []
        for args in asked:
            prefix = args.get("prefix") or ""
            names = tuple(name for name in everything if name.startswith(prefix))
            answers.append({"prefix": prefix, "names": names, "count": len(names)})
        return answers

    def apply(self, leaf: str, work: Sequence[Work], stop: Stop) -> Iterator[Event]:
        """Carry out a batch; moves one after another with checkpoints, all else in one go."""
        if stop.requested():
            yield from (Parked(one.id) for one in work)
            return
        with self.world.lock:
            verb = work[0].steps[0].verb if work else "nothing"
            fault = self._contact(verb, leaf, [one.identity for one in work], stop)
        if fault is not None:
            yield from (Failed(one.id, fault) for one in work)
            return
        quick = [one for one in work if one.steps[0].verb != "move"]
        if quick:
            yield from self._carry_out_all(leaf, quick)
        for one in work:
            if one.steps[0].verb == "move":
                yield from self._move(one, stop)

    def _carry_out_all(self, leaf: str, work: Sequence[Work]) -> Sequence[Event]:
        try:
            with self.world:
                return [self._carry_out(leaf, one) for one in work]
        except OSError as error:
            fault = Fault("not_written", "The world's file cannot be written.", str(error))
            return [Failed(one.id, fault) for one in work]

    def _carry_out(self, leaf: str, work: Work) -> Event:
        name = work.identity[0]
        for verb, args in work.steps:
            anew = _made_anew(work, self.world.objects[leaf].get(name))
            fault = anew or _unsendable(args) or self.world.step(leaf, name, Step(verb, reveal(args)))
            if fault is not None:
                return Failed(work.id, fault)
        live = self.world.objects[leaf].get(name)
        if live is None:
            return Done(work.id, {})
        if leaf == MEMBER:
            return Done(work.id, live)
        return Done(work.id, _managed(live, work.planned, None) if leaf == TOPIC else _job_values(live))

    def _move(self, work: Work, stop: Stop) -> Iterator[Event]:
        name, args = work.identity[0], work.steps[0].args
        live, unsendable = self.world.get(JOB, name), _unsendable(args)
        if live is None or unsendable is not None:
            yield Failed(work.id, unsendable or Fault("not_found", f"{name} does not exist"))
            return
        to = reveal(args["to"])
        start = live["position"] if work.resume is None else work.resume["start"]
        total = abs(to - start)
        stride = -(-total // _MOST_CHECKPOINTS)
        while live["position"] != to or live["goal"] != to:
            if stop.requested():
                yield Parked(work.id)
                return
            with self.world:
                fault = self.world.step(JOB, name, Step("move", {"name": name, "to": to, "stride": stride}))
                live = self.world.objects[JOB].get(name, live)
            if fault is not None:
                yield Failed(work.id, fault)
                return
            done = total - abs(to - live["position"])
            yield Checkpoint(work.id, {"start": start, "position": live["position"]}, done, total)
        yield Done(work.id, _job_values(live))

    def close(self) -> None:
        """Let go; a closed session answers nothing more."""
        self._closed = True

    def _contact(self, verb: str, leaf: str, identities: Sequence[Identity], stop: Stop) -> Fault | None:
        """Record a call and say why it gets no answer, if so."""
        if self._closed:
            return Fault("closed", "the session is closed")
        try:
            self.world.refresh()
        except (OSError, ValueError) as error:
            return Fault("no_world", "The world's file cannot be read.", str(error))
        self.world.received(verb, leaf, identities)
        if not self.world.injections:
            return None
        with self.world:
            met = self.world.met("down", "slow", verb=verb)
        if met is None:
            return None
        if met.what == "down":
            return Fault("unreachable", "no connection to the cluster", retry="later")
        return self._wait(met.seconds, stop)

    def _wait(self, seconds: float, stop: Stop) -> Fault | None:
        left = stop.seconds_left()
        self.world.sleep(min(seconds, left))
        if seconds > left:
            return Fault("timed_out", "the cluster did not answer in time", retry="outcome_unknown")
        return None


def _managed(live: Values, *known: Values | None) -> Values:
    """Leave out the config keys that nobody known declared; without anybody known, all stay."""
    declared = [values["config"] for values in known if values is not None and "config" in values]
    keys: set[str] = set()
    for config in declared:
        if not isinstance(config, dict):
            return live
        keys.update(config)
    if not declared or keys.issuperset(live["config"]):
        return live
    return {**live, "config": {key: value for key, value in live["config"].items() if key in keys}}


def _job(live: Values | None) -> Seen:
    if live is None:
        return Absent()
    at, goal = live["position"], live["goal"]
    return Found(_job_values(live), None, f"moving to {goal}, now at {at}" if at != goal else "")


def _job_values(live: Values) -> Values:
    return {"name": live["name"], "target": live["position"]}


def _made_anew(work: Work, live: Values | None) -> Fault | None:
    """Refuse to touch an object that has another id than the one that was planned for."""
    was = work.seen.values.get("id") if isinstance(work.seen, Found) else None
    if was is None or live is None or live["id"] == was:
        return None
    detail = f"Its id was {was} and is now {live['id']}; nothing was done to it."
    return Fault("not_ours", f"{work.identity[0]} is another topic now", detail, "Plan again.")


def _unsendable(args: dict[str, Any]) -> Fault | None:
    if marks(args) & ~SECRET & UNKNOWN:
        return Fault("unknown_value", "a value that is still unknown cannot be sent")
    return None
