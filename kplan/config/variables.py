"""Values of variables: environment, files, flags, defaults, with Terraform's precedence and words."""

from __future__ import annotations

import re
from types import MappingProxyType
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
    variables: Mapping[str, Variable],
    folder: Path,
    flags: Iterable[Flag],
    environment: Mapping[str, str],
    otherwise: Mapping[str, Value] = MappingProxyType({}),
) -> Gathered:
    """Read all values given and convert them; undeclared: a flag is an error, a file a warning, the environment silent.

    `otherwise`: values, of some variables, that hold where none is given.
    """
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
    values = {
        name: otherwise[name]
        if name in otherwise and name not in given
        else _settle(one, given.get(name), diagnostics)
        for name, one in variables.items()
    }
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
    if node is None:
        diagnostics.extend([_hidden(variable, "can't be read")] if variable.sensitive else found)
        given[variable.name] = _Given(Unknown(), place, 0, len(text))
    else:
        _evaluated(variable, node, place, given, diagnostics)


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
    secrets = [name for name, one in variables.items() if one.sensitive]
    diagnostics.extend(_without_text(one, secrets) for one in found)
    for name, attribute, base in entries:
        place = Place(source, base, "")
        if name not in variables:
            detail = (
                f'No variable is called "{name}", so its value is not used.{did_you_mean(name, variables)}'
            )
            start, end = base + attribute[1], base + attribute[2]
            diagnostics.append(warning("Value for undeclared variable", detail, source, start, end))
        else:
            _evaluated(variables[name], attribute[3], place, given, diagnostics)


def _evaluated(
    variable: Variable, node: Any, place: Place, given: dict[str, _Given], diagnostics: list[Diagnostic]
) -> None:
    try:
        value = evaluate(node, CONSTANT)
    except EvaluationError as problem:
        value = Unknown()
        if variable.sensitive:
            diagnostics.append(_hidden(variable, "can't be evaluated"))
        else:
            span = problem.start, problem.end
            diagnostics.append(place.error(problem.summary, problem.detail, *span, values=problem.values))
    given[variable.name] = _Given(value, place, node[1], node[2])


def _hidden(variable: Variable, wrong: str) -> Diagnostic:
    """Say what is wrong with a sensitive value without a line of source, which would show it."""
    detail = f'The value given for variable "{variable.name}" {wrong}; the variable is sensitive, so it is not shown.'
    block = variable.block
    return variable.place.error("Invalid value for variable", detail, block[2], block[3])


def _without_text(found: Diagnostic, secrets: Iterable[str]) -> Diagnostic:
    """Take the text away from a mistake in a file of values if that may be a sensitive one's."""
    source = found.source
    names = "|".join(re.escape(name) for name in secrets)
    if source is None or not names or not re.search(rf"^\s*(?:{names})\b", source.text, re.MULTILINE):
        return found
    line, _ = source.position(found.start)
    detail = f"{source.path} line {line} can't be read. The file gives sensitive values, so it is not shown."
    return error(found.summary, detail)


def _settle(variable: Variable, given: _Given | None, diagnostics: list[Diagnostic]) -> Value:
    if given is not None and given.value is None and not variable.nullable:
        given = None
    if given is None and variable.default is not None:
        if variable.default[4]:
            return Unknown()  # the check of references tells it
        node = variable.default[3]
        found: dict[str, _Given] = {}
        _evaluated(variable, node, variable.place, found, diagnostics)
        given = found[variable.name]
        if given.value is None and not variable.nullable:
            detail = f'Variable "{variable.name}" has nullable = false, so its default must not be null.'
            summary = "Invalid default value for variable"
            diagnostics.append(variable.place.error(summary, detail, *node[1:3]))
            return Unknown()
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
        if variable.sensitive:
            diagnostics.append(_hidden(variable, "is not of its type"))
        else:
            detail = f'Variable "{variable.name}": {problem.detail}'
            span = given.start, given.end
            diagnostics.append(given.place.error("Invalid value for variable", detail, *span))
        return Unknown()
    return Secret(value) if variable.sensitive else value
