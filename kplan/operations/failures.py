"""What went wrong in an apply, in words: each cause once, however many changes it met."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kplan.config.arguments import located
from kplan.graph.address import block_address, is_child
from kplan.lang.diagnostics import error
from kplan.plan.model import Action

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kplan.apply.events import Tally
    from kplan.config.model import Declared
    from kplan.lang.diagnostics import Diagnostic
    from kplan.plan.model import Change
    from kplan.sdk.session import Fault

_EACH = 3  # so many changes that failed alike are told one by one
_NAMED = 10


def failures(
    faults: Sequence[tuple[Change, Fault]], tally: Tally, declared: Mapping[str, Declared]
) -> list[Diagnostic]:
    """Tell what failed, where it is declared, and what was left when the run was stopped. `declared`: blocks by address."""
    alike: dict[tuple[str, ...], list[tuple[Change, Fault]]] = {}
    for change, fault in faults:
        alike.setdefault(_cause(change, fault), []).append((change, fault))
    found = []
    for group in alike.values():
        if len(group) > _EACH:
            found.append(_told(*group[0], [change for change, _ in group], declared))
        else:
            found.extend(_told(change, fault, [change], declared) for change, fault in group)
    if tally.parked:
        count = f"{tally.parked} long change{'s were' if tally.parked > 1 else ' was'}"
        detail = f"{count} parked at the last checkpoint; the next apply goes on there."
        found.append(error("Stopped before the end", detail))
    elif tally.skipped and not faults:
        found.append(error("Stopped before the end", "Run apply again to carry out the rest."))
    return found


def _cause(change: Change, fault: Fault) -> tuple[str, ...]:
    """Give what is the same of changes that failed alike: all but the object's own name."""
    own = re.compile(rf"(?<![\w.-]){re.escape(':'.join(change.key.identity))}(?![\w.-])")
    summary, detail = (own.sub("…", text) for text in (fault.summary, fault.detail))
    return change.endpoint, change.type, summary, detail, fault.remedy, fault.retry


def _told(change: Change, fault: Fault, alike: list[Change], declared: Mapping[str, Declared]) -> Diagnostic:
    what = f"{change.address} on {change.endpoint}" + (f": {fault.detail}" if fault.detail else "")
    sentences = [f"{what.removesuffix('.')}."]
    if len(alike) > 1:
        others = [one.address for one in alike[1:]]
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        sentences.append(f"The same befell {len(others)} others there: {', '.join(others[:_NAMED])}{more}.")
    if fault.retry == "outcome_unknown":
        whose = "they" if len(alike) > 1 else "it"
        sentences.append(f"Whether {whose} took effect is not known; the next run finds out.")
    path = () if is_child(change.address) else fault.path  # a child's attributes are not the block's
    whole = fault._replace(detail=" ".join(sentences), path=path)
    block = None if change.action is Action.DELETE else declared.get(block_address(change.address))
    return located(block, whole) if block else error(whole.summary, whole.detail, remedy=whole.remedy)
