"""Losses counted and held against what the user agreed to."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kplan.lang.diagnostics import error
from kplan.plan.model import Action
from kplan.sdk.session import Danger

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kplan.lang.diagnostics import Diagnostic
    from kplan.plan.model import Change, Consents
    from kplan.state.model import State

MASS_DELETE = 10  # more deletes than this on an endpoint, when they are also over a third of its objects
_SHOWN = 20
_GRAVE = (Danger.DATA_LOSS, Danger.IRREVERSIBLE)


def is_grave(change: Change) -> bool:
    """Tell whether a change loses data or can't be undone."""
    return bool(change.losses) and any(loss.danger in _GRAVE for loss in change.losses)


def refusals(changes: Sequence[Change], state: State, consents: Consents) -> tuple[Diagnostic, ...]:
    """List the consents that a plan still lacks."""
    return (*_data_loss(changes, consents.data_loss), *_mass_delete(changes, state, consents.deletes))


def _data_loss(changes: Sequence[Change], allowed: int) -> Iterable[Diagnostic]:
    grave = [change for change in changes if is_grave(change) and not change.consented]
    if len(grave) <= allowed:
        return
    objects = "1 object" if len(grave) == 1 else f"{len(grave)} objects"
    lines = [f"  {change.address}: {_words(change)}" for change in grave[:_SHOWN]]
    if len(grave) > _SHOWN:
        lines.append(f"  … and {len(grave) - _SHOWN} more")
    detail = (
        f"Applying this would lose data of {objects}, or do what can't be undone:\n" + "\n".join(lines) + "\n"
        f"If that is what you want, pass --allow-data-loss {len(grave)}, or, to have it reviewed with the code, write a "
        "removed block with `lifecycle { destroy = true }` for each object that goes."
    )
    yield error("Data loss needs consent", detail)


def _words(change: Change) -> str:
    return "; ".join(
        loss.what + (f" ({loss.amount})" if loss.amount else "")
        for loss in change.losses
        if loss.danger in _GRAVE
    )


def _mass_delete(changes: Sequence[Change], state: State, allowed: int) -> Iterable[Diagnostic]:
    deleted: dict[tuple[str, str], int] = {}
    for change in changes:
        if change.action in (Action.DELETE, Action.REPLACE):
            place = change.endpoint, change.key.uid  # the address may be new; what state holds there is not
            deleted[place] = deleted.get(place, 0) + 1
    held = Counter(key.uid for key in state.leaves)
    over = {
        endpoint: (count, held[uid])
        for (endpoint, uid), count in sorted(deleted.items())
        if count > MASS_DELETE and count * 3 > held[uid]
    }
    total = sum(count for count, _ in over.values())
    if total > allowed:
        where = ", ".join(
            f"{count} of {all_} objects on {endpoint}" for endpoint, (count, all_) in over.items()
        )
        detail = (
            f"Applying this would delete {where}. If that is what you want, pass --allow-deletes {total}."
        )
        yield error("Deleting this many objects needs consent", detail)
