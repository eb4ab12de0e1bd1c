"""How far a link is: what its connectors say, beside what both clusters have. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.composites import Question
from kplan.sdk.session import Fault
from kplan.sdk.watching import Carrier, Copied, Place, Watched
from kplan_mirrormaker.link_config import Link, carriers
from kplan_mirrormaker.link_filters import is_copied
from kplan_mirrormaker.types import MIRRORMAKER2

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.sdk.session import Values

_ENDS: Final = "topic_ends"  # as the provider of clusters calls it
_RUNS: Final = "connector_runs"  # as the provider of workers does
_NONE_COPIED: Final = -1
_HEARTBEATS: Final = "heartbeats"
_UNTOLD: Final = (
    "A dedicated MirrorMaker keeps to itself which offset it copied last, so that the lag is not told: its own topics are not "
    "read."
)
_FLUSHED: Final = "What was copied last is as fresh as the workers' offset.flush.interval.ms, a minute where they don't set it."


def watches(desired: Values, endpoints: Mapping[str, Values]) -> list[Question]:
    """Ask how far the topics reach on both sides, and how the connectors run."""
    link = _flow(desired, endpoints)
    source, target = desired["source"].address, desired["target"].address
    meant = {name: value for name, value in desired["topics"].items() if value}
    ends = [Question(source, _ENDS, meant), Question(target, _ENDS, _copies_of(link, meant))]
    if link.dedicated:
        return [*ends, Question(target, _ENDS, {"names": (_HEARTBEATS,)})]
    workers = desired[MIRRORMAKER2]["connect_cluster"].address
    return [
        *ends,
        *(Question(workers, _RUNS, {"name": f"{link.name}.{kind}"}) for kind in carriers(desired)),
    ]


def _copies_of(link: Link, meant: Values) -> Values:
    """Mean the copies of what a filter means, and no more than needed: who asks may see these only."""
    if link.unchanged:
        return meant
    names, prefixes = (tuple(map(link.remote, meant.get(part) or ())) for part in ("names", "prefixes"))
    if meant.get("patterns"):
        prefixes = (link.remote(""),)
    return {part: some for part, some in (("names", names), ("prefixes", prefixes)) if some}


def watched(desired: Values, endpoints: Mapping[str, Values], answers: Sequence[Values | Fault]) -> Watched:
    """Put the answers together; what could not be read is told, and never taken for nothing."""
    link = _flow(desired, endpoints)
    if link.dedicated:
        return _dedicated(link, answers)
    here, there, *running = answers
    names = [f"{link.name}.{kind}" for kind in carriers(desired)]
    carried = [_carrier(name, one) for name, one in zip(names, running, strict=True)]
    last = _last_copied(running[0], link.source)
    topics = {} if isinstance(here, Fault) else here["topics"]
    copied = [
        _copied(link, name, topics[name], {} if isinstance(there, Fault) else there["topics"], last)
        for name in _taken(link, topics)
    ]
    return Watched(
        desired["source"].address,
        desired["target"].address,
        tuple(carried),
        tuple(copied),
        (_FLUSHED,) if last is not None else (),
        tuple(_faults(answers)),
    )


def _dedicated(link: Link, answers: Sequence[Values | Fault]) -> Watched:
    """Say what can be seen from outside: its copies, and that it writes heartbeats. Its own topics are not read."""
    here, there, beats = answers
    topics = {} if isinstance(here, Fault) else here["topics"]
    copies = {} if isinstance(there, Fault) else there["topics"]
    copied = tuple(_copied(link, name, topics[name], copies, None) for name in _taken(link, topics))
    carrier = Carrier(f"dedicated MirrorMaker of {link.desired[MIRRORMAKER2]['path']}", _beating(beats))
    ends = link.desired["source"].address, link.desired["target"].address
    return Watched(*ends, (carrier,), copied, (_UNTOLD,), tuple(_faults(answers)), told=False)


def _taken(link: Link, topics: Mapping[str, Any]) -> list[str]:
    return sorted(name for name in topics if is_copied(name, link.target, unchanged=link.unchanged))


def _beating(beats: Values | Fault) -> str:
    if isinstance(beats, Fault):
        return "unreadable"
    newest = beats["topics"].get(_HEARTBEATS, {}).get("newest")
    if newest is None:
        return "no heartbeats on the target"
    told = datetime.fromtimestamp(newest, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"last heartbeat of any MirrorMaker on the target: {told}"


def _flow(desired: Values, endpoints: Mapping[str, Values]) -> Link:
    source, target = endpoints[desired["source"].address], endpoints[desired["target"].address]
    return Link(desired, source, target, (0, 0))


def _carrier(name: str, answer: Values | Fault) -> Carrier:
    if isinstance(answer, Fault):
        return Carrier(name, "unreadable")
    tasks = answer["tasks"]
    counted = f"{answer['state']}, {tasks} task{'' if tasks == 1 else 's'}"
    return Carrier(name, counted, answer["why"])


def _last_copied(answer: Values | Fault, source: str) -> dict[tuple[str, int], int] | None:
    """Give the last offset that was copied of each partition of the source; None if that can't be read.

    A connector keeps those of clusters too that it copied from before.
    """
    if isinstance(answer, Fault) or answer["offsets"] is None:
        return None
    found: dict[tuple[str, int], int] = {}
    for partition, offset in answer["offsets"]:
        if offset is not None and "topic" in partition and partition.get("cluster") == source:
            found[partition["topic"], int(partition["partition"])] = int(offset["offset"])
    return found


def _copied(
    link: Link,
    name: str,
    topic: Mapping[str, Any],
    there: Mapping[str, Any],
    last: Mapping[tuple[str, int], int] | None,
) -> Copied:
    copy = link.remote(name)
    places = tuple(
        Place(at, begin, end, None if last is None else last.get((name, at), _NONE_COPIED))
        for at, (begin, end) in enumerate(topic["partitions"])
    )
    return Copied(name, copy, places, there.get(copy, {}).get("newest"))


def _faults(answers: Sequence[Values | Fault]) -> Iterator[Fault]:
    told: dict[Fault, None] = {}
    for one in answers:
        if isinstance(one, Fault):
            told[one] = None
        elif isinstance(one.get("unread"), Fault):
            told[one["unread"]] = None
    yield from told
