"""The words of a line, and the spaces between them, as `terraform fmt` sets them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

WORD, NUMBER, TEXT, SIGN, OPEN, CLOSE, COMMA, DOT, ASSIGN, REMARK = range(10)
_OPERANDS: Final = frozenset({WORD, NUMBER, TEXT, CLOSE, DOT})


class Token(NamedTuple):
    """One word of a line. `kind` is one of those above; a REMARK is a comment between slashes and stars."""

    kind: int
    text: str


def spaced(tokens: Sequence[Token]) -> str:
    """Write words with the spaces that belong between them."""
    parts = []
    before: Token | None = None
    left: Token | None = None
    for token in tokens:
        if left is not None and _apart(before, left, token):
            parts.append(" ")
        parts.append(token.text)
        before, left = left, token
    return "".join(parts)


def _apart(before: Token | None, left: Token, right: Token) -> bool:
    if right.kind in {COMMA, DOT} or (left.kind == DOT and right.kind in {WORD, NUMBER}):
        return False
    if right.text == "..." and right.kind == SIGN:
        return False
    if right.kind == CLOSE:
        if right.text == "}":
            return left.text != "{" or left.kind != OPEN
        return left.kind == COMMA
    if left.kind == OPEN:
        return left.text == "{"
    if left.kind == SIGN and left.text in {"-", "!"} and _unary(before, left):
        return False
    if right.kind == OPEN and right.text == "(":
        return left.kind != WORD
    if right.kind == OPEN and right.text == "[":
        return left.kind not in _OPERANDS or left.text == "in"
    return True


def _unary(before: Token | None, sign: Token) -> bool:
    if before is None or sign.text == "!":
        return True
    # terraform fmt takes a minus after an arrow or a comment for a subtraction
    return before.text != "=>" and before.kind not in _OPERANDS and before.kind != REMARK
