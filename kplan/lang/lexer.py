"""A strict lexer: HCL text to the terminals of python-hcl2's grammar, each with the syntax node it stands for.

It is stricter than python-hcl2's own and wider at once. Newlines are tokens only where HCL gives them a meaning,
comments none at all, and templates (heredocs too) come as one flat run of string parts, so that nothing between
quotes is ever guessed at. Words of the grammar (`for`, `if`, `in`) come as themselves; whoever drives the grammar
takes them for names where it has no use for the word.
"""

from __future__ import annotations

import re
from sys import intern
from typing import Final

from kplan.lang import templates
from kplan.lang.ast import LITERAL, NUMBER, REF
from kplan.lang.tokens import KEYWORDS, NEWLINE, PUNCTUATION, STRING, SyntaxProblem, Tokens, Unclosed

_NAME: Final = r"[^\W\d][\w-]*"
_SPACE: Final = r"(?:[ \t]|(?>/\*(?s:.*?)\*/))*"
_SPACE_LINES: Final = r"(?:[ \t]|\r?\n|(?>/\*(?s:.*?)\*/)|(?:\#|//)[^\n]*\n)*"
_TOKEN: Final = re.compile(
    rf"""[ \t]*(?:
      ({_NAME}(?:::{_NAME})*)
    | \r?(\n(?:[ \t]*(?:(?:\#|//)[^\n]*|\r)?\n)*)
    | (=(?![=>]))
    | "([^"\\\r\n$%]*(?:[$%](?!\{{)[^"\\\r\n$%]*)*)"
    | ([0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    | (\#[^\n]*|//[^\n]*|(?>/\*(?s:.*?)\*/))
    | (==|!=|<=|>=|&&|\|\||=>|\.\.\.|\.{_SPACE}\*|\[{_SPACE_LINES}\*{_SPACE_LINES}\]|<<-?{_NAME}\r?\n|[{{}}()\[\]<>!+\-*/%?:.,"~])
    )""",
    re.VERBOSE,
)
_INDENT: Final = re.compile(r"[ \t]*")
_AS_KEY: Final = re.compile(r"[ \t]*[=:]")
_NAMED, _LINE_END, _EQUALS, _PLAIN, _DIGITS, _COMMENT, _SIGN = range(1, 8)
_OPERATORS: Final = {
    "==": "DOUBLE_EQ",
    "!=": "NEQ",
    "<=": "LEQ",
    ">=": "GEQ",
    "<": "LT",
    ">": "GT",
    "&&": "DOUBLE_AMP",
    "||": "DOUBLE_PIPE",
    "+": "PLUS",
    "-": "MINUS",
    "*": "ASTERISK",
    "/": "SLASH",
    "%": "PERCENT",
    "!": "NOT",
    "?": "QMARK",
    ":": "COLON",
    ".": "DOT",
    "=>": "FOR_OBJECT_ARROW",
    "...": "ELLIPSIS",
}
_OPEN: Final = {"{": "LBRACE", "(": "LPAR", "[": "LSQB"}
_CLOSE: Final = {"}": "RBRACE", ")": "RPAR", "]": "RSQB"}
_BODY: Final = "body"  # the brace of a block, where it matters that it isn't an object's
_CLOSER: Final = {"{": "}", "(": ")", "[": "]", _BODY: "}"}
_WORDS: Final = {"true": ("TRUE", True), "false": ("FALSE", False), "null": ("NULL", None)}
_SPECIAL: Final = frozenset({*_WORDS, *KEYWORDS.values()})
# A newline may not stand right after these, nor these right after a newline.
_WANTS_MORE: Final = frozenset(_OPERATORS.values()) | {"EQ"}
_GOES_ON: Final = frozenset(_OPERATORS.values()) - {"NOT"}
_ENDS_OPERAND: Final = frozenset(
    {"NAME", STRING, "DBLQUOTE", "INT_LITERAL", "FLOAT_LITERAL", "TRUE", "FALSE", "NULL", *_CLOSE.values()}
) | {"ATTR_SPLAT", "FULL_SPLAT_START"}
_FURTHER_DIGITS: Final = re.compile(r"(?:\.[0-9]+)+")
_LONGEST_NUMBER: Final = 300  # digits; longer ones stay text
_PARENTHESES: Final = "put parentheses around an expression of several lines"


