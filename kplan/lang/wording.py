"""Why the grammar refused a token, in Terraform's words: told from what is open around it and what stands before it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from kplan.lang.tokens import CLOSERS, NEWLINE, OPENERS, STRING, SyntaxProblem

if TYPE_CHECKING:
    from kplan.lang.ast import Node
    from kplan.lang.tokens import Tokens

_END: Final = "$END"
_BODY: Final = "body"
_STRINGS: Final = frozenset({STRING, "DBLQUOTE"})
_NAMES: Final = frozenset({"NAME", "IF", "IN", "FOR", "FOR_EACH", "ELSE", "ENDIF", "ENDFOR"})
_OPERANDS: Final = (
    _NAMES | _STRINGS | {"INT_LITERAL", "FLOAT_LITERAL", "TRUE", "FALSE", "NULL", "RPAR", "RSQB", "RBRACE"}
)
_BEGINS_OPERAND: Final = _NAMES | _STRINGS | {"INT_LITERAL", "FLOAT_LITERAL", "TRUE", "FALSE", "NULL"}
_WHOLE: Final = _BEGINS_OPERAND | {"LBRACE", "LPAR", "LSQB"}  # a bracket stands for all that is in it
_LITERALS: Final = _STRINGS | {"INT_LITERAL", "FLOAT_LITERAL", "TRUE", "FALSE", "NULL", "LSQB", "MINUS"}
_DIRECTIVES: Final = '"if", "else", "endif", "for" and "endfor"'


class _Words(NamedTuple):
    summary: str
    detail: str
    first: int | None = None  # the token from which to point, if not the refused one


class _Place:
    """The refused token and what is around it."""

    def __init__(self, text: str, tokens: Tokens, index: int) -> None:
        self.text = text
        self.tokens = tokens
        self.index = index
        self.given = self.terminal(index)
        self.before = self.terminal(index - 1) if index else NEWLINE
        self.inside, self.opening = self._innermost()
        self.since = self._since()

    def terminal(self, index: int) -> str:
        return self.tokens.terminals[index] if index < len(self.tokens.terminals) else _END

    def _innermost(self) -> tuple[str, int]:
        """Tell what is open around the token and where; for the contents of a block or the file, _BODY."""
        stack: list[tuple[str, int]] = []
        valued = False  # whether the statement's "=" has come
        for at, terminal in enumerate(self.tokens.terminals[: self.index]):
            in_body = not stack or stack[-1][0] == _BODY
            if terminal in {"EQ", NEWLINE} and in_body:
                valued = terminal == "EQ"
            if terminal == "DBLQUOTE" and stack and stack[-1][0] == "DBLQUOTE":
                stack.pop()
            elif terminal == "LBRACE" and in_body and not valued:
                stack.append((_BODY, at))
            elif terminal in OPENERS or terminal == "DBLQUOTE":
                stack.append((terminal, at))
            elif terminal in CLOSERS and stack:
                stack.pop()
        return stack[-1] if stack else (_BODY, -1)

    def _since(self) -> list[int]:
        """List the tokens of the current statement or item, without what is nested in it."""
        ends = {_BODY: {NEWLINE}, "LBRACE": {NEWLINE, "COMMA"}}.get(self.inside, {"COMMA"})
        if self.terminal(self.opening + 1) == "FOR":
            ends = set()
        depth = 0
        found: list[int] = []
        quoted = False
        for at in range(self.index - 1, self.opening, -1):
            terminal = self.terminal(at)
            if terminal == "DBLQUOTE":
                quoted = not quoted
            depth += (terminal in CLOSERS) - (terminal in OPENERS)
            if depth == 0 and not quoted:
                if terminal in ends:
                    break
                found.append(at)
        return found[::-1]

    def has(self, *terminals: str) -> bool:
        return any(self.terminal(at) in terminals for at in self.since)

    def spelled(self) -> str:
        """Name the refused token."""
        if self.given == _END:
            return "the end of the file"
        if self.given == NEWLINE:
            return "the end of the line"
        node = self.tokens.nodes[self.index]
        return f'"{self.text[node[1] : node[2]]}"' if self.given not in _STRINGS else "a quoted string"

    def incomplete(self) -> bool:
        """Tell whether the line that ends here is what is wrong, though the grammar would go on after it."""
        if not self.since or self.before == "COMMA":
            return False
        if self.inside == _BODY and not self.has("EQ"):
            return self.before != "RBRACE"
        return self.run_on() is not None or self.unfinished_conditional()

    def run_on(self) -> int | None:
        """Find the token in an argument's value that begins another, where the line should have ended."""
        if self.inside != _BODY or self.terminal(self.since[1] if len(self.since) > 1 else -1) != "EQ":
            return None
        for left, right in pairwise(self.since[2:]):
            if self.terminal(left) in _WHOLE and self.terminal(right) in _BEGINS_OPERAND:
                return right
        return None

    def unfinished_conditional(self) -> bool:
        marks = [self.terminal(at) for at in self.since]
        return marks.count("QMARK") > marks.count("COLON")


