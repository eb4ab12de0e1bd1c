"""What a change of a topic costs: judged on the values in force before and after, inherited ones included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kplan.sdk.session import Danger, Loss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kplan_kafka.topic_answers import Answers

    Effective = Callable[[str], str | None]

_UNITS: Final = ((60_000, "min"), (1000, "s"))
_SIZES: Final = ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
_HOUR: Final = 3_600_000


def losses_of_delete(name: str, answers: Answers) -> tuple[Loss, ...]:
    """Count what goes with a topic, and name who uses it."""
    what = f"topic {name} is deleted"
    if answers.groups:
        shown = ", ".join(answers.groups[:3]) + (" and others" if len(answers.groups) > 3 else "")
        what += f"; consumer groups with offsets on it: {shown}"
    if answers.untold:
        other = "other groups" if answers.groups else "consumer groups"
        what += f"; whether {other} have offsets on it is not known: {answers.untold}"
    return (Loss(Danger.DATA_LOSS, what, _records(answers.records)),)


def _records(count: int | None) -> str:
    if count is None:
        return ""
    return "empty" if count == 0 else f"{count:,} record{'s' if count > 1 else ''}"


def losses_of_alter(before: Effective, after: Effective) -> tuple[Loss, ...]:
    """Count what a change of config costs."""
    policy = _policies(before("cleanup.policy")), _policies(after("cleanup.policy"))
    found = [*_policy(*policy)]
    if "delete" in policy[1]:
        found += _retention(before, after)
    if "compact" in policy[0] & policy[1]:
        found += _tombstones(before("delete.retention.ms"), after("delete.retention.ms"))
    if before("remote.storage.enable") == "true" and after("remote.storage.enable") == "false":
        found.append(Loss(Danger.DATA_LOSS, "what is in remote storage is deleted or no longer read"))
    return tuple(found)


def _policies(text: str | None) -> frozenset[str]:
    return frozenset(("delete",) if text is None else filter(None, text.split(",")))


def _policy(before: frozenset[str], after: frozenset[str]) -> Iterator[Loss]:
    if "delete" in after - before:
        what = "cleanup.policy: records older than the retention are deleted, the latest of a key too"
        yield Loss(Danger.DATA_LOSS, what)
    if "compact" in after - before:
        yield Loss(
            Danger.DATA_LOSS, "cleanup.policy: compaction removes all but the latest record of each key"
        )


def _retention(before: Effective, after: Effective) -> Iterator[Loss]:
    for key, shown in (("retention.ms", _duration), ("retention.bytes", _size)):
        if before(key) is not None and after(key) is None:
            what = f"{key} goes back to the cluster's default, which is not known: records may be deleted"
            yield Loss(Danger.DATA_LOSS, what)
            continue
        was, becomes = _bound(before(key)), _bound(after(key))
        if becomes is not None and (was is None or becomes < was):
            unlimited = "unlimited"
            amount = f"{shown(was) if was is not None else unlimited} → {shown(becomes)}"
            what = f"{key} is lowered: " + (
                "older records" if key == "retention.ms" else "the oldest records of larger partitions"
            )
            yield Loss(Danger.DATA_LOSS, f"{what} are deleted", amount)


def _bound(text: str | None) -> int | None:
    """Read a limit; None is no limit: -1, the largest long, or not known."""
    try:
        value = int(text) if text is not None else -1
    except ValueError:
        return None
    return None if value < 0 or value >= 2**63 - 1 else value


def _tombstones(was: str | None, becomes: str | None) -> Iterator[Loss]:
    if was is not None and becomes is not None and int(becomes) < int(was):
        what = "delete.retention.ms is lowered: consumers that lag may miss that a key was deleted"
        yield Loss(Danger.DATA_LOSS, what, f"{_duration(int(was))} → {_duration(int(becomes))}")


def _duration(ms: int) -> str:
    if ms >= _HOUR:
        return f"{ms / _HOUR:,.4g} h" if ms < 1000 * _HOUR else f"{ms // _HOUR:,} h"
    size, unit = next((one for one in _UNITS if ms >= one[0]), (1, "ms"))
    return f"{ms / size:.4g} {unit}"


def _size(count: int) -> str:
    size, unit = next((one for one in _SIZES if count >= one[0]), (1, "bytes"))
    return f"{count / size:.4g} {unit} a partition"
