"""Rules of memory_relay: a copy of each topic of one cluster on another, and a job that needs them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.sdk.composites import Child, Question
from kplan.sdk.session import Fault
from kplan.sdk.values import UNKNOWN, Endpoint, marks, unknown_by
from kplan_memory import topics
from kplan_memory.types import JOB, TEAM, TOPIC, TOPICS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kplan.sdk.planned import Planned
    from kplan.sdk.session import Values


def asks(desired: Values) -> Sequence[Question] | Sequence[Fault]:
    """Ask which topics there are to copy."""
    prefix = desired.get("prefix", "")
    if marks(prefix) & UNKNOWN:
        by = ", ".join(unknown_by(prefix))
        detail = f"What is copied must be known while planning; {by} decides it later."
        return [Fault("unknown_prefix", "Invalid prefix", detail, "", ("prefix",))]
    return [Question(_address(desired, "source"), TOPICS, {"prefix": prefix})]


def expand(
    desired: Values,
    endpoints: Mapping[str, Values],
    answers: Sequence[Values] | None,
    planned: Planned,
) -> Sequence[Child] | Sequence[Fault]:
    """Give a copy of each topic that is there or will be, and the job."""
    source, target = _address(desired, "source"), _address(desired, "target")
    if source == target:
        remedy = "Name another cluster as the target."
        return [Fault("same_cluster", "A cluster can't be copied to itself.", "", remedy, path=("target",))]
    if answers is None:
        return []
    prefix = desired.get("prefix", "")
    ours = [one for one in planned if one.leaf == TOPIC and one.endpoint == source]
    names = {*answers[0]["names"], *(one.identity[0] for one in ours if one.there)}
    names -= {one.identity[0] for one in ours if one.goes}
    copied = sorted(name for name in names if name.startswith(prefix))
    lasting = bool(desired.get("lasting"))
    alias, place = endpoints[source]["name"], endpoints[target]
    copies = [
        Child(
            TOPIC,
            target,
            f"topic:{name}",
            topics.complete({"name": f"{alias}.{name}"}, place),
            taken_over=lasting,
            left=lasting,
        )
        for name in copied
    ]
    if desired.get("watchers"):
        copies.append(Child(TEAM, target, "watch", {"members": desired["watchers"]}))
    job = {"name": f"relay-{alias}", "target": len(copied)}
    told = ("what is in the topics is not copied",) if copied else ()
    return [*copies, Child(JOB, target, "job", job, after=tuple(one.key for one in copies), notes=told)]


def _address(desired: Values, name: str) -> str:
    handle = desired[name]
    assert isinstance(handle, Endpoint)  # noqa: S101 - the engine has seen to it
    return handle.address
