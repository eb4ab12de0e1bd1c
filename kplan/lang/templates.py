"""Quoted strings and heredocs for the lexer: literal parts decoded, `${ }` and `%{ }` read as code.

Strip markers and the indentation of `<<-` are applied here, literal by literal as Terraform does: in a heredoc each
line is a literal of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from kplan.lang.ast import LITERAL
from kplan.lang.tokens import STRING, SyntaxProblem, Unclosed

if TYPE_CHECKING:
    from kplan.lang.tokens import Tokens

_QUOTED: Final = re.compile(r'((?:[^"\\\r\n$%]|\$\$\{|%%\{|[$%](?!\{))+)|(\\)|([$%]\{~?)|(")')
_RUN: Final = re.compile(r"((?:[^\n$%]|\$\$\{|%%\{|[$%](?!\{))*\n?)([$%]\{~?)?")
_HEX: Final = re.compile(r"u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})")
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_LINE: Final = re.compile(r"[^\n]*")
_LONE_RETURN: Final = re.compile(r"\r(?!\n)")


class _Parts:
    """The parts of one template among the tokens: indexes of its literals, -1 for a sequence."""

    def __init__(self, tokens: Tokens, start: int, end: int) -> None:
        self.tokens = tokens
        self.first = len(tokens.terminals)
        self.start = start
        self.indexes: list[int] = []
        self.strip = False
        tokens.add("DBLQUOTE", start, end)

    def literal(self, start: int, end: int, value: str) -> None:
        if self.strip:
            value = value.lstrip()
            self.strip = False
        self.indexes.append(len(self.tokens.terminals))
        self.tokens.terminals.append("STRING_CHARS")
        self.tokens.nodes.append((LITERAL, start, end, value))

    def sequence(self, text: str, start: int, opener: str) -> int:
        """Read `${ }` or `%{ }` and give the offset after it."""
        from kplan.lang import lexer

        if opener[-1] == "~" and self.indexes and self.indexes[-1] >= 0:
            self.replace(self.indexes[-1], self.value(self.indexes[-1]).rstrip())
        end = start + len(opener)
        self.tokens.add("INTERP_START" if opener[0] == "$" else "DIRECTIVE_START", start, end)
        end = lexer.code(text, end, self.tokens, opening=start)
        self.indexes.append(-1)
        closing = self.tokens.nodes[-1]
        self.strip = closing[2] - closing[1] > 1
        return end

    def value(self, index: int) -> str:
        value: str = self.tokens.nodes[index][3]
        return value

    def replace(self, index: int, value: str) -> None:
        self.tokens.nodes[index] = (*self.tokens.nodes[index][:3], value)

    def unindent(self) -> None:
        """Take the least indentation off every line, lines that begin with a sequence counting as none."""
        least: int | None = None
        begins = True
        indented: list[tuple[int, int]] = []
        for index in self.indexes:
            value = self.value(index) if index >= 0 else ""
            if begins:
                width = len(value) - len(value.lstrip())
                if width < len(value) or not value.endswith("\n"):
                    least = width if least is None else min(least, width)
                    indented.append((index, width))
            begins = value.endswith("\n")
        for index, width in indented:
            if width and least:
                self.replace(index, self.value(index)[least:])

    def close(self, start: int, end: int) -> int:
        if -1 in self.indexes:
            self.tokens.add("DBLQUOTE", start, end)
            return end
        value = "".join(map(self.value, self.indexes))
        del self.tokens.terminals[self.first :], self.tokens.nodes[self.first :]
        self.tokens.terminals.append(STRING)
        self.tokens.nodes.append((LITERAL, self.start, end, value))
        return end


def quoted(text: str, start: int, tokens: Tokens, within: int = -1) -> int:
    """Read the quoted string that starts at an offset and give the offset after it.

    It stands in the template sequence that starts at `within`, or in none.
    """
    at = start + 1
    parts = _Parts(tokens, start, at)
    pending: list[str] = []
    since = at
    while True:
        found = _QUOTED.match(text, at)
        if found is None:
            del tokens.terminals[parts.first :], tokens.nodes[parts.first :]
            raise _unterminated(text, start, within)
        if found[1] is not None:
            pending.append(_unescaped_sequences(found[1]))
            at = found.end()
        elif found[2]:
            value, at = _escape(text, at, tokens)
            pending.append(value)
        else:
            if pending:
                parts.literal(since, at, "".join(pending))
                pending.clear()
            if found[4]:
                return parts.close(at, at + 1)
            at = since = parts.sequence(text, at, found[3])


def heredoc(text: str, start: int, at: int, tokens: Tokens) -> int:
    """Read the heredoc whose first line starts at `at` and give the offset of the newline after its end marker."""
    introduction = text[start:at].rstrip()
    flush = introduction.startswith("<<-")
    marker = introduction[3:] if flush else introduction[2:]
    closing = re.compile(rf"[ \t\r\f\v]*{re.escape(marker)}[ \t\r\f\v]*(?=\n|\Z)")
    parts = _Parts(tokens, start, start + len(introduction))
    begins = True
    while True:
        ends = closing.match(text, at) if begins else None
        if ends:
            if flush:
                parts.unindent()
            return parts.close(at, ends.end())
        found = _RUN.match(text, at)
        if found is None or found.end() == at:
            raise Unclosed(
                "Unterminated heredoc",
                f'No line that holds only the closing marker "{marker}" was found for this heredoc.',
                start,
                start + len(introduction),
            )
        if found[1]:
            parts.literal(at, found.end(1), _unescaped_sequences(found[1]))
            for lone in _LONE_RETURN.finditer(text, at, found.end(1)) if "\r" in found[1] else ():
                tokens.problem(
                    "Invalid character",
                    "A carriage return may only stand right before a newline.",
                    lone.start(),
                    lone.end(),
                )
        begins = found[1].endswith("\n")
        at = parts.sequence(text, found.start(2), found[2]) if found[2] else found.end()
        begins = begins and not found[2]


def _unescaped_sequences(raw: str) -> str:
    return raw.replace("$${", "${").replace("%%{", "%{") if "{" in raw else raw


def _escape(text: str, at: int, tokens: Tokens) -> tuple[str, int]:
    selector = text[at + 1 : at + 2]
    if selector in _ESCAPES:
        return _ESCAPES[selector], at + 2
    code = _HEX.match(text, at + 1)
    if code:
        point = int(code[1] or code[2], 16)
        if point <= 0x10FFFF and not 0xD800 <= point <= 0xDFFF:  # Unicode's range without surrogates
            return chr(point), code.end()
        tokens.problem("Invalid escape sequence", "There is no such Unicode character.", at, code.end())
        return "", code.end()
    if selector in {"u", "U"}:
        digits = 4 if selector == "u" else 8
        detail = f"The \\{selector} escape sequence must be followed by {digits} hexadecimal digits."
    elif selector in {"", "\n", "\r"}:
        return "", at + 1  # the string ends too soon, which is told
    else:
        detail = (
            f'The symbol "{selector}" is not a valid escape sequence selector. To write a backslash, double it: '
            f'"\\\\{selector}".'
        )
    tokens.problem("Invalid escape sequence", detail, at, at + 2)
    return selector, at + 2


def _unterminated(text: str, start: int, within: int) -> SyntaxProblem:
    line = _LINE.match(text, start)
    end = line.end() if line else len(text)
    touches = start > 0 and (text[start - 1].isalnum() or text[start - 1] in '"_-)]}.')
    if touches and end < len(text):
        if within >= 0 and "\n" not in text[within:start]:
            return SyntaxProblem(
                "Unclosed template interpolation sequence",
                'There is no closing brace ("}") for this sequence before the string ends.',
                within,
                start,
            )
        return SyntaxProblem(
            "Invalid multi-line string",
            "This quote opens a string that is not closed on its line. Perhaps one before it is missing, or it belongs "
            'to the text of a string, where a quote is written as \\".',
            start,
            end,
        )
    if end == len(text):
        return Unclosed(
            "Unterminated template string",
            'No closing quote (") was found for this string.',
            start,
            start + 1,
        )
    return SyntaxProblem(
        "Invalid multi-line string",
        'Quoted strings may not be split over multiple lines. Close it with a quote (") on this line; for a text of '
        'several lines use \\n, or a heredoc such as "<<EOT".',
        start,
        end,
    )
