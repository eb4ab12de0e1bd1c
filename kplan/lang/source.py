"""A text that users wrote, and where in it something is."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import NamedTuple


class Source(NamedTuple):
    """A file's text under the path that users are shown. Lines end at LF; lines and columns count from 1."""

    path: str
    text: str

    def blank(self) -> Source:
        """Give it without its text: where something is can still be told, and nothing of it shown."""
        return Source(self.path, "\n".join(" " * len(line) for line in self.text.split("\n")))

    def position(self, offset: int) -> tuple[int, int]:
        """Tell the line and column of an offset. Columns count characters."""
        starts = _line_starts(self.text)
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Give a line without its end; "" for a line that isn't there."""
        starts = _line_starts(self.text)
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] - 1 if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r")


@lru_cache(maxsize=16)
def _line_starts(text: str) -> tuple[int, ...]:
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return tuple(starts)
