"""Bulk reads for a plan: what is wanted and what is remembered travel along; lost outcomes are settled first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.operations.live import ReadRequest
from kplan.plan.decide import prior_values
from kplan.sdk.session import Ask, Found, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kplan.config.model import Instance
    from kplan.operations.live import Live
    from kplan.plan.build import Builder
    from kplan.sdk.session import Seen
    from kplan.state.model import Key

Where = tuple[str, str]  # an endpoint's address and a block type
Wanted = "Mapping[Where, list[Key]]"


def read_objects(
    live: Live,
    builder: Builder,
    wanted: Mapping[Where, list[Key]],
    declared: Mapping[Where, Mapping[Key, Instance]],
    *,
    refresh: bool,
) -> dict[Where, dict[Key, Seen]]:
    """Read objects in one call for each type and endpoint; without `refresh` those in state are as remembered."""
    settle_pending(live, builder, wanted)
    found: dict[Where, dict[Key, Seen]] = {where: {} for where in wanted}
    requests = []
    for where, keys in wanted.items():
        instances = declared.get(where, {})
        asks = []
        for key in keys:
            prior = prior_values(builder.draft.leaves.get(key))
            if not refresh and prior is not None and key not in builder.draft.pending:
                found[where][key] = Found(prior)
                continue
            instance = instances.get(key)
            asks.append(Ask(key.identity, instance.desired if instance else None, prior))
        if asks:
            requests.append(ReadRequest(*where, tuple(asks)))
    answers = live.read(requests)
    if refresh and builder.intent.replace:
        _look_at_replaced(live, builder, declared)
    for where, keys in wanted.items():
        answer, into = answers.get(where, {}), found[where]
        for key in keys:
            if key not in into:
                into[key] = answer[key.identity]
    _settle_late(live, builder, found)
    return found


def _settle_late(live: Live, builder: Builder, found: Mapping[Where, Mapping[Key, Seen]]) -> None:
    """Settle claims once more whose object appeared between the two reads: it must not pass for a stranger's."""
    late = {
        where: [
            key
            for key in builder.draft.pending
            if key not in builder.draft.leaves and isinstance(seen.get(key), Found)
        ]
        for where, seen in found.items()
    }
    settle_pending(live, builder, late)


def _look_at_replaced(live: Live, builder: Builder, declared: Mapping[Where, Mapping[Key, Instance]]) -> None:
    """Read what is to be replaced as something that goes, so that what its delete costs is known."""
    for where, instances in declared.items():
        going = [key for key, one in instances.items() if one.address in builder.intent.replace]
        asks = [Ask(key.identity, None, prior_values(builder.draft.leaves.get(key)) or {}) for key in going]
        if asks:
            answers = live.read([ReadRequest(*where, tuple(asks))])[where]
            builder.going.update((key, answers[key.identity]) for key in going)


def settle_pending(live: Live, builder: Builder, wanted: Mapping[Where, list[Key]]) -> None:
    """Settle what an earlier run left open, asking for what it intended and what it had seen.

    A read of its own: what is declared by now may be something else, and a session reads no more than it is asked for.
    """
    for where, keys in wanted.items():
        open_ = [key for key in keys if key in builder.draft.pending]
        if not open_:
            continue
        answers = live.read([ReadRequest(*where, tuple(_asks(builder, open_)))])[where]
        for key in open_:
            seen = answers[key.identity]
            if not isinstance(seen, Unreadable):  # else it stays open; the read that follows says so
                builder.settle(key, seen)


def _asks(builder: Builder, keys: list[Key]) -> Iterator[Ask]:
    for key in keys:
        pending = builder.draft.pending[key]
        yield Ask(key.identity, pending.planned or None, pending.before)
