"""What composites copy from one endpoint to another, for what is judged over all of them. Data, and the rules that give it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kplan.sdk.session import Fault, Values


class Filter(NamedTuple):
    """Which names are meant: literally, by their beginnings, by Java's regular expressions; and which are left out again."""

    names: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    left_out_names: tuple[str, ...] = ()
    left_out_prefixes: tuple[str, ...] = ()
    left_out_patterns: tuple[str, ...] = ()


class Unmet(NamedTuple):
    """An entry of a link's filter that no topic of its source answers to. `nearest`: a topic that may have been meant."""

    path: tuple[str | int, ...]
    entry: str
    nearest: str = ""


class Flow(NamedTuple):
    """What a link copies from one endpoint to another, by their addresses. `unchanged`: copies keep their names.

    `before`: what the names of copies begin with. `found`: the topics of the source that are meant, None where nobody was
    asked; `unmet` then are the entries of `topics` that mean none. `remarks`: what else is to be told of the link; each
    becomes a warning.
    """

    source: str
    target: str
    topics: Filter
    groups: Filter
    unchanged: bool
    before: str = ""
    found: frozenset[str] | None = None
    unmet: tuple[Unmet, ...] = ()
    remarks: tuple[Fault, ...] = ()


@runtime_checkable
class Flowing(Protocol):
    """Rules of a provider whose composites copy from one endpoint to another."""

    def flows(
        self,
        composite: str,
        desired: Values,
        endpoints: Mapping[str, Values],
        answers: Sequence[Values] | None,
    ) -> Sequence[Flow]:
        """Say what a link copies from where to where; what is not known yet is left out.

        `answers` are those of its questions, None where nobody was asked.
        """
