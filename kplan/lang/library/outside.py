"""Functions that see files and the environment, and those about secrecy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.lang.constraints import STRING
from kplan.lang.functions import Marks, Parameter, function
from kplan.lang.problems import FunctionError
from kplan.sdk.values import Secret, reveal

if TYPE_CHECKING:
    from kplan.lang.functions import Surroundings
    from kplan.sdk.values import Value

_NOWHERE = "files and the environment can't be read here"


@function("file", Parameter("path", STRING), gives="string", outside=True)
def _file(path: str, surroundings: Surroundings | None) -> str:
    if surroundings is None:
        raise FunctionError(_NOWHERE)
    try:
        return surroundings.files.read(path)
    except UnicodeDecodeError:
        raise FunctionError(f"contents of {path} are not valid UTF-8", 0) from None
    except FileNotFoundError:
        raise FunctionError(
            f'no file exists at "{path}"; a relative path starts at the folder of the configuration', 0
        ) from None
    except (OSError, ValueError) as problem:
        raise FunctionError(
            f"failed to read {path}: {getattr(problem, 'strerror', None) or problem}", 0
        ) from None


@function("env", Parameter("name", STRING), gives="string", outside=True)
def _env(name: str, surroundings: Surroundings | None) -> Secret:
    if surroundings is None:
        raise FunctionError(_NOWHERE)
    value = surroundings.environment.get(name)
    if value is None:
        raise FunctionError(f"the environment variable {name} is not set", 0)
    return Secret(value)


@function("sensitive", Parameter("value", null=True), takes=Marks.ALL)
def _sensitive(value: Value) -> Secret:
    return Secret(reveal(value))


@function("nonsensitive", Parameter("value", null=True), takes=Marks.ALL)
def _nonsensitive(value: Value) -> Value:
    return value.reveal() if isinstance(value, Secret) else value
