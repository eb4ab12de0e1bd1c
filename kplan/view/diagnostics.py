"""Diagnostics as people read them: what, where with the source underlined, the values that took part, what to do."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from kplan.lang.diagnostics import Diagnostic, Severity
from kplan.view import look
from kplan.view.text import counted, visible, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kplan.lang.source import Source
    from kplan.view.look import Look

_MOST_LINES: Final = 3  # of an expression over many lines
_MOST_ALIKE: Final = 30
_ELLIPSIS: Final = "…"
_TAKES_NO_ROOM: Final = frozenset({"Mn", "Me"})  # accents and the like, drawn over what stands before
_WORDS: Final = {Severity.ERROR: ("Error", look.RED), Severity.WARNING: ("Warning", look.YELLOW)}


def diagnostics_text(diagnostics: Iterable[Diagnostic], view: Look) -> str:
    """Write all of them, errors first, each after an empty line; of many with one summary the first ones.

    "" if there are none.
    """
    text: list[str] = []
    alike: dict[tuple[Severity, str], int] = {}
    for one in sorted(diagnostics, key=lambda one: one.severity is Severity.WARNING):
        kind = one.severity, one.summary
        alike[kind] = alike.get(kind, 0) + 1
        if alike[kind] <= _MOST_ALIKE:
            text.append(_boxed(one, view) if view.color else _plain(one, view))
    for (severity, summary), count in alike.items():
        if count > _MOST_ALIKE:
            more = f"{_WORDS[severity][0]}: {visible(summary)} ({count - _MOST_ALIKE:,} more like this)"
            text.append(f"\n{more}\n")
    return "".join(text)


def compact_warnings(diagnostics: Sequence[Diagnostic], view: Look) -> str:
    """Write warnings as one line per summary: where first, and how many more."""
    first: dict[str, tuple[Diagnostic, int]] = {}
    for one in diagnostics:
        found, count = first.get(one.summary, (one, -1))
        first[one.summary] = (found, count + 1)
    if not first:
        return ""
    lines = ["", view.paint("Warnings:", look.BOLD, look.YELLOW), ""]
    for one, more in first.values():
        where = f"\n  on {_place(one.source, one.start)}" if one.source else ""
        others = f" (and {more:,} more)" if more else ""
        lines.append(f"- {visible(one.summary)}{where}{others}")
    return "\n".join(lines) + "\n\nTo see the full warning notes, run kplan without -compact-warnings.\n"


def _plain(one: Diagnostic, view: Look) -> str:
    return "\n".join(["", *_lines(one, view), ""])


def _boxed(one: Diagnostic, view: Look) -> str:
    """Draw a rule on the left, as wide terminals with colour get it."""
    code = _WORDS[one.severity][1]
    rule = view.paint("│", code)
    lines = [f"{rule} {line}".rstrip() for line in _lines(one, view._replace(width=view.width - 2))]
    return "\n".join([view.paint("╷", code), *lines, view.paint("╵", code), ""])


def _lines(one: Diagnostic, view: Look) -> list[str]:
    word, code = _WORDS[one.severity]
    title = wrapped(f"{word}: {visible(one.summary)}", view.width)
    head = view.paint(f"{word}:", look.BOLD, code) + view.paint(title[0][len(word) + 1 :], look.BOLD)
    lines = [head, *(view.paint(line, look.BOLD) for line in title[1:])]
    if one.source is not None:
        lines += ["", *_located(one, one.source, code, view)]
    elif one.context:
        lines += ["", f"  in {visible(one.context)}"]
    if one.values:
        lines += _values(one.values, view)
    for text in (one.detail, one.remedy):
        if text:
            lines += ["", *wrapped(visible(text), view.width)]
    return lines


def _place(source: Source, start: int) -> str:
    line, _column = source.position(start)
    return f"{visible(source.path)} line {line}"


def _located(one: Diagnostic, source: Source, code: str, view: Look) -> list[str]:
    context = f", in {visible(one.context)}" if one.context else ""
    lines = [f"  on {_place(source, one.start)}{context}:"]
    if not source.text.strip():  # of a saved plan, which has no source
        return lines
    first, column = source.position(one.start)
    last, end = source.position(max(one.start, one.end))
    if end == 1 and last > first:  # the end of the line before, in the eyes of a reader
        last -= 1
        end = len(source.line(last)) + 1
    for number in range(first, min(last, first + _MOST_LINES - 1) + 1):
        text = source.line(number)
        begin = column if number == first else 1
        stop = end if number == last else len(text) + 1
        shown, begin, stop = _window(text, begin, stop, view.width - 6)
        lines.append(f"{number:4}: {visible(shown)}".rstrip())
        if number == first:
            lines.append(
                " " * 6 + _margin(shown, begin) + view.paint("^" * _columns(shown, begin, stop), code)
            )
    if last >= first + _MOST_LINES:
        lines.append(f"      {_ELLIPSIS} {counted(last - first - _MOST_LINES + 1, 'more line')}")
    return lines


def _window(text: str, begin: int, stop: int, width: int) -> tuple[str, int, int]:
    """Cut a line that is too wide around the part that matters. Columns count from 1; `stop` is past the end."""
    if len(text) <= width or width < 2:
        return text, begin, stop
    start = max(0, min(begin - 1 - width // 4, len(text) - width))
    cut = text[start : start + width]
    if start:
        cut = _ELLIPSIS + cut[1:]
    if start + width < len(text):
        cut = cut[:-1] + _ELLIPSIS
    return cut, begin - start, min(stop - start, width + 1)


def _margin(text: str, begin: int) -> str:
    """Give the space under what comes before a column: tabs stay tabs, wide characters take two."""
    return "".join("\t" if one == "\t" else " " * _width(one) for one in text[: begin - 1])


def _columns(text: str, begin: int, stop: int) -> int:
    return max(1, sum(_width(one) for one in text[begin - 1 : stop - 1]))


def _width(one: str) -> int:
    if one.isascii():
        return 1 if one.isprintable() or one == "\t" else len(visible(one))
    if unicodedata.category(one) in _TAKES_NO_ROOM:
        return 0
    return 2 if unicodedata.east_asian_width(one) in "WF" else len(visible(one))


def _values(values: Sequence[tuple[str, str]], view: Look) -> list[str]:
    rule = view.paint("├────────────────", look.DIM)
    bar = view.paint("│", look.DIM)
    return [
        f"    {rule}",
        *(f"    {bar} {visible(name)} is {visible(value)}" for name, value in dict.fromkeys(values)),
    ]
