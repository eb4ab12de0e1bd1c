from decimal import Decimal

import pytest

from kplan.sdk.values import Endpoint, Secret, Unknown, make_list, make_map, make_set
from kplan.view.differences import block_lines, scalar_text, value_text

MARKERS = {marker: marker for marker in "+-~ "}


def lines(before, after):
    return "\n".join(block_lines(make_map(before), make_map(after), MARKERS, 2)).split("\n")


def test_new_attributes_are_aligned_and_sorted():
    assert lines({}, {"partitions": 3, "name": "a"}) == [
        '  + name       = "a"',
        "  + partitions = 3",
    ]


def test_gone_attributes_become_null():
    assert lines({"name": "a", "none": None}, {}) == ['  - name = "a" -> null']


def test_a_change_shows_both_sides_and_counts_what_stays():
    assert lines({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 5, "c": 3}) == [
        "  ~ b = 2 -> 5",
        "    # (2 unchanged attributes hidden)",
    ]


def test_one_unchanged_attribute_is_singular():
    assert lines({"a": 1, "b": 2}, {"a": 1, "b": 5})[-1] == "    # (1 unchanged attribute hidden)"


def test_name_and_id_are_always_shown():
    assert lines({"name": "a", "id": "x", "b": 2, "c": 1}, {"name": "a", "id": "x", "b": 3, "c": 1}) == [
        "  ~ b    = 2 -> 3",
        '    id   = "x"',
        '    name = "a"',
        "    # (1 unchanged attribute hidden)",
    ]


def test_true_is_not_one():
    assert lines({"a": 1}, {"a": True}) == ["  ~ a = 1 -> true"]


def test_maps_are_compared_key_by_key():
    before = {"config": {"retention.ms": "1", "segment.ms": "2", "gone": "3"}}
    after = {"config": {"retention.ms": "9", "segment.ms": "2", "new": "4"}}
    assert lines(before, after) == [
        "  ~ config = {",
        '      - "gone"         = "3" -> null',
        '      + "new"          = "4"',
        '      ~ "retention.ms" = "1" -> "9"',
        "        # (1 unchanged element hidden)",
        "    }",
    ]


def test_keys_are_quoted_only_where_one_of_them_needs_it():
    assert lines({}, {"labels": {"a": "1", "bb": "2"}}) == [
        "  + labels = {",
        '      + a  = "1"',
        '      + bb = "2"',
        "    }",
    ]


def test_a_new_map_and_a_gone_one_are_shown_whole():
    value = {"config": {"a": {"b": 1}}}
    assert lines({}, value) == ["  + config = {", "      + a = {", "          + b = 1", "        }", "    }"]
    assert lines(value, {}) == [
        "  - config = {",
        "      - a = {",
        "          - b = 1",
        "        }",
        "    } -> null",
    ]


def test_empty_containers_take_one_line():
    assert lines({}, {"a": {}, "b": ()}) == ["  + a = {}", "  + b = []"]


def test_a_list_shows_what_came_and_went_and_one_neighbour():
    before, after = ("a", "b", "c", "d"), ("a", "b", "d", "e")
    assert lines({"l": before}, {"l": after}) == [
        "  ~ l = [",
        "        # (1 unchanged element hidden)",
        '        "b",',
        '      - "c",',
        '        "d",',
        '      + "e",',
        "    ]",
    ]


def test_items_in_the_same_place_are_compared_inside():
    before, after = ({"k": 1, "s": 0},), ({"k": 2, "s": 0},)
    assert lines({"l": before}, {"l": after}) == [
        "  ~ l = [",
        "      ~ {",
        "          ~ k = 1 -> 2",
        "            # (1 unchanged element hidden)",
        "        },",
        "    ]",
    ]


def test_trailing_unchanged_items_are_counted():
    assert lines({"l": (1, 2, 3)}, {"l": (9, 2, 3)}) == [
        "  ~ l = [",
        "      ~ 1 -> 9,",
        "        # (2 unchanged elements hidden)",
        "    ]",
    ]


def test_sets_have_no_places():
    before, after = make_set(["a", "b"]), make_set(["b", "c"])
    assert lines({"s": before}, {"s": after}) == [
        "  ~ s = [",
        '      - "a",',
        '        "b",',
        '      + "c",',
        "    ]",
    ]


def test_long_lists_are_compared_in_linear_time_and_nothing_is_lost():
    before, after = tuple(range(20_000)), tuple(range(1, 20_001))
    text = lines({"l": before}, {"l": after})
    assert len(text) == 20_002
    shorter = lines({"l": before}, {"l": after[:-1]})
    assert sum("- " in line for line in shorter) == 20_000


def test_unknowns_and_secrets_are_named_not_shown():
    after = {
        "id": Unknown("string"),
        "password": Secret("hunter2"),
        "nested": make_map({"p": Secret("hunter2")}),
    }
    text = "\n".join(lines({"id": "old", "password": None}, after))
    assert '~ id       = "old" -> (known after apply)' in text
    assert "+ password = (sensitive value)" in text
    assert "hunter2" not in text


def test_a_changed_secret_shows_that_it_changes_and_neither_side():
    text = lines({"p": Secret("old")}, {"p": Secret("new")})
    assert text == ["  ~ p = (sensitive value)"]
    assert lines({"p": "plain"}, {"p": Secret("new")}) == ["  ~ p = (sensitive value)"]
    assert lines({"p": Secret("same")}, {"p": Secret("same")}) == ["    # (1 unchanged attribute hidden)"]


def test_secrets_in_lists_are_never_taken_for_equal_by_their_text():
    before, after = make_list([Secret("a"), "x"]), make_list([Secret("b"), "x"])
    assert lines({"l": before}, {"l": after})[1] == "      ~ (sensitive value),"


def test_text_of_several_lines_is_compared_line_by_line():
    assert lines({"t": "a\nb\nc\n"}, {"t": "a\nB\nc\n"}) == [
        "  ~ t = <<-EOT",
        "        a",
        "      - b",
        "      + B",
        "        c",
        "    EOT",
    ]


def test_text_that_differs_only_at_its_end_shows_it():
    assert lines({"t": "a\nb"}, {"t": "a\nb\n"}) == ['  ~ t = "a\\nb" -> "a\\nb\\n"']


def test_control_characters_in_a_heredoc_are_made_visible():
    assert "\x1b" not in value_text("a\n\x1b[2J", "+", MARKERS, 2)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (Decimal("0.10"), "0.10"),
        (Decimal("1E+3"), "1000"),
        (1.5, "1.5"),
        (Unknown(), "(known after apply)"),
        (Secret(1), "(sensitive value)"),
        (Endpoint("cluster.primary", "cluster"), "cluster.primary"),
    ],
)
def test_scalars(value, text):
    assert scalar_text(value) == text


def test_what_is_no_value_is_refused():
    with pytest.raises(TypeError, match="object"):
        scalar_text(object())