def refused(text: str, tokens: Tokens, index: int) -> SyntaxProblem:
    """Word the refusal of the token at an index; beyond the last one, of the end."""
    place = _Place(text, tokens, index)
    if place.before == NEWLINE and index:
        sooner = _Place(text, tokens, index - 1)
        if sooner.incomplete():
            place, index = sooner, index - 1
    words = _words(place)
    nodes = tokens.nodes
    if words.first is not None and nodes:
        span: Node = (0, nodes[words.first][1], nodes[max(words.first, index - 1)][2])
    elif index < len(nodes) and place.given != NEWLINE:
        span = nodes[index]
    else:  # the end of a line or of all: what stands before it
        span = nodes[index - 1] if index and index - 1 < len(nodes) else (0, 0, 0)
    return SyntaxProblem(words.summary, words.detail, span[1], span[2])


def _words(place: _Place) -> _Words:
    if place.before == "DOT":
        return _Words("Invalid attribute name", "An attribute name is required after a dot.")
    if place.given == "LT" and place.terminal(place.index + 1) == "LT":
        return _Words(
            "Invalid heredoc introduction",
            "A heredoc begins with << or <<-, its marker, and then the end of the line.",
        )
    match place.inside:
        case "body":
            return _value(place) if place.has("EQ") else _header(place)
        case "LBRACE":
            return _member(place)
        case "LSQB":
            return _in_brackets(place)
        case "LPAR":
            return _in_parentheses(place)
        case _:
            return _in_template(place)


def _header(place: _Place) -> _Words:
    """Word a refusal where an argument or block begins."""
    if not place.since:
        if place.given in _STRINGS:
            return _Words(
                "Invalid argument name", "Argument names must not be quoted, and block types neither."
            )
        return _Words(
            "Argument or block definition required", "An argument or block definition is required here."
        )
    name_at = place.since[0]
    node = place.tokens.nodes[name_at]
    name = place.text[node[1] : node[2]]
    if len(place.since) == 1:
        if place.given == "COLON":
            return _Words(
                "Invalid argument definition", f'To set the argument "{name}", write "=" in place of ":".'
            )
        if place.given in {"DOT", "ATTR_SPLAT"}:
            return _Words(
                "Invalid argument name",
                "An argument's name is a single word. Names with dots are written in quotes, as keys of a map: "
                'config = { "retention.ms" = 1 }.',
                name_at,
            )
        hint = f" For example: {name} = …" if place.given in _LITERALS else ""
        return _Words(
            "Argument or block definition required",
            "An argument or block definition is required here. To set an argument, use the equals sign "
            f'"=" to introduce the argument value.{hint}',
            name_at,
        )
    if place.given == "EQ":
        return _Words(
            "Invalid block definition",
            'The equals sign "=" indicates an argument definition, and must not be used when defining a block.',
        )
    if place.given in {NEWLINE, _END, "RBRACE"}:
        quoted = len(place.since) == 2 and place.before in _STRINGS
        hint = f" To set an argument, write: {name} = …" if quoted else ""
        return _Words(
            "Invalid block definition",
            'A block definition must have block content delimited by "{" and "}", starting on the same line as the '
            f"block header.{hint}",
            name_at,
        )
    return _Words(
        "Invalid block definition",
        f'Either a quoted string block label or an opening brace ("{{") is expected here, but found {place.spelled()}.',
    )


def _value(place: _Place) -> _Words:
    """Word a refusal in an argument's value."""
    following = place.run_on()
    if following is not None:
        return _Words(
            "Missing newline after argument",
            "An argument definition must end with a newline. If this is a text of several words, put it in quotes.",
            following,
        )
    if place.before not in _OPERANDS:
        return _no_operand(place)
    if place.unfinished_conditional():
        return _conditional(place)
    if place.given == "COMMA":
        return _Words(
            "Unexpected comma after argument",
            "Argument definitions must be separated by newlines, not commas. An argument definition must end with a "
            "newline.",
        )
    if place.given == "EQ" and place.before not in _NAMES:
        return _Words("Invalid expression", 'An argument has one "=". To compare two values, write "==".')
    return _Words("Missing newline after argument", "An argument definition must end with a newline.")


