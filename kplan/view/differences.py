"""Two sets of values side by side, as lines: what is new, what goes, what changes, how much stays.

Columns are Terraform's: a marker, a space, then the text; what is inside goes four columns deeper.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from kplan.sdk.values import Endpoint, Secret, SetValue, Unknown, equal, marks, number_text
from kplan.view.text import counted, key_text, quoted, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Markers = dict[str, str]  # a marker, and it as it is printed

_ALWAYS_SHOWN: Final = frozenset({"id", "name"})  # they tell which object it is
_LONGEST_COMPARED: Final = 2_000  # list items; beyond, no common part is looked for


def block_lines(
    before: Mapping[str, Any], after: Mapping[str, Any], markers: Markers, indent: int = 6
) -> list[str]:
    """Compare the attributes of an object."""
    return _entries(before, after, markers, indent, "attribute")


def _entries(
    before: Mapping[str, Any], after: Mapping[str, Any], markers: Markers, indent: int, noun: str
) -> list[str]:
    shown: list[tuple[str, str, str]] = []
    hidden = 0
    for key in sorted(before.keys() | after.keys()):
        compared = _compared(before.get(key), after.get(key), markers, indent)
        if compared is None:
            continue
        marker, text = compared
        if marker == " ":
            if key not in _ALWAYS_SHOWN:
                hidden += 1
                continue
            text = value_text(after[key], " ", markers, indent)
        shown.append((marker, key, text))
    margin = " " * indent
    names, longest = _names([key for _, key, _ in shown])
    lines = [f"{margin}{markers[marker]} {names[key]:<{longest}} = {text}" for marker, key, text in shown]
    if hidden:
        lines.append(f"{margin}  # ({counted(hidden, f'unchanged {noun}')} hidden)")
    return lines


def _compared(was: Any, will: Any, markers: Markers, indent: int) -> tuple[str, str] | None:
    """Give a marker and the text after `=` (" " and no text: unchanged); None: nothing on either side."""
    if was is None:
        return None if will is None else ("+", value_text(will, "+", markers, indent))
    if will is None:
        return "-", f"{value_text(was, '-', markers, indent)} -> null"
    if equal(was, will):
        return " ", ""
    return "~", change_text(was, will, markers, indent)


def change_text(was: Any, will: Any, markers: Markers, indent: int) -> str:
    """Write a value that becomes another: what is inside is compared, the rest is `old -> new`."""
    if isinstance(was, Secret) or isinstance(will, Secret):
        return "(sensitive value)"
    if isinstance(was, dict) and isinstance(will, dict):
        return _in("{", _entries(was, will, markers, indent + 4, "element"), "}", indent)
    if isinstance(was, tuple) and isinstance(will, tuple):
        return _in("[", _items(was, will, markers, indent + 4), "]", indent)
    if isinstance(was, str) and isinstance(will, str):
        if "\n" in was + will and _lines_of(was) != _lines_of(will):
            return _heredoc(list(_line_changes(was, will)), markers, indent)
        return f"{quoted(was)} -> {quoted(will)}"
    return f"{value_text(was, '-', markers, indent)} -> {value_text(will, '+', markers, indent)}"


def _in(opening: str, lines: Sequence[str], closing: str, indent: int) -> str:
    inner = "\n".join(lines)
    return f"{opening}\n{inner}\n{' ' * (indent + 2)}{closing}"


def value_text(value: Any, marker: str, markers: Markers, indent: int) -> str:
    """Write a whole value, each line below the first with the marker."""
    if isinstance(value, str):
        if "\n" in value:
            return _heredoc([(" ", line) for line in _lines_of(value)], markers, indent)
        return quoted(value)
    if isinstance(value, dict):
        return _in("{", _whole_entries(value, marker, markers, indent + 4), "}", indent) if value else "{}"
    if isinstance(value, (tuple, list)):
        inner = [_item(one, marker, markers, indent + 4) for one in value]
        return _in("[", inner, "]", indent) if value else "[]"
    return scalar_text(value)


def _whole_entries(value: Mapping[str, Any], marker: str, markers: Markers, indent: int) -> list[str]:
    names, longest = _names(sorted(value))
    start = f"{' ' * indent}{markers[marker]} "
    return [
        f"{start}{name:<{longest}} = {value_text(value[key], marker, markers, indent)}"
        for key, name in names.items()
    ]


def _names(keys: Sequence[str]) -> tuple[dict[str, str], int]:
    """Write keys, all quoted where one of them must be; give the longest's length too."""
    names = {key: key_text(key) for key in keys}
    if any(name[0] == '"' for name in names.values()):
        names = {key: quoted(key) for key in keys}
    return names, max(map(len, names.values()), default=0)


