"""Diagnostics as JSON, in the shape of `terraform validate -json`.

Columns count characters (Terraform's count grapheme clusters: an accent that is a character of its own is one more
here); bytes and the highlight's offsets count bytes of UTF-8, as Terraform's do.
"""

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
    ordered = sorted(found, key=lambda one: one.severity is Severity.WARNING)
    return {
        "format_version": _FORMAT,
        "valid": not errors,
        "error_count": errors,
        "warning_count": len(found) - errors,
        "diagnostics": [diagnostic_json(one) for one in ordered],
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
    return {"line": line, "column": column, "byte": _bytes(source.text[:offset])}


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))  # what a shell passed may be no UTF-8


def _snippet(one: Diagnostic, source: Source, start: int, end: int) -> dict[str, Any]:
    """Show the lines that are meant."""
    first, column = source.position(start)
    last, end_column = source.position(end)
    lines = [source.line(number) for number in range(first, last + 1)]
    before_last = _bytes("".join(f"{line}\n" for line in lines[:-1]))
    return {
        "context": one.context or None,
        "code": "\n".join(lines),
        "start_line": first,
        "highlight_start_offset": _bytes(lines[0][: column - 1]),
        "highlight_end_offset": before_last + _bytes(lines[-1][: end_column - 1]),
        "values": [
            {"traversal": name, "statement": f"is {value}"} for name, value in dict.fromkeys(one.values)
        ],
    }
