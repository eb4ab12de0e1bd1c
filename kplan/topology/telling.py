"""How a finding is told: with a code that stays, where it stands."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kplan.config.model import Declared
    from kplan.lang.diagnostics import Diagnostic


class Code(Enum):
    """What a finding is called for good; docs/replication.md lists them."""

    CIRCLE = "flow_circle"
    TWICE = "flow_twice"
    NO_MATCH = "flow_no_match"
    UNDECLARED_COPY = "flow_undeclared_copy"
    NO_COPY = "flow_no_copy"
    RESIDENCY = "flow_residency"


def failure(
    code: Code | str, declared: Declared, address: str, summary: str, detail: str, span: Span, remedy: str
) -> Diagnostic:
    """Tell what must not be."""
    named = _summary(code, summary)
    return declared.place.error(named, detail, *span, remedy=remedy, values=_values(declared, address))


def remark(
    code: Code | str, declared: Declared, address: str, summary: str, detail: str, span: Span, remedy: str
) -> Diagnostic:
    """Tell what is to be thought of."""
    named = _summary(code, summary)
    return declared.place.warning(named, detail, *span, remedy=remedy, values=_values(declared, address))


def header(declared: Declared) -> tuple[int, int]:
    """Give the place of a block's first line."""
    return declared.block[2], declared.block[3]


def _summary(code: Code | str, summary: str) -> str:
    return f"{summary} [{code.value if isinstance(code, Code) else code}]"


def _values(declared: Declared, address: str) -> tuple[tuple[str, str], ...]:
    return (("address", address),) if address != declared.address else ()


Span = tuple[int, int]
