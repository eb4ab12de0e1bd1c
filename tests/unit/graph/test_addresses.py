"""Addresses as text."""

import pytest

from kplan.graph.address import block_address, instance_address, matches, parse


@pytest.mark.parametrize(
    ("block", "key", "text"),
    [
        ("topic.orders", None, "topic.orders"),
        ("topic.orders", "eu", 'topic.orders["eu"]'),
        ("topic.orders", "", 'topic.orders[""]'),
        ("topic.orders", 0, "topic.orders[0]"),
        ("topic.orders", 17, "topic.orders[17]"),
        ("topic.orders", "0", 'topic.orders["0"]'),
        ("topic.orders", 'a"b', 'topic.orders["a\\"b"]'),
        ("topic.orders", "a\\b", 'topic.orders["a\\\\b"]'),
        ("topic.orders", "a]b[c", 'topic.orders["a]b[c"]'),
        ("topic.orders", "zwei\nzeilen", 'topic.orders["zwei\\nzeilen"]'),
        ("topic.orders", "ü🦆", 'topic.orders["ü🦆"]'),
        ("topic.orders", "a.b c", 'topic.orders["a.b c"]'),
        ("data.topics.all", None, "data.topics.all"),
        ("data.topics.all", "x", 'data.topics.all["x"]'),
        ("a-b.c_d-1", None, "a-b.c_d-1"),
    ],
)
def test_an_address_is_written_and_read(block, key, text):
    assert instance_address(block, key) == text
    assert parse(text) == (block, key)
    assert block_address(text) == block


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("  topic.orders\n", ("topic.orders", None)),
        ("topic.orders[eu]", ("topic.orders", "eu")),
        ("topic.orders[eu-west 1]", ("topic.orders", "eu-west 1")),
        ("topic.orders[a\\b]", ("topic.orders", "a\\b")),
        ("topic.orders[007]", ("topic.orders", 7)),
        ('topic.orders["tab\there"]', ("topic.orders", "tab\there")),
        ("data.topics.all[x]", ("data.topics.all", "x")),
    ],
)
def test_what_a_shell_leaves_of_an_address_is_understood(typed, meant):
    assert parse(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "topic",
        "topic.",
        ".orders",
        "topic..orders",
        "topic.orders.more",
        "data.topics.all.more",
        "topic.or ders",
        "topic.orders[",
        "topic.orders[]",
        "topic.orders]",
        'topic.orders["eu"',
        'topic.orders["eu"]x',
        'topic.orders["e"u"]',
        'topic.orders["eu]',
        'topic.orders[eu"]',
        'topic.orders["\\q"]',
        'topic.orders["\\"]',
        'topic.orders["\\u12"]',
        "topic.orders[eu][de]",
        "topic[eu]",
        "[eu]",
    ],
)
def test_what_is_no_address_is_none(typed):
    assert parse(typed) is None


@pytest.mark.parametrize(
    ("address", "wanted", "meant"),
    [
        ("topic.a", "topic.a", True),
        ('topic.a["x"]', "topic.a", True),
        ('topic.a["x"]', 'topic.a["x"]', True),
        ('topic.a["x"]', 'topic.a["y"]', False),
        ("topic.a", 'topic.a["x"]', False),
        ("topic.ab", "topic.a", False),
        ('topic.ab["x"]', "topic.a", False),
        ('topic.a["topic.b"]', "topic.b", False),
        ('topic.a["b[c"]', "topic.a", True),
    ],
)
def test_a_target_means_one_instance_or_all_of_a_block(address, wanted, meant):
    assert matches(address, wanted) is meant
