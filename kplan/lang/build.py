"""What each rule of python-hcl2's grammar makes of its parts: one function a rule, `(context, parts) -> node`.

Like `bodies`, which has those for bodies; here are those for expressions, and the table of all.
"""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING, Final

from kplan.lang import ast, bodies, directives
from kplan.lang.constraints import CONSTRUCTORS
from kplan.lang.tokens import PUNCTUATION, SyntaxProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kplan.lang.ast import Node
    from kplan.lang.bodies import Context

    Maker = Callable[[Context, Sequence[Node]], Node]

TERM, GET, POSITION, DOT_SPLAT, FULL_SPLAT, PAIR, ARGUMENTS, INTRO, FILTER, SEQUENCE = range(-20, -10)


def parenthesised(_: Context, parts: Sequence[Node]) -> Node:
    """Give what is between parentheses with the span of both; or the only part."""
    if len(parts) == 1:
        return parts[0]
    inner = next(part for part in parts if part[0] != PUNCTUATION)
    return (inner[0], parts[0][1], parts[-1][2], *inner[3:])


def unary_op(_: Context, parts: Sequence[Node]) -> Node:
    """Apply unary operators, the last first."""
    signs, node = parts
    for sign in reversed(signs[3]):
        if sign == "-" and node[0] == ast.LITERAL and type(node[3]) is int:
            node = (ast.LITERAL, signs[1], node[2], -node[3])
        else:
            node = (ast.UNARY, signs[1], node[2], sign, node)
    return node


def binary_term(_: Context, parts: Sequence[Node]) -> Node:
    """Keep an operator with its right operand."""
    return (TERM, parts[0][1], parts[-1][2], parts[0], parts[-1])


def binary_op(context: Context, parts: Sequence[Node]) -> Node:
    """Join a left operand with what follows."""
    left, term = parts[0], parts[1]
    sign = term[3]
    if len(sign[3]) > 1 and sign[3][0] in "-!":  # `if - -1`, where `if` is a variable: taken for unary ones
        raise SyntaxProblem(
            "Invalid expression", "Put the operand with its own sign in parentheses.", sign[1], sign[2]
        )
    return (ast.BINARY, left[1], term[2], context.text[sign[1] : sign[2]], left, term[4])


def conditional(_: Context, parts: Sequence[Node]) -> Node:
    """Make a conditional."""
    condition, yes, no = (part for part in parts if part[0] != PUNCTUATION)
    return (ast.COND, condition[1], no[2], condition, yes, no)


def get_attr(context: Context, parts: Sequence[Node]) -> Node:
    """Keep an attribute's name for whatever it is of."""
    return (GET, parts[0][1], parts[1][2], intern(context.text[parts[1][1] : parts[1][2]]))


def position(_: Context, parts: Sequence[Node]) -> Node:
    """Keep an index for whatever it is into; the part says whether it came in brackets."""
    key = next(part for part in parts if part[0] != PUNCTUATION)
    return (POSITION, parts[0][1], parts[-1][2], key, len(parts) > 2)


def attr_splat(_: Context, parts: Sequence[Node]) -> Node:
    """Keep the steps after `.*`."""
    return (DOT_SPLAT, parts[0][1], parts[-1][2], parts[1:], parts[0][2])


def full_splat(_: Context, parts: Sequence[Node]) -> Node:
    """Keep the steps after `[*]`."""
    return (FULL_SPLAT, parts[0][1], parts[-1][2], parts[1:], parts[0][2])


def postfix(context: Context, parts: Sequence[Node]) -> Node:
    """Apply a step to a base."""
    return _step(context, parts[0], parts[1])


