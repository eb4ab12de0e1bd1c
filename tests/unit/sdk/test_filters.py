"""Filters over names, one name at a time and many at once."""

import random

import pytest

from kplan.sdk.filters import Listing, beginnings, check_filter, filter_of

NAMES = ("orders", "orders.eu", "payments.v1")


@pytest.mark.parametrize(
    ("args", "met"),
    [
        ({}, [*NAMES]),
        ({"names": ("orders", "nowhere")}, ["orders"]),
        ({"prefixes": ("orders",)}, ["orders", "orders.eu"]),
        ({"prefixes": ("o.",)}, []),
        ({"patterns": (r".*\.v\d",)}, ["payments.v1"]),
        ({"patterns": ("orders",)}, ["orders"]),
        ({"patterns": ("o.*", ".*eu")}, ["orders", "orders.eu"]),
        ({"names": ("payments.v1",), "prefixes": ("orders.",)}, ["orders.eu", "payments.v1"]),
        ({"exclude_names": ("orders",)}, ["orders.eu", "payments.v1"]),
        ({"prefixes": ("orders",), "exclude_prefixes": ("orders.",)}, ["orders"]),
        ({"exclude_patterns": (".*",)}, []),
        ({"names": ("orders",), "exclude_patterns": (".*s",)}, []),
        ({"names": (), "exclude_names": ()}, [*NAMES]),
        ({"names": None, "prefixes": ("p",)}, ["payments.v1"]),
    ],
)
def test_a_filter_means_these_names(args, met):
    wanted = filter_of(args)
    assert [name for name in NAMES if wanted.meets(name)] == met
    assert Listing(NAMES).met(wanted) == met
    assert Listing(()).met(wanted) == []


def test_many_names_at_once_are_as_each_alone():
    drawn = random.Random(7)
    signs = "ab.-\U0010ffff"
    names = sorted({"".join(drawn.choices(signs, k=drawn.randrange(1, 6))) for _ in range(300)})
    listing = Listing(drawn.sample(names, len(names)))
    texts = [
        "a",
        "b.",
        ".",
        ".*b",
        "a.*",
        ".*a-.*",
        "(a|b).*",
        "a*b",
        "[^a].*",
        r".*\.",
        ".*-b",
        "\U0010ffff.*",
    ]
    for _ in range(200):
        args = {
            part: tuple(drawn.sample(given, drawn.randrange(3)))
            for part, given in (
                ("names", names),
                ("prefixes", ["a", "b", "a.", "-", "\U0010ffff"]),
                ("patterns", texts),
                ("exclude_names", names),
                ("exclude_prefixes", ["ab", ".", "b-"]),
                ("exclude_patterns", texts),
            )
        }
        wanted = filter_of(args)
        assert listing.met(wanted) == [name for name in names if wanted.meets(name)], args


def test_what_makes_no_sense_is_told_where_it_is():
    assert check_filter({"patterns": ("a.*",), "prefixes": ("a",)}) == []
    faults = check_filter({"patterns": ("a", None, "(?i)b"), "exclude_patterns": ("[",), "prefixes": ("",)})
    assert [(one.code, one.path) for one in faults] == [
        ("invalid_pattern", ("patterns", 2)),
        ("empty_prefix", ("prefixes", 0)),
        ("invalid_pattern", ("exclude_patterns", 0)),
    ]
    assert "matched in full" in faults[0].remedy


def test_what_means_something_else_among_others_is_told_only_of_what_is_joined():
    args = {"exclude_patterns": ("a", "(?<x>b)")}
    assert check_filter(args) == []
    [fault] = check_filter(args, ("topics",), joined=True)
    assert fault.path == ("topics", "exclude_patterns", 1)
    assert "write ( for (?<x>" in fault.detail


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ("",)),
        ({"names": ("orders",)}, ()),
        ({"names": ("orders",), "prefixes": ("a.", "b.")}, ("a.", "b.")),
        ({"prefixes": ("a.", "a.b.")}, ("a.",)),
        ({"patterns": (r"billing\.[a-z]+",)}, ("billing.",)),
        ({"patterns": ("billing|orders",)}, ("",)),
        ({"patterns": ("orders", ".*")}, ("",)),
    ],
)
def test_every_name_that_a_filter_means_begins_with_one_of_its_beginnings(filters, expected):
    assert beginnings(filters) == expected
