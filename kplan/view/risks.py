"""What a plan may cost, recapped where it can't be missed: right above the summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kplan.sdk.session import Danger
from kplan.view import look
from kplan.view.text import counted, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kplan.plan.model import Change
    from kplan.sdk.session import Loss
    from kplan.view.look import Look

_MOST_LISTED: Final = 20
_NEEDS_CONSENT: Final = frozenset({Danger.DATA_LOSS, Danger.IRREVERSIBLE})
_GRAVEST_FIRST: Final = tuple(Danger)


def risk_lines(shown: Sequence[Change], view: Look, *, with_unagreed: bool = True) -> list[str]:
    """List the losses of changes, the gravest first. `with_unagreed`: those that lack consent too."""
    costly = sorted(
        (
            (loss, change)
            for change in shown
            for loss in change.losses
            if with_unagreed or change.consented or loss.danger not in _NEEDS_CONSENT
        ),
        key=lambda one: _GRAVEST_FIRST.index(one[0].danger),
    )
    if not costly:
        return []
    lines = [view.paint("Risks:", look.BOLD, look.RED)]
    for loss, change in costly[:_MOST_LISTED]:
        lines += _entry(loss, change, view)
    if len(costly) > _MOST_LISTED:
        lines.append(
            f"  … and {counted(len(costly) - _MOST_LISTED, 'more risk')}, each shown with its change above"
        )
    return lines


def _entry(loss: Loss, change: Change, view: Look) -> list[str]:
    marker = view.paint("!", look.RED)
    amount = f" ({visible(loss.amount)})" if loss.amount else ""
    agreed = " (agreed to in the configuration)" if change.consented else ""
    where = f" on {visible(change.endpoint)}" if change.endpoint else ""
    danger = view.paint(loss.danger.value, look.BOLD)
    return [f"  {marker} {danger}: {visible(change.address)}{where}: {visible(loss.what)}{amount}{agreed}"]
