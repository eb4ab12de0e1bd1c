"""After a write: wait until every broker that answers reads it back as written."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kplan.sdk.session import Fault
from kplan_kafka import errors, topic_calls
from kplan_kafka.config_keys import canonical_or_as_is
from kplan_kafka.topic_calls import DEFAULT, OWN, Entry, Listed
from kplan_kafka.unreachable import Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kplan.sdk.session import Stop, Values
    from kplan_kafka.cluster import Cluster

    Shown = Values | Fault

VISIBLE_WITHIN: float = 60.0
"""How long to wait for brokers to show a write, in seconds."""

_ANSWER_WITHIN: Final = 10.0
_FIRST_WAIT: Final = 0.025
_LONGEST_WAIT: Final = 1.0
_OWN_WITHIN: Final = 3.0
"""After so many seconds a value that shows as the default counts: so some vendors show what was set to it."""

_NO_ENTRY: Final = Entry("", DEFAULT)


class Expected(NamedTuple):
    """What brokers are to show of a topic. Gone: no topic of this name, or one with another id than `id`.

    `config`: keys as they are to be, None for not the topic's own; `also`: keys to read whatever they are;
    `partitions` None: any number.
    """

    name: str
    gone: bool
    id: str | None = None
    config: Mapping[str, str | None] = {}
    partitions: int | None = None
    also: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The config keys to read."""
        return tuple(dict.fromkeys((*self.config, *self.also)))


def wait_until_visible(cluster: Cluster, expected: list[Expected], stop: Stop) -> dict[str, Shown | None]:
    """Give each topic's values once all brokers agree, {} for one that is gone, None for one that time ran out on.

    A fault stands for a topic that may not be read back.
    """
    until = time.monotonic() + min(VISIBLE_WITHIN, stop.seconds_left())
    shown: dict[str, Shown | None] = {one.name: None for one in expected}
    unanimous = {one.name: True for one in expected}
    answered = False
    for ask in cluster.each(_ANSWER_WITHIN):
        try:
            late = _wait(ask, expected, shown, until)
        except Unreachable:
            continue  # a broker that does not answer has no say
        answered = True
        unanimous.update(dict.fromkeys(late, False))
    return {name: values if answered and unanimous[name] else None for name, values in shown.items()}


def _wait(
    ask: Callable[[Any], Any], expected: list[Expected], shown: dict[str, Shown | None], until: float
) -> set[str]:
    """Ask one broker until it shows everything; gives the names that time ran out on."""
    pending, wait = expected, _FIRST_WAIT
    sources: tuple[int, ...] = (OWN,)
    trusting_from = time.monotonic() + _OWN_WITHIN
    while pending:
        with topic_calls.gc_paused():
            found: dict[str, Shown] = {}
            for some in topic_calls.chunks(pending, topic_calls.CONFIGS_IN_A_CALL):
                found |= _look(ask, some, sources)
        shown.update(found)
        pending = [one for one in pending if one.name not in found]
        if time.monotonic() + wait > until:
            break
        if pending:
            time.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)
        if time.monotonic() > trusting_from:
            sources = (OWN, DEFAULT)
    return {one.name for one in pending}


def _look(
    ask: Callable[[Any], Any], pending: Sequence[Expected], sources: tuple[int, ...]
) -> dict[str, Shown]:
    """Give the values of those topics that one broker shows as expected, and a fault for those that it may not show."""
    listed = topic_calls.look_up(ask, [one.name for one in pending])
    shown: dict[str, Shown] = {}
    there: list[tuple[Expected, Listed]] = []
    for one in pending:
        found = listed.get(one.name, errors.UNKNOWN_TOPIC)
        if found == errors.TOPIC_UNAUTHORIZED:
            shown[one.name] = _not_shown(one.name, "DESCRIBE")
        elif one.gone:
            if found == errors.UNKNOWN_TOPIC or (isinstance(found, Listed) and found.id != one.id):
                shown[one.name] = {}
        elif isinstance(found, Listed) and found.partitions and one.partitions in (None, found.partitions):
            there.append((one, found))
    wanted = {one.name: keys for one, _ in there if (keys := one.keys)}
    described = topic_calls.describe(ask, wanted) if wanted else {}
    for one, found in there:
        entries = described.get(one.name, errors.UNKNOWN_TOPIC) if one.name in wanted else {}
        if entries == errors.TOPIC_UNAUTHORIZED:
            shown[one.name] = _not_shown(one.name, "DESCRIBE_CONFIGS")
        elif not isinstance(entries, int) and _is_as_expected(one.config, entries, sources):
            shown[one.name] = _values(found, one, entries)
    return shown


def _not_shown(name: str, operation: str) -> Fault:
    summary = f"topic {name}: the cluster took the change, but kplan may not see what came of it"
    remedy = errors.missing_right(operation, f"topic {name}")
    return Fault("not_authorized", summary, "", remedy, (), "outcome_unknown")


def _is_as_expected(
    wanted: Mapping[str, str | None], entries: Mapping[str, Entry], sources: tuple[int, ...]
) -> bool:
    for key, value in wanted.items():
        entry = entries.get(key, _NO_ENTRY)
        if value is None:
            if entry.source == OWN:
                return False
        elif entry.source not in sources or canonical_or_as_is(key, entry.value) != value:
            return False
    return True


def _values(listed: Listed, expected: Expected, entries: Mapping[str, Entry]) -> Values:
    own = {
        key for key, entry in entries.items() if entry.source == OWN or expected.config.get(key) is not None
    }
    return {
        "name": listed.name,
        "partitions": listed.partitions,
        "replication_factor": listed.replicas,
        "config": {key: canonical_or_as_is(key, entries[key].value) for key in expected.keys if key in own},
        "id": listed.id,
    }
