"""A connector's configuration as one flat map, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kplan.sdk.values import Secret, make_map
from kplan_connect.flat import flat_of, parts_of, path_of, written_as

WORDS = st.text("abc", min_size=1, max_size=3)
CONFIGS = st.dictionaries(st.builds("k.{}.{}".format, WORDS, WORDS), st.text(max_size=5), max_size=4)
TRANSFORMS = st.lists(
    st.builds(lambda label, config: {"label": label, "type": "T", "config": config}, WORDS, CONFIGS),
    unique_by=lambda one: one["label"],
    max_size=4,
).map(tuple)


@given(CONFIGS, TRANSFORMS, st.none() | st.integers(1, 9))
def test_what_is_written_is_read_again(config, transforms, tasks_max):
    desired = {"class": "C", "config": config, "transform": transforms}
    if tasks_max is not None:
        desired["tasks_max"] = tasks_max
    assert parts_of(flat_of("one", desired)) == {"name": "one", **desired}


def test_secrets_are_in_the_open_in_what_is_sent():
    desired = make_map({"class": "C", "sensitive_config": Secret({"password": "x"}), "config": {"a": "b"}})
    assert flat_of("one", desired) == {"name": "one", "connector.class": "C", "password": "x", "a": "b"}


def test_transformations_are_named_in_their_order():
    transforms = ({"label": "b", "type": "T"}, {"label": "a", "type": "U", "config": {"x": "1"}})
    flat = flat_of("one", {"class": "C", "transform": transforms})
    assert flat["transforms"] == "b,a"
    assert [flat[f"transforms.{key}"] for key in ("b.type", "a.type", "a.x")] == ["T", "U", "1"]


def test_a_key_belongs_to_the_longest_label_that_fits():
    flat = {
        "transforms": "a, a.b",
        "transforms.a.type": "T",
        "transforms.a.b.type": "U",
        "transforms.a.b.x": "1",
    }
    assert parts_of(flat)["transform"] == (
        {"label": "a", "type": "T", "config": {}},
        {"label": "a.b", "type": "U", "config": {"x": "1"}},
    )


def test_what_no_block_could_say_stays_in_config():
    flat = {"transforms": "a", "transforms.stray.x": "1", "tasks.max": "${env:TASKS}"}
    found = parts_of(flat)
    assert found["config"] == {"transforms": "a", "transforms.stray.x": "1"}
    assert found["tasks_max"] == "${env:TASKS}"


@pytest.mark.parametrize(
    ("key", "attribute"),
    [
        ("name", "name"),
        ("connector.class", "class"),
        ("tasks.max", "tasks_max"),
        ("transforms", "transform"),
        ("transforms.a.type", "transform"),
        ("topics", ""),
        ("transforms-like", ""),
    ],
)
def test_which_keys_an_attribute_stands_for(key, attribute):
    assert written_as(key) == attribute


def test_a_key_that_nobody_declared_is_at_no_place():
    assert path_of("unheard.of", {"config": {"a": "b"}}) == ()
    assert path_of("connector.class", {}) == ("class",)
