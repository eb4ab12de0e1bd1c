"""Diagnostics as JSON, in the shape of `terraform validate -json`. Columns count characters, bytes those of UTF-8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kplan.lang.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kplan.lang.diagnostics import Diagnostic
    from kplan.lang.source import Source

_FORMAT = "1.0"


def validation_json(found: Sequence[Diagnostic]) -> dict[str, Any]:
    """Give what a validation found."""
    errors = sum(one.severity is Severity.ERROR for one in found)
    return {
        "format_version": _FORMAT,
        "valid": not errors,
        "error_count": errors,
        "warning_count": len(found) - errors,
        "diagnostics": [diagnostic_json(one) for one in found],
    }


def diagnostic_json(one: Diagnostic) -> dict[str, Any]:
    """Give one diagnostic; without a place in a file it has neither range nor snippet."""
    detail = "\n\n".join(text for text in (one.detail, one.remedy) if text)
    made: dict[str, Any] = {"severity": one.severity.value, "summary": one.summary, "detail": detail}
    if one.source is not None:
        start, end = one.start, max(one.start, one.end)
        made["range"] = {
            "filename": one.source.path,
            "start": _position(one.source, start),
            "end": _position(one.source, end),
        }
        if one.source.text:
            made["snippet"] = _snippet(one, one.source, start, end)
    return made


def _position(source: Source, offset: int) -> dict[str, int]:
    line, column = source.position(offset)
    return {"line": line, "column": column, "byte": len(source.text[:offset].encode())}


def _snippet(one: Diagnostic, source: Source, start: int, end: int) -> dict[str, Any]:
    """Show the lines that are meant; offsets count characters of the shown code."""
    first, column = source.position(start)
    last, _ = source.position(end)
    lines = [source.line(number) for number in range(first, last + 1)]
    code = "\n".join(lines)
    return {
        "context": one.context or None,
        "code": code,
        "start_line": first,
        "highlight_start_offset": column - 1,
        "highlight_end_offset": min(column - 1 + end - start, len(code)),
        "values": [{"traversal": name, "statement": f"is {value}"} for name, value in one.values],
    }