def _step(context: Context, base: Node, step: Node) -> Node:
    kind = step[0]
    if base[0] == ast.SPLAT and context.text[base[2] - 1] != ")":
        if base[5] == "[*]":
            return (ast.SPLAT, base[1], step[2], base[3], _step(context, base[4], step), "[*]")
        if kind == DOT_SPLAT:
            context.tokens.problem(
                "Nested splat expression not allowed",
                "A splat expression (.*) cannot be used inside another attribute-only splat expression.",
                step[1],
                step[4],
            )
    if kind == GET:
        if base[0] == ast.REF:
            return (ast.REF, base[1], step[2], (*base[3], step[3]))
        return (ast.ATTR, base[1], step[2], base, step[3])
    if kind == POSITION:
        return (ast.INDEX, base[1], step[2], base, step[3])
    steps: list[Node] = list(step[3])
    item: Node = (ast.ITEM, step[1], step[4])
    end = step[4]
    while steps and (kind == FULL_SPLAT or steps[0][0] == GET or not steps[0][4]):
        end = steps[0][2]
        item = _step(context, item, steps.pop(0))
    made: Node = (ast.SPLAT, base[1], end, base, item, "[*]" if kind == FULL_SPLAT else ".*")
    for further in steps:  # an index after `.*` is one into the list that the splat makes
        made = (
            (ast.INDEX, made[1], further[2], made, further[3])
            if further[0] == POSITION
            else (ast.ATTR, made[1], further[2], made, further[3])
        )
    return made


def items(_: Context, parts: Sequence[Node]) -> Node:
    """Make a list."""
    return (
        ast.LIST,
        parts[0][1],
        parts[-1][2],
        tuple(part for part in parts if part[0] != PUNCTUATION),
    )


def pair(context: Context, parts: Sequence[Node]) -> Node:
    """Keep a key and its value; a bare word is its own name."""
    key, _, value = parts
    start, end = key[1], key[2]
    if context.text[start] not in '("<':
        if key[0] == ast.REF:
            if len(key[3]) > 1:
                context.tokens.problem(
                    "Ambiguous attribute key",
                    "If this expression is intended to be a reference, wrap it in parentheses. If it's instead "
                    "intended as a literal name containing periods, wrap it in quotes to create a string literal.",
                    start,
                    end,
                )
            key = (ast.LITERAL, start, end, intern(context.text[start:end]))
        elif key[0] == ast.LITERAL:
            key = (ast.LITERAL, start, end, intern(context.text[start:end]))
    return (PAIR, start, value[2], key, value)


def members(context: Context, parts: Sequence[Node]) -> Node:
    """Make an object."""
    found: list[tuple[Node, Node]] = []
    apart = True
    end = 0
    for part in parts[1:-1]:
        if part[0] == PUNCTUATION:
            if part[3] == "COMMA" and (apart or context.separated(end, part[1])):
                context.tokens.problem(
                    "Invalid expression",
                    "A comma can't begin a line: the newline before it has already ended the attribute.",
                    part[1],
                    part[2],
                )
            apart = True
            continue
        if not (apart or context.separated(end, part[1])):
            context.tokens.problem(
                "Missing attribute separator",
                "Expected a newline or comma to mark the beginning of the next attribute.",
                part[1],
                part[1] + 1,
            )
        apart = False
        end = part[2]
        found.append((part[3], part[4]))
    _no_key_twice(context, found)
    return (ast.OBJECT, parts[0][1], parts[-1][2], tuple(found))


def _no_key_twice(context: Context, pairs: list[tuple[Node, Node]]) -> None:
    names = set()
    for key, _ in pairs:
        if key[0] != ast.LITERAL:
            continue
        if key[3] in names:
            context.tokens.problem(
                "Duplicate object key", f'The key "{key[3]}" is given twice in this object.', key[1], key[2]
            )
        names.add(key[3])


def arguments(_: Context, parts: Sequence[Node]) -> Node:
    """Keep a call's arguments, and whether the last is to be expanded."""
    expand = any(part[0] == PUNCTUATION and part[3] == "ELLIPSIS" for part in parts)
    given = tuple(part for part in parts if part[0] != PUNCTUATION)
    return (ARGUMENTS, parts[0][1], parts[-1][2], given, expand)


