"""What ignore_changes leaves as it is."""

import pytest
from plan_subjects import SOURCE, instance

from kplan.config.model import Declared, Ignored, Place
from kplan.plan.ignore import ignored_names, ignoring
from kplan.sdk.values import Unknown, make_map, marks_in

LIVE = {"name": "orders", "partitions": 3, "config": {"a": "live", "theirs": "1"}, "id": "id-1"}
DESIRED = {"name": "orders", "partitions": 6, "config": {"a": "1", "b": "2"}}
PRIOR = {"name": "orders", "partitions": 6, "config": {"a": "0", "b": "0"}, "id": "id-1"}


def kept(*paths, everything=False, desired=DESIRED, prior=PRIOR, live=LIVE):
    ignored = tuple(Ignored(path, 0, 0) for path in paths)
    place = Place(SOURCE, 0, "topic")
    declared = Declared("topic.orders", None, "orders", place, (), None, {}, {}, (), ignored=ignored)
    found = ignoring(
        instance(desired=desired, unresolved=bool(marks_in(desired.values()))),
        declared._replace(ignores_all=everything),
        live,
        prior,
    )
    return found.instance, found.prior


@pytest.mark.parametrize(
    ("paths", "desired", "prior"),
    [
        ([("partitions",)], {"partitions": 3}, {"partitions": 3}),
        ([("config", "a")], {"config": {"a": "live", "b": "2"}}, {"config": {"a": "live", "b": "0"}}),
        ([("config", "b")], {"config": {"a": "1"}}, {"config": {"a": "0"}}),
        ([("config",)], {"config": {"a": "live"}}, {"config": {"a": "live"}}),
        ([("config", "x")], {}, {}),
        ([("note",)], {}, {}),
        ([("name",)], {}, {}),
    ],
)
def test_what_is_ignored_is_as_it_is_live(paths, desired, prior):
    instance_, remembered = kept(*paths)
    assert instance_.desired == {**DESIRED, **desired}
    assert remembered == {**PRIOR, **prior}
    assert DESIRED["config"] == {"a": "1", "b": "2"}


def test_all_leaves_only_what_says_which_object_it_is():
    instance_, _ = kept(everything=True)
    assert instance_.desired == {"name": "orders", "partitions": 3, "config": {"a": "live"}}


def test_an_object_that_state_does_not_know_has_no_prior():
    assert kept(("config", "a"), prior=None)[1] is None


def test_what_is_not_there_live_counts_as_not_declared():
    live = {"name": "orders", "partitions": None}
    instance_, prior = kept(("partitions",), ("config", "a"), live=live)
    assert instance_.desired == {"name": "orders", "config": {"b": "2"}}
    assert "partitions" not in prior


def test_an_unknown_that_is_ignored_keeps_nothing_open():
    desired = {**DESIRED, "config": make_map({"a": Unknown("string", ("topic.x",)), "b": "2"})}
    instance_, _ = kept(("config", "a"), desired=desired)
    assert not instance_.unresolved
    assert instance_.desired["config"] == {"a": "live", "b": "2"}
    assert kept(("config", "b"), desired=desired)[0].unresolved


def test_what_is_ignored_is_named_but_for_what_says_which_object_it_is():
    place = Place(SOURCE, 0, "topic")
    plain = Declared("topic.orders", None, "orders", place, (), None, {}, {}, ())
    some = plain._replace(ignored=(Ignored(("config", "a"), 0, 0), Ignored(("name",), 0, 0)))
    one = instance(desired=DESIRED)
    assert ignored_names(one, plain) == set()
    assert ignored_names(one, some) == {"config"}
    assert ignored_names(one, plain._replace(ignores_all=True)) == {"partitions", "config"}
    assert ignored_names(one._replace(parent="grant.g"), some) == set()  # its block's arguments are others
