"""Shared objects: one live object that several blocks yield. It belongs to all of them and goes with the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.plan.decide import prior_values
from kplan.plan.model import Action, Change
from kplan.sdk.types import Composite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kplan.config.model import Instance, Module
    from kplan.lang.diagnostics import Diagnostic
    from kplan.state.model import Key, StateLeaf


class Claims:
    """The claims of one plan on shared objects, gathered over all strata before any of them is decided."""

    def __init__(self, module: Module) -> None:
        """Start with none."""
        self._module = module
        self._by_key: dict[Key, list[Instance]] = {}

    def add(self, key: Key, instance: Instance) -> Diagnostic | None:
        """Take a claim in; gives the error where a block of a sole type yields what another one yields."""
        others = self._by_key.setdefault(key, [])
        others.append(instance)
        declared = self._module.declared[instance.block]
        kind = declared.kind
        if len(others) == 1 or not isinstance(kind, Composite) or not kind.sole:
            return None
        twin = next((one for one in others[:-1] if self._module.declared[one.block].kind is kind), None)
        if twin is None:
            return None
        detail = (
            f"{twin.parent} and {instance.parent} are both {':'.join(instance.identity)} on {instance.endpoint}. "
            "Declare it once."
        )
        return declared.place.error(
            "Two addresses for one object", detail, declared.block[2], declared.block[3]
        )

    def merged(self, remembered: Callable[[Key], Sequence[str]]) -> Iterable[tuple[Key, Instance]]:
        """Give one instance for each object; `remembered`: owners by state whose claims this run doesn't look at."""
        for key, claims in self._by_key.items():
            kept = remembered(key)
            yield key, claims[0] if len(claims) == 1 and not kept else _one(claims, kept)


def _one(claims: Sequence[Instance], kept: Sequence[str]) -> Instance:
    first = min(claims, key=lambda one: one.address)
    others = {*(one.address for one in claims), *kept} - {first.address}
    return first._replace(
        owners=tuple(sorted(others)),
        depends=tuple(sorted({needed for one in claims for needed in one.depends})),
        prevent_destroy=any(one.prevent_destroy for one in claims),
        unresolved=any(one.unresolved for one in claims),
    )


def released(leaf: StateLeaf, kept: Sequence[str]) -> Change:
    """Let some owners of an object go, which stays for the others."""
    values = prior_values(leaf)
    return Change(
        kept[0],
        Action.NO_OP,
        leaf.key,
        leaf.endpoint,
        values,
        values,
        leaf._replace(owners=tuple(kept)),
        owners=tuple(kept[1:]),
        remember=True,
    )
