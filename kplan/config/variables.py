"""Values of variables: environment, files, flags, defaults, with Terraform's precedence and words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kplan.config.files import read_source, variable_files
from kplan.config.model import Place
from kplan.lang.diagnostics import Diagnostic, did_you_mean, error, warning
from kplan.lang.evaluate import EvaluationError, ReferenceProblem, evaluate
from kplan.lang.parser import parse_expression, parse_variables
from kplan.lang.types import ConversionError, convert
from kplan.sdk.values import Secret, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from kplan.config.model import Variable

ENVIRONMENT_PREFIX = "KPLAN_VAR_"
_LITERAL_TYPES = ("string", "number", "bool", "any")


class Flag(NamedTuple):
    """A `-var` (file "") or `-var-file`, in command-line order."""

    name: str
    text: str
    file: str = ""


class _Constant:
    """A scope in which nothing is named."""

    def resolve(self, names: tuple[str, ...]) -> tuple[Value, int]:
        """Refuse every reference."""
        raise ReferenceProblem(
            "Variables not allowed", f'"{".".join(names)}" can\'t be used here: only plain values.'
        )


CONSTANT = _Constant()


class _Given(NamedTuple):
    value: Value
    place: Place
    start: int
    end: int


class Gathered(NamedTuple):
    """Every variable's value, converted; a sensitive one is a Secret."""

    values: dict[str, Value]
    diagnostics: list[Diagnostic]


def gather(
    variables: Mapping[str, Variable], folder: Path, flags: Iterable[Flag], environment: Mapping[str, str]
) -> Gathered:
    """Read all values given and convert them; undeclared: a flag is an error, a file a warning, the environment silent."""
    diagnostics: list[Diagnostic] = []
    given: dict[str, _Given] = {}
    for name, variable in variables.items():
        text = environment.get(ENVIRONMENT_PREFIX + name)
        if text is not None:
            _from_text(variable, text, f"environment variable {ENVIRONMENT_PREFIX}{name}", given, diagnostics)
    for path in variable_files(folder):
        _from_file(path, path.name, variables, given, diagnostics)
    for flag in flags:
        if flag.file:
            _from_file(folder / flag.file, flag.file, variables, given, diagnostics)
        elif flag.name in variables:
            _from_text(variables[flag.name], flag.text, f"-var {flag.name}", given, diagnostics)
        else:
            detail = f'No variable is called "{flag.name}".{did_you_mean(flag.name, variables)}'
            diagnostics.append(error("Value for undeclared variable", f"-var {flag.name}=…: {detail}"))
    values = {name: _settle(one, given.get(name), diagnostics) for name, one in variables.items()}
    return Gathered(values, diagnostics)


def _from_text(
    variable: Variable, text: str, shown: str, given: dict[str, _Given], diagnostics: list[Diagnostic]
) -> None:
    """Take a value given as text: itself for a text or number, else an expression."""
    from kplan.lang.source import Source

    place = Place(Source(f"<{shown}>", text), 0, "")
    if variable.type[0] in _LITERAL_TYPES:
        given[variable.name] = _Given(text, place, 0, len(text))
        return
    node, found = parse_expression(text, f"<{shown}>")
    diagnostics.extend(found)
    if node is not None:
        _evaluated(variable.name, node, place, given, diagnostics)


def _from_file(
    path: Path,
    shown: str,
    variables: Mapping[str, Variable],
    given: dict[str, _Given],
    diagnostics: list[Diagnostic],
) -> None:
    source = read_source(path, shown)
    if isinstance(source, Diagnostic):
        diagnostics.append(source)
        return
    entries, found = parse_variables(source)
    diagnostics.extend(found)
    for name, attribute, base in entries:
        place = Place(source, base, "")
        if name not in variables:
            detail = (
                f'No variable is called "{name}", so its value is not used.{did_you_mean(name, variables)}'
            )
            start, end = base + attribute[1], base + attribute[2]
            diagnostics.append(warning("Value for undeclared variable", detail, source, start, end))
        else:
            _evaluated(name, attribute[3], place, given, diagnostics)


def _evaluated(
    name: str, node: Any, place: Place, given: dict[str, _Given], diagnostics: list[Diagnostic]
) -> None:
    try:
        given[name] = _Given(evaluate(node, CONSTANT), place, node[1], node[2])
    except EvaluationError as problem:
        diagnostics.append(
            place.error(problem.summary, problem.detail, problem.start, problem.end, values=problem.values)
        )
        given[name] = _Given(Unknown(), place, node[1], node[2])


def _settle(variable: Variable, given: _Given | None, diagnostics: list[Diagnostic]) -> Value:
    if given is not None and given.value is None and not variable.nullable:
        given = None
    if given is None and variable.default is not None:
        node = variable.default[3]
        found: dict[str, _Given] = {}
        _evaluated(variable.name, node, variable.place, found, diagnostics)
        given = found[variable.name]
    if given is None:
        block = variable.block
        detail = (
            f'Variable "{variable.name}" has no default and no value was given. Give one with '
            f"-var '{variable.name}=…', in a *.auto.kplanvars.hcl file, or as {ENVIRONMENT_PREFIX}{variable.name}."
        )
        diagnostics.append(variable.place.error("No value for required variable", detail, block[2], block[3]))
        return Unknown()
    return _converted(variable, given, diagnostics)


def _converted(variable: Variable, given: _Given, diagnostics: list[Diagnostic]) -> Value:
    try:
        value = convert(given.value, variable.type, "")
    except ConversionError as problem:
        summary = "Invalid value for variable"
        detail = f'Variable "{variable.name}": {problem.detail}'
        if variable.sensitive:
            detail = f'The value given for variable "{variable.name}" is not of its type; the variable is sensitive.'
            block = variable.block
            diagnostics.append(variable.place.error(summary, detail, block[2], block[3]))
        else:
            diagnostics.append(given.place.error(summary, detail, given.start, given.end))
        return Unknown()
    return Secret(value) if variable.sensitive else value
