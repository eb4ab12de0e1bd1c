"""python-hcl2's grammar as parse tables: the only file that imports hcl2 and lark.

The tables are python-hcl2's own, taken from the parser that it builds, and kept as plain data so that most runs need
neither the imports nor the grammar's construction.
"""

from __future__ import annotations

import marshal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kplan.lang import files, versions
from kplan.lang.tokens import KEYWORDS, STRING

if TYPE_CHECKING:
    from kplan.lang.tokens import Tokens

_FORMAT: Final = b"tables 1\n"

Row = dict[str, int]
Rule = tuple[str, str, int]


class Tables(NamedTuple):
    """LALR tables. A row maps a symbol to the next state, or a terminal to `~rule` to reduce by.

    A rule is (symbol that it makes, name of what it makes, how many symbols it takes). STRING is a terminal that goes
    wherever the grammar would take a quoted string.
    """

    rows: list[Row]
    rules: list[Rule]
    start: int
    end: int


@cache
def tables() -> Tables:
    """Give the tables, from the user's cache folder if they are there."""
    key = _FORMAT + versions.grammar_key()
    path = files.user_folder() / "grammar.bin"
    stored = files.load(path, key)
    if stored is not None:
        return Tables(*marshal.loads(stored))  # noqa: S302 - our own file, and its checksum was right
    made = _from_lark(lark())
    files.store(path, key, marshal.dumps(tuple(made)))
    return made


@cache
def lark() -> Any:
    """Build python-hcl2's parser; left to itself it writes a cache into site-packages."""
    import hcl2.parser

    with TemporaryDirectory(prefix="kplan-") as private:
        hcl2.parser.PARSER_FILE = Path(private) / "grammar"
        return hcl2.parser.parser()


class Refused(Exception):  # noqa: N818 - it becomes a diagnostic
    """The grammar has no use for the token at an index; beyond the last one, for the end."""

    def __init__(self, index: int) -> None:
        """Take the token's index."""
        super().__init__(index)
        self.index = index


def tree(tokens: Tokens) -> Any:
    """Parse tokens with lark's public interface: the slow way that the tables are held equal to. Raises Refused.

    Each of the tree's tokens carries its index as `start_pos`.
    """
    from lark.exceptions import UnexpectedToken

    try:
        return _fed(tokens)
    except UnexpectedToken as refused:
        last = len(tokens.terminals)
        raise Refused(last if refused.token.type == "$END" else refused.token.start_pos) from None


def _fed(tokens: Tokens) -> Any:
    from lark import Token

    parser = lark().parse_interactive("")
    for index, terminal in enumerate(tokens.terminals):
        if terminal == STRING:
            for part in ("DBLQUOTE", "STRING_CHARS", "DBLQUOTE"):
                parser.feed_token(Token(part, "", index))
        else:
            word = terminal in KEYWORDS and terminal not in parser.choices()
            parser.feed_token(Token("NAME" if word else terminal, "", index))
    return parser.feed_eof()


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
                rules.append((origin, str(target.alias or origin), len(target.expansion)))
            row[str(symbol)] = ~number
        opening = row.get("DBLQUOTE")
        if opening is not None and (opening < 0 or "string" in row):
            row[STRING] = opening if opening < 0 else row["string"]
    return Tables(rows, rules, table.start_states["start"], table.end_states["start"])
