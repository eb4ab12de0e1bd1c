"""python-hcl2's grammar as parse tables: the only file that imports hcl2 and lark.

The tables are python-hcl2's own, taken from the parser that it builds. Those of the versions that kplan is tested
with come with it, as `tables.json` (`make tables` writes it anew); those of any other are built once and kept in the
user's cache folder. Either way most runs need neither the imports nor the grammar's construction.
"""

from __future__ import annotations

import json
import marshal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kplan.lang import files, versions
from kplan.lang.tokens import KEYWORDS, NEWLINE, STRING

if TYPE_CHECKING:
    from kplan.lang.tokens import Tokens

SHIPPED: Final = Path(__file__).with_name("tables.json")
_FORMAT: Final = b"tables 2\n"
_LINES: Final = "new_line_or_comment"  # what the grammar makes of newlines in a row
# What means something of its own though it is made of one part only; every other rule of one part hands it on.
_OF_ONE_PART: Final = frozenset({"start", "body", _LINES, "attr_splat", "full_splat", "arguments"})

Row = dict[str, int]


class Rule(NamedTuple):
    """What a reduction makes: a symbol, by the name of what it is, of so many parts."""

    symbol: str
    name: str
    size: int

    @property
    def gathers(self) -> bool:
        """Tell whether it only keeps parts together, for the rule that they are the parts of."""
        return self.symbol.startswith("__")

    @property
    def passes(self) -> bool:
        """Tell whether it hands its only part on as it is."""
        return self.size == 1 and self.name not in _OF_ONE_PART and not self.gathers


class Tables(NamedTuple):
    """LALR tables. A row maps a symbol to the next state, or a terminal to `~rule` to reduce by.

    STRING is a terminal that goes wherever the grammar would take a quoted string, and NEWLINE one that stands for
    any number in a row. States that only hand a symbol on, whatever comes next, are left out.
    """

    rows: list[Row]
    rules: list[Rule]
    start: int
    end: int


@cache
def tables() -> Tables:
    """Give the tables: those that came with kplan, else those in the user's cache folder, else made now."""
    return _shipped() or _kept()


def _shipped() -> Tables | None:
    """Read the tables that came with kplan; None if another python-hcl2 or lark is installed."""
    try:
        stored = json.loads(SHIPPED.read_text())
        return _decoded(stored) if stored["made_of"] == versions.packages() else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _kept() -> Tables:
    key = _FORMAT + versions.grammar_key()
    path = files.user_folder() / "grammar.bin"
    stored = files.load(path, key)
    if stored is not None:
        rows, rules, start, end = marshal.loads(stored)  # noqa: S302 - our own file, and its checksum was right
        return Tables(rows, [Rule(*one) for one in rules], start, end)
    made = build()
    files.store(
        path, key, marshal.dumps((made.rows, [tuple(one) for one in made.rules], made.start, made.end))
    )
    return made


def build() -> Tables:
    """Make the tables of the python-hcl2 and lark that are installed; always the same ones."""
    return _numbered(_without_detours(_from_lark(lark())))


def encoded(made: Tables) -> str:
    """Write tables for `tables.json`, a row a line."""
    symbols = sorted({symbol for row in made.rows for symbol in row})
    number = {symbol: at for at, symbol in enumerate(symbols)}
    rows = ([cell for symbol, code in row.items() for cell in (number[symbol], code)] for row in made.rows)
    head = {
        "made_of": versions.packages(),
        "start": made.start,
        "end": made.end,
        "symbols": symbols,
        "rules": made.rules,
    }
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    return f'{json.dumps(head)[:-1]}, "rows": [\n{lines}\n]}}\n'


def _decoded(stored: dict[str, Any]) -> Tables:
    symbols = stored["symbols"]
    rows = [
        {symbols[at]: code for at, code in zip(row[::2], row[1::2], strict=True)} for row in stored["rows"]
    ]
    return Tables(rows, [Rule(*one) for one in stored["rules"]], stored["start"], stored["end"])


