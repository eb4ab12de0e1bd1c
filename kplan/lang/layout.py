"""A text as lines of words for the formatter: every token as written, comments and line ends included."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from kplan.lang import lexer
from kplan.lang.spacing import (
    ASSIGN,
    CLOSE,
    COMMA,
    DOT,
    NUMBER,
    OPEN,
    REMARK,
    SIGN,
    TEXT,
    WORD,
    Token,
    spaced,
)
from kplan.lang.tokens import NEWLINE, STRING, SyntaxProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan.lang.tokens import Tokens


class Line(NamedTuple):
    """A line: its words, the comment that ends it ("" for none), and how it ends in the text ("" for the last)."""

    tokens: list[Token]
    comment: str
    end: str


_GAP: Final = re.compile(r"[ \t]+|(\r?\n)|((?:#|//)[^\n]*)|(/\*(?s:.*?)\*/)|.")
_SPACE: Final = re.compile(r"\s+")
_KINDS: Final = {
    "NAME": WORD,
    "IF": WORD,
    "IN": WORD,
    "FOR": WORD,
    "FOR_EACH": WORD,
    "ELSE": WORD,
    "ENDIF": WORD,
    "ENDFOR": WORD,
    "TRUE": WORD,
    "FALSE": WORD,
    "NULL": WORD,
    "INT_LITERAL": NUMBER,
    "FLOAT_LITERAL": NUMBER,
    STRING: TEXT,
    "LBRACE": OPEN,
    "LPAR": OPEN,
    "LSQB": OPEN,
    "RBRACE": CLOSE,
    "RPAR": CLOSE,
    "RSQB": CLOSE,
    "COMMA": COMMA,
    "DOT": DOT,
    "EQ": ASSIGN,
}
_SPLATS: Final = {"ATTR_SPLAT", "FULL_SPLAT_START"}


def lines_of(text: str) -> list[Line]:
    """Take a text apart. Raises SyntaxProblem where it can't be read at all."""
    tokens = lexer.lex(text)
    if tokens.problems:  # a sign that is no token would be lost
        raise SyntaxProblem(*tokens.problems[0])
    return list(_Layout(text, tokens).lines())


class _Layout:
    """Walks the tokens of a text and the gaps between them."""

    def __init__(self, text: str, tokens: Tokens) -> None:
        self.text = text
        self.terminals = tokens.terminals
        self.nodes = tokens.nodes
        self.line: list[Token] = []

    def lines(self) -> Iterator[Line]:
        at, end = 0, 0
        while at < len(self.terminals):
            terminal = self.terminals[at]
            if terminal == NEWLINE:
                at += 1
                continue
            yield from self.gap(end, self.nodes[at][1])
            at, end = self.token(at)
        yield from self.gap(end, len(self.text))
        if self.line:
            yield self.ended("", "")

    def ended(self, comment: str, end: str) -> Line:
        tokens, self.line = self.line, []
        return Line(tokens, comment, end)

    def gap(self, start: int, end: int) -> Iterator[Line]:
        comment = ""
        for found in _GAP.finditer(self.text, start, end):
            if found[1]:
                yield self.ended(comment.rstrip("\r"), "\r\n" if comment.endswith("\r") else found[1])
                comment = ""
            elif found[2]:
                comment = found[2]
            elif found[3]:
                self.line.append(Token(REMARK, found[3]))
        if comment:  # at the end of the text
            yield self.ended(comment, "")

    def token(self, at: int) -> tuple[int, int]:
        """Add the word at an index to the line; gives the next index, and where in the text the word ends."""
        terminal, node = self.terminals[at], self.nodes[at]
        if terminal == "DBLQUOTE":
            return self.template(at)
        written = self.text[node[1] : node[2]]
        if terminal in _SPLATS:
            self.line.append(Token(DOT, written if "/" in written else _SPACE.sub("", written)))
        elif terminal in {"NOT", "MINUS"} and len(written) > 1 and "/" not in written:
            self.line += [Token(SIGN, sign) for sign in _SPACE.sub("", written)]
        else:
            self.line.append(Token(_KINDS.get(terminal, SIGN), written))
        return at + 1, node[2]

    def template(self, at: int) -> tuple[int, int]:
        """Add a whole template as one word, what is inside its sequences put in order."""
        opening = self.nodes[at]
        parts = [self.text[opening[1] : opening[2]]]
        end = opening[2]
        at += 1
        while self.terminals[at] != "DBLQUOTE":
            parts.append(self.text[end : self.nodes[at][1]])  # a heredoc's first line end
            if self.terminals[at] == "STRING_CHARS":
                end = self.nodes[at][2]
                parts.append(self.text[self.nodes[at][1] : end])
                at += 1
            else:
                written, at, end = self.sequence(at)
                parts.append(written)
        start = self.nodes[at][1]
        parts += [self.text[end:start], self.text[start : self.nodes[at][2]]]
        self.line.append(Token(TEXT, "".join(parts)))
        return at + 1, self.nodes[at][2]

    def sequence(self, at: int) -> tuple[str, int, int]:
        """Write a `${ }` or `%{ }`; gives the index and the offset after it. One with line ends or comments stays as it is."""
        first = self.nodes[at]
        inner = _Layout(self.text, _NOTHING)
        inner.terminals, inner.nodes = self.terminals, self.nodes
        depth, end = 0, first[2]
        plain = True
        at += 1
        while True:
            terminal, node = self.terminals[at], self.nodes[at]
            depth += terminal == "LBRACE"
            plain = (
                plain and not self.text[end : node[1]].strip(" \t") and "\n" not in self.text[end : node[1]]
            )
            if terminal == "RBRACE" and depth == 0:
                break
            depth -= terminal == "RBRACE"
            at, end = inner.token(at)
        if not plain:
            return self.text[first[1] : node[2]], at + 1, node[2]
        inside = spaced(inner.line)
        before, after = (" " * inside.startswith("{"), " " * inside.endswith("}"))
        opening, closing = self.text[first[1] : first[2]], self.text[node[1] : node[2]]
        written = f"{opening}{before}{inside}{after}{closing}"
        return written, at + 1, node[2]


_NOTHING: Final = lexer.lex("")
