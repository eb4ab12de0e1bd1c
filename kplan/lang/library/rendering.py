"""Templates from files and from texts, with the variables of a map and nothing else."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from kplan.lang import ast
from kplan.lang.constraints import STRING
from kplan.lang.functions import Marks, Parameter, function
from kplan.lang.library.files import text_of
from kplan.lang.library.outside import world
from kplan.lang.problems import EvaluationError, FunctionError, ReferenceProblem
from kplan.lang.source import Source
from kplan.lang.types import ConversionError, convert
from kplan.sdk.values import SECRET, Secret, marks, type_name

if TYPE_CHECKING:
    from kplan.lang.ast import Names, Node
    from kplan.lang.functions import Surroundings
    from kplan.sdk.values import Value

_VARIABLE: Final = re.compile(r"[A-Za-z][\w-]*\Z")
_UNNAMED: Final = "the template"


@function("templatefile", Parameter("path", STRING), Parameter("vars"), takes=Marks.ELEMENTS, outside=True)
def _templatefile(path: str, given: Value, surroundings: Surroundings | None) -> Value:
    if surroundings is not None:
        _refuse_inside(surroundings, "templatefile")
    around = world(surroundings)
    text = text_of(path, around.files)
    return _rendered(path, text, given, around._replace(template="templatefile"))


@function(
    "templatestring",
    Parameter("template", STRING),
    Parameter("vars"),
    gives="string",
    takes=Marks.ELEMENTS,
    outside=True,
)
def _templatestring(text: str, given: Value, surroundings: Surroundings | None) -> Value:
    if surroundings is not None:
        _refuse_inside(surroundings, "templatestring")
        surroundings = surroundings._replace(template="templatestring")
    made = _rendered(_UNNAMED, text, given, surroundings)
    try:
        return convert(made, STRING)
    except ConversionError:
        raise FunctionError(f"the result must be a string, and this is a {type_name(made)}", 0) from None


def _refuse_inside(surroundings: Surroundings, name: str) -> None:
    if surroundings.template:
        raise FunctionError(f"{name} can't be called inside a template of {surroundings.template}")


class _Template(NamedTuple):
    """A template's tree. Its offsets count from the beginning of what was wrapped around the text."""

    source: Source
    node: Node
    base: int

    def place(self, start: int, end: int) -> str:
        """Write a place as Terraform does: the file, line, and first and last columns."""
        line, column = self.source.position(max(start - self.base, 0))
        last, beyond = self.source.position(max(end - self.base, 0))
        through = f"{line},{column}-{beyond}" if line == last else f"{line},{column}-{last},{beyond}"
        return f"{self.source.path}:{through}"


class _Variables:
    """The scope of a template."""

    def __init__(self, values: dict[str, Value], surroundings: Surroundings | None) -> None:
        self.values = values
        self.surroundings = surroundings

    def resolve(self, names: Names) -> tuple[Value, int]:
        """Give a variable's value."""
        if names[0] not in self.values:
            raise ReferenceProblem("Unknown variable", f'The template was given no "{names[0]}".')
        return self.values[names[0]], 1


def _rendered(path: str, text: str, given: Value, surroundings: Surroundings | None) -> Value:
    from kplan.lang.evaluate import evaluate

    if not isinstance(given, dict):
        raise FunctionError(f"the variables must be a map, and this is a {type_name(given)}", 1)
    for name in given:
        if not _VARIABLE.match(name):
            raise FunctionError(
                f"\"{name}\" can't be the name of a template's variable: it must start with a letter, followed by "
                "letters, digits, underscores and hyphens",
                1,
            )
    template = _read(path, text)
    for names, start, end in ast.references(template.node):
        if names[0] not in given:
            raise FunctionError(
                f'the map has no "{names[0]}", which is used at {template.place(start, end)}', 1
            )
    try:
        made = evaluate(template.node, _Variables(given, surroundings))
    except EvaluationError as problem:
        place = template.place(problem.start, problem.end)
        raise FunctionError(f"{place}: {problem.summary}: {problem.detail.rstrip('.')}") from None
    if made is None:
        raise FunctionError(f"{path}: the result is null", 0)
    return Secret(made) if marks(given) & SECRET else made


@lru_cache(maxsize=64)
def _read(path: str, text: str) -> _Template:
    """Read a template as what is between the lines of a heredoc, which has the same rules."""
    from kplan.lang.parser import parse_expression

    marker = "EOT"
    while marker in text:
        marker += "_"
    opening = f"<<{marker}\n"
    node, diagnostics = parse_expression(f"{opening}{text}\n{marker}\n", path)
    source = Source(path, text)
    if node is None:
        first = diagnostics[0]
        place = _Template(source, (), len(opening)).place(first.start, first.end)
        raise FunctionError(f"this is no template: {place}: {first.summary}: {first.detail.rstrip('.')}", 0)
    return _Template(source, _unwrapped(node), len(opening))


def _unwrapped(node: Node) -> Node:
    """Take the newline before the heredoc's end off; what is then a single sequence is the value itself."""
    parts = node[3] if node[0] == ast.TEMPLATE else (node,)
    last = parts[-1] if parts else None
    if last is not None and last[0] == ast.LITERAL and isinstance(last[3], str) and last[3].endswith("\n"):
        kept = last[3][:-1]
        parts = (*parts[:-1], *([(*last[:3], kept)] if kept else []))
    return parts[0] if len(parts) == 1 else (ast.TEMPLATE, node[1], node[2], parts)