def scalar_text(value: Any) -> str:
    """Write what is neither string, list nor map."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return number_text(value)
    if isinstance(value, (Unknown, Secret)):
        return repr(value)
    if isinstance(value, Endpoint):
        return visible(value.address)
    if isinstance(value, float):
        return repr(value)
    raise TypeError(f"no value of the language: {type(value).__name__}")


def _item(value: Any, marker: str, markers: Markers, indent: int) -> str:
    return f"{' ' * indent}{markers[marker]} {value_text(value, marker, markers, indent)},"


def _items(was: Sequence[Any], will: Sequence[Any], markers: Markers, indent: int) -> list[str]:
    """Compare lists and sets: changed items in place, and the unchanged one before them for orientation."""
    lines: list[str] = []
    unchanged: list[Any] = []
    pairs = _set_pairs(was, will) if isinstance(will, SetValue) else _list_pairs(was, will)
    for old, new in pairs:
        if old is not _MISSING and new is not _MISSING and equal(old, new):
            unchanged.append(old)
            continue
        lines += _skipped(unchanged, markers, indent)
        unchanged = []
        if new is _MISSING:
            lines.append(_item(old, "-", markers, indent))
        elif old is _MISSING:
            lines.append(_item(new, "+", markers, indent))
        else:
            lines.append(f"{' ' * indent}{markers['~']} {change_text(old, new, markers, indent)},")
    if unchanged:
        lines.append(f"{' ' * indent}  # ({counted(len(unchanged), 'unchanged element')} hidden)")
    return lines


def _skipped(unchanged: list[Any], markers: Markers, indent: int) -> list[str]:
    if not unchanged:
        return []
    lines = []
    if len(unchanged) > 1:
        lines.append(f"{' ' * indent}  # ({counted(len(unchanged) - 1, 'unchanged element')} hidden)")
    lines.append(_item(unchanged[-1], " ", markers, indent))
    return lines


_MISSING: Final = object()


def _set_pairs(was: Sequence[Any], will: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    old, new = {repr(one): one for one in was}, {repr(one): one for one in will}
    for key in sorted(old.keys() | new.keys()):
        yield old.get(key, _MISSING), new.get(key, _MISSING)


def _list_pairs(was: Sequence[Any], will: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Align two lists by their longest common parts; runs of equal length change in place."""
    if max(len(was), len(will)) > _LONGEST_COMPARED:
        yield from _aligned(was, will)
        return
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, _keys(was, "was"), _keys(will, "will"), autojunk=False)
    for verb, i, j, k, m in matcher.get_opcodes():
        if verb == "equal":
            yield from zip(was[i:j], will[k:m], strict=True)
        else:
            yield from _aligned(was[i:j], will[k:m])


def _aligned(was: Sequence[Any], will: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    if len(was) == len(will):
        yield from zip(was, will, strict=True)
        return
    for one in was:
        yield one, _MISSING
    for one in will:
        yield _MISSING, one


def _keys(items: Sequence[Any], side: str) -> list[Any]:
    """Make items hashable; a marked one equals nothing, as its text says nothing."""
    return [(side, at) if marks(one) else (type(one).__name__, repr(one)) for at, one in enumerate(items)]


def _lines_of(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n")


def _line_changes(was: str, will: str) -> Iterator[tuple[str, str]]:
    from difflib import SequenceMatcher

    old, new = _lines_of(was), _lines_of(will)
    for verb, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if verb == "equal":
            yield from ((" ", line) for line in old[i:j])
        else:
            yield from (("-", line) for line in old[i:j])
            yield from (("+", line) for line in new[k:m])


def _heredoc(lines: Sequence[tuple[str, str]], markers: Markers, indent: int) -> str:
    margin = " " * (indent + 4)
    body = [
        f"{margin}{markers[marker]} {visible(line)}" if line else f"{margin}{markers[marker]}".rstrip()
        for marker, line in lines
    ]
    return _in("<<-EOT", body, "EOT", indent)
