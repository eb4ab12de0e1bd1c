"""A saved plan held against itself made again: what speaks against applying it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from kplan.lang.diagnostics import Diagnostic, error
from kplan.plan.model import is_change
from kplan.plan.saved import SavedPlan, fingerprint, secrets_of
from kplan.plan.saved_values import encode
from kplan.plan.secrets import digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kplan.operations.planning import Made
    from kplan.plan.model import Change, OutputChange, Plan
    from kplan.registry.types import Types
    from kplan.state.model import Key, State

_SHOWN = 10


class Held:
    """A saved plan, and the same made again."""

    def __init__(self, saved: SavedPlan, made: Made, state: State, types: Types) -> None:
        """Compare both, object by object. `state`: as the new one found it."""
        self._saved, self._made = saved, made
        self._was = {one.key: one for one in saved.plan.changes}
        self._before = {key: fingerprint(one, types) for key, one in self._was.items()}
        self._now = {one.key: fingerprint(one, types) for one in made.plan.changes}
        differ = {key for key, prior in saved.priors.items() if made.leaves.get(key) != prior}
        self._remembered = {key for key in differ if state.leaves.get(key) != saved.priors[key]}
        self._moved = differ | {key for key, one in self._before.items() if self._now.get(key) != one}

    def stale(self) -> Iterator[Diagnostic]:
        """Find what is not as it was when the plan was made."""
        if not self._made.plan.complete:
            return  # said already, and better
        wrong = self._other_secrets()
        if wrong:
            detail = (
                f"A sensitive value of {_listed(wrong)} is not the one that the plan was made with. Nothing was applied. "
                "Give the same values, or plan again."
            )
            yield error("Sensitive value differs from the plan's", detail)
            return
        remembered = [self._was[key].address for key in self._remembered if is_change(self._was[key])]
        if remembered:
            detail = (
                f"Since the plan was made, another apply changed what state holds of {_listed(remembered)}, or this plan "
                f"was applied already ({_ago(self._saved)}). Nothing was applied. Plan again."
            )
            yield error("Saved plan is stale", detail)
            return
        yield from self._moved_on()

    def plan(self) -> Plan:
        """Give the plan as it is applied, with the reasons that were shown.

        What was only to be remembered, and was not shown, is left out where something has changed since.
        """
        changes = [
            one if one.resume is not None else one._replace(reason=self._was[one.key].reason)
            for one in self._made.plan.changes
            if one.key in self._was and one.key not in self._moved
        ]
        return self._made.plan._replace(changes=tuple(changes))

    def _moved_on(self) -> Iterator[Diagnostic]:
        moved = [self._how(key) for key in self._moved if is_change(self._was[key])]
        moved += [
            f"output.{one.name}: it would come out otherwise"
            for one in self._saved.plan.outputs
            if _value(one) != _value(self._outputs().get(one.name))
        ]
        if moved:
            detail = (
                "Since the plan was made, what it rests on has changed:\n"
                + "\n".join(f"  {one}" for one in sorted(moved)[:_SHOWN])
                + (f"\n  … and {len(moved) - _SHOWN} more" if len(moved) > _SHOWN else "")
                + "\nNothing was applied. Plan again."
            )
            yield error("Saved plan is stale", detail)

    def _outputs(self) -> Mapping[str, OutputChange]:
        return {one.name: one for one in self._made.plan.outputs}

    def _other_secrets(self) -> list[str]:
        """List what may have another secret than the plan was made with, which one digest over all tells."""
        expected = self._saved.secrets
        if not expected:
            return []
        names, found = set(expected["names"]), self._made.secrets
        objects = {name: text for name, text in found.secrets.items() if name in names}
        scope = self._made.evaluation.root
        variables = {name: scope.variable(name) for name in expected["variables"]}
        if (
            objects.keys() == names
            and digest(secrets_of(objects, variables), expected["salt"]) == expected["digest"]
        ):
            return []
        owners = {found.owners[name] for name in objects}
        addresses = {one.address for key, one in self._was.items() if key in owners}
        told = sorted(addresses) + [f"var.{name}" for name in variables]
        return told or sorted(one.address for one in self._was.values())

    def _how(self, key: Key) -> str:
        was, now = self._before[key], self._now.get(key)
        change, again = self._was[key], {one.key: one for one in self._made.plan.changes}.get(key)
        if now is None or again is None:
            return f"{change.address}: there is nothing to {_word(change)} any more"
        if again.action is not change.action:
            return f"{change.address}: it was to {_word(change)}, and now it would {_word(again)}"
        differ = [name for name in was if was[name] != now[name]]
        if "before" in differ:
            return f"{change.address}: it is not as it was"
        return f"{change.address}: it would come out otherwise ({', '.join(differ)})"


def _word(change: Change) -> str:
    if is_change(change) and change.action.value == "no-op":
        return "import" if change.adopting else "move"
    return "stay as it is" if change.action.value == "no-op" else change.action.value


def _value(one: OutputChange | None) -> str:
    after = one.after if one is not None else None
    return json.dumps(None if after is None else [encode(after.value), after.sensitive], sort_keys=True)


def _listed(addresses: list[str]) -> str:
    more = f" and {len(addresses) - _SHOWN} more" if len(addresses) > _SHOWN else ""
    return ", ".join(sorted(addresses)[:_SHOWN]) + more


def _ago(saved: SavedPlan) -> str:
    minutes = int((time.time() - saved.made) // 60)
    if minutes < 1:
        return "it is less than a minute old"
    if minutes < 120:
        return f"it is {minutes} minutes old"
    return f"it is {minutes // 60} hours old"
