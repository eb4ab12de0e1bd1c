"""YAML: read as Terraform reads it (its own mix of YAML 1.1 and 1.2), and written as it writes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kplan.lang.constraints import STRING
from kplan.lang.functions import Parameter, function
from kplan.lang.library.yamlwriter import to_yaml
from kplan.lang.precision import precise
from kplan.lang.problems import FunctionError
from kplan.sdk.values import number_text, type_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kplan.sdk.values import Value

_TAG: Final = "tag:yaml.org,2002:"
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE: Final = frozenset({"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})
_FALSE: Final = frozenset({"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})
_NUMBER: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_IN_BASE: Final = re.compile(r"0x([0-9a-fA-F]+)\Z|0o([0-7]+)\Z")
_ENDLESS: Final = re.compile(r"([-+]?\.(?:inf|Inf|INF))\Z|\.(?:nan|NaN|NAN)\Z")
_TIME: Final = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:(?:[Tt]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:\.[0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2}))"
    r"|(?: ([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:\.[0-9]+)?))?\Z"
)
_MERGE: Final = "<<"


@function("yamlencode", Parameter("value", null=True), gives="string")
def _yamlencode(value: Value) -> str:
    return to_yaml(value)


@function("yamldecode", Parameter("src", STRING))
def _yamldecode(text: str) -> Value:
    import yaml

    try:
        return _Reader(yaml.parse(text, Loader=yaml.SafeLoader)).document()
    except _NotYaml as problem:
        raise FunctionError(f"this is not YAML that can be used: {_at(problem.mark)}{problem}", 0) from None
    except yaml.MarkedYAMLError as problem:
        words = ", ".join(part for part in (problem.context, problem.problem) if part)
        raise FunctionError(f"this is not YAML: {_at(problem.problem_mark)}{words}", 0) from None
    except yaml.YAMLError as problem:
        words = str(problem).partition("\n")[0]
        raise FunctionError(f"this is not YAML: {words}", 0) from None
    except RecursionError:
        raise FunctionError("this YAML is nested too deeply", 0) from None


def _at(mark: Any) -> str:
    return f"on line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""


class _NotYaml(Exception):  # noqa: N818 - it becomes a FunctionError
    """YAML that has no value here."""

    def __init__(self, detail: str, mark: Any) -> None:
        super().__init__(detail)
        self.mark = mark


class _Found(NamedTuple):
    """What an anchor names; not there yet while it is being read."""

    value: Value
    whole: bool


class _Reader:
    """Values of a stream of events."""

    def __init__(self, events: Iterator[Any]) -> None:
        self.events = events
        self.anchors: dict[str, _Found] = {}

    def document(self) -> Value:
        from yaml import events

        next(self.events)  # the stream's start
        first = next(self.events)
        if not isinstance(first, events.DocumentStartEvent):
            raise _NotYaml("there is no document in it", first.start_mark)
        value = self.value(next(self.events))
        next(self.events)  # the document's end
        after = next(self.events)
        if not isinstance(after, events.StreamEndEvent):
            raise _NotYaml("a second document begins; only one is expected", after.start_mark)
        return value

    def value(self, event: Any) -> Value:
        from yaml import events

        if isinstance(event, events.AliasEvent):
            return self.named(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Found(None, whole=False)
        if isinstance(event, events.ScalarEvent):
            made = _scalar(event)
        elif isinstance(event, events.SequenceStartEvent):
            _only(event, "seq", "sequence")
            made = tuple(self.items())
        else:
            _only(event, "map", "mapping")
            made = self.mapping()
        if event.anchor is not None:
            self.anchors[event.anchor] = _Found(made, whole=True)
        return made

    def named(self, event: Any) -> Value:
        found = self.anchors.get(event.anchor)
        if found is None:
            raise _NotYaml(f'reference to undefined anchor "{event.anchor}"', event.start_mark)
        if not found.whole:
            raise _NotYaml(
                f'anchor "{event.anchor}" can\'t be used inside its own definition', event.start_mark
            )
        return found.value

    def items(self) -> Iterator[Value]:
        from yaml import events

        while not isinstance(event := next(self.events), events.SequenceEndEvent):
            yield self.value(event)

    def mapping(self) -> dict[str, Value]:
        from yaml import events

        made: dict[str, Value] = {}
        merged: dict[str, Value] = {}
        while not isinstance(event := next(self.events), events.MappingEndEvent):
            key = _key(self.value(event), event)
            following = next(self.events)
            value = self.value(following)
            if key != _MERGE:
                made[key] = value
            elif isinstance(value, dict):
                merged.update(value)
            else:
                raise _NotYaml(f"a {type_name(value)} can't be merged into a mapping", following.start_mark)
        return merged | made


def _key(value: Value, event: Any) -> str:
    if value is None:
        raise _NotYaml("a key of a mapping can't be null", event.start_mark)
    if isinstance(value, (tuple, dict)):
        raise _NotYaml("a key of a mapping must be a string", event.start_mark)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else number_text(value)


def _only(event: Any, tag: str, what: str) -> None:
    if event.tag not in {None, _TAG + tag}:
        raise _NotYaml(f'a {what} can\'t be read as "{_short(event.tag)}"', event.start_mark)


def _short(tag: str) -> str:
    return f"!!{tag.removeprefix(_TAG)}" if tag.startswith(_TAG) else tag


def _scalar(event: Any) -> Value:
    text: str = event.value
    if event.tag is None:
        return text if event.style else _plain(text, event)
    kind = event.tag.removeprefix(_TAG)
    match kind:
        case "str":
            return text
        case "binary":
            return _binary(text, event)
        case "timestamp":
            made: Value = _timestamp(text)
        case "int" | "float" | "bool" | "null" if event.style:
            return text  # what is quoted stays as it is
        case "null":
            return None
        case "int" | "float":
            made = _number(text, event)
        case "bool":
            made = _bool(text)
        case _:
            raise _NotYaml(f'the tag "{_short(event.tag)}" is not supported', event.start_mark)
    if made is None:
        raise _NotYaml(f'"{text}" can\'t be read as "{_short(event.tag)}"', event.start_mark)
    return made


def _plain(text: str, event: Any) -> Value:
    if text in _NULLS:
        return None
    for made in (_bool(text), _number(text, event), _timestamp(text)):
        if made is not None:
            return made
    return text


def _bool(text: str) -> bool | None:
    return True if text in _TRUE else False if text in _FALSE else None


def _number(text: str, event: Any) -> Value:
    if _NUMBER.match(text):
        try:
            return precise(text)
        except ValueError:
            raise _NotYaml("the number is too large or too small", event.start_mark) from None
    based = _IN_BASE.match(text)
    if based:
        return int(based[1], 16) if based[1] else int(based[2], 8)
    if _ENDLESS.match(text):
        raise _NotYaml(f'there is no number "{text}" here', event.start_mark)
    return None


def _timestamp(text: str) -> str | None:
    """Write a time in full as RFC 3339 has it; None for what is none."""
    found = _TIME.match(text)
    if found is None:
        return None
    from datetime import datetime

    hour, minute, second = found.group(4, 5, 6) if found[4] else found.group(8, 9, 10)
    parts = [int(part or 0) for part in (*found.group(1, 2, 3), hour, minute, second)]
    try:
        datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - only asked whether there is such a time
    except ValueError:
        return None
    year, month, day, *clock = parts
    return f"{year:04}-{month:02}-{day:02}T{':'.join(f'{part:02}' for part in clock)}{found[7] or 'Z'}"


def _binary(text: str, event: Any) -> str:
    from base64 import b64decode

    try:
        b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise _NotYaml("what is tagged !!binary is not Base64", event.start_mark) from None
    return text
