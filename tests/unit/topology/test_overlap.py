"""Whether two filters can mean one name."""

import pytest

from kplan.sdk.flows import Filter
from kplan.topology.overlap import Overlap, overlap, pattern_beginning


def names(*listed, **more):
    return Filter(names=listed, **more)


def prefixes(*listed, **more):
    return Filter(prefixes=listed, **more)


@pytest.mark.parametrize(
    ("one", "other", "met", "name"),
    [
        (names("a"), names("b", "a"), Overlap.CERTAIN, "a"),
        (names("a"), names("b"), Overlap.NONE, ""),
        (names("a.b"), prefixes("a."), Overlap.CERTAIN, "a.b"),
        (names("ab"), prefixes("a."), Overlap.NONE, ""),
        (prefixes("a."), prefixes("a.b"), Overlap.CERTAIN, "a.b"),
        (prefixes("a."), prefixes("b."), Overlap.NONE, ""),
        (Filter(patterns=("x.*",)), names("a"), Overlap.NONE, ""),
        (Filter(patterns=("x.*",)), names("a", "xa"), Overlap.CERTAIN, "xa"),
        (Filter(patterns=(r"\p{Lower}+",)), names("a"), Overlap.PERHAPS, "a"),
        (Filter(patterns=("x(",)), names("a"), Overlap.PERHAPS, "a"),
        (Filter(patterns=("x.*",)), prefixes("x"), Overlap.PERHAPS, "x"),
        (Filter(patterns=("x.*",)), prefixes("xy"), Overlap.PERHAPS, "xy"),
        (Filter(patterns=("xy.*",)), prefixes("x"), Overlap.PERHAPS, "x"),
        (Filter(patterns=("x.*",)), prefixes("y"), Overlap.NONE, ""),
        (Filter(patterns=("x.*",)), Filter(patterns=("x.*",)), Overlap.PERHAPS, "x.*"),
        (Filter(patterns=("x.*",)), Filter(), Overlap.NONE, ""),
        (Filter(), Filter(), Overlap.NONE, ""),
        (names("a", left_out_names=("a",)), names("a"), Overlap.NONE, ""),
        (names("a.b", left_out_prefixes=("a.",)), names("a.b"), Overlap.NONE, ""),
        (names("a", left_out_patterns=("b",)), names("a"), Overlap.CERTAIN, "a"),
        (names("a", left_out_patterns=("a|b",)), names("a"), Overlap.NONE, ""),
        (names("a", left_out_patterns=("(?i:a)",)), names("a"), Overlap.PERHAPS, "a"),
        (names("a", "b", left_out_names=("a",)), names("a", "b"), Overlap.CERTAIN, "b"),
        (prefixes("a.", "b.", left_out_prefixes=("a.",)), prefixes("a.", "b."), Overlap.CERTAIN, "b."),
        (prefixes("a.", left_out_prefixes=("a.x.",)), prefixes("a."), Overlap.CERTAIN, "a."),
        (prefixes("a.", left_out_patterns=("a.x",)), prefixes("a."), Overlap.PERHAPS, "a."),
    ],
)
def test_how_two_filters_meet(one, other, met, name):
    assert overlap(one, other) == (met, name)
    assert overlap(other, one)[0] is met


def test_three_filters_that_meet_two_by_two_need_not_meet():
    two_by_two = (names("a", "b"), names("b", "c"), names("c", "a"))
    assert overlap(*two_by_two) == (Overlap.NONE, "")
    assert overlap(names("a", "b"), names("b", "c"), prefixes("b")) == (Overlap.CERTAIN, "b")


@pytest.mark.parametrize(
    ("pattern", "begins"),
    [
        ("orders", "orders"),
        (r"a\.b-c_d.*", "a.b-c_d"),
        ("ab?c", "a"),
        ("ab*", "a"),
        ("ab{2}", "a"),
        ("a+", "a"),
        (r"a\d", "a"),
        ("a[bc]", "a"),
        ("a(b)?", "a"),
        ("a|b", ""),
        (".*", ""),
        ("?", ""),
        (r"ab\p{Lower}", ""),
    ],
)
def test_what_all_names_of_a_pattern_begin_with(pattern, begins):
    assert pattern_beginning(pattern) == begins
