"""Calls: arguments checked and converted, marks carried through, problems worded. The functions are beside."""

from __future__ import annotations

from enum import Enum, auto
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from kplan.lang.diagnostics import did_you_mean
from kplan.lang.operators import OperandError
from kplan.lang.problems import EvaluationError, FunctionError
from kplan.lang.types import ANY, ConversionError, Type, convert
from kplan.sdk.values import SECRET, UNKNOWN, Secret, Unknown, make_list, marks, reveal, type_name, unknown_by

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kplan.lang.ast import Node
    from kplan.sdk.values import Value

_MODULES: Final = ("strings", "patterns", "collections", "numbers", "conversions", "units", "outside")


class FileReader(Protocol):
    """Reads files for functions, and may record what was read."""

    def read(self, path: str) -> str:
        """Read a UTF-8 text; a relative path is one from the module's folder. Raises OSError or ValueError."""


class Surroundings(NamedTuple):
    """What functions may see of the world."""

    files: FileReader
    environment: Mapping[str, str]


class Parameter(NamedTuple):
    """One parameter. `null` tells whether it takes a null."""

    name: str
    type: Type = ANY
    null: bool = False


class Marks(Enum):
    """What a function's arguments may hold that is unknown or secret, and what that makes of its result."""

    NONE = auto()  # an unknown anywhere makes the result unknown, a secret makes it secret: it sees neither
    ELEMENTS = (
        auto()
    )  # the same, but it never looks at what containers hold, so that their elements may be marked
    ALL = auto()  # it minds the marks itself


class Function(NamedTuple):
    """One function of the language. `gives` is the type of its result, for an unknown one."""

    name: str
    run: Callable[..., Value]
    parameters: tuple[Parameter, ...]
    optional: int
    rest: Parameter | None
    gives: str
    takes: Marks
    outside: bool


def function(
    name: str,
    *parameters: Parameter,
    gives: str = "any",
    optional: int = 0,
    rest: Parameter | None = None,
    takes: Marks = Marks.NONE,
    outside: bool = False,
) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
    """Declare a function of the language; the last `optional` parameters may be left out.

    One that looks `outside` is given the surroundings, or None, after its arguments.
    """

    def declare(run: Callable[..., Value]) -> Callable[..., Value]:
        DECLARED[name] = Function(name, run, parameters, optional, rest, gives, takes, outside)
        return run

    return declare


UNKNOWN_FUNCTION: Final = "Call to unknown function"
DECLARED: Final[dict[str, Function]] = {}


@cache
def known() -> dict[str, Function]:
    """Load every function; done at the first call, as most configurations make few."""
    for module in _MODULES:
        import_module(f"kplan.lang.library.{module}")
    return DECLARED


def call(node: Node, evaluated: Callable[[Node], Value], surroundings: Surroundings | None) -> Value:
    """Make the call of a CALL node. Raises FunctionError; problems inside arguments go through."""
    name = node[3]
    lazy = _LAZY.get(name)
    if lazy is not None:
        return lazy(node, evaluated)
    found = known().get(name)
    if found is None:
        raise FunctionError(unknown_function(name) or "", summary=UNKNOWN_FUNCTION, on_name=True)
    given = [evaluated(argument) for argument in node[4]]
    if node[5]:
        expanded = _expanded(given.pop(), len(node[4]) - 1)
        if expanded is None:
            return Unknown(found.gives)
        given += expanded
    _count(found, len(given))
    return _run(found, given, (surroundings,) if found.outside else ())


def unknown_function(name: str) -> str | None:
    """Say that there is no such function; None if there is."""
    if name in known() or name in _LAZY:
        return None
    return f'There is no function named "{name}".{did_you_mean(name, (*known(), *_LAZY))}'


def _expanded(value: Value, position: int) -> list[Value] | None:
    """Spread the argument marked by `...`; None if it is unknown."""
    plain = value.reveal() if isinstance(value, Secret) else value
    if isinstance(plain, Unknown):
        return None
    if not isinstance(plain, tuple):
        raise FunctionError(
            f"The expanding argument (indicated by ...) must be a list or set, and this is a {type_name(plain)}.",
            position,
            "Invalid expanding argument value",
        )
    return [Secret(item) for item in plain] if isinstance(value, Secret) else list(plain)


