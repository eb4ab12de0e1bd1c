"""The syntax tree: plain tuples, so that marshal carries it and ten thousand blocks load at once.

Every node is `(kind, start, end, *payload)`. Offsets count characters from the start of the top-level block (add
the block's base for the place in the file). The payload by kind:

    LITERAL   value                       None, bool, int or str
    NUMBER    text                        a number that is not a small integer, as written
    TEMPLATE  parts                       nodes to be joined as text
    JOIN      for_node                    a %{ for } directive: the texts of the FOR_LIST joined
    LIST      items
    OBJECT    ((key, value), ...)         both nodes; a bare or quoted key is a LITERAL string
    REF       names                       a purely dotted reference, such as ("var", "x")
    ATTR      base, name
    INDEX     base, key
    SPLAT     base, body, kind            body computes on ITEM; kind is "[*]" or ".*"
    ITEM      -                           the current item of the innermost splat
    CALL      name, arguments, expand_last
    UNARY     operator, operand
    BINARY    operator, left, right
    COND      condition, yes, no
    FOR_LIST  key_name or None, value_name, collection, value, condition or None
    FOR_MAP   key_name or None, value_name, collection, key, value, condition or None, grouped

Parentheses are not kept; a parenthesised node's span includes them.

    Attribute = (name, name_start, name_end, expression, references)
    Block = (type, labels, header_start, header_end, attributes, blocks, label_spans, end)

`references` are all dotted references in the expression, `((names, start, end), ...)`, without those to variables
of a for expression. `label_spans` pairs each label's start and end, quotes included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from kplan.lang.source import Source

FORMAT: Final = 1  # raised whenever a tree of the same text would differ: old caches are then not read

(
    LITERAL,
    NUMBER,
    TEMPLATE,
    JOIN,
    LIST,
    OBJECT,
    REF,
    ATTR,
    INDEX,
    SPLAT,
    ITEM,
    CALL,
    UNARY,
    BINARY,
    COND,
    FOR_LIST,
    FOR_MAP,
) = range(17)

Node = tuple[Any, ...]
Names = tuple[str, ...]
Reference = tuple[Names, int, int]
Attribute = tuple[str, int, int, Node, tuple[Reference, ...]]
Block = tuple[
    str,
    tuple[str, ...],
    int,
    int,
    tuple[Attribute, ...],
    tuple[Any, ...],  # of Block: a recursive alias says nothing more to the checker
    tuple[tuple[int, int], ...],
    int,
]

# Positions in a Block and an Attribute.
TYPE: Final = 0
LABELS: Final = 1
HEADER_START: Final = 2
HEADER_END: Final = 3
ATTRIBUTES: Final = 4
BLOCKS: Final = 5
LABEL_SPANS: Final = 6
END: Final = 7
NAME: Final = 0
NAME_START: Final = 1
NAME_END: Final = 2
EXPRESSION: Final = 3
REFERENCES: Final = 4


class ParsedFile(NamedTuple):
    """A file's top-level blocks, each with the offset that its nodes' offsets count from."""

    source: Source
    blocks: tuple[tuple[int, Block], ...]


def attribute_of(block: Block, name: str) -> Attribute | None:
    """Find a block's attribute by name."""
    for attribute in block[ATTRIBUTES]:
        if attribute[NAME] == name:
            return attribute
    return None


def blocks_of(block: Block, type_name: str) -> tuple[Block, ...]:
    """List a block's nested blocks of one type, in order."""
    return tuple(one for one in block[BLOCKS] if one[TYPE] == type_name)


def references(node: Node) -> tuple[Reference, ...]:
    """List every dotted reference in an expression, in order of the text, without for-expression variables."""
    found: list[Reference] = []
    _collect(node, frozenset(), found)
    found.sort(key=lambda one: one[1])
    return tuple(found)


def _collect(node: Node, bound: frozenset[str], found: list[Reference]) -> None:
    kind = node[0]
    if kind == REF:
        if node[3][0] not in bound:
            found.append((node[3], node[1], node[2]))
    elif kind in {TEMPLATE, LIST}:
        for item in node[3]:
            if item[0] > NUMBER:
                _collect(item, bound, found)
    elif kind == OBJECT:
        for key, value in node[3]:
            if key[0] > NUMBER:
                _collect(key, bound, found)
            if value[0] > NUMBER:
                _collect(value, bound, found)
    elif kind == CALL:
        for item in node[4]:
            _collect(item, bound, found)
    elif kind in {FOR_LIST, FOR_MAP}:
        _collect(node[5], bound, found)
        inner = bound | {node[3], node[4]} if node[3] is not None else bound | {node[4]}
        for item in node[6:9]:
            if type(item) is tuple:
                _collect(item, inner, found)
    elif kind > NUMBER:
        for item in node[3:]:
            if type(item) is tuple:
                _collect(item, bound, found)
