"""The canonical layout of HCL text, as `terraform fmt` has it: spaces, indentation, alignment; nothing else changes.

A word is never split, joined or dropped. Two spellings are made one: a label without quotes gets them, and a whole
argument that is only `"${x}"` becomes `x`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kplan.lang.layout import Line, lines_of
from kplan.lang.spacing import ASSIGN, CLOSE, OPEN, REMARK, TEXT, WORD, Token, spaced

if TYPE_CHECKING:
    from collections.abc import Sequence

_INDENT: Final = 2
_BYTE_ORDER_MARK: Final = "\ufeff"


def formatted(text: str) -> str:
    """Give a text its canonical layout. Raises SyntaxProblem where it can't be read."""
    lines = lines_of(text.removeprefix(_BYTE_ORDER_MARK))
    return "".join(_rendered(_aligned(_laid_out(_spelled(lines)))))


class _Row(NamedTuple):
    """A line being laid out: what stands before its `=`, what from there on, and its comment."""

    indent: int
    lead: str
    rest: str
    comment: str
    end: str
    aligns: bool


def _spelled(lines: list[Line]) -> list[Line]:
    """Make spellings one, which takes knowing whether a brace is a block's or an object's."""
    bodies = [True]  # what is open: whether it is a body
    made = []
    for line in lines:
        tokens = line.tokens
        if bodies[-1] and tokens:
            tokens = _in_one_line(_plain_argument(_quoted_labels(tokens)))
        head = bodies[-1]
        for at, token in enumerate(tokens):
            if token.kind == OPEN:
                bodies.append(token.text == "{" and head and _heads_block(tokens[:at]))
                head = bodies[-1]
            elif token.kind == CLOSE and len(bodies) > 1:
                bodies.pop()
                head = False
        made.append(line._replace(tokens=tokens))
    return made


def _heads_block(before: Sequence[Token]) -> bool:
    return bool(before) and all(one.kind in {WORD, TEXT, REMARK} for one in before)


def _quoted_labels(tokens: list[Token]) -> list[Token]:
    opening = next((at for at, one in enumerate(tokens) if one.text == "{" and one.kind == OPEN), 0)
    if not opening or not _heads_block(tokens[:opening]) or tokens[0].kind != WORD:
        return tokens
    labels = [Token(TEXT, f'"{one.text}"') if one.kind == WORD else one for one in tokens[1:opening]]
    return [tokens[0], *labels, *tokens[opening:]]


def _plain_argument(tokens: list[Token]) -> list[Token]:
    """Take the quotes off an argument that is nothing but one `${ }`."""
    at = next((number for number, one in enumerate(tokens) if one.kind != REMARK and number > 1), 0)
    around = [*tokens[2:at], *tokens[at + 1 :]]
    if not at or tokens[1].kind != ASSIGN or any(one.kind != REMARK for one in around):
        return tokens
    text = tokens[at].text
    if tokens[at].kind != TEXT or not text.startswith('"${') or not text.endswith('}"'):
        return tokens
    inner = _only_sequence(text)
    return tokens if inner is None else _plain_argument([*tokens[:at], *inner, *tokens[at + 1 :]])


def _in_one_line(tokens: list[Token]) -> list[Token]:
    """Make the argument of a block that stands on one line plain, too."""
    opening = next((at for at, one in enumerate(tokens) if one.text == "{" and one.kind == OPEN), 0)
    if not opening or tokens[-1].text != "}" or not _heads_block(tokens[:opening]):
        return tokens
    return [*tokens[: opening + 1], *_plain_argument(tokens[opening + 1 : -1]), tokens[-1]]


def _only_sequence(text: str) -> list[Token] | None:
    """Give what is inside a template that is one `${ }` and nothing else; None for any other."""
    whole = lines_of(f"x = {text}")[0].tokens[2].text
    inside = whole[3:-2].removeprefix("~").removesuffix("~").strip()
    try:
        lines = lines_of(f"x = {inside}")
    except Exception:  # noqa: BLE001 - more than one sequence: what is between them can't be read
        return None
    if len(lines) != 1 or lines[0].comment or any(one.kind == REMARK for one in lines[0].tokens):
        return None
    tokens = lines[0].tokens[2:]
    depth = 0
    for one in tokens:
        depth += (one.kind == OPEN) - (one.kind == CLOSE)
        if depth < 0:
            return None
    return tokens


def _laid_out(lines: list[Line]) -> list[_Row]:
    """Indent by what is open; a line that opens more than it closes is one level, however many it opens."""
    open_: list[int] = []
    rows = []
    for line in lines:
        net = _net(line.tokens)
        _close(open_, -net)
        indent = _INDENT * len(open_)
        if net > 0:
            open_.append(net)
        rows.append(_row(line, indent))
    return rows


def _close(open_: list[int], count: int) -> None:
    while count > 0 and open_:
        if open_[-1] > count:
            open_[-1] -= count
            return
        count -= open_.pop()


def _row(line: Line, indent: int) -> _Row:
    """Lay out a line; its first `=` is aligned if what follows it closes all that it opens."""
    tokens = line.tokens
    at = next((number for number, one in enumerate(tokens) if one.kind == ASSIGN and number), None)
    if at is None:
        return _Row(indent, spaced(tokens), "", line.comment, line.end, aligns=False)
    lead, rest = spaced(tokens[:at]), spaced(tokens[at:])
    return _Row(indent, lead, rest, line.comment, line.end, aligns=_net(tokens[at:]) == 0)


def _net(tokens: Sequence[Token]) -> int:
    """Count how many brackets stay open (below 0: how many of before are closed)."""
    return sum((one.kind == OPEN) - (one.kind == CLOSE) for one in tokens)


def _aligned(rows: list[_Row]) -> list[_Row]:
    """Put the `=` of arguments that follow one another under each other."""
    made: list[_Row] = []
    at = 0
    while at < len(rows):
        last = at
        while last < len(rows) and rows[last].aligns:
            last += 1
        group = rows[at:last]
        column = max((one.indent + len(one.lead) for one in group), default=0)
        made += [one._replace(lead=one.lead.ljust(column - one.indent)) for one in group]
        made += rows[last : last + 1]
        at = last + 1
    return made


def _rendered(rows: list[_Row]) -> list[str]:
    texts = [_text(one) for one in rows]
    made = []
    at = 0
    while at < len(rows):
        last = at
        while last < len(rows) and rows[last].comment and texts[last]:
            last += 1
        column = max((_width(text) for text in texts[at:last]), default=0)
        for row, text in zip(rows[at:last], texts[at:last], strict=True):
            made.append(f"{text}{' ' * (column - _width(text) + 1)}{row.comment}{row.end}")
        if last < len(rows):
            row, text = rows[last], texts[last]
            alone = " " * row.indent + row.comment if row.comment else ""
            made.append((text or alone) + row.end)
        at = last + 1
    return made


def _text(row: _Row) -> str:
    written = f"{row.lead} {row.rest}" if row.rest else row.lead
    return " " * row.indent + written if written else ""


def _width(text: str) -> int:
    return len(text)