def _count(found: Function, given: int) -> None:
    most = len(found.parameters)
    least = most - found.optional
    if given < least:
        missing = found.parameters[given].name
        at_least = "at least " if found.rest or found.optional else ""
        raise FunctionError(
            f'Function "{found.name}" expects {at_least}{_arguments(least)}. Missing value for "{missing}".',
            summary="Not enough function arguments",
        )
    if given > most and found.rest is None:
        raise FunctionError(
            f'Function "{found.name}" expects only {_arguments(most)}.', most, "Too many function arguments"
        )


def _arguments(count: int) -> str:
    return f"{count} argument" if count == 1 else f"{count} arguments"


def _run(found: Function, given: list[Value], extra: tuple[Any, ...]) -> Value:
    held = 0
    if found.takes is not Marks.ALL:
        for position, value in enumerate(given):
            if found.takes is Marks.NONE:
                held |= marks(value)
                given[position] = reveal(value)
            elif isinstance(value, (Secret, Unknown)):
                plain = value.reveal() if isinstance(value, Secret) else value
                held |= (SECRET if plain is not value else 0) | (UNKNOWN if isinstance(plain, Unknown) else 0)
                given[position] = plain
    converted = [_argument(found, position, value) for position, value in enumerate(given)]
    if held & UNKNOWN:
        result: Value = Unknown(found.gives, unknown_by(make_list(given)))
        return Secret(result) if held & SECRET else result
    try:
        result = _ran(found, converted, extra)
    except FunctionError as problem:
        if held & SECRET:
            problem.detail = "a sensitive value doesn't suit, and what is wrong with it is not shown"
        if problem.argument is None:
            problem.summary = "Error in function call"
            problem.detail = f'Call to function "{found.name}" failed: {problem.detail}.'
        else:
            problem.summary = "Invalid function argument"
            problem.detail = (
                f'Invalid value for "{_parameter(found, problem.argument).name}" parameter: {problem.detail}.'
            )
        raise
    return Secret(result) if held & SECRET else result


def _ran(found: Function, given: list[Value], extra: tuple[Any, ...]) -> Value:
    try:
        return found.run(*given, *extra)
    except OperandError as problem:
        raise FunctionError(problem.detail[0].lower() + problem.detail[1:].rstrip(".")) from None


def _parameter(found: Function, position: int) -> Parameter:
    if position < len(found.parameters):
        return found.parameters[position]
    return found.rest or Parameter("")


def _argument(found: Function, position: int, value: Any) -> Value:
    parameter = _parameter(found, position)
    if parameter.type == ANY and (parameter.null or value is not None):
        return value
    where = f'Invalid value for "{parameter.name}" parameter: '
    if value is None:
        if parameter.null:
            return None
        raise FunctionError(f"{where}argument must not be null.", position, "Invalid function argument")
    try:
        return convert(value, parameter.type)
    except ConversionError as problem:
        got = (
            f", and this is a {type_name(value)}" if problem.path == "" and not isinstance(value, str) else ""
        )
        raise FunctionError(f"{where}{problem.reason}{got}.", position, "Invalid function argument") from None


def _try(node: Node, evaluated: Callable[[Node], Value]) -> Value:
    if not node[4]:
        raise FunctionError(
            'Function "try" expects at least 1 argument.', summary="Not enough function arguments"
        )
    failures = []
    for argument in node[4]:
        try:
            value = evaluated(argument)
        except EvaluationError as problem:
            failures.append(f"- {problem.detail}")
            continue
        if marks(value) & UNKNOWN:  # it may yet fail, and the next argument be the result
            result = Unknown("any", unknown_by(value))
            return Secret(result) if marks(value) & SECRET else result
        return value
    raise FunctionError(
        "No expression succeeded:\n" + "\n".join(failures) + "\n\nAt least one expression must produce a "
        "successful result.",
        summary="Error in function call",
    )


def _can(node: Node, evaluated: Callable[[Node], Value]) -> Value:
    if len(node[4]) != 1:
        raise FunctionError(
            'Function "can" expects 1 argument.',
            summary="Too many function arguments" if node[4] else "Not enough function arguments",
        )
    try:
        value = evaluated(node[4][0])
    except EvaluationError:
        return False
    return Unknown("bool", unknown_by(value)) if marks(value) & UNKNOWN else True


_LAZY: Final = {"try": _try, "can": _can}
