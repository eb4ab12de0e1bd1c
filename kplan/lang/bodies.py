"""What the grammar's rules for bodies, blocks and attributes make of their parts: `(context, parts) -> node`.

Between rules, parts that are no syntax nodes yet travel as tuples of the same shape with negative kinds. What the
grammar lets through and HCL doesn't is noted as a problem here, where all parts are in sight.
"""

from __future__ import annotations

from bisect import bisect_left
from sys import intern
from typing import TYPE_CHECKING, Any, Final

from kplan.lang import ast
from kplan.lang.tokens import NEWLINE, PUNCTUATION, Tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kplan.lang.ast import Node

ATTRIBUTE, BLOCK, BODY = range(-4, -1)
WORDS: Final = {True: "true", False: "false", None: "null"}


class Context:
    """The text that is being read, and where mistakes in it are noted."""

    __slots__ = ("_newlines", "text", "tokens")

    def __init__(self, text: str, tokens: Tokens) -> None:
        """Take both."""
        self.text = text
        self.tokens = tokens
        self._newlines: list[int] | None = None

    def separated(self, end: int, start: int) -> bool:
        """Tell whether a newline token stands between two offsets (the grammar may have put it anywhere)."""
        between = self.text[end:start]
        if between.isspace():  # nearly always
            return "\n" in between
        if self._newlines is None:
            both = zip(self.tokens.terminals, self.tokens.nodes, strict=True)
            self._newlines = [node[1] for terminal, node in both if terminal == NEWLINE]
        at = bisect_left(self._newlines, end)
        return at < len(self._newlines) and self._newlines[at] < start


def body(context: Context, parts: Sequence[Node]) -> Node:
    """Gather a body's attributes and blocks."""
    attributes: list[Any] = []
    blocks: list[Any] = []
    names: dict[str, int] = {}
    apart = True
    end = 0
    before = ""
    for part in parts:
        if part[0] == PUNCTUATION:
            apart = True
            continue
        if not (apart or context.separated(end, part[1])):
            _run_on(context, before, part)
        apart = False
        end = part[2]
        before = "block" if part[0] == BLOCK else "argument"
        if part[0] == BLOCK:
            blocks.append(part[3])
            continue
        made = part[3]
        if made[0] in names:
            _set_twice(context, made, names[made[0]])
            continue
        names[made[0]] = made[1]
        attributes.append(made)
    if not parts:
        return (BODY, 0, 0, (), ())
    return (BODY, parts[0][1], parts[-1][2], tuple(attributes), tuple(blocks))


def _run_on(context: Context, what: str, part: Node) -> None:
    name = "An argument" if what == "argument" else "A block"
    context.tokens.problem(
        f"Missing newline after {what}" + (" definition" if what == "block" else ""),
        f"{name} definition must end with a newline.",
        part[1],
        part[2],
    )


def _set_twice(context: Context, made: Any, first: int) -> None:
    line = context.text.count("\n", first, made[1])
    where = {0: "on the same line", 1: "one line above"}.get(line, f"{line} lines above")
    context.tokens.problem(
        "Attribute redefined",
        f'The argument "{made[0]}" was already set {where}. Each argument may be set only once.',
        made[1],
        made[2],
    )


def attribute(context: Context, parts: Sequence[Node]) -> Node:
    """Make an attribute."""
    name, _, value = parts
    start, end = name[1], name[2]
    found = ast.references(value) if value[0] > ast.NUMBER else ()
    return (ATTRIBUTE, start, value[2], (intern(context.text[start:end]), start, end, value, found))


def block(context: Context, parts: Sequence[Node]) -> Node:
    """Make a block."""
    opening = next(at for at, part in enumerate(parts) if part[0] == PUNCTUATION and part[3] != NEWLINE)
    inner, closing = parts[opening + 1], parts[opening + 2]
    heads = list(parts[:opening])
    if heads[-1][0] == PUNCTUATION:
        heads.pop()
        context.tokens.problem(
            "Invalid block definition",
            'A block definition must have block content delimited by "{" and "}", starting on the same line as the '
            "block header.",
            heads[0][1],
            heads[-1][2],
        )
    name = intern(context.text[heads[0][1] : heads[0][2]])
    labels = tuple(_label(context, part) for part in heads[1:])
    spans = tuple((part[1], part[2]) for part in heads[1:])
    brace = parts[opening]
    _lines(context, brace, inner, closing)
    made = (name, labels, heads[0][1], heads[-1][2], inner[3], inner[4], spans, closing[2])
    return (BLOCK, heads[0][1], closing[2], made)


def _label(context: Context, part: Node) -> str:
    if part[0] == ast.REF and context.text[part[1]] != '"':
        name: str = part[3][0]
        return name
    if part[0] == ast.LITERAL:
        if isinstance(part[3], str) and context.text[part[1]] == '"':
            return part[3]
        if not isinstance(part[3], str) and context.text[part[1]] != '"':
            return WORDS[part[3]]
    if context.text[part[1]] == "<":
        context.tokens.problem(
            "Invalid block definition",
            "A block label can't be a heredoc; write a quoted string.",
            part[1],
            part[2],
        )
        return ""
    context.tokens.problem(
        "Invalid string literal",
        'Template sequences are not allowed in a block label. To include a literal "$", double it (as "$$") to '
        "escape it.",
        part[1],
        part[2],
    )
    return ""


def _lines(context: Context, brace: Node, inner: Node, closing: Node) -> None:
    """Check what may share a line with a block's braces: nothing, or one argument if all is on one line."""
    if not (inner[3] or inner[4]):
        return
    ends = [one[3][2] for one in inner[3]] + [one[7] for one in inner[4]]
    starts = [one[1] for one in inner[3]] + [one[2] for one in inner[4]]
    apart_before = context.separated(brace[2], min(starts))
    apart_after = context.separated(max(ends), closing[1])
    if apart_before and apart_after:
        return
    if apart_before:
        context.tokens.problem(
            "Missing newline after argument" if inner[3] else "Missing newline after block definition",
            'The "}" that closes a block of several lines must be on a line of its own.',
            closing[1],
            closing[2],
        )
    elif apart_after or len(ends) > 1 or inner[4]:
        context.tokens.problem(
            "Invalid single-argument block definition",
            "A single-line block definition can contain only a single argument. To define several arguments or a "
            "nested block, put each on a line of its own, and the braces' contents on lines between them.",
            brace[1],
            brace[2],
        )
