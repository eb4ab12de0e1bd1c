"""Type constraints: what they are, how they are read, how they are written and named in messages.

A Type is a tuple: ("string",), ("number",), ("bool",), ("any",), ("handle", kind), ("list", T), ("set", T),
("map", T), ("tuple", (T, ...)) or ("object", ((name, T, optional, default), ...)) in the order of the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from kplan.lang import ast
from kplan.lang.diagnostics import did_you_mean
from kplan.lang.precision import precise

if TYPE_CHECKING:
    from collections.abc import Collection

    from kplan.lang.ast import Node

Type = tuple[Any, ...]

ANY: Final[Type] = ("any",)
STRING: Final[Type] = ("string",)
NUMBER: Final[Type] = ("number",)
BOOL: Final[Type] = ("bool",)

_PRIMITIVES: Final = {"any": ANY, "string": STRING, "number": NUMBER, "bool": BOOL}
_COLLECTIONS: Final = ("list", "set", "map")
_KEYWORDS: Final = (*_PRIMITIVES, *_COLLECTIONS, "object", "tuple")
CONSTRUCTORS: Final = frozenset(
    {*_COLLECTIONS, "object", "tuple", "optional"}
)  # what is called in a constraint
_INVALID: Final = "Invalid type specification"

_memo: dict[tuple[str, frozenset[str]], Type] = {}


class TypeProblem(Exception):  # noqa: N818 - it becomes a diagnostic
    """A type constraint that makes no sense. Offsets are the node's, or into the text."""

    def __init__(self, detail: str, start: int = 0, end: int = 0) -> None:
        """Say what is wrong and where."""
        super().__init__(detail)
        self.summary = _INVALID
        self.detail = detail
        self.start = start
        self.end = end


def parse_type(constraint: str | Node, handle_kinds: Collection[str] = ()) -> Type:
    """Read a type constraint. `handle_kinds` are the kinds of endpoints, each a type of its own.

    Raises TypeProblem.
    """
    kinds = frozenset(handle_kinds)
    if not isinstance(constraint, str):
        return _type(constraint, kinds)
    known = _memo.get((constraint, kinds))
    if known is None:
        known = _memo[constraint, kinds] = _type(_Text(constraint).whole(), kinds)
    return known


def type_text(constraint: Type) -> str:
    """Write a type as the language does."""
    kind = constraint[0]
    if kind == "handle":
        return str(constraint[1])
    if kind in _COLLECTIONS:
        return f"{kind}({type_text(constraint[1])})"
    if kind == "tuple":
        return f"tuple([{', '.join(map(type_text, constraint[1]))}])"
    if kind == "object":
        inner = ", ".join(
            f"{name} = optional({type_text(of)})" if optional else f"{name} = {type_text(of)}"
            for name, of, optional, _ in constraint[1]
        )
        return f"object({{{inner}}})"
    return str(kind)


def friendly(constraint: Type) -> str:
    """Name a type in a sentence, as `list of string`."""
    kind = constraint[0]
    if kind in _COLLECTIONS:
        return str(kind) if constraint[1] == ANY else f"{kind} of {friendly(constraint[1])}"
    if kind == "any":
        return "value of any type"
    return str(constraint[1] if kind == "handle" else kind)


def required(constraint: Type) -> str:
    """Say that a type is required, as `a list of string is required`."""
    name = friendly(constraint)
    return f"{'an' if name[0] in 'aeio' else 'a'} {name} is required"


def _type(node: Node, kinds: frozenset[str]) -> Type:
    start, end = node[1], node[2]
    if node[0] == ast.REF and len(node[3]) == 1:
        return _keyword(node[3][0], kinds, start, end)
    if node[0] != ast.CALL:
        raise TypeProblem(
            "A type specification is either a primitive type keyword (bool, number, string), a kind of endpoint "
            "or a complex type constructor call, like list(string).",
            start,
            end,
        )
    name, arguments = node[3], node[4]
    if name in _COLLECTIONS:
        if len(arguments) != 1:
            raise TypeProblem(
                f"The {name} type constructor requires one argument specifying the element type.", start, end
            )
        return (name, _type(arguments[0], kinds))
    if name == "tuple":
        return _tuple(node, kinds)
    if name == "object":
        return _object(node, kinds)
    if name == "optional":
        raise TypeProblem(
            'Keyword "optional" is valid only as a modifier for object type attributes.', start, end
        )
    if name in _PRIMITIVES or name in kinds:
        raise TypeProblem(f'The type "{name}" takes no arguments.', start, end)
    raise _unknown(name, kinds, start, end)


def _keyword(name: str, kinds: frozenset[str], start: int, end: int) -> Type:
    if name in _PRIMITIVES:
        return _PRIMITIVES[name]
    if name in kinds:
        return ("handle", name)
    if name in _COLLECTIONS:
        raise TypeProblem(
            f"The {name} type constructor requires one argument specifying the element type.", start, end
        )
    if name == "object":
        raise TypeProblem(
            "The object type constructor requires one argument specifying the attribute types and values as a map.",
            start,
            end,
        )
    if name == "tuple":
        raise TypeProblem(
            "The tuple type constructor requires one argument specifying the element types as a list.",
            start,
            end,
        )
    raise _unknown(name, kinds, start, end)


def _unknown(name: str, kinds: frozenset[str], start: int, end: int) -> TypeProblem:
    hint = did_you_mean(name, (*_KEYWORDS, *sorted(kinds)))
    return TypeProblem(f'The keyword "{name}" is not a valid type specification.{hint}', start, end)