def _no_operand(place: _Place) -> _Words:
    return _Words("Invalid expression", f"Expected the start of an expression, but found {place.spelled()}.")


def _conditional(_: _Place) -> _Words:
    return _Words(
        "Missing false expression in conditional",
        "The conditional operator (...?...:...) requires a false expression, delimited by a colon.",
    )


def _member(place: _Place) -> _Words:
    """Word a refusal in an object."""
    if place.terminal(place.opening + 1) == "FOR":
        return _for(place)
    if place.before not in _OPERANDS:
        return _no_operand(place)
    if place.has("EQ") or (place.has("COLON") and not place.has("QMARK")):
        if place.unfinished_conditional():
            return _conditional(place)
        return _Words(
            "Missing attribute separator",
            "Expected a newline or comma to mark the beginning of the next attribute.",
        )
    if place.given in {NEWLINE, "COMMA", "RBRACE", _END}:
        return _Words(
            "Missing attribute value",
            'Expected an attribute value, introduced by an equals sign ("=").',
            place.since[0] if place.since else None,
        )
    return _Words(
        "Missing key/value separator",
        'Expected an equals sign ("=") to mark the beginning of the attribute value.',
    )


def _in_brackets(place: _Place) -> _Words:
    if place.terminal(place.opening + 1) == "FOR":
        return _for(place)
    if place.before not in _OPERANDS:
        return _no_operand(place)
    if place.unfinished_conditional():
        return _conditional(place)
    if place.opening and place.terminal(place.opening - 1) in _OPERANDS:
        return _Words(
            "Missing close bracket on index", 'The index operator must end with a closing bracket ("]").'
        )
    return _Words("Missing item separator", "Expected a comma to mark the beginning of the next item.")


def _in_parentheses(place: _Place) -> _Words:
    if place.before not in _OPERANDS and place.before != "ELLIPSIS":
        return _no_operand(place)
    if place.unfinished_conditional():
        return _conditional(place)
    if place.opening and place.terminal(place.opening - 1) in _NAMES:
        if place.before == "ELLIPSIS":
            return _Words(
                "Missing closing parenthesis",
                "An expanded function argument (with ...) must be immediately followed by closing parentheses.",
            )
        return _Words(
            "Missing argument separator",
            "A comma is required to separate each function argument from the next.",
        )
    return _Words("Unbalanced parentheses", "Expected a closing parenthesis to terminate the expression.")


def _in_template(place: _Place) -> _Words:
    if place.inside == "DIRECTIVE_START":
        if place.index == place.opening + 1:
            return _Words(
                "Invalid template directive",
                f"{place.spelled()} is not a valid template directive; there are {_DIRECTIVES}.",
            )
        if place.terminal(place.opening + 1) == "FOR":
            return _for(place)
        if place.index == place.opening + 2 and place.before == "IF":
            return _no_operand(place)
    if place.before not in _OPERANDS:
        return _no_operand(place)
    if place.unfinished_conditional():
        return _conditional(place)
    if place.before == "ELSE" and place.given == "IF":
        return _Words(
            "Extra characters after template directive",
            'There is no "else if": put the second "if" between this "else" and its "endif", with an "endif" of its own.',
        )
    what = "interpolation expression" if place.inside == "INTERP_START" else "template directive"
    return _Words(
        f"Extra characters after {what}",
        f"Expected a closing brace to end the {what}, but found extra characters. To write the sequence literally, "
        f"double its first character: {'$${' if place.inside == 'INTERP_START' else '%%{'}.",
    )


def _for(place: _Place) -> _Words:
    """Word a refusal in a for expression or directive."""
    terminals = [place.terminal(at) for at in place.since]
    if "IN" not in terminals[2:]:
        named = place.before in _NAMES and len(terminals) > 1 and "IN" not in terminals
        detail = (
            "For expression requires the 'in' keyword after its name declarations."
            if named
            else "For expression requires a variable name after 'for', or two: its key's and its value's."
        )
    elif place.before not in _OPERANDS or place.before == "IN":
        return _no_operand(place)
    elif place.inside == "DIRECTIVE_START":
        detail = "The directive goes on after its collection."
    elif "COLON" not in terminals:
        detail = "For expression requires a colon after the collection expression."
    elif place.inside == "LBRACE" and "FOR_OBJECT_ARROW" not in terminals:
        detail = 'The key expression of a for expression in braces is followed by "=>" and the value.'
    else:
        detail = "Extra characters after the end of the 'for' expression."
    return _Words("Invalid 'for' expression", detail)
