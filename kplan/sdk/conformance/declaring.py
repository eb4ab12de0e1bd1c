"""Laws of what is declared, and of what rules say before anything is contacted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kplan.sdk.conformance.copies import copy, same
from kplan.sdk.conformance.rig import demand, fresh_name
from kplan.sdk.session import Absent, Case, Refuse
from kplan.sdk.types import EndpointKind, Is

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kplan.sdk.conformance.rig import Rig
    from kplan.sdk.session import Fault, Values
    from kplan.sdk.types import Leaf


def declaration_holds_together(rig: Rig) -> None:
    """Declare each name once, the identity and the handle among the attributes, and say what each is."""
    leaf = rig.declared
    names = [one.name for one in leaf.attributes] + [one.name for one in leaf.blocks]
    twice = sorted({name for name in names if names.count(name) > 1})
    demand(not twice, f"declared twice: {twice}")
    missing = [name for name in (*leaf.identity, leaf.on_attribute) if name not in names]
    demand(
        leaf.identity and not missing,
        f"the identity or the handle is no attribute: {missing or leaf.identity}",
    )
    undocumented = [one.name for one in leaf.attributes if not one.doc]
    demand(not undocumented, f"attributes without a word of documentation: {undocumented}")
    stray = [one.name for one in leaf.attributes if not one.flags & (Is.CONFIG | Is.COMPUTED)]
    demand(not stray, f"neither CONFIG nor COMPUTED: {stray}")
    demand(leaf.batch > 0 and leaf.appears_within >= 0, "batch or appears_within makes no sense")
    for kind in rig.subject.provider.types:
        if isinstance(kind, EndpointKind):
            has = {one.name for one in kind.attributes} | {"labels"}  # those are the engine's, on every block
            demand({kind.uid, *kind.readable} <= has, f"{kind.name}: uid or readable is no attribute of it")


def example_passes_its_check(rig: Rig) -> None:
    """Find nothing wrong with what is right."""
    for declare in (rig.leaf.example, rig.leaf.changed):
        faults = tuple(rig.rules.check(rig.leaf.leaf, rig.complete(declare(fresh_name()))))
        demand(not faults, f"check finds {faults} in an example")


def completing_twice_changes_nothing(rig: Rig) -> None:
    """Keep what is declared, fill in the rest, and have no more to add the second time."""
    declared = rig.leaf.example(fresh_name())
    once = rig.complete(copy(declared))
    demand(
        same(rig.complete(copy(once)), once), f"complete, twice, gives {rig.complete(once)} and not {once}"
    )
    lost = [name for name in rig.declared.identity if once.get(name) != declared.get(name)]
    demand(not lost, f"complete changes the identity: {lost}")


def declared_and_completed_may_hold_nulls(rig: Rig) -> None:
    """Take an attribute that is null for one that isn't declared."""
    declared = rig.leaf.example(fresh_name())
    fixed = {*rig.declared.identity, rig.declared.on_attribute}
    for one in rig.declared.attributes:
        if Is.CONFIG in one.flags and Is.REQUIRED not in one.flags and one.name not in fixed:
            without = rig.complete({name: value for name, value in declared.items() if name != one.name})
            null = rig.complete({**declared, one.name: None})
            alike = same(_without_nulls(null), _without_nulls(without))
            demand(alike, f"{one.name} = null completes to {null}, and left out to {without}")
            demand(
                not tuple(rig.rules.check(rig.leaf.leaf, null)), f"check finds fault with {one.name} = null"
            )


def invalid_is_found_before_contact(rig: Rig) -> None:
    """Find what is wrong in itself without contact; say in words what and where."""
    for declare in rig.leaf.invalid:
        declared = rig.complete(declare(fresh_name()))
        faults = tuple(rig.rules.check(rig.leaf.leaf, declared)) or _refused(rig, declared)
        demand(faults, f"neither check nor plan finds anything wrong with {declared}")
        demand_words(rig, faults)


def fence_keeps_out_and_lets_in(rig: Rig) -> None:
    """Keep out what `manages` doesn't match; without it keep out nothing."""
    identity = rig.identity(rig.example())
    why = rig.rules.fenced_out(rig.leaf.leaf, identity, dict(rig.leaf.fence or {}))
    demand(why, f"the fence {rig.leaf.fence} lets {identity} in")
    why = rig.rules.fenced_out(rig.leaf.leaf, identity, {})
    demand(not why, f"{identity} is kept out without a fence: {why}")


def attribute_names(leaf: Leaf) -> set[str]:
    """Name the attributes and nested blocks of a type, the endpoint's handle left out."""
    names = {one.name for one in leaf.attributes} | {one.name for one in leaf.blocks}
    return names - {leaf.on_attribute}


def demand_words(rig: Rig, faults: Sequence[Fault]) -> None:
    """Demand that faults say what is wrong, what to do, and lead to a declared attribute if anywhere."""
    names = attribute_names(rig.declared)
    for fault in faults:
        demand(fault.code and fault.summary, f"a fault without words: {fault}")
        demand(fault.remedy or fault.detail, f"a fault that doesn't say more than its summary: {fault}")
        demand(not fault.path or fault.path[0] in names, f"a fault's path leads nowhere: {fault}")


def _refused(rig: Rig, declared: Values) -> Sequence[Fault]:
    verdict = rig.plan(Case(rig.identity(declared), None, Absent(), declared))
    return verdict.faults if isinstance(verdict, Refuse) else ()


def _without_nulls(values: Values) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


LAWS: dict[Callable[[Rig], None], str] = {
    declaration_holds_together: "",
    example_passes_its_check: "",
    completing_twice_changes_nothing: "",
    declared_and_completed_may_hold_nulls: "",
    invalid_is_found_before_contact: "invalid",
    fence_keeps_out_and_lets_in: "fence",
}
