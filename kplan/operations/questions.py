"""Questions of data blocks and of composites: asked while planning, or during the apply where what they depend on changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.config.arguments import span_of
from kplan.config.model import Query
from kplan.sdk.session import Fault
from kplan.sdk.types import Source
from kplan.sdk.values import UNKNOWN, Endpoint, Unknown, make_map, marks_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kplan.config.model import Declared
    from kplan.lang.diagnostics import Diagnostic
    from kplan.operations.live import Live
    from kplan.sdk.composites import Question
    from kplan.sdk.values import Value


def queries_of(address: str, block: str, questions: Iterable[Question]) -> list[Query]:
    """Make queries of what a composite asks, each by an address of its own."""
    return [
        Query(f"{address} {number}", number, block, one.source, one.on, one.args)
        for number, one in enumerate(questions)
    ]


def no_answer(address: str, declared: Declared, fault: Fault) -> Diagnostic:
    """Say that a block has no answer; a warning in a check, which must not stop anything."""
    span = span_of(declared, fault.path) if fault.path else (declared.block[2], declared.block[3])
    detail = f"{address}: {fault.detail}" if fault.detail else f"{address} has no answer."
    tell = declared.place.warning if declared.check else declared.place.error
    return tell(fault.summary, detail, *span, remedy=fault.remedy)


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
