"""The list of checks that apply to a subject."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kplan.sdk.conformance import declaring, endpoint, lasting, planning, reading, settling, writing
from kplan.sdk.conformance.rig import rig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kplan.sdk.conformance.rig import Rig
    from kplan.sdk.conformance.subject import LeafSubject, Subject

    Law = Callable[[Rig], None]
    Laws = dict[Law, str]


class Check(NamedTuple):
    """One law on one leaf type ("" for the endpoint itself); `run` raises Violation if it is broken."""

    law: str
    leaf: str
    run: Callable[[Subject], None]

    def __str__(self) -> str:
        """Name it for a test report."""
        return f"{self.leaf}-{self.law}" if self.leaf else self.law


def checks(subject: Subject) -> list[Check]:
    """List the checks of a subject; nothing is contacted before one is run."""
    laws: Laws = {
        **declaring.LAWS,
        **planning.LAWS,
        **reading.LAWS,
        **writing.LAWS,
        **settling.LAWS,
        **lasting.LAWS,
    }
    found = [Check(law.__name__, "", law) for law in endpoint.laws(subject)]
    for leaf in subject.leaves:
        found.extend(Check(law.__name__, leaf.leaf, _on(law, leaf)) for law in _applicable(laws, leaf))
    return found


def _applicable(laws: Laws, leaf: LeafSubject) -> Iterator[Law]:
    """Give the laws whose needs the author has filled in."""
    for law, needs in laws.items():
        if all(getattr(leaf, need) for need in needs.split()):
            yield law


def _on(law: Law, leaf: LeafSubject) -> Callable[[Subject], None]:
    def run(subject: Subject) -> None:
        with rig(subject, leaf) as made:
            law(made)

    return run
