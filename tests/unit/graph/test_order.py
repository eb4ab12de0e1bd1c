"""Order, cycles and closure; linear, seen by counting and not by the clock."""

import pytest

from kplan.graph.order import closure, components, order, reverse

MANY = 100_000


class Counted(dict):
    """Edges that count how often a name's are asked for: once each, and the work is linear."""

    asked = 0

    def __getitem__(self, name):
        self.asked += 1
        return super().__getitem__(name)

    def get(self, name, default=()):
        self.asked += 1
        return super().get(name, default)

    def items(self):
        self.asked += len(self)
        return super().items()


def name(number):
    return f"n{number:06}"


def chain(many=MANY):
    return {name(n): (name(n - 1),) if n else () for n in range(many)}


def star(many=MANY):
    first, *rest = map(name, range(many - 1))
    return {first: (), **dict.fromkeys(rest, (first,)), "z": (first, *rest)}


def ladder(many=MANY):
    return {name(n): tuple(name(m) for m in (n - 1, n - 2, n // 2) if 0 <= m < n) for n in range(many)}


SHAPES = pytest.mark.parametrize("shape", [chain, star, ladder])


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ({}, []),
        ({"a": ()}, ["a"]),
        ({"b": (), "a": (), "c": ()}, ["a", "b", "c"]),
        ({"a": ("b",), "b": ()}, ["b", "a"]),
        ({"a": ("c", "b"), "c": (), "b": ()}, ["b", "c", "a"]),
        ({"a": ("b", "c"), "b": ("d",), "c": ("d",), "d": ()}, ["d", "b", "c", "a"]),
        ({"a": ("never",), "b": ("a", "a")}, ["a", "b"]),
    ],
)
def test_dependencies_first_and_ties_by_name(edges, expected):
    assert order(edges) == (expected, [])
    assert order(dict(reversed(edges.items()))) == (expected, [])


@pytest.mark.parametrize(
    ("edges", "together"),
    [
        ({}, []),
        ({"a": ("b",), "b": ()}, ["a", "b"]),
        ({"a": ("b",), "b": ("a",), "c": ("a",)}, ["ab", "c"]),
        ({"a": ("b",), "b": ("c",), "c": ("a",), "d": ("a", "e"), "e": ("d",)}, ["abc", "de"]),
        ({"a": ("b", "c"), "b": ("d",), "c": ("d",), "d": ()}, ["a", "b", "c", "d"]),
        ({"a": ("a", "never")}, ["a"]),
    ],
)
def test_what_goes_in_a_circle_is_one_component(edges, together):
    found = components(edges)
    assert found.keys() >= edges.keys()
    groups = {}
    for one in sorted(edges):
        groups.setdefault(found[one], []).append(one)
    assert sorted("".join(one) for one in groups.values()) == together


@pytest.mark.parametrize(
    ("edges", "cycles"),
    [
        ({"a": ("a",)}, [["a", "a"]]),
        ({"a": ("b",), "b": ("a",)}, [["a", "b", "a"]]),
        ({"a": ("b",), "b": ("c",), "c": ("b",)}, [["b", "c", "b"]]),
        ({"a": ("b",), "b": ("c",), "c": ("a",), "d": ("a", "d")}, [["a", "b", "c", "a"], ["d", "d"]]),
        ({"a": ("b", "c"), "b": ("a",), "c": ("a",)}, [["a", "b", "a"], ["a", "c", "a"]]),
        ({"a": ("b",), "b": ("a", "c"), "c": ()}, [["a", "b", "a"]]),
    ],
)
def test_a_cycle_is_given_as_its_path_and_every_name_is_in_the_order(edges, cycles):
    found, paths = order(edges)
    assert paths == cycles
    assert sorted(found) == sorted(edges)


def test_what_hangs_on_a_cycle_comes_after_it():
    found, _ = order({"a": ("b",), "b": ("a",), "x": ("b",), "w": ("x",)})
    assert found == ["b", "a", "x", "w"]


@SHAPES
def test_order_closure_and_reverse_are_linear_and_not_recursive(shape):
    edges = Counted(shape())
    found, cycles = order(edges)
    assert (len(found), cycles) == (MANY, [])
    assert edges.asked == MANY
    assert len(closure(edges, [max(edges)])) == MANY
    assert edges.asked == 2 * MANY
    assert sum(map(len, reverse(edges).values())) == sum(map(len, edges.values()))
    assert edges.asked == 3 * MANY


@pytest.mark.parametrize(
    ("edges", "start", "reached"),
    [
        ({}, [], set()),
        ({}, ["a"], {"a"}),
        ({"a": ("b",), "b": ("c",), "d": ("a",)}, ["a"], {"a", "b", "c"}),
        ({"a": ("b",), "b": ("a",)}, ["b"], {"a", "b"}),
        ({"a": ("b",), "c": ("d",)}, ["a", "c"], {"a", "b", "c", "d"}),
    ],
)
def test_closure_is_all_that_is_reached_and_where_it_began(edges, start, reached):
    assert closure(edges, start) == reached


def test_closure_takes_what_can_be_read_only_once():
    assert closure({"a": iter(["b"])}, iter(["a"])) == {"a", "b"}


def test_reverse_turns_each_edge_and_keeps_each_name():
    assert reverse({"a": ("b", "c"), "b": ("c",), "d": ()}) == {"a": [], "b": ["a"], "c": ["a", "b"], "d": []}
