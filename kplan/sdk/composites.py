"""What a composite comes to, and the rules that say so: leaves on whatever endpoints, of whatever provider. Data."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kplan.sdk.planned import Planned
    from kplan.sdk.session import Fault, Values


class Child(NamedTuple):
    """One leaf that a composite yields, on the endpoint whose address is `on`.

    `key` ends its address and is unique among its siblings. `desired` is complete, without the endpoint's handle.
    `after`: keys of siblings that must be there before it, and go after it; shared leaves have none. `taken_over`: one
    that is there already is adopted unasked; `left`: it stays where it is when nothing yields it any more. `notes` are
    shown beside its change, if there is one.
    """

    leaf: str
    on: str
    key: str
    desired: Values
    after: tuple[str, ...] = ()
    taken_over: bool = False
    left: bool = False
    notes: tuple[str, ...] = ()


class Question(NamedTuple):
    """What a composite asks of an endpoint before it is expanded: one of a source's questions, by its arguments."""

    on: str
    source: str
    args: Values


@runtime_checkable
class Expanding(Protocol):
    """Rules of a provider that has composites."""

    def expand(
        self, composite: str, desired: Values, endpoints: Mapping[str, Values]
    ) -> Sequence[Child] | Sequence[Fault]:
        """Give the leaves that a composite comes to, or all that is wrong with it.

        `endpoints`: the evaluated blocks of the handles that `desired` holds, by address. `desired` may hold Unknown.
        """


class Asking(Protocol):
    """Rules of a provider with composites that ask before they are expanded."""

    def asks(
        self, composite: str, desired: Values, endpoints: Mapping[str, Values]
    ) -> Sequence[Question] | Sequence[Fault]:
        """Say what must be known of endpoints, or all that is wrong with a composite already."""

    def expand_answered(
        self,
        composite: str,
        desired: Values,
        endpoints: Mapping[str, Values],
        answers: Sequence[Values] | None,
        planned: Planned,
    ) -> Sequence[Child] | Sequence[Fault]:
        """Give the leaves that a composite comes to, or all that is wrong with it.

        `answers` are those of its questions, None where nothing is contacted; `planned`: what this plan has on all
        endpoints, as far as it is decided.
        """
