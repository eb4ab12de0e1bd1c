"""Values to YAML: every string in double quotes or, if it has several lines, as a literal block, as Terraform writes it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from kplan.lang.problems import FunctionError
from kplan.sdk.values import number_text, type_name

if TYPE_CHECKING:
    from kplan.sdk.values import Value

_STEP: Final = 2
_WIDTH: Final = 80  # where a long string is broken at its next space
_LONGEST_KEY: Final = 128  # longer ones need the "? " form
_ESCAPES: Final = {
    "\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r", "\x1b": "e",
    '"': '"', "\\": "\\", "\x85": "N", "\u2028": "L", "\u2029": "P",
}  # fmt: skip


def to_yaml(value: Value) -> str:
    """Write a value as a YAML document. Raises FunctionError for what YAML has not."""
    if isinstance(value, dict) and value:
        return _mapping(value, 0) + "\n"
    if isinstance(value, tuple) and value:
        return _sequence(value, 0) + "\n"
    ends = "" if isinstance(value, (str, dict, tuple)) else "...\n"  # a plain scalar could go on
    return f"{_scalar(value, _STEP, 0)}\n{ends}"


def _mapping(value: dict[str, Value], indent: int) -> str:
    return _lines(indent, [_entry(key, item, indent) for key, item in sorted(value.items())])


def _sequence(value: tuple[Value, ...], indent: int) -> str:
    return _lines(indent, [f"- {_nested(item, indent + _STEP)}" for item in value])


def _lines(indent: int, parts: list[str]) -> str:
    return ("\n" + " " * indent).join(parts)


def _entry(key: str, item: Value, indent: int) -> str:
    if "\n" in key or len(key) > _LONGEST_KEY:
        written = _scalar(key, indent + _STEP, indent + _STEP)
        return f"? {written}\n{' ' * indent}: {_nested(item, indent + _STEP)}"
    name = _quoted(key, None, 0)
    if isinstance(item, dict) and item:
        return f"{name}:\n{' ' * (indent + _STEP)}{_mapping(item, indent + _STEP)}"
    if isinstance(item, tuple) and item:
        return f"{name}:\n{' ' * indent}{_sequence(item, indent)}"
    return f"{name}: {_scalar(item, indent + _STEP, indent + len(name) + 2)}"


def _nested(item: Value, indent: int) -> str:
    """Write what stands after "- " on the same line."""
    if isinstance(item, dict) and item:
        return _mapping(item, indent)
    if isinstance(item, tuple) and item:
        return _sequence(item, indent)
    return _scalar(item, indent, indent)


def _scalar(value: Value, indent: int, column: int) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return number_text(value)
        case str():
            return _block(value, indent) if _fits_block(value) else _quoted(value, indent, column)
        case dict():
            return "{}"
        case tuple():
            return "[]"
        case _:
            raise FunctionError(f"a {type_name(value)} can't be written as YAML", 0)


def _printable(letter: str) -> bool:
    """Tell what is written as it is: nothing beyond the basic plane, by the age of YAML 1.1."""
    return " " <= letter <= "~" or ("\xa0" <= letter <= "\ufffd" and letter not in "\u2028\u2029\ufeff")


def _fits_block(text: str) -> bool:
    if "\n" not in text or " \n" in text or text.endswith(" "):
        return False
    return all(letter == "\n" or _printable(letter) for letter in text)


def _block(text: str, indent: int) -> str:
    hint = str(_STEP) if text[0] in " \n" else ""
    if not text.endswith("\n"):
        chomp, lines = "-", text.split("\n")
    else:
        chomp, lines = "+" if text == "\n" or text.endswith("\n\n") else "", text[:-1].split("\n")
    return "\n".join([f"|{hint}{chomp}", *(" " * indent + line if line else "" for line in lines)])


def _quoted(text: str, indent: int | None, column: int) -> str:
    """Write in double quotes, from a column on; broken lines are indented, or with None not broken."""
    parts = ['"']
    column += 1
    after_space = False
    for at, letter in enumerate(text):
        breaks = letter == " " and not after_space and column > _WIDTH and 0 < at < len(text) - 1
        if breaks and indent is not None:
            parts.append("\n" + " " * indent + ("\\" if text[at + 1] == " " else ""))
            column = indent
            after_space = True
            continue
        written = letter if _printable(letter) and letter not in '"\\' else _escaped(letter)
        parts.append(written)
        column += len(written)
        after_space = letter == " "
    return "".join(parts) + '"'


def _escaped(letter: str) -> str:
    if letter in _ESCAPES:
        return "\\" + _ESCAPES[letter]
    code = ord(letter)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
