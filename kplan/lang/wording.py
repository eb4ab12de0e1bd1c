"""Why the grammar refused a token, in Terraform's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.lang.tokens import SyntaxProblem

if TYPE_CHECKING:
    from kplan.lang.tokens import Tokens


def refused(text: str, tokens: Tokens, index: int) -> SyntaxProblem:
    start, end = (
        (tokens.nodes[index][1], tokens.nodes[index][2])
        if index < len(tokens.nodes)
        else (len(text), len(text))
    )
    return SyntaxProblem(
        "Invalid expression",
        "Expected the start of an expression, but found an invalid expression token.",
        start,
        end,
    )