def lex(text: str) -> Tokens:
    """Read a text of blocks and arguments. Raises SyntaxProblem, and Unclosed when the text ended too soon."""
    tokens = Tokens()
    code(text, 0, tokens, lines=True)
    return tokens


def first_block(text: str) -> int:
    """Tell where the first block of a text ends. Raises SyntaxProblem, and Unclosed when the text ended too soon."""
    return code(text, 0, Tokens(), lines=True, one_block=True)


def code(
    text: str, at: int, tokens: Tokens, *, lines: bool = False, opening: int = -1, one_block: bool = False
) -> int:
    """Read tokens from an offset to the end, or to the brace that closes the template sequence at `opening`."""
    terminals, nodes = tokens.terminals, tokens.nodes
    add_terminal, add_node = terminals.append, nodes.append
    match = _TOKEN.match
    top = lines
    stack: list[
        tuple[str, int, bool]
    ] = []  # what is open, where, and whether newlines mean something outside it
    while True:
        found = match(text, at)
        if found is None:
            at = _between_tokens(text, at, tokens)
            if at < len(text):
                continue
            if stack or opening >= 0:
                refused = _unclosed(stack, opening, tokens)
                refused.odd = _odd_braces(text, tokens)
                raise refused
            return at
        group = found.lastindex
        start, at = found.span(group)  # type: ignore[arg-type]
        if group == _NAMED:
            word = intern(found[1])  # the same few names stand in thousands of blocks
            if word not in _SPECIAL:
                add_terminal("NAME")
                add_node((REF, start, at, (word,)))
            else:
                _word(word, start, at, tokens)
                if word == "for" and stack and stack[-1][0] == "{" and _opens_braces(tokens):
                    if _AS_KEY.match(text, at):
                        raise _for_as_key(start, at)
                    lines = False
        elif group == _LINE_END:
            if lines:
                if terminals and terminals[-1] in _WANTS_MORE:
                    raise _broken_off(terminals[-1], nodes[-1][1], nodes[-1][2])
                add_terminal(NEWLINE)
                add_node((PUNCTUATION, start, at, NEWLINE))
        elif group == _EQUALS:
            if lines and terminals and terminals[-1] == NEWLINE:
                raise _continued("=", start, at)
            add_terminal("EQ")
            add_node((PUNCTUATION, start, at, "EQ"))
        elif group == _PLAIN:
            at += 1  # its closing quote
            add_terminal(STRING)
            add_node((LITERAL, start - 1, at, intern(found[4])))
        elif group == _DIGITS:
            _number(text, found[5], start, at, tokens)
        elif group == _SIGN:
            sign = found[7]
            if sign in _OPEN:
                body = sign == "{" and (stack[-1][0] == _BODY if stack else top) and _heads_block(terminals)
                stack.append((_BODY if body else sign, start, lines))
                lines = sign == "{"
                tokens.add(_OPEN[sign], start, at)
            elif sign in _CLOSE:
                if not stack:
                    if sign == "}" and opening >= 0:
                        tokens.add("RBRACE", start, at)
                        return at
                    raise _stray(sign, start, at)
                opened, where, lines = stack.pop()
                if _CLOSER[opened] != sign:
                    raise _stray(sign, start, at) if opened == _BODY else _crossed(opened, where, sign)
                tokens.add(_CLOSE[sign], start, at)
                if one_block and not stack and opened == _BODY:
                    return at
            elif sign == ",":
                add_terminal("COMMA")
                add_node((PUNCTUATION, start, at, "COMMA"))
            elif sign == '"':
                at = templates.quoted(text, start, tokens, opening)
            elif sign[-1] == "\n":
                at = templates.heredoc(text, start, at, tokens)
            elif sign == "~":
                if opening < 0 or stack or not text.startswith("}", at):
                    tokens.problem("Invalid character", 'The "~" character is not valid here.', start, at)
                    continue
                tokens.add("RBRACE", start, at + 1)
                return at + 1
            else:
                _operator(text, sign, start, at, tokens, lines=lines)


def _word(word: str, start: int, end: int, tokens: Tokens) -> None:
    known = _WORDS.get(word)
    if known:
        tokens.terminals.append(known[0])
        tokens.nodes.append((LITERAL, start, end, known[1]))
    else:
        tokens.terminals.append(word.upper())
        tokens.nodes.append((REF, start, end, (word,)))


