"""Addresses as text."""

import pytest

from kplan.graph.address import (
    block_address,
    instance_address,
    is_child,
    matches,
    module_of,
    parent_address,
    parse,
    within,
)


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
    assert parse(text) == (block, key, "")
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
    assert parse(typed) == (*meant, "")


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


@pytest.mark.parametrize(
    ("address", "block", "module", "parsed"),
    [
        ("module.m.topic.a", "module.m.topic.a", "module.m", ("module.m.topic.a", None)),
        (
            'module.m["k"].topic.a[0]',
            "module.m.topic.a",
            'module.m["k"]',
            ('module.m["k"].topic.a', 0),
        ),
        (
            'module.m["]."].module.n[1].data.topics.a["x.y"]',
            "module.m.module.n.data.topics.a",
            'module.m["]."].module.n[1]',
            ('module.m["]."].module.n[1].data.topics.a', "x.y"),
        ),
        ("module.m", "module.m", "", ("module.m", None)),
        ("module.m[k]", None, "", ("module.m", "k")),
        ("topic.a", "topic.a", "", ("topic.a", None)),
    ],
)
def test_an_address_in_a_module_is_taken_apart(address, block, module, parsed):
    assert parse(address) == (*parsed, "")
    assert module_of(address) == module
    if block is not None:
        assert block_address(address) == block
        assert instance_address(*parsed) == address


@pytest.mark.parametrize(
    "typed", ["module", "module.", "module.m.", "module.m.topic", "topic.a.module.m", "module.m[].topic.a"]
)
def test_what_is_no_address_in_a_module_is_none(typed):
    assert parse(typed) is None


@pytest.mark.parametrize(
    ("address", "wanted", "meant"),
    [
        ('module.m["k"].topic.a["x"]', "module.m", True),
        ('module.m["k"].topic.a["x"]', 'module.m["k"]', True),
        ('module.m["k"].topic.a["x"]', 'module.m["j"]', False),
        ('module.m["k"].topic.a["x"]', "module.m.topic.a", True),
        ('module.m["k"].topic.a["x"]', 'module.m.topic.a["x"]', True),
        ('module.m["k"].topic.a["x"]', 'module.m.topic.a["y"]', False),
        ("module.m.topic.a", "topic.a", False),
        ("topic.a", "module.m.topic.a", False),
        ("module.mm.topic.a", "module.m", False),
        ("module.m.module.n.topic.a", "module.m", True),
        ("module.m", "module.m.topic.a", False),
    ],
)
def test_a_target_may_be_a_module(address, wanted, meant):
    assert matches(address, wanted) is meant


@pytest.mark.parametrize(
    ("address", "block", "parent", "parsed"),
    [
        ("grant.a/primary/User:b", "grant.a", "grant.a", ("grant.a", None, "primary/User:b")),
        ('grant.a["k"]/p/x', "grant.a", 'grant.a["k"]', ("grant.a", "k", "p/x")),
        ("grant.a[0]/p", "grant.a", "grant.a[0]", ("grant.a", 0, "p")),
        ('grant.a["x/y"]/p/z', "grant.a", 'grant.a["x/y"]', ("grant.a", "x/y", "p/z")),
        ('grant.a["q\\"/"]/p', "grant.a", 'grant.a["q\\"/"]', ("grant.a", 'q"/', "p")),
        ('grant.a/p/t["k"].b/c', "grant.a", "grant.a", ("grant.a", None, 'p/t["k"].b/c')),
        ("grant.a/p/module.m.topic.a", "grant.a", "grant.a", ("grant.a", None, "p/module.m.topic.a")),
        ("grant.a/p/two\nlines", "grant.a", "grant.a", ("grant.a", None, "p/two\nlines")),
        (
            'module.m["e/u"].grant.a["x/y"]/p/t["k"]',
            "module.m.grant.a",
            'module.m["e/u"].grant.a["x/y"]',
            ('module.m["e/u"].grant.a', "x/y", 'p/t["k"]'),
        ),
    ],
)
def test_what_a_composite_yields_is_named_after_a_slash(address, block, parent, parsed):
    assert parse(address) == parsed
    assert instance_address(*parsed) == address
    assert block_address(address) == block
    assert parent_address(address) == parent
    assert is_child(address)
    assert not is_child(parent)
    assert parent_address(parent) == parent


def test_the_module_of_what_a_composite_yields_has_nothing_of_it():
    assert module_of('module.m["e/u"].grant.a/p/module.n.topic.b') == 'module.m["e/u"]'
    assert module_of("grant.a/p/module.n.topic.b") == ""


@pytest.mark.parametrize("typed", ["grant/a", "grant.a[x/y", "/grant.a", "gr/ant.a"])
def test_a_slash_elsewhere_makes_no_address(typed):
    assert parse(typed) is None


@pytest.mark.parametrize(
    ("address", "wanted", "meant"),
    [
        ("grant.a/p/x", "grant.a", True),
        ("grant.a/p/x", "grant.a/p/x", True),
        ("grant.a/p/x", "grant.a/p/y", False),
        ("grant.a/p/x", "grant.a/p", False),
        ("grant.ab/p/x", "grant.a", False),
        ('grant.a["k"]/p/x', "grant.a", True),
        ('grant.a["k"]/p/x', 'grant.a["k"]', True),
        ('grant.a["k"]/p/x', 'grant.a["j"]', False),
        ('grant.a["k"]/p/x', "grant.a/p/x", False),
        ("grant.a/p/topic.b", "topic.b", False),
        ('module.m["k"].grant.a["x"]/p', "module.m", True),
        ('module.m["k"].grant.a["x"]/p', "module.m.grant.a", True),
        ('module.m["k"].grant.a["x"]/p', 'module.m["k"].grant.a["x"]', True),
        ('module.m["k"].grant.a["x"]/p', 'module.m["k"].grant.a["y"]', False),
        ('module.m["k"].grant.a["x"]/p', 'module.m["k"].grant.a["x"]/p', True),
        ('module.m["k"].grant.a["x"]/p', 'module.m["k"].grant.a["x"]/q', False),
    ],
)
def test_a_target_means_all_that_a_composite_yields(address, wanted, meant):
    assert matches(address, wanted) is meant


def test_a_name_within_a_module():
    assert within("", "topic.a") == "topic.a"
    assert within('module.m["k"]', "topic.a") == 'module.m["k"].topic.a'
