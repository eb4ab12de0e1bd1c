"""Patterns of paths for `fileset`: `*`, `?`, `[a-z]`, `{a,b}` within a name, and `**` for any folders."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Entries = Callable[
        [str], tuple[tuple[str, bool], ...]
    ]  # of a folder: each name, and whether it is a folder


def found(folder: str, pattern: str, entries: Entries) -> Iterator[str]:
    """List the files of a folder that match, by their paths from there. Raises re.error for no pattern."""
    segments = [_segment(part) for part in posixpath.normpath(pattern).split("/")] if pattern else []
    yield from _below("", segments, lambda path: entries(posixpath.join(folder, path) if path else folder))


def _below(path: str, segments: list[re.Pattern[str] | str], entries: Entries) -> Iterator[str]:
    if not segments:
        return
    first, rest = segments[0], segments[1:]
    if first == "..":
        yield from _below(posixpath.join(path, ".."), rest, entries)
        return
    anywhere = first == "**"
    if anywhere and rest:
        yield from _below(path, rest, entries)
    for name, is_folder in entries(path):
        inner = posixpath.join(path, name)
        if anywhere and is_folder:
            yield from _below(inner, segments, entries)
        elif anywhere or (isinstance(first, re.Pattern) and first.match(name)):
            if is_folder and not anywhere:
                yield from _below(inner, rest, entries)
            elif not is_folder and not rest:
                yield inner


def _segment(text: str) -> re.Pattern[str] | str:
    return text if text in {"**", ".."} else re.compile(f"{_expression(text)}\\Z", re.DOTALL)


def _expression(text: str) -> str:
    """Write a name's pattern as a regular expression."""
    parts: list[str] = []
    depth = at = 0
    while at < len(text):
        letter = text[at]
        at += 1
        if letter == "*":
            parts.append(".*")
        elif letter == "?":
            parts.append(".")
        elif letter == "\\" and at < len(text):
            parts.append(re.escape(text[at]))
            at += 1
        elif letter == "[":
            end = text.find("]", at + 1)
            if end < 0:
                raise re.error("unclosed")
            parts.append("[" + text[at:end].replace("[", "\\[").replace("\\", "\\\\") + "]")
            at = end + 1
        elif letter == "{":
            depth += 1
            parts.append("(?:")
        elif depth and letter in "},":
            depth -= letter == "}"
            parts.append(")" if letter == "}" else "|")
        else:
            parts.append(re.escape(letter))
    if depth:
        raise re.error("unclosed")
    return "".join(parts)
