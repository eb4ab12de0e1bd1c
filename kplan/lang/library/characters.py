"""Characters as people see them, and their cases.

Unicode's grapheme clusters, as far as the standard library's tables tell: base characters with what combines with
them, emoji that are joined, flags, Hangul syllables.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_JOINER: Final = "\u200d"
_SKIN: Final = ("\U0001f3fb", "\U0001f3ff")
_FLAG: Final = ("\U0001f1e6", "\U0001f1ff")
_TAGS: Final = ("\U000e0020", "\U000e007f")
_EXTENDS: Final = frozenset({"Mn", "Me"})
_BREAKS: Final = frozenset({"Cc", "Zl", "Zp"})
_LEADING: Final = (
    "\u1100",
    "\u115f",
)  # Hangul consonants that begin a syllable, then vowels, then those that end it
_VOWELS: Final = ("\u1160", "\u11a7")
_TRAILING: Final = ("\u11a8", "\u11ff")
_SYLLABLES: Final = ("\uac00", "\ud7a3")
_ENDINGS: Final = 28  # syllables that differ only in how they end


def characters(text: str) -> list[str]:
    """Split into characters as people see them."""
    if text.isascii() and "\r" not in text:
        return list(text)
    made: list[str] = []
    for letter in text:
        if made and _belongs(made[-1], letter):
            made[-1] += letter
        else:
            made.append(letter)
    return made


def count(text: str) -> int:
    """Count characters as people see them."""
    return len(text) if text.isascii() and "\r" not in text else len(characters(text))


def _belongs(before: str, letter: str) -> bool:
    last = before[-1]
    if last == "\r":
        return letter == "\n"
    if unicodedata.category(last) in _BREAKS:
        return False
    if letter in {_JOINER, "\u200c"} or _extends(letter):
        return True
    if last == _JOINER:
        return _pictured(letter) and _pictured(before.rstrip(_JOINER)[:1])
    if _within(letter, _FLAG):
        return len(before) == 1 and _within(last, _FLAG)
    return _syllable(last, letter)


def _extends(letter: str) -> bool:
    category = unicodedata.category(letter)
    if (
        category == "Mc" or letter in "\u0e33\u0eb3"
    ):  # spacing marks, and two letters that Unicode counts as such
        return True
    return (
        category in _EXTENDS or _within(letter, _SKIN) or _within(letter, _TAGS) or letter in "\uff9e\uff9f"
    )


def _syllable(last: str, letter: str) -> bool:
    if _within(last, _LEADING):
        return any(_within(letter, kind) for kind in (_LEADING, _VOWELS, _SYLLABLES))
    open_ended = _within(last, _SYLLABLES) and (ord(last) - ord(_SYLLABLES[0])) % _ENDINGS == 0
    if _within(last, _VOWELS) or open_ended:
        return _within(letter, _VOWELS) or _within(letter, _TRAILING)
    return _within(letter, _TRAILING) and (_within(last, _TRAILING) or _within(last, _SYLLABLES))


def _pictured(letter: str) -> bool:
    """Tell whether this is an emoji or a sign like one."""
    return letter != "" and (unicodedata.category(letter) == "So" or letter in "©®‼⁉↔↕▪▫▶◀◻◼◽◾〰〽")


def _within(letter: str, bounds: tuple[str, str]) -> bool:
    return bounds[0] <= letter <= bounds[1]


def upper(text: str) -> str:
    """Change each letter to its capital where that is one letter."""
    return text.upper() if text.isascii() else "".join(map(_upper, text))


def lower(text: str) -> str:
    """Change each letter to its small one, whatever stands beside it."""
    return text.lower() if text.isascii() else "".join(letter.lower()[0] for letter in text)


def _upper(letter: str) -> str:
    made = letter.upper()
    return made if len(made) == 1 else titled(letter)


def titled(letter: str) -> str:
    """Change a letter to the one that begins words, where that is one letter."""
    made = letter.title()
    return made if len(made) == 1 else letter
