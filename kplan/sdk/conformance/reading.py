"""Laws of reading: every ask answered, absence confirmed, what other clients do is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.sdk.conformance.declaring import attribute_names
from kplan.sdk.conformance.rig import Patience, Violation, demand
from kplan.sdk.session import Absent, Ask, Case, Do, Found, Keep, Refuse, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from kplan.sdk.conformance.rig import Rig


def read_answers_every_ask(rig: Rig) -> None:
    """Find what is there, call absent what isn't, each under its own identity; answer nothing unasked."""
    made = [rig.make() for _ in range(2)]
    others = [rig.example() for _ in range(2)]
    asks = [Ask(one.identity, one.desired, one.values) for one in made]
    asks[1:1] = [Ask(rig.identity(one), one, None) for one in others]
    seen = rig.read_all(asks)
    for one in made:
        here = seen[one.identity]
        if not isinstance(here, Found):
            raise Violation(f"{one.identity} is there and reads {here}")
        rig.demand_as_declared(here.values, one.desired, "read")
    for other in others:
        here = seen[rig.identity(other)]
        demand(isinstance(here, Absent), f"{rig.identity(other)} was never made and reads {here}")
    demand(rig.read_all([]) == {}, "read answers where nothing is asked")


def read_needs_no_wish(rig: Rig) -> None:
    """Find an object whole by its key alone, as adoption needs it."""
    made = rig.make()
    seen = rig.read(made.identity, None, None)
    if isinstance(seen, Absent):
        raise Violation(f"{made.identity} is there, and absent when read with nothing declared")
    rig.demand_as_declared(seen.values, made.desired, "read with nothing declared")


def read_gives_attributes_of_the_type(rig: Rig) -> None:
    """Give values of the type's attributes only, the endpoint's handle left out."""
    made = rig.make()
    names = attribute_names(rig.declared)
    seen = rig.see_again(made)
    given = set(seen.values) if isinstance(seen, Found) else set()
    demand(given and given <= names, f"read gives undeclared {sorted(given - names)}")


def list_holds_what_was_made(rig: Rig) -> None:
    """List each object once, with the values that read gives when nothing is declared."""
    made = [rig.make() for _ in range(2)]
    listed = list(rig.session.list(rig.leaf.leaf, Patience()))
    keys = [identity for identity, _ in listed]
    demand(len(keys) == len(set(keys)), "an object is listed twice")
    found = dict(listed)
    for one in made:
        here = found.get(one.identity)
        if not isinstance(here, Found):
            raise Violation(f"{one.identity} is there and listed as {here}")
        rig.demand_as_declared(here.values, one.desired, "listed")
    strange = [one for _, one in listed if not isinstance(one, (Found, Unreadable))]
    demand(not strange, f"listed, and neither found nor unreadable: {strange}")


def adopting_needs_no_change(rig: Rig) -> None:
    """Keep as it is what is live as declared and not in state."""
    made = rig.make()
    verdict = rig.plan(Case(made.identity, None, rig.read(made.identity, made.desired, None), made.desired))
    demand(isinstance(verdict, Keep), f"live as declared, not in state, and the verdict is {verdict}")


def foreign_edit_is_seen_and_mended(rig: Rig) -> None:
    """Show another client's change of what is declared in the next plan, and mend it by the apply."""
    assert rig.leaf.edit is not None  # noqa: S101 - as LAWS has it; for the type checker
    made = rig.make()
    rig.leaf.edit(rig.settings, made.identity)
    verdict = rig.plan_again(made)
    demand(isinstance(verdict, Do), f"another client changed {made.identity}, and the verdict is {verdict}")
    mended = rig.change(made, rig.leaf.example)
    rig.demand_as_declared(mended.values, made.desired, "mended")
    demand(isinstance(rig.plan_again(mended), Keep), "after mending there is more to do")


def foreign_delete_is_seen(rig: Rig) -> None:
    """Call absent what another client deleted, and plan it anew."""
    assert rig.leaf.remove is not None  # noqa: S101 - as LAWS has it; for the type checker
    made = rig.make()
    rig.leaf.remove(rig.settings, made.identity)
    seen = rig.see_again(made)
    demand(isinstance(seen, Absent), f"another client deleted {made.identity}, and it reads {seen}")
    verdict = rig.plan_again(made)
    demand(isinstance(verdict, Do), f"another client deleted {made.identity}, and the verdict is {verdict}")


def undeclared_is_left_alone(rig: Rig) -> None:
    """Take what nobody declared for no difference."""
    assert rig.leaf.add_undeclared is not None  # noqa: S101 - as LAWS has it; for the type checker
    made = rig.make()
    rig.leaf.add_undeclared(rig.settings, made.identity)
    verdict = rig.plan_again(made)
    if not isinstance(verdict, Keep):
        raise Violation(f"something undeclared was added, and the verdict is {verdict}")
    rig.demand_as_declared(verdict.planned, made.desired, "kept")


def remade_by_another_is_not_ours(rig: Rig) -> None:
    """Neither change, nor keep as ours, nor delete the same name with another id."""
    assert rig.leaf.remove is not None  # noqa: S101 - as LAWS has it; for the type checker
    assert rig.leaf.add is not None  # noqa: S101
    made = rig.make()
    rig.leaf.remove(rig.settings, made.identity)
    rig.leaf.add(rig.settings, made.identity)
    seen = rig.see_again(made)
    if isinstance(seen, Absent):
        raise Violation(f"another client created {made.identity}, and it is absent")
    before, now = made.values.get(rig.leaf.id_attribute), seen.values.get(rig.leaf.id_attribute)
    demand(before and now and before != now, f"{rig.leaf.id_attribute} was {before!r}, and anew {now!r}")
    for desired in (made.desired, None):
        verdict = rig.plan(Case(made.identity, made.values, seen, desired))
        ours = isinstance(verdict, Do) or (isinstance(verdict, Keep) and desired is not None)
        demand(not ours, f"another client made it anew, and the verdict is {verdict}")
        demand(not isinstance(verdict, Refuse) or verdict.faults, "refused without a word")


LAWS: dict[Callable[[Rig], None], str] = {
    read_answers_every_ask: "",
    read_needs_no_wish: "",
    read_gives_attributes_of_the_type: "",
    list_holds_what_was_made: "",
    adopting_needs_no_change: "",
    foreign_edit_is_seen_and_mended: "edit",
    foreign_delete_is_seen: "remove",
    undeclared_is_left_alone: "add_undeclared",
    remade_by_another_is_not_ours: "remove add id_attribute",
}
