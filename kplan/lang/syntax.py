"""Tokens to syntax trees by python-hcl2's tables, in two steps.

Which rules the grammar reduces by depends on the terminals alone. So those are worked out first, as the steps of a
*shape*: what to make of which tokens and of what was made before. The steps then make the tree of any text of that
shape, and the shapes of blocks are remembered, since files have many blocks that differ in names and values only.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from kplan.lang import build, grammar, wording
from kplan.lang.bodies import Context
from kplan.lang.tokens import KEYWORDS, NEWLINE, PUNCTUATION, SyntaxProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kplan.lang.ast import Node
    from kplan.lang.build import Maker
    from kplan.lang.grammar import Rule
    from kplan.lang.tokens import Tokens

    # A step makes one node of those that it picks from the tokens' nodes and, behind them, what was made so far.
    Step = tuple[Maker, Callable[[list[Node]], Sequence[Node]]]
    # The number or numbers of what a symbol on the stack stands for.
    Part = int | list[int]

_END: Final = "$END"
_LONGEST_REMEMBERED: Final = 500  # terminals
_MOST_REMEMBERED: Final = 100_000  # terminals of all shapes together, which come to some 6 MB


class Ended(SyntaxProblem):
    """The tokens ended too soon for the grammar."""


class Machine:
    """python-hcl2's tables, and what each rule makes."""

    def __init__(self) -> None:
        """Take the tables."""
        made = grammar.tables()
        self.rows = made.rows
        self.start = made.start
        self.end = made.end
        self.rules = [(rule.symbol, rule.size, _maker(rule)) for rule in made.rules]
        self.climbs: dict[tuple[int, int, str], int] = {}
        self.shapes: dict[tuple[str, ...], list[Step]] = {}
        self.room = _MOST_REMEMBERED

    def read(self, tokens: Tokens, text: str) -> Node:
        """Parse tokens to the node of a body. Raises SyntaxProblem."""
        shape = tuple(tokens.terminals)
        steps = self.shapes.get(shape)
        refused = None
        if steps is None:
            steps, refused = self.steps(shape)
            if refused is None and len(shape) <= min(_LONGEST_REMEMBERED, self.room):
                self.shapes[shape] = steps
                self.room -= len(shape)
        context = Context(text, tokens)
        nodes = tokens.nodes.copy()
        add = nodes.append
        for make, pick in steps:
            add(make(context, pick(nodes)))
        if refused is not None:
            raise _refusal(text, tokens, refused)
        return nodes[-1]

    def steps(self, shape: tuple[str, ...]) -> tuple[list[Step], int | None]:
        """Work out the steps of a shape, up to the index of the terminal that the grammar refuses, if any."""
        rows, rules, climbs = self.rows, self.rules, self.climbs
        states = [self.start]
        parts: list[Part] = []
        steps: list[Step] = []
        count = len(shape)
        before = ""
        for index, given in enumerate((*shape, _END)):
            if given == before == NEWLINE:
                continue
            before = terminal = given
            while True:
                state = states[-1]
                code = rows[state].get(terminal)
                if code is None:
                    if terminal in KEYWORDS:
                        terminal = "NAME"
                        continue
                    return steps, index
                if code >= 0:
                    states.append(code)
                    parts.append(index)
                    break
                symbol, size, make = rules[~code]
                if make is None:
                    key = (states[-2], state, terminal)
                    climbed = climbs.get(key)
                    if climbed is None:
                        climbed = climbs[key] = self._climb(*key)
                    states[-1] = climbed
                    continue
                below = len(parts) - size
                taken = parts[below:]
                del parts[below:], states[below + 1 :]
                state = rows[states[-1]][symbol]
                states.append(state)
                if make is _keep:
                    parts.append(_laid_out(taken))
                elif make is build.only:
                    parts.append(taken[0])
                else:
                    steps.append((make, _picker(_laid_out(taken))))
                    parts.append(count)
                    count += 1
                if state == self.end:
                    break
        return steps, None

    def _climb(self, below: int, state: int, terminal: str) -> int:
        """Follow reductions that only hand a symbol on, which most only do to climb the ladder of precedences."""
        while True:
            code = self.rows[state].get(terminal, 0)
            if code >= 0:
                return state
            symbol, _, make = self.rules[~code]
            if make is not None:
                return state
            state = self.rows[below][symbol]


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
            if make is None and not part.data.startswith("__"):
                (only,) = parts  # a rule of several parts that nothing is known of is never guessed at
                return only
            return make(context, parts) if make else parts

        try:
            node: Node = made(grammar.tree(tokens))
        except grammar.Refused as refused:
            for part in refused.done:  # mistakes in what was read are told too
                made(part)
            raise _refusal(text, tokens, refused.index) from None
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


def _refusal(text: str, tokens: Tokens, index: int) -> SyntaxProblem:
    worded = wording.refused(text, tokens, index)
    return Ended(*worded.problem) if index == len(tokens.terminals) else worded


def _maker(rule: Rule) -> Maker | None:
    """Choose what a rule makes; None if it hands its only part on, `_keep` if it keeps parts for another rule."""
    if rule.passes:
        return None
    return _keep if rule.gathers else build.MAKERS[rule.name]


def _keep(_: Context, parts: Sequence[Node]) -> Node:
    return parts[0]


def _laid_out(parts: list[Part]) -> list[int]:
    """Lay out what rules only kept together."""
    if parts and type(parts[0]) is list:
        found: list[int] = parts[0]  # nobody else's any more
        del parts[0]
    else:
        found = []
    for part in parts:
        if isinstance(part, int):
            found.append(part)
        else:
            found += part
    return found


def _picker(numbers: list[int]) -> Callable[[list[Node]], Sequence[Node]]:
    """Make what picks the nodes of some numbers."""
    if len(numbers) > 1:
        return itemgetter(*numbers)
    chosen = slice(numbers[0], numbers[0] + 1) if numbers else slice(0, 0)
    return itemgetter(chosen)