def _tuple(node: Node, kinds: frozenset[str]) -> Type:
    if len(node[4]) != 1 or node[4][0][0] != ast.LIST:
        raise TypeProblem(
            "The tuple type constructor requires one argument specifying the element types as a list.",
            node[1],
            node[2],
        )
    return ("tuple", tuple(_type(item, kinds) for item in node[4][0][3]))


def _object(node: Node, kinds: frozenset[str]) -> Type:
    if len(node[4]) != 1 or node[4][0][0] != ast.OBJECT:
        raise TypeProblem(
            "The object type constructor requires one argument specifying the attribute types and values as a map.",
            node[1],
            node[2],
        )
    attributes = []
    seen: set[str] = set()
    for key, value in node[4][0][3]:
        if key[0] != ast.LITERAL or not isinstance(key[3], str):
            raise TypeProblem("Object constructor map keys must be attribute names.", key[1], key[2])
        if key[3] in seen:
            raise TypeProblem(f'The attribute "{key[3]}" is given twice.', key[1], key[2])
        seen.add(key[3])
        attributes.append((key[3], *_attribute(value, kinds)))
    return ("object", tuple(attributes))


def _attribute(node: Node, kinds: frozenset[str]) -> tuple[Type, bool, Any]:
    if node[0] != ast.CALL or node[3] != "optional":
        return _type(node, kinds), False, None
    if len(node[4]) not in {1, 2}:
        raise TypeProblem(
            "The optional modifier takes the attribute's type and, if you like, its default value.",
            node[1],
            node[2],
        )
    of = _type(node[4][0], kinds)
    return of, True, _default(node[4][1], of) if len(node[4]) == 2 else None


def _default(node: Node, of: Type) -> Any:
    from kplan.lang.evaluate import EvaluationError, evaluate_constant
    from kplan.lang.types import ConversionError, convert

    try:
        return convert(evaluate_constant(node), of)
    except ConversionError as problem:
        raise TypeProblem(
            f"This default value is not compatible with the attribute's type constraint: {problem.reason}.",
            node[1],
            node[2],
        ) from None
    except EvaluationError as problem:
        raise TypeProblem(problem.detail, problem.start, problem.end) from None


_TOKEN = re.compile(
    r"""\s*(?:([A-Za-z_][\w-]*)|("(?:[^"\\$%]|\\["\\nrt])*")|(-?[0-9]+(?:\.[0-9]+)?)|([()\[\]{},=:])|(\Z))"""
)
_WORDS: Final = {"true": True, "false": False, "null": None}


class _Text:
    """Reads a constraint's text, so that declared types need no grammar at start-up."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.advance()

    def advance(self) -> None:
        found = _TOKEN.match(self.text, self.at)
        if found is None:
            raise TypeProblem(f'"{self.text}" is not a type.', self.at, len(self.text))
        self.group = found.lastindex
        self.token = found.group(self.group or 0)
        self.start, self.at = found.start(self.group or 0), found.end()

    def eat(self, token: str) -> bool:
        if self.group != 4 or self.token != token:
            return False
        self.advance()
        return True

    def expect(self, token: str) -> None:
        if not self.eat(token):
            raise TypeProblem(f'Expected "{token}" in the type "{self.text}".', self.start, self.at)

    def whole(self) -> Node:
        node = self.node()
        if self.group != 5:
            raise TypeProblem(f'"{self.text}" goes on after the type.', self.start, len(self.text))
        return node

    def node(self) -> Node:
        group, token, start = self.group, self.token, self.start
        self.advance()
        if group == 1:
            if token in _WORDS:
                return (ast.LITERAL, start, start + len(token), _WORDS[token])
            if self.eat("("):
                arguments = self.items(")")
                return (ast.CALL, start, self.start, token, arguments, False)
            return (ast.REF, start, start + len(token), (token,))
        if group == 2:
            return (ast.LITERAL, start, self.start, _unescaped(token))
        if group == 3:
            value = precise(token)
            return (
                (ast.LITERAL, start, self.start, value) if isinstance(value, int) else _fraction(start, token)
            )
        if (group, token) == (4, "["):
            return (ast.LIST, start, self.at, self.items("]"))
        if (group, token) == (4, "{"):
            return (ast.OBJECT, start, self.at, self.pairs())
        raise TypeProblem(f'"{self.text}" is not a type.', start, self.at)

    def items(self, close: str) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self.eat(close):
            if found:
                self.expect(",")
                if self.eat(close):
                    break
            found.append(self.node())
        return tuple(found)

    def pairs(self) -> tuple[tuple[Node, Node], ...]:
        found: list[tuple[Node, Node]] = []
        while not self.eat("}"):
            if found:
                self.eat(",")
                if self.eat("}"):
                    break
            key = self.node()
            if key[0] == ast.REF:
                key = (ast.LITERAL, key[1], key[2], key[3][0])
            if not self.eat("="):
                self.expect(":")
            found.append((key, self.node()))
        return tuple(found)


def _fraction(start: int, token: str) -> Node:
    return (ast.NUMBER, start, start + len(token), token)


def _unescaped(token: str) -> str:
    return re.sub(
        r"\\(.)",
        lambda found: {"n": "\n", "r": "\r", "t": "\t"}.get(found.group(1), found.group(1)),
        token[1:-1],
    )
