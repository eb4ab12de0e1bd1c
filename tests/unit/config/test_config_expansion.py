"""What for_each takes."""

import pytest

from kplan.config.expansion import items_of
from kplan.sdk.values import Endpoint, Secret, SetValue, Unknown, make_list, make_map, make_set

UNKNOWN = (
    "The keys of for_each must be known while planning, but they depend on topic.a. Use keys from the configuration, or "
    "first apply what they depend on with -target."
)
LATER = Unknown("string", ("topic.a",))


def test_a_map_is_its_items():
    value = {"b": 1, "a": None}
    assert items_of(value) is value
    assert items_of({}) == {}


def test_a_set_of_texts_is_items_by_themselves():
    assert items_of(make_set(("b", "a"))) == {"a": "a", "b": "b"}
    assert items_of(SetValue()) == {}


def test_a_map_may_hold_what_is_unknown_or_secret():
    value = make_map({"a": LATER, "b": Secret("x"), "c": Endpoint("cluster.c", "cluster")})
    assert items_of(value) is value


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        (None, "for_each is null; give a map, or a set of texts. An empty one makes no instances."),
        (
            ("a",),
            "for_each takes a map, or a set of texts, but this is a list. Write toset([…]) around a list of texts.",
        ),
        (make_set((1, 2)), "for_each takes a map, or a set of texts, but this is a set."),
        (make_set(("a", None)), "for_each takes a map, or a set of texts, but this is a set."),
        ("a", "for_each takes a map, or a set of texts, but this is a string."),
        (3, "for_each takes a map, or a set of texts, but this is a number."),
        (True, "for_each takes a map, or a set of texts, but this is a bool."),
        (Endpoint("cluster.c", "cluster"), "for_each takes a map, or a set of texts, but this is a cluster."),
        (Secret({"a": 1}), "Sensitive values can't be for_each keys: they would show in addresses."),
        (Secret(make_set(("a",))), "Sensitive values can't be for_each keys: they would show in addresses."),
        (make_list((Secret("a"),)), "Sensitive values can't be for_each keys: they would show in addresses."),
        (LATER, UNKNOWN),
        (make_set((LATER, "x")), UNKNOWN),
        (make_list((LATER,)), UNKNOWN),
    ],
)
def test_anything_else_is_refused_in_words(value, wrong):
    assert items_of(value) == wrong


def test_what_follows_from_another_error_is_not_told_again():
    assert items_of(Unknown()) is None
