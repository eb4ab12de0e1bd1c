"""Pieces of text: quoting, wrapping, counting. What a terminal would act on is always made visible."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_ESCAPES: Final = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
_IDENTIFIER: Final = re.compile(r"[^\W\d][\w-]*\Z")


def visible(text: str) -> str:
    """Make control characters visible, so that a name from elsewhere can't drive the terminal. Line ends stay."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in "\n\t" else _escaped(one) for one in text)


def _escaped(one: str) -> str:
    code = ord(one)
    return _ESCAPES.get(one) or (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def quoted(text: str) -> str:
    """Write a string as the language does."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    if not text.isprintable():
        plain = "".join(one if one.isprintable() else _escaped(one) for one in plain)
    if "{" in plain:
        plain = plain.replace("${", "$${").replace("%{", "%%{")
    return f'"{plain}"'


def key_text(key: str) -> str:
    """Write a map's key: bare where the language reads it so."""
    return key if key.isidentifier() or _IDENTIFIER.match(key) else quoted(key)


def wrapped(text: str, width: int) -> list[str]:
    """Break paragraphs at the width; a line that begins with a space keeps its shape."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        if len(paragraph) <= width or paragraph.startswith((" ", "\t")):
            lines.append(paragraph)
            continue
        line = ""
        for word in paragraph.split(" "):
            if line and len(line) + 1 + len(word) > width:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
    return [line.rstrip() for line in lines]


def counted(count: int, one: str, many: str = "") -> str:
    """Say how many of something, as `1 topic` or `1,000 topics`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(items: Iterable[str], most: int = 10) -> str:
    """Join with commas; beyond `most` only how many more."""
    everything = list(items)
    cut = everything[:most]
    more = f" and {len(everything) - most:,} more" if len(everything) > most else ""
    return ", ".join(cut) + more
