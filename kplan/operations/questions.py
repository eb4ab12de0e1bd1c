"""Questions of data blocks: asked while planning, or during the apply where something that they depend on changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.sdk.session import Fault
from kplan.sdk.types import Source
from kplan.sdk.values import UNKNOWN, Endpoint, Unknown, make_map, marks_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kplan.config.model import Declared, Query
    from kplan.operations.live import Live
    from kplan.sdk.values import Value


def can_be_asked(query: Query) -> bool:
    """Tell whether everything in a question is known."""
    return not marks_in(query.args.values()) & UNKNOWN


def ask(live: Live, queries: Iterable[Query], declared: Mapping[str, Declared]) -> dict[str, Value | Fault]:
    """Ask questions together; gives the data objects by address. `declared`: their blocks."""
    listed = list(queries)
    answers = live.query(listed)
    found: dict[str, Value | Fault] = {}
    for query in listed:
        answer, block = answers[query.address], declared[query.block]
        nothing = dict.fromkeys((one.name for one in block.kind.attributes), None)
        found[query.address] = answer if isinstance(answer, Fault) else _object(query, block, nothing, answer)
    return found


def unanswered(query: Query, declared: Declared) -> Value:
    """Give a data object whose answer waits for an apply."""
    later = {one.name: Unknown(one.type, (query.address,)) for one in declared.kind.attributes}
    return _object(query, declared, later, {})


def _object(
    query: Query, declared: Declared, otherwise: Mapping[str, Value], answer: Mapping[str, Value]
) -> Value:
    source = declared.kind
    assert isinstance(source, Source)  # noqa: S101 - only data blocks have questions
    on = {source.on_attribute: Endpoint(query.endpoint, source.on)}
    return make_map({**otherwise, **on, **query.args, **answer})
