"""Which entries of filters mean no topic at all: each by itself, whatever is left out again."""

from __future__ import annotations

from bisect import bisect_left
from difflib import get_close_matches
from typing import TYPE_CHECKING

from kplan_kafka.filters import PLAIN, beginnings, filter_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kplan.sdk.session import Values
    from kplan_kafka.topic_calls import Listed


class Entries:
    """A listing, against which filters are held entry by entry."""

    def __init__(self, listed: Sequence[Listed]) -> None:
        """Take all topics that there are."""
        self._all = sorted((one.name, one.internal) for one in listed)
        self._known = dict(self._all)
        self._met: dict[tuple[str, str, bool], bool] = {}

    def unmet(self, args: Values) -> tuple[Values, ...]:
        """List a question's entries that mean none, with the number of each and the nearest name."""
        internal = bool(args.get("include_internal"))
        return tuple(
            {"argument": kind, "number": number, "entry": entry, "nearest": self._nearest(kind, entry)}
            for kind in PLAIN
            for number, entry in enumerate(args.get(kind) or ())
            if not self._is_met(kind, entry, internal)
        )

    def _is_met(self, kind: str, entry: str, internal: bool) -> bool:
        if kind == "names":
            return entry in self._known and (internal or not self._known[entry])
        key = (kind, entry, internal)
        if key not in self._met:
            one = filter_of({kind: (entry,)})
            self._met[key] = any(one.meets(name) for name in self._near({kind: (entry,)}, internal=internal))
        return self._met[key]

    def _near(self, args: Values, *, internal: bool) -> Iterator[str]:
        """Step through the names that begin as one of these filters wants."""
        for begin in beginnings(args):
            for at in range(bisect_left(self._all, (begin,)), len(self._all)):
                name, for_itself = self._all[at]
                if not name.startswith(begin):
                    break
                if internal or not for_itself:
                    yield name

    def _nearest(self, kind: str, entry: str) -> str | None:
        near = get_close_matches(entry, self._known, n=1) if kind == "names" else ()
        return next(iter(near), None)
