"""Drives the provider as the engine does, a topic or a batch at a time, and what another client does to topics."""

import time
from collections.abc import Callable
from typing import Any, Self

from another_client import commit
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

from kplan.sdk.session import Absent, Ask, Case, Do, Event, Facts, Found, Refuse, Unreadable, Verdict, Work
from kplan_kafka import PROVIDER

Values = dict[str, Any]


class Patience:
    """A Stop that never stops."""

    def requested(self) -> bool:
        return False

    def seconds_left(self) -> float:
        return float("inf")


class Driver:
    """A session and the rules, on one cluster."""

    def __init__(self, *servers: str, **settings: Any) -> None:
        self.settings = {"name": "test", "bootstrap_servers": servers, **settings}
        self.rules = PROVIDER.rules()
        self.session = PROVIDER.connect("cluster", self.settings)
        self._facts: Facts | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    @property
    def facts(self) -> Facts:
        if self._facts is None:
            found = self.session.facts(Patience())
            assert isinstance(found, Facts), found
            self._facts = found
        return self._facts

    def complete(self, name: str, **declared: Any) -> Values:
        desired = self.rules.complete("topic", {"name": name, **declared}, self.settings)
        assert not self.rules.check("topic", desired)
        return desired

    def see(self, name: str, desired: Values | None = None, prior: Values | None = None) -> Any:
        return self.session.read("topic", [Ask((name,), desired, prior)], Patience())[(name,)]

    def cases(self, wanted: dict[str, Values | None], prior: dict[str, Values] | None = None) -> list[Case]:
        """Read many topics; none may be unreadable."""
        known = prior or {}
        _ = self.facts
        asks = [Ask((name,), desired, known.get(name)) for name, desired in wanted.items()]
        seen = self.session.read("topic", asks, Patience())
        assert not [one for one in seen.values() if isinstance(one, Unreadable)], seen
        return [Case(ask.identity, ask.prior, seen[ask.identity], ask.desired) for ask in asks]  # type: ignore[arg-type]

    def plan(self, name: str, prior: Values | None = None, **declared: Any) -> Verdict:
        return self.decide(
            self.cases({name: self.complete(name, **declared)}, {name: prior} if prior else None)
        )[0]

    def plan_delete(self, name: str, prior: Values) -> Verdict:
        return self.decide(self.cases({name: None}, {name: prior}))[0]

    def decide(self, cases: list[Case]) -> list[Verdict]:
        return list(self.rules.plan("topic", self.facts, cases))

    def refused(self, name: str, prior: Values | None = None, **declared: Any) -> dict[str, Any]:
        verdict = self.plan(name, prior, **declared)
        assert isinstance(verdict, Refuse), verdict
        return {fault.code: fault for fault in verdict.faults}

    def work(self, cases: list[Case], verdicts: list[Verdict]) -> list[Work]:
        return [
            Work(case.identity[0], case.identity, verdict.steps, case.seen, verdict.planned)
            for case, verdict in zip(cases, verdicts, strict=True)
            if isinstance(verdict, Do)
        ]

    def carry_out(self, work: list[Work]) -> dict[str, Event]:
        events = list(self.session.apply("topic", work, Patience()))
        assert len({event.id for event in events}) == len(events) == len(work)
        return {event.id: event for event in events}

    def apply(self, name: str, prior: Values | None = None, **declared: Any) -> Values:
        """Plan and apply one topic; gives its values."""
        cases = self.cases({name: self.complete(name, **declared)}, {name: prior} if prior else None)
        [verdict] = self.decide(cases)
        assert isinstance(verdict, Do), verdict
        event = self.carry_out(self.work(cases, [verdict]))[name]
        assert hasattr(event, "values"), event
        return event.values

    def pending(self, name: str, prior: Values | None, desired: Values | None) -> list[Work]:
        """Plan one topic and keep the work for later."""
        cases = self.cases({name: desired}, {name: prior} if prior else None)
        return self.work(cases, self.decide(cases))


class Other:
    """Another client of the cluster. Each call returns once its change can be read."""

    def __init__(self, *servers: str) -> None:
        self.servers = ",".join(servers)
        self.client = AdminClient({"bootstrap.servers": self.servers, "log_level": 0})

    def create(self, name: str, partitions: int = 1, factor: int = 1, **config: str) -> None:
        wanted = NewTopic(
            name, partitions, factor, config={key.replace("_", "."): value for key, value in config.items()}
        )
        self._done(self.client.create_topics([wanted]))
        self._wait(lambda: self.there(name) and self.value(name, "retention.ms") is not None)

    def delete(self, name: str) -> None:
        self._done(self.client.delete_topics([name]))
        self._wait(lambda: not self.there(name))

    def grow(self, name: str, partitions: int) -> None:
        self._done(self.client.create_partitions([NewPartitions(name, partitions)]))
        self._wait(lambda: len(self.client.list_topics(topic=name).topics[name].partitions) == partitions)

    def set(self, name: str, key: str, value: str, kind: ResourceType = ResourceType.TOPIC) -> None:
        entry = ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
        self._done(
            self.client.incremental_alter_configs([ConfigResource(kind, name, incremental_configs=[entry])])
        )
        self._wait(lambda: self.value(name, key, kind) == value)

    def produce(self, name: str, count: int, size: int = 10) -> None:
        producer = Producer({"bootstrap.servers": self.servers, "log_level": 0})
        for _ in range(count):
            producer.produce(name, b"x" * size)
        assert producer.flush(60) == 0

    def commit(self, group: str, name: str) -> None:
        """Have a group be at the beginning of a topic."""
        consumer = Consumer({"bootstrap.servers": self.servers, "group.id": group, "log_level": 0})
        commit(consumer, TopicPartition(name, 0, 0))
        consumer.close()

    def there(self, name: str) -> bool:
        return name in self.client.list_topics().topics

    def value(self, name: str, key: str, kind: ResourceType = ResourceType.TOPIC) -> str | None:
        future = next(iter(self.client.describe_configs([ConfigResource(kind, name)]).values()))
        try:
            found = future.result()[key].value
        except Exception:
            return None
        return None if found is None else str(found)

    def _done(self, futures: dict[Any, Any]) -> None:
        for future in futures.values():
            future.result()

    def _wait(self, settled: Callable[[], bool]) -> None:
        until = time.monotonic() + 60
        while not settled():
            assert time.monotonic() < until, "another client's change is not to be seen"
            time.sleep(0.02)


def found(seen: Any) -> Values:
    assert isinstance(seen, Found), seen
    return seen.values


def is_absent(seen: Any) -> bool:
    return isinstance(seen, Absent)
