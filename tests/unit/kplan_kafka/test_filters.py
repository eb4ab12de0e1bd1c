"""Filters over names; patterns mean what Java says they mean (data/patterns.tsv, made by data/Patterns.java)."""

from pathlib import Path

import pytest

from kplan_kafka.filters import Untranslatable, beginnings, check_filter, filter_of, java_pattern

DATA = Path(__file__).parent / "data"
NAMES = (DATA / "names.txt").read_text().splitlines()
ROWS = [line.split("\t") for line in (DATA / "patterns.tsv").read_text().splitlines()]
# Java takes these; kplan refuses them rather than read them otherwise.
REFUSED = {
    r"[\p{Lu}]+",
    r"\p{L}+",
    r"\p{IsAlphabetic}+",
    "[a-z&&[^o]]+",
    "[a-m[n-z]]+",
    "(?i)orders",
    "(?i:orders)",
    r"\v",
    r"\R",
    r"\141",
    r"\061x",
    r"\cA",
    r"\G.*",
    r"\N{LATIN SMALL LETTER A}",
    r"\X",
    r"(?<x>ab)\k<x>",
    r"orders\b",
    r"\borders\b.*",
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_pattern_means_what_java_says_or_is_refused(row):
    text, *matches = row
    if matches == ["invalid"] or text in REFUSED:
        with pytest.raises(Untranslatable):
            java_pattern(text)
        return
    made = java_pattern(text)
    assert [name for name in NAMES if made.fullmatch(name)] == [
        name for name, met in zip(NAMES, matches, strict=True) if met == "1"
    ]


def test_what_is_refused_is_valid_java():
    told = {text: matches for text, *matches in ROWS}
    assert all(told[text] != ["invalid"] for text in REFUSED)


@pytest.mark.parametrize(
    ("args", "met"),
    [
        ({}, ["orders", "orders.eu", "payments.v1"]),
        ({"names": ("orders", "nowhere")}, ["orders"]),
        ({"prefixes": ("orders",)}, ["orders", "orders.eu"]),
        ({"prefixes": ("o.",)}, []),
        ({"patterns": (r".*\.v\d",)}, ["payments.v1"]),
        ({"patterns": ("orders",)}, ["orders"]),
        ({"names": ("payments.v1",), "prefixes": ("orders.",)}, ["orders.eu", "payments.v1"]),
        ({"exclude_names": ("orders",)}, ["orders.eu", "payments.v1"]),
        ({"prefixes": ("orders",), "exclude_prefixes": ("orders.",)}, ["orders"]),
        ({"exclude_patterns": (".*",)}, []),
        ({"names": (), "exclude_names": ()}, ["orders", "orders.eu", "payments.v1"]),
    ],
)
def test_a_filter_means_these_names(args, met):
    wanted = filter_of(args)
    assert [name for name in ("orders", "orders.eu", "payments.v1") if wanted.meets(name)] == met


def test_what_makes_no_sense_is_told_where_it_is():
    assert check_filter({"patterns": ("a.*",), "prefixes": ("a",)}) == []
    faults = check_filter({"patterns": ("a", "(?i)b"), "exclude_patterns": ("[",), "prefixes": ("",)})
    assert [(one.code, one.path) for one in faults] == [
        ("invalid_pattern", ("patterns", 1)),
        ("empty_prefix", ("prefixes", 0)),
        ("invalid_pattern", ("exclude_patterns", 0)),
    ]
    assert "matched in full" in faults[0].detail


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ("",)),
        ({"names": ("orders",)}, ()),
        ({"names": ("orders",), "prefixes": ("a.", "b.")}, ("a.", "b.")),
        ({"prefixes": ("a.", "a.b.")}, ("a.",)),
        ({"patterns": (r"billing\.[a-z]+",)}, ("billing.",)),
        ({"patterns": ("orders",)}, ("orders",)),
        ({"patterns": ("ab+c",)}, ("ab",)),
        ({"patterns": ("ab?c",)}, ("a",)),
        ({"patterns": ("ab*c",)}, ("a",)),
        ({"patterns": ("ab{0,2}c",)}, ("a",)),
        ({"patterns": (r"ab\.*",)}, ("ab",)),
        ({"patterns": ("billing|orders",)}, ("",)),
        ({"patterns": ("(?i)orders",)}, ("",)),
        ({"patterns": (r"\Qorders\E",)}, ("",)),
        ({"patterns": ("orders", ".*")}, ("",)),
    ],
)
def test_every_name_that_a_filter_means_begins_with_one_of_its_beginnings(filters, expected):
    assert beginnings(filters) == expected
