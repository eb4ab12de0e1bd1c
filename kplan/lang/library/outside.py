"""Functions that see the environment, those about secrecy, and the way to what is outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.lang.constraints import STRING
from kplan.lang.functions import Marks, Parameter, function
from kplan.lang.problems import FunctionError
from kplan.sdk.values import Secret, Unknown, reveal

if TYPE_CHECKING:
    from kplan.lang.functions import Surroundings
    from kplan.sdk.values import Value


def world(surroundings: Surroundings | None) -> Surroundings:
    """Give the surroundings, or raise FunctionError where a function may not look at them."""
    if surroundings is None:
        raise FunctionError("files and the environment can't be read here")
    if surroundings.template == "templatestring":
        raise FunctionError(
            "files and the environment can't be read in a template of templatestring, whose text comes from elsewhere; "
            "hand what was read to the template as a variable"
        )
    return surroundings


@function("env", Parameter("name", STRING), gives="string", outside=True)
def _env(name: str, surroundings: Surroundings | None) -> Secret:
    value = world(surroundings).environment.get(name)
    if value is None:
        raise FunctionError(f"the environment variable {name} is not set", 0)
    return Secret(value)


@function("sensitive", Parameter("value", null=True), takes=Marks.ALL)
def _sensitive(value: Value) -> Secret:
    return Secret(reveal(value))


@function("nonsensitive", Parameter("value", null=True), takes=Marks.ALL)
def _nonsensitive(value: Value) -> Value:
    return value.reveal() if isinstance(value, Secret) else value


@function("issensitive", Parameter("value", null=True), gives="bool", takes=Marks.ALL)
def _issensitive(value: Value) -> Value:
    if isinstance(value, Unknown):  # what it will be may be secret
        return Unknown("bool", value.by)
    return isinstance(value, Secret)
