"""Calls: arguments checked and converted, marks carried through, problems worded. The functions are beside."""

from __future__ import annotations

from enum import Enum, auto
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from kplan.lang.diagnostics import did_you_mean
from kplan.lang.operators import OperandError
from kplan.lang.problems import EvaluationError, FunctionError
from kplan.lang.types import ANY, ConversionError, Type, convert
from kplan.sdk.values import (
    SECRET,
    UNKNOWN,
    Secret,
    Unknown,
    make_list,
    marks,
    marks_in,
    reveal,
    type_name,
    unknown_by,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kplan.lang.ast import Node
    from kplan.sdk.values import Value

_LIBRARY: Final = {
    "collections": "chunklist coalesce coalescelist compact concat contains distinct element flatten index keys length "
    "lookup matchkeys merge one reverse slice sort transpose values zipmap",
    "conversions": "jsondecode jsonencode tobool tolist tomap tonumber toset tostring",
    "encodings": "base64decode base64encode base64gzip textdecodebase64 textencodebase64 urlencode",
    "files": "abspath basename dirname file filebase64 filebase64sha256 filebase64sha512 fileexists filemd5 fileset "
    "filesha1 filesha256 filesha512 pathexpand",
    "hashes": "base64sha256 base64sha512 md5 sha1 sha256 sha512 uuidv5",
    "networks": "cidrhost cidrnetmask cidrsubnet cidrsubnets",
    "numbers": "abs alltrue anytrue ceil floor log max min parseint pow signum sum",
    "outside": "env issensitive nonsensitive sensitive",
    "patterns": "regex regexall",
    "rendering": "templatefile templatestring",
    "sets": "range setintersection setproduct setsubtract setunion",
    "strings": "chomp endswith format formatlist indent join lower replace split startswith strcontains strrev substr "
    "title trim trimprefix trimspace trimsuffix upper",
    "tables": "csvdecode",
    "times": "formatdate plantimestamp timeadd timecmp timestamp",
    "units": "duration size",
    "yamltext": "yamldecode yamlencode",
}
_NEVER_THE_SAME: Final = (
    "gives another value each time, so that no plan would ever be the one that is applied"
)
_LEFT_OUT: Final = {
    "uuid": f'The function "uuid" {_NEVER_THE_SAME}. Use uuidv5, which makes an id of a name.',
    "bcrypt": f'The function "bcrypt" {_NEVER_THE_SAME}. Use sha256, or hash the password elsewhere and read the result '
    "with env or file.",
    "rsadecrypt": 'The function "rsadecrypt" is left out: a private key has no place in a configuration. Decrypt '
    "beforehand, and read the result with env or sensitive(file(…)).",
    "ephemeralasnull": 'The function "ephemeralasnull" is left out, as there are no ephemeral values here. Use the '
    "value as it is.",
    "list": 'There is no function "list" any more. Write [a, b], or tolist([a, b]).',
    "map": 'There is no function "map" any more. Write { a = 1 }, or tomap({ a = 1 }).',
    "type": 'The function "type" is one of a console, not of a configuration. Use can(tolist(…)) and the like to ask '
    "whether a value suits.",
}
_CORE: Final = "core::"  # the namespace of all these functions, which may be written


class FileReader(Protocol):
    """Reads files for functions, and may record what was read. A relative path is one from the module's folder."""

    def read(self, path: str) -> str:
        """Read a UTF-8 text. Raises OSError or ValueError."""

    def read_bytes(self, path: str) -> bytes:
        """Read a file. Raises OSError or ValueError."""

    def exists(self, path: str) -> bool:
        """Tell whether there is a regular file. OSError for what is none, a folder say."""

    def entries(self, folder: str) -> tuple[tuple[str, bool], ...]:
        """List the names in a folder, sorted, each with whether it is a folder; none if it isn't there. OSError."""

    def absolute(self, path: str) -> str:
        """Give the whole path of a relative one."""


class Surroundings(NamedTuple):
    """What functions may see of the world. `began` is when the run began, in RFC 3339 and UTC.

    `template` names the function that renders the template where these surroundings are seen, or is "".
    """

    files: FileReader
    environment: Mapping[str, str]
    began: str
    template: str = ""


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


_HOME: Final = {name: module for module, names in _LIBRARY.items() for name in names.split()}


def known() -> dict[str, Function]:
    """Load every function."""
    for name in _HOME:
        _found(name)
    return DECLARED


def _found(name: str) -> Function | None:
    """Load a function with its module, at the first call: most configurations make few."""
    if name not in DECLARED and name in _HOME:
        import_module(f"kplan.lang.library.{_HOME[name]}")
    return DECLARED.get(name)


def call(node: Node, evaluated: Callable[[Node], Value], surroundings: Surroundings | None) -> Value:
    """Make the call of a CALL node. Raises FunctionError; problems inside arguments go through."""
    name = node[3].removeprefix(_CORE)
    lazy = _LAZY.get(name)
    if lazy is not None:
        return lazy(node, evaluated)
    found = _found(name)
    if found is None:
        raise FunctionError(unknown_function(name) or "", summary=UNKNOWN_FUNCTION, on_name=True)
    given = [evaluated(argument) for argument in node[4]]
    if node[5]:
        last = given.pop()
        plain = last.reveal() if isinstance(last, Secret) else last
        if isinstance(plain, Unknown):
            result: Value = Unknown(found.gives, plain.by)
            return Secret(result) if plain is not last else result
        given += _expanded(last, plain, len(node[4]) - 1)
    _count(found, len(given))
    return _run(found, given, (surroundings,) if found.outside else ())


def unknown_function(name: str) -> str | None:
    """Say that there is no such function; None if there is."""
    plain = name.removeprefix(_CORE)
    if plain in _HOME or plain in _LAZY:
        return None
    if plain in _LEFT_OUT:
        return _LEFT_OUT[plain]
    if "::" in plain:
        return f'There is no function named "{name}": there are no functions of providers.'
    return f'There is no function named "{name}".{did_you_mean(plain, (*_HOME, *_LAZY))}'


def _expanded(value: Value, plain: Value, position: int) -> list[Value]:
    """Spread the argument marked by `...`."""
    if not isinstance(plain, tuple):
        raise FunctionError(
            f"The expanding argument (indicated by ...) must be a list or set, and this is a {type_name(plain)}.",
            position,
            "Invalid expanding argument value",
        )
    return list(plain) if plain is value else [Secret(item) for item in plain]


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
    hidden = found.takes is Marks.ALL and bool(marks_in(given) & SECRET)
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
        if hidden or held & SECRET:
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
