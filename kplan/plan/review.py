"""A whole plan held against its providers' rules: changes that are each right and don't go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.config.arguments import located
from kplan.graph.address import block_address
from kplan.lang.diagnostics import error
from kplan.plan.model import Action, Change, is_change
from kplan.sdk.session import Outcome, Reviewing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kplan.config.configuration import Configuration
    from kplan.config.model import Module
    from kplan.lang.diagnostics import Diagnostic
    from kplan.sdk.session import Fault
    from kplan.state.model import Key, StateLeaf


def reviewed(
    changes: Sequence[Change], leaves: Mapping[Key, StateLeaf], configuration: Configuration
) -> Iterator[Diagnostic]:
    """Have each provider review its objects; what this plan doesn't look at is as state has it."""
    if not any(map(is_change, changes)):
        return
    outcomes: dict[int, list[tuple[Outcome, str]]] = {}
    types = configuration.types
    asked = {id(rules): rules for rules in types.rules.values() if isinstance(rules, Reviewing)}
    seen = {change.key for change in changes}
    for change in changes:
        rules = types.rules.get(change.type)  # none of what is let go with its endpoint's block
        if id(rules) not in asked:
            continue
        outcomes.setdefault(id(rules), []).append((outcome(change), change.address))
    for key, leaf in leaves.items():
        found = types.rules.get(key.type)
        if found is not None and id(found) in asked and key not in seen:
            stays = Outcome(key.type, leaf.endpoint, key.identity, there=True, goes=False)
            outcomes.setdefault(id(found), []).append((stays, leaf.address))
    for number, listed in outcomes.items():
        faults = asked[number].review([one for one, _ in listed])
        for at, fault in sorted(faults.items()):
            yield _told(listed[at][1], fault, configuration.module)


def outcome(change: Change) -> Outcome:
    """Say what becomes of an object."""
    there, goes = change.after is not None, change.action is Action.DELETE
    return Outcome(change.type, change.endpoint, change.key.identity, there, goes, change.after or {})


def _told(address: str, fault: Fault, module: Module) -> Diagnostic:
    declared = module.declared.get(block_address(address))
    if declared is not None:
        return located(declared, fault, (("address", address),))
    return error(fault.summary, f"{address}: {fault.detail}", remedy=fault.remedy)
