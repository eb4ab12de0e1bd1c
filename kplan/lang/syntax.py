"""Tokens to syntax trees by python-hcl2's tables.

Each reduction that means something calls a function of `build`. Most reductions only climb the ladder of
precedences: from a state, over a state, before a terminal they always end in the same state, which is remembered.
A whole string is shifted as what the grammar makes of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kplan.lang import build, grammar, wording
from kplan.lang.bodies import Context
from kplan.lang.tokens import KEYWORDS, PUNCTUATION

if TYPE_CHECKING:
    from collections.abc import Callable

    from kplan.lang.ast import Node
    from kplan.lang.tokens import Tokens

_END: Final = "$END"


class Machine:
    """python-hcl2's tables, and what each rule makes."""

    def __init__(self) -> None:
        """Take the tables."""
        made = grammar.tables()
        self.rows = made.rows
        self.start = made.start
        self.end = made.end
        self.rules = [(origin, size, _maker(origin, name, size)) for origin, name, size in made.rules]
        self.climbs: dict[tuple[int, int, str], int] = {}

    def read(self, tokens: Tokens, text: str) -> Node:
        """Parse tokens to the node of a body. Raises SyntaxProblem."""
        rows, rules, climbs = self.rows, self.rules, self.climbs
        context = Context(text, tokens)
        states = [self.start]
        values: list[Any] = []
        end: Node = (PUNCTUATION, len(text), len(text), _END)
        for index, (given, node) in enumerate(
            zip([*tokens.terminals, _END], [*tokens.nodes, end], strict=True)
        ):
            terminal = given
            while True:
                state = states[-1]
                code = rows[state].get(terminal)
                if code is None:
                    if terminal in KEYWORDS:
                        terminal = "NAME"
                        continue
                    raise wording.refused(text, tokens, index)
                if code >= 0:
                    states.append(code)
                    values.append(node)
                    break
                origin, size, make = rules[~code]
                if make is None:
                    key = (states[-2], state, terminal)
                    climbed = climbs.get(key)
                    if climbed is None:
                        climbed = climbs[key] = self._climb(*key)
                    states[-1] = climbed
                    continue
                if size:
                    parts = values[-size:]
                    del values[-size:], states[-size:]
                else:
                    parts = []
                states.append(rows[states[-1]][origin])
                values.append(make(context, parts))
                if states[-1] == self.end:
                    break
        made: Node = values[-1]
        return made

    def _climb(self, below: int, state: int, terminal: str) -> int:
        """Follow reductions of one symbol to another that make nothing."""
        while True:
            code = self.rows[state].get(terminal, 0)
            if code >= 0:
                return state
            origin, _, make = self.rules[~code]
            if make is not None:
                return state
            state = self.rows[below][origin]


class SlowMachine:
    """lark's own machine by its public interface: what `Machine` is held equal to, and stands in for."""

    def read(self, tokens: Tokens, text: str) -> Node:
        """Parse tokens to the node of a body. Raises SyntaxProblem."""
        context = Context(text, tokens)

        def made(part: Any) -> Any:
            if not hasattr(part, "children"):
                return tokens.nodes[part.start_pos]
            parts = [made(child) for child in part.children]
            make = build.MAKERS.get(part.data)
            return make(context, parts) if make else parts[0]

        try:
            node: Node = made(grammar.tree(tokens))
        except grammar.Refused as refused:
            raise wording.refused(text, tokens, refused.index) from None
        return node


def machine() -> Machine | SlowMachine:
    """Give the fast machine, or the slow one should lark's tables not be as we know them."""
    try:
        return Machine()
    except (AttributeError, KeyError, TypeError, ValueError):
        return SlowMachine()


def read_expression(reader: Machine | SlowMachine, tokens: Tokens, text: str) -> Node:
    """Parse tokens of one expression. Raises SyntaxProblem."""
    tokens.terminals[:0] = ["NAME", "EQ"]
    tokens.nodes[:0] = [(PUNCTUATION, 0, 0, "NAME"), (PUNCTUATION, 0, 0, "EQ")]
    expression: Node = reader.read(tokens, text)[3][0][3]
    return expression


def _maker(origin: str, name: str, size: int) -> Callable[[Context, list[Any]], Any] | None:
    """Choose what a rule makes; None if it hands its only part on."""
    if origin.startswith("__"):
        return _gather
    if size == 1 and name not in build.ALWAYS:
        return None
    make = build.MAKERS[name]
    return lambda context, parts: make(context, _spread(parts))


def _gather(_: Context, parts: list[Any]) -> list[Any]:
    if type(parts[0]) is list:
        parts[0].extend(parts[1:])
        gathered: list[Any] = parts[0]
        return gathered
    return parts


def _spread(parts: list[Any]) -> list[Any]:
    for part in parts:
        if type(part) is list:
            return [inner for one in parts for inner in (one if type(one) is list else (one,))]
    return parts
