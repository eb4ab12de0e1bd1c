"""The parts of a template to its tree: `%{ if }` becomes a conditional of templates, `%{ for }` a joined for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kplan.lang import ast
from kplan.lang.tokens import SyntaxProblem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kplan.lang.ast import Node
    from kplan.lang.tokens import Tokens


def template(tokens: Tokens, start: int, end: int, parts: Sequence[Node]) -> Node:
    """Make a template. One that is a single `${ }` is the expression inside, with the quotes' span."""
    if len(parts) == 1 and parts[0][0] != ast.LITERAL and not parts[0][3]:
        inner = parts[0][4][0]
        if inner[0] != ast.LITERAL or not isinstance(inner[3], str):
            return (inner[0], start, end, *inner[3:])
    reader = _Reader(tokens, parts)
    made, closer = reader.until()
    if closer is not None:
        raise _unexpected(closer)
    return (ast.TEMPLATE, start, end, made)


class _Reader:
    def __init__(self, tokens: Tokens, parts: Sequence[Node]) -> None:
        self.tokens = tokens
        self.parts = parts
        self.at = 0

    def until(self) -> tuple[tuple[Node, ...], Node | None]:
        """Read up to an else or end, which is given too, or to the template's end."""
        found: list[Node] = []
        while self.at < len(self.parts):
            part = self.parts[self.at]
            self.at += 1
            if part[0] == ast.LITERAL:
                _append(found, part)
                continue
            word, inner = part[3], part[4]
            if not word:
                found.append(inner[0])
            elif word == "if":
                found.append(self.conditional(part))
            elif word == "for":
                found.append(self.loop(part))
            else:
                return tuple(found), part
        return tuple(found), None

    def conditional(self, opening: Node) -> Node:
        yes, closer = self.until()
        no: tuple[Node, ...] = ()
        middle = closer
        if closer is not None and closer[3] == "else":
            no, closer = self.until()
        if closer is None:
            raise _never_ended(opening, "if")
        if closer[3] != "endif" or middle is None:
            raise _unexpected(closer)
        first: Node = (ast.TEMPLATE, opening[2], middle[1], yes)
        second: Node = (ast.TEMPLATE, middle[2], max(middle[2], closer[1]), no)
        return (ast.COND, opening[1], closer[2], opening[4][0], first, second)

    def loop(self, opening: Node) -> Node:
        inner, closer = self.until()
        if closer is None:
            raise _never_ended(opening, "for")
        if closer[3] != "endfor":
            raise _unexpected(closer)
        *names, _, collection = opening[4]
        written: list[Any] = [name[3][0] for name in names]
        key = written[0] if len(written) > 1 else None
        each: Node = (ast.TEMPLATE, opening[2], closer[1], inner)
        start, end = opening[1], closer[2]
        return (ast.JOIN, start, end, (ast.FOR_LIST, start, end, key, written[-1], collection, each, None))


def _append(found: list[Node], part: Node) -> None:
    if not part[3]:
        return
    if found and found[-1][0] == ast.LITERAL and found[-1][2] == part[1] and isinstance(found[-1][3], str):
        found[-1] = (ast.LITERAL, found[-1][1], part[2], found[-1][3] + part[3])
    else:
        found.append(part)


def _unexpected(closer: Node) -> SyntaxProblem:
    return SyntaxProblem(
        f"Unexpected {closer[3]} directive",
        f'There is no open template directive that this "{closer[3]}" belongs to.',
        closer[1],
        closer[2],
    )


def _never_ended(opening: Node, word: str) -> SyntaxProblem:
    return SyntaxProblem(
        "Unexpected end of template",
        f'This "{word}" directive is not ended by "%{{ end{word} }}" before the end of the template.',
        opening[1],
        opening[2],
    )
