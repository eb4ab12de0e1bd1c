"""CSV, read as strictly as Terraform does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.lang.constraints import STRING
from kplan.lang.functions import Parameter, function
from kplan.lang.problems import FunctionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan.sdk.values import Value


@function("csvdecode", Parameter("str", STRING))
def _csvdecode(text: str) -> Value:
    rows = _rows(text)
    line, header = next(rows, (1, []))
    if not header:
        raise FunctionError("there is no line of column names", 0)
    for at, name in enumerate(header):
        if name in header[:at]:
            raise FunctionError(f'line {line}: there are two columns named "{name}"', 0)
    return tuple(_row(header, line, fields) for line, fields in rows)


def _row(header: list[str], line: int, fields: list[str]) -> dict[str, Value]:
    if len(fields) != len(header):
        raise FunctionError(f"line {line} has {len(fields)} of the {len(header)} columns", 0)
    return dict(zip(header, fields, strict=True))


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give each record with its first line's number; blank lines are none."""
    lines = text.replace("\r\n", "\n").removesuffix("\r").split("\n")
    at = 0
    while at < len(lines):
        first = at
        if not lines[at]:
            at += 1
            continue
        fields: list[str] = []
        rest: str | None = lines[at]
        while rest is not None:
            if rest.startswith('"'):
                field, rest, at = _quoted(lines, at, rest[1:])
            else:
                field, comma, tail = rest.partition(",")
                if '"' in field:
                    raise FunctionError(
                        f'line {at + 1}: a quote (") inside a field needs quotes around the field', 0
                    )
                rest = tail if comma else None
            fields.append(field)
        at += 1
        yield first + 1, fields


def _quoted(lines: list[str], at: int, rest: str) -> tuple[str, str | None, int]:
    """Read a field after its opening quote: its text, what is left of the line if anything, and the line."""
    parts: list[str] = []
    while True:
        before, quote, after = rest.partition('"')
        parts.append(before)
        if not quote:
            at += 1
            if at == len(lines):
                raise FunctionError(f"line {at}: a quoted field is never closed", 0)
            parts.append("\n")
            rest = lines[at]
        elif after.startswith('"'):
            parts.append('"')
            rest = after[1:]
        elif not after or after.startswith(","):
            return "".join(parts), after[1:] if after else None, at
        else:
            raise FunctionError(f'line {at + 1}: a quote (") inside a quoted field is written twice', 0)
