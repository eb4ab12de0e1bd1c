"""Entries of a filter that mean no topic, each by itself."""

from typing import NamedTuple

from kplan.sdk.filters import Listing
from kplan_kafka.filters_unmet import Entries


class Listed(NamedTuple):
    name: str
    internal: bool = False


KNOWN = {
    one.name: one
    for one in (Listed("__offsets", internal=True), Listed("orders"), Listed("pay.in"), Listed("pay.out"))
}
ENTRIES = Entries(KNOWN, Listing(KNOWN))


def unmet(**args):
    return [(one["argument"], one["number"], one["entry"]) for one in ENTRIES.unmet(args)]


def test_what_means_none_is_given_with_its_place():
    args = {"names": ("orders", "ordrs"), "prefixes": ("x", "pay."), "patterns": ("o.*", "payments", "x|y")}
    assert unmet(**args) == [
        ("names", 1, "ordrs"),
        ("prefixes", 0, "x"),
        ("patterns", 1, "payments"),
        ("patterns", 2, "x|y"),
    ]


def test_of_a_name_the_nearest_is_given():
    [one] = ENTRIES.unmet({"names": ("ordrs",)})
    assert one["nearest"] == "orders"
    [one] = ENTRIES.unmet({"names": ("zzz",)})
    assert one["nearest"] is None
    [one] = ENTRIES.unmet({"prefixes": ("ordrs",)})
    assert one["nearest"] is None


def test_topics_that_kafka_keeps_for_itself_count_only_where_they_are_asked_for():
    args = {"names": ("__offsets",), "prefixes": ("__",), "patterns": ("__.+",)}
    assert len(unmet(**args)) == 3
    assert unmet(**args, include_internal=True) == []


def test_what_is_left_out_again_was_meant_all_the_same():
    assert unmet(names=("orders",), exclude_names=("orders", "nothing")) == []


def test_no_filter_has_no_entries():
    assert unmet() == []
