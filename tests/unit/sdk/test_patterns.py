"""Patterns mean what Java says they mean (data/patterns.tsv, made by data/Patterns.java), or are refused with a way out."""

import re
from pathlib import Path

import pytest

from kplan.sdk.patterns import Untranslatable, java_pattern

DATA = Path(__file__).parent / "data"
NAMES = [
    re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), line)
    for line in (DATA / "names.txt").read_text().splitlines()
]
ROWS = [line.split("\t") for line in (DATA / "patterns.tsv").read_text().splitlines()]
# Java takes these; kplan refuses them rather than read them otherwise.
REFUSED = {
    r"(a)\1": "write out what the group may be",
    r"(ab)\1": "write out what the group may be",
    r"(?<x>ab)\k<x>": "write out what the group may be",
    r"\8": "write out what the group may be",
    r"\9": "write out what the group may be",
    r"\141": "write out what the group may be",
    r"\12": "write out what the group may be",
    r"[\p{Lu}]+": "only these can be told exactly",
    r"\p{L}+": "only these can be told exactly",
    r"\p{IsAlphabetic}+": "only these can be told exactly",
    r"\p{IsDigit}": "only these can be told exactly",
    r"\p{IsPunct}": "only these can be told exactly",
    r"\p{lower}+": "only these can be told exactly",
    r"\pL+": "only these can be told exactly",
    "[a-z&&[^o]]+": "a class within a class, or &&",
    "[a-m[n-z]]+": "a class within a class, or &&",
    "[a&&b]": "a class within a class, or &&",
    "(?i)orders": "write the letters out",
    "(?i:orders)": "write the letters out",
    "(?x)a b": "write the letters out",
    "a(?i)B": "write the letters out",
    r"\R": r"write [\n\r]",
    r"\ud83d": r"write it as \x{",
    r"\G.*": "leave it out",
    r"\N{LATIN SMALL LETTER A}": "write the letter",
    r"\X": "name the letters in brackets",
    r"orders\b": "name the signs",
    r"\borders\b.*": "name the signs",
    "(^a|b)+b": "leave them out",
    r"(\A(a|b)*){2}?": "leave them out",
    "^*a": "nothing to repeat",
    "a{2}{3}": "multiple repeat",
    "[^^a]+": "put ^ last",
    r"[\d-z]+": "put the - last",
    "(?<=a+)b": "look-behind requires fixed-width pattern",
    ".(?<=a|ab).": "look-behind requires fixed-width pattern",
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_pattern_means_what_java_says_or_is_refused(row):
    text, *matches = row
    if matches == ["invalid"] or text in REFUSED:
        with pytest.raises(Untranslatable, match=re.escape(REFUSED.get(text, " "))):
            java_pattern(text)
        return
    made = java_pattern(text)
    assert [name for name in NAMES if made.matches(name)] == [
        name for name, met in zip(NAMES, matches, strict=True) if met == "1"
    ]
    for name in filter(made.matches, NAMES):
        assert name.startswith(made.beginning)
        assert made.needed in name


def test_what_is_refused_is_valid_java_or_never_was():
    told = {text: matches for text, *matches in ROWS}
    never = {text for text in REFUSED if told[text] == ["invalid"]}
    assert never <= {r"\p{IsPunct}", r"\p{lower}+", r"\N{LATIN SMALL LETTER A}"}


@pytest.mark.parametrize(
    ("text", "beginning", "needed"),
    [
        (r"billing\.[a-z]+", "billing.", "billing."),
        ("orders", "orders", "orders"),
        ("ab+c", "ab", "ab"),
        ("ab?c", "a", "a"),
        ("ab*cd", "a", "cd"),
        ("ab{0,2}c", "a", "a"),
        (r"ab\.*", "ab", "ab"),
        (".*-eu", "", "-eu"),
        ("(a|b)-orders-.*", "", "-orders-"),
        ("billing|orders", "", ""),
        ("(billing|orders)x", "", "x"),
        (r"\Qorders.\E.*", "orders.", "orders."),
        ("[ab]c(def)", "", "c"),
        ("", "", ""),
    ],
)
def test_what_all_matches_begin_with_and_contain(text, beginning, needed):
    assert java_pattern(text)[1:3] == (beginning, needed)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (r"\Qa.b", r"close it with \E"),
        (r"\Qa.b\E", ""),
        ("(?<x>a)", "a group's name may stand only once"),
        ("(?:a|b)", ""),
        (" a", r"write them as \x20"),
        ("a\t", r"write them as \x20"),
        ("a b", ""),
        ("[${]a", "workers would look it up"),
        ("a$", ""),
    ],
)
def test_why_a_pattern_cannot_stand_among_others(text, reason):
    joined = java_pattern(text).joined
    assert reason in joined
    assert bool(reason) is bool(joined)


def test_what_is_nested_too_deeply_is_refused():
    with pytest.raises(Untranslatable, match="nested too deeply"):
        java_pattern("(" * 5_000 + ")" * 5_000)