def _opens_braces(tokens: Tokens) -> bool:
    """Tell whether the `for` just read begins a for expression in braces; if so its newlines mean nothing."""
    if tokens.terminals[-2] == NEWLINE and tokens.terminals[-3] == "LBRACE":
        del tokens.terminals[-2], tokens.nodes[-2]
        return True
    return tokens.terminals[-2] == "LBRACE"


def _heads_block(terminals: list[str]) -> bool:
    for terminal in reversed(terminals):
        if terminal in {NEWLINE, "LBRACE", "RBRACE"}:
            return True
        if terminal == "EQ":
            return False
    return True


def _number(text: str, digits: str, start: int, end: int, tokens: Tokens) -> None:
    indexes = tokens.terminals and tokens.terminals[-1] == "DOT"
    further = None if indexes else _FURTHER_DIGITS.match(text, end)
    if further:
        raise SyntaxProblem(
            "Invalid number literal",
            "A number has at most one dot. If this is a text, such as a version or an address, put it in quotes.",
            start,
            further.end(),
        )
    if digits.isdecimal():
        tokens.terminals.append("INT_LITERAL")
        short = len(digits) <= _LONGEST_NUMBER
        tokens.nodes.append((LITERAL, start, end, int(digits)) if short else (NUMBER, start, end, digits))
        return
    if indexes and "." in digits:
        first, _, second = digits.partition(".")
        raise SyntaxProblem(
            "Invalid legacy index syntax",
            "When using the legacy index syntax, chaining two indexes together is not permitted. Use the proper index "
            f"syntax instead, like [{first}][{second}].",
            start - 1,
            end,
        )
    tokens.terminals.append("FLOAT_LITERAL")
    tokens.nodes.append((NUMBER, start, end, digits))


def _operator(text: str, sign: str, start: int, end: int, tokens: Tokens, *, lines: bool) -> None:
    terminals = tokens.terminals
    last = terminals[-1] if terminals else NEWLINE
    if sign == "/" and text.startswith("*", end):
        raise Unclosed("Unterminated comment", 'There is no "*/" that ends this comment.', start, end + 1)
    if sign[0] == "." and sign[-1] == "*":
        terminal = "ATTR_SPLAT"
    elif sign[0] == "[":
        terminal = "FULL_SPLAT_START"
    else:
        terminal = _OPERATORS[sign]
    goes_on = terminal in _GOES_ON or terminal == "ATTR_SPLAT"
    if lines and goes_on and last == NEWLINE and terminals[-2:-1] not in ([], ["LBRACE"]):
        raise _continued(sign, start, end)
    if sign in {"!", "-"} and last not in _ENDS_OPERAND:
        _unary(sign, terminal, start, end, tokens)
        return
    tokens.add(terminal, start, end)


def _unary(sign: str, terminal: str, start: int, end: int, tokens: Tokens) -> None:
    """Add a unary operator; the grammar takes one before an operand, so that several become one token."""
    if (
        tokens.terminals
        and tokens.terminals[-1] in {"NOT", "MINUS"}
        and tokens.nodes[-1][3] not in {"NOT", "MINUS"}
    ):
        _, first, _, signs = tokens.nodes[-1]
        tokens.nodes[-1] = (PUNCTUATION, first, end, signs + sign)
        return
    tokens.terminals.append(terminal)
    tokens.nodes.append((PUNCTUATION, start, end, sign))


_ODD: Final = {
    "'": 'Single quotes are not valid. Use double quotes (") to enclose strings.',
    "`": 'The "`" character is not valid. To create a multi-line string, use the "heredoc" syntax, like "<<EOT".',
    ";": 'The ";" character is not valid. Use newlines to separate arguments and blocks, and commas to separate items '
    "in collection values.",
    "&": 'Bitwise operators are not supported. Did you mean boolean AND ("&&")?',
    "|": 'Bitwise operators are not supported. Did you mean boolean OR ("||")?',
    "^": "Bitwise operators are not supported.",
    "$": 'Sequences such as "${ }" belong into quoted strings. Outside of them, write the reference by itself.',
    "\r": "A carriage return may only stand right before a newline.",
    "“": 'Curly quotes are not valid. Use straight double quotes (") to enclose strings.',
    "”": 'Curly quotes are not valid. Use straight double quotes (") to enclose strings.',
}


