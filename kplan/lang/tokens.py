"""What the lexer hands to the parser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from kplan.lang.ast import Node

NEWLINE: Final = "NL_OR_COMMENT"
STRING: Final = (
    "string"  # a whole quoted string without templates: the grammar's symbol, not one of its terminals
)
# The grammar's words, by terminal; each is a name too where the grammar has no use for the word.
KEYWORDS: Final = {word.upper(): word for word in ("if", "in", "for", "for_each", "else", "endif", "endfor")}
OPENERS: Final = frozenset({"LBRACE", "LPAR", "LSQB", "INTERP_START", "DIRECTIVE_START"})
CLOSERS: Final = frozenset({"RBRACE", "RPAR", "RSQB"})
PUNCTUATION: Final = (
    -1
)  # the kind of a node that is only a token: (PUNCTUATION, start, end, terminal or signs)


class Problem(NamedTuple):
    """A mistake in a text; offsets count from the start of what was read."""

    summary: str
    detail: str
    start: int
    end: int


class SyntaxProblem(Exception):  # noqa: N818 - it becomes a diagnostic
    """A mistake that reading can't go on after."""

    def __init__(self, summary: str, detail: str, start: int, end: int) -> None:
        """Say what is wrong and where."""
        super().__init__(summary)
        self.problem = Problem(summary, detail, start, end)


class Unclosed(SyntaxProblem):
    """The text ended inside something; the offsets are those of its opening.

    `odd` pairs the braces of a block or object within it that begin their lines at different columns, if there is one.
    """

    odd: tuple[int, int] | None = None


class Tokens:
    """The terminals of a text and, side by side, their nodes; and the mistakes that reading went on after."""

    __slots__ = ("nodes", "problems", "terminals")

    def __init__(self) -> None:
        """Start empty."""
        self.terminals: list[str] = []
        self.nodes: list[Node] = []
        self.problems: list[Problem] = []

    def add(self, terminal: str, start: int, end: int) -> None:
        """Append a token that is only itself."""
        self.terminals.append(terminal)
        self.nodes.append((PUNCTUATION, start, end, terminal))

    def problem(self, summary: str, detail: str, start: int, end: int) -> None:
        """Note a mistake."""
        self.problems.append(Problem(summary, detail, start, end))