def function_call(context: Context, parts: Sequence[Node]) -> Node:
    """Make a call; a function that there isn't is told here, without waiting for the value to be needed."""
    name = parts[0]
    if name[3][0] not in CONSTRUCTORS:
        from kplan.lang.functions import UNKNOWN_FUNCTION, unknown_function

        detail = unknown_function(name[3][0])
        if detail:
            context.tokens.problem(UNKNOWN_FUNCTION, detail, name[1], name[2])
    given, expand = next(((part[3], part[4]) for part in parts if part[0] == ARGUMENTS), ((), False))
    return (ast.CALL, parts[0][1], parts[-1][2], parts[0][3][0], given, expand)


def for_intro(_: Context, parts: Sequence[Node]) -> Node:
    """Keep the variables and the collection of a for expression."""
    named = [part for part in parts[1:] if part[0] != PUNCTUATION]
    word = next(at for at, part in enumerate(named) if part[0] == ast.REF and part[3] == ("in",) and at > 0)
    names = [part[3][0] for part in named[:word]]
    return (
        INTRO,
        parts[0][1],
        parts[-1][2],
        names[0] if len(names) > 1 else None,
        names[-1],
        named[word + 1],
    )


def for_cond(_: Context, parts: Sequence[Node]) -> Node:
    """Keep the condition of a for expression."""
    return (FILTER, parts[0][1], parts[-1][2], parts[-1])


def for_tuple(_: Context, parts: Sequence[Node]) -> Node:
    """Make a for expression that gives a list."""
    intro, value, *rest = (part for part in parts if part[0] != PUNCTUATION)
    condition = rest[0][3] if rest else None
    return (ast.FOR_LIST, parts[0][1], parts[-1][2], *intro[3:], value, condition)


def for_object(_: Context, parts: Sequence[Node]) -> Node:
    """Make a for expression that gives a map."""
    intro, key, value, *rest = (part for part in parts if part[0] != PUNCTUATION)
    grouped = any(part[0] == PUNCTUATION and part[3] == "ELLIPSIS" for part in parts)
    condition = rest[0][3] if rest else None
    return (ast.FOR_MAP, parts[0][1], parts[-1][2], *intro[3:], key, value, condition, grouped)


def sequence(context: Context, parts: Sequence[Node]) -> Node:
    """Keep a template's `${ }` or `%{ }` with what is in it."""
    inner = [part for part in parts[1:-1] if part[0] != PUNCTUATION]
    word = context.text[inner[0][1] : inner[0][2]] if parts[0][3] == "DIRECTIVE_START" else ""
    return (SEQUENCE, parts[0][1], parts[-1][2], word, inner[1:] if word else inner)


def string(context: Context, parts: Sequence[Node]) -> Node:
    """Make a string or a template."""
    if parts[0][0] == ast.LITERAL:
        return parts[0]
    return directives.template(context.tokens, parts[0][1], parts[-1][2], parts[1:-1])


def only(_: Context, parts: Sequence[Node]) -> Node:
    """Give the only part."""
    return parts[0]


MAKERS: Final[dict[str, Maker]] = {
    "start": only,
    "body": bodies.body,
    "attribute": bodies.attribute,
    "block": bodies.block,
    "new_line_or_comment": only,
    "string": string,
    "interpolation": sequence,
    "template_if_start": sequence,
    "template_else": sequence,
    "template_endif": sequence,
    "template_for_start": sequence,
    "template_endfor": sequence,
    "conditional": conditional,
    "binary_term": binary_term,
    "binary_op": binary_op,
    "unary_op": unary_op,
    "expr_term": parenthesised,
    "tuple": items,
    "object": members,
    "object_elem": pair,
    "function_call": function_call,
    "arguments": arguments,
    "index_expr_term": postfix,
    "get_attr_expr_term": postfix,
    "attr_splat_expr_term": postfix,
    "full_splat_expr_term": postfix,
    "braces_index": position,
    "short_index": position,
    "get_attr": get_attr,
    "attr_splat": attr_splat,
    "full_splat": full_splat,
    "for_tuple_expr": for_tuple,
    "for_object_expr": for_object,
    "for_intro": for_intro,
    "for_cond": for_cond,
}