def _between_tokens(text: str, at: int, tokens: Tokens) -> int:
    """Step over what is no token: white space at the end, or a character that HCL doesn't know, which is noted."""
    while at < len(text) and text[at] in " \t":
        at += 1
    if text[at : at + 2] in {"", "\r"}:
        return len(text)
    odd = text[at]
    known = _ODD.get(odd)
    summary = "Unsupported operator" if odd in "&|^" else "Invalid character"
    name = f'"{odd}"' if odd.isprintable() else f"U+{ord(odd):04X}"
    detail = known or f"The character {name} is not used within the language."
    if all(noted.detail != detail for noted in tokens.problems):
        tokens.problem(summary, detail, at, at + 1)
    return at + 1


def _unclosed(stack: list[tuple[str, int, bool]], opening: int, tokens: Tokens) -> Unclosed:
    nesting = " This may be caused by incorrect nesting elsewhere in this file."
    if not stack:
        return Unclosed(
            "Unclosed template interpolation sequence",
            "There is no closing brace for this interpolation sequence before the end of the file. This might be "
            "caused by incorrect nesting inside the given expression.",
            opening,
            opening + 2,
        )
    opened, where, _ = stack[-1]
    if opened == _BODY:
        return Unclosed(
            "Unclosed configuration block",
            f"There is no closing brace for this block before the end of the file.{nesting}",
            _header_start(where, tokens),
            where + 1,
        )
    what = {"{": "object", "(": "parenthesis", "[": "list"}[opened]
    return Unclosed(
        f"Unclosed {what}",
        f'There is no closing "{_CLOSER[opened]}" for this "{opened}" before the end of the file.{nesting}',
        where,
        where + 1,
    )


def _odd_braces(text: str, tokens: Tokens) -> tuple[int, int] | None:
    """Find the first pair of braces on lines that are indented differently: one was perhaps meant for another."""
    open_ones: list[int] = []
    for terminal, node in zip(tokens.terminals, tokens.nodes, strict=True):
        if terminal == "LBRACE":
            open_ones.append(node[1])
        elif terminal == "RBRACE" and open_ones:
            indents = [_INDENT.match(text, text.rfind("\n", 0, at) + 1) for at in (open_ones[-1], node[1])]
            first, last = (found.end() - found.start() if found else 0 for found in indents)
            begins = indents[1] is not None and indents[1].end() == node[1]
            if begins and first != last:
                return open_ones[-1], node[1]
            open_ones.pop()
    return None


def _header_start(brace: int, tokens: Tokens) -> int:
    at = next(index for index, node in enumerate(tokens.nodes) if node[1] == brace)
    while at and tokens.terminals[at - 1] not in {NEWLINE, "LBRACE", "RBRACE"}:
        at -= 1
    start: int = tokens.nodes[at][1]
    return start


def _broken_off(terminal: str, start: int, end: int) -> SyntaxProblem:
    if terminal == "DOT":
        return SyntaxProblem(
            "Invalid attribute name",
            "An attribute name is required after a dot, on the same line.",
            start,
            end,
        )
    return SyntaxProblem(
        "Invalid expression",
        "Expected the start of an expression, but the line ends here. Write the rest on the same line, or "
        f"{_PARENTHESES}.",
        start,
        end,
    )


def _continued(sign: str, start: int, end: int) -> SyntaxProblem:
    return SyntaxProblem(
        "Invalid expression",
        f'A line can\'t begin with "{sign}": the newline before it ends the expression. Write it on the line before, '
        f"or {_PARENTHESES}.",
        start,
        end,
    )


def _for_as_key(start: int, end: int) -> SyntaxProblem:
    return SyntaxProblem(
        "Invalid 'for' expression",
        'The word "for" after "{" begins a for expression. To give an object a key of that name, put it in quotes.',
        start,
        end,
    )


def _stray(sign: str, start: int, end: int) -> SyntaxProblem:
    opener = next(opener for opener, closer in _CLOSER.items() if closer == sign)
    return SyntaxProblem(
        f'Unexpected "{sign}"', f'There is no open "{opener}" that this "{sign}" would close.', start, end
    )


def _crossed(opened: str, where: int, sign: str) -> SyntaxProblem:
    wanted = _CLOSER[opened]
    return SyntaxProblem(
        f'Unclosed "{opened}"',
        f'Expected "{wanted}" to close this "{opened}", but found "{sign}" first.',
        where,
        where + 1,
    )