@cache
def lark() -> Any:
    """Build python-hcl2's parser; left to itself it writes a cache into site-packages."""
    import hcl2.parser

    with TemporaryDirectory(prefix="kplan-") as private:
        hcl2.parser.PARSER_FILE = Path(private) / "grammar"
        return hcl2.parser.parser()


class Refused(Exception):  # noqa: N818 - it becomes a diagnostic
    """The grammar has no use for the token at an index; beyond the last one, for the end."""

    def __init__(self, index: int, done: list[Any]) -> None:
        """Take the token's index, and the trees of what was read before it."""
        super().__init__(index)
        self.index = index
        self.done = done


def tree(tokens: Tokens) -> Any:
    """Parse tokens with lark's public interface: the slow way that the tables are held equal to. Raises Refused.

    Each of the tree's tokens carries its index as `start_pos`.
    """
    from lark import Token
    from lark.exceptions import UnexpectedToken

    parser = lark().parse_interactive("")
    try:
        for index, terminal in enumerate(tokens.terminals):
            if terminal == STRING:
                for part in ("DBLQUOTE", "STRING_CHARS", "DBLQUOTE"):
                    parser.feed_token(Token(part, "", index))
            else:
                word = terminal in KEYWORDS and terminal not in parser.choices()
                parser.feed_token(Token("NAME" if word else terminal, "", index))
        return parser.feed_eof()
    except UnexpectedToken as refused:
        last = len(tokens.terminals)
        at = last if refused.token.type == "$END" else refused.token.start_pos
        done = [part for part in parser.parser_state.value_stack if hasattr(part, "children")]
        raise Refused(at, done) from None


def _from_lark(parser: Any) -> Tables:
    table = parser.parse_interactive("").parser_state.parse_conf.parse_table
    numbers: dict[Any, int] = {}
    rules: list[Rule] = []
    rows: list[Row] = [{} for _ in range(len(table.states))]
    for state, actions in table.states.items():
        row = rows[state]
        for symbol, (_, target) in actions.items():
            if isinstance(target, int):
                row[str(symbol)] = target
                continue
            number = numbers.setdefault(target, len(rules))
            if number == len(rules):
                origin = str(target.origin.name)  # lark's names are a kind of str that marshal doesn't take
                rules.append(Rule(origin, str(target.alias or origin), len(target.expansion)))
            row[str(symbol)] = ~number
        opening = row.get("DBLQUOTE")
        if opening is not None and (opening < 0 or "string" in row):
            row[STRING] = opening if opening < 0 else row["string"]
    return Tables(rows, rules, table.start_states["start"], table.end_states["start"])


def _without_detours(made: Tables) -> Tables:
    """Lead past states that only hand a symbol on, and newlines straight to what the grammar makes of them.

    A reduction takes nothing from the text, so that the same token is refused as before.
    """
    rows, rules = made.rows, made.rules

    def onward(row: Row, target: int) -> int:
        while True:
            codes = set(rows[target].values())
            rule = rules[~codes.pop()] if len(codes) == 1 and min(codes) < 0 else None
            if rule is None or not rule.passes:
                return target
            target = row[rule.symbol]

    straight = [
        {symbol: onward(row, target) if target >= 0 else target for symbol, target in row.items()}
        for row in rows
    ]
    for row, before in zip(straight, rows, strict=True):
        if before.get(NEWLINE, -1) >= 0 and _LINES in before:
            row[NEWLINE] = row[_LINES]
    return Tables(straight, rules, made.start, made.end)


def _numbered(made: Tables) -> Tables:
    """Give states and rules numbers in the order in which they are met: lark's numbers differ from run to run."""
    states = {made.start: 0}
    order = [made.start]
    rules: dict[int, int] = {}
    rows: list[Row] = []
    for state in order:  # grows on the way
        row: Row = {}
        for symbol, code in sorted(made.rows[state].items()):
            if code < 0:
                row[symbol] = ~rules.setdefault(~code, len(rules))
                continue
            if code not in states:
                states[code] = len(order)
                order.append(code)
            row[symbol] = states[code]
        rows.append(row)
    return Tables(rows, [made.rules[rule] for rule in rules], states[made.start], states[made.end])


if __name__ == "__main__":
    SHIPPED.write_text(encoded(build()))
