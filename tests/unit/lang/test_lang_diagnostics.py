import pytest

from kplan.lang.diagnostics import (
    Diagnostic,
    DiagnosticsError,
    Severity,
    did_you_mean,
    error,
    has_errors,
    nearest,
    sort_and_dedupe,
    warning,
)
from kplan.lang.source import Source

A, B = Source("a.hcl", "x"), Source("b.hcl", "x")


def test_diagnostics_are_ordered_by_file_and_place_each_once_errors_first():
    one, two, three = error("s", "", A, 5), error("s", "", A, 1), warning("s", "", A, 1)
    far, nowhere = error("a", "", B, 0), warning("z")
    assert sort_and_dedupe([far, one, three, two, one, nowhere]) == (nowhere, two, three, one, far)


def test_the_same_words_at_two_places_are_two():
    assert len(sort_and_dedupe([error("s", "d", A, 1), error("s", "d", A, 2)])) == 2


def test_only_errors_count_as_errors():
    assert not has_errors([warning("w")])
    assert has_errors([warning("w"), error("e")])
    assert warning("w").severity is Severity.WARNING
    assert error("e", context="topic", values=(("a", "1"),), remedy="r") == Diagnostic(
        Severity.ERROR, "e", context="topic", values=(("a", "1"),), remedy="r"
    )


def test_the_exception_carries_them():
    with pytest.raises(DiagnosticsError, match="one; two") as raised:
        raise DiagnosticsError([error("one"), error("two")])
    assert [found.summary for found in raised.value.diagnostics] == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("partition", ["partitions", "config"], "partitions"),
        ("partitoins", ["partitions"], "partitions"),
        ("cofnig", ["partitions", "config"], "config"),
        ("orders", ["payments"], None),
        ("ab", ["xy"], None),
        ("a", ["b"], None),
        ("abc", ["abd", "abcd"], "abd"),
        ("topics", ["topic", "topixx"], "topic"),
        ("retention", [], None),
        ("name", ["name"], None),
    ],
)
def test_the_nearest_name_is_a_slip_away(name, known, found):
    assert nearest(name, known) == found


def test_the_hint_is_a_sentence_with_a_leading_space():
    assert did_you_mean("topc", ["topic"]) == ' Did you mean "topic"?'
    assert not did_you_mean("cluster", ["topic"])


def test_looking_for_the_nearest_of_very_many_stops():
    assert nearest("needle", [*(f"{at:06}" for at in range(30_000)), "needles"]) is None
