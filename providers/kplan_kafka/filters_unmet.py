"""Which entries of filters mean no topic at all: each by itself, whatever is left out again."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from kplan.sdk.filters import PARTS, filter_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kplan.sdk.filters import Listing
    from kplan.sdk.session import Values
    from kplan_kafka.topic_calls import Listed


class Entries:
    """A listing, against which filters are held entry by entry."""

    def __init__(self, known: Mapping[str, Listed], names: Listing) -> None:
        """Take all topics that there are, and their names."""
        self._known, self._names = known, names
        self._met: dict[tuple[str, str, bool], bool] = {}

    def unmet(self, args: Values) -> tuple[Values, ...]:
        """List a question's entries that mean none, with the number of each and the nearest name."""
        internal = bool(args.get("include_internal"))
        return tuple(
            {"argument": part, "number": number, "entry": entry, "nearest": self._nearest(part, entry)}
            for part in PARTS
            for number, entry in enumerate(args.get(part) or ())
            if not self._is_met(part, entry, internal)
        )

    def _is_met(self, part: str, entry: str, internal: bool) -> bool:
        key = (part, entry, internal)
        if key not in self._met:
            found = self._names.met(filter_of({part: (entry,)}))
            self._met[key] = any(internal or not self._known[name].internal for name in found)
        return self._met[key]

    def _nearest(self, part: str, entry: str) -> str | None:
        near = get_close_matches(entry, self._known, n=1) if part == "names" else ()
        return next(iter(near), None)
