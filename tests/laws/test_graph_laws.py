"""Laws of addresses and of order."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kplan.graph.address import block_address, instance_address, is_child, matches, parent_address, parse
from kplan.graph.order import closure, order, reverse

blocks = st.from_regex(r"(data\.)?[a-z][a-z0-9_-]{0,5}\.[A-Za-z_][A-Za-z0-9_-]{0,5}", fullmatch=True)
keys = st.none() | st.text(max_size=12) | st.integers(0, 10**6)
names = st.sampled_from("abcdefgh")
graphs = st.dictionaries(names, st.lists(names, max_size=4).map(tuple), max_size=8)


@given(blocks, keys)
def test_an_address_is_read_as_it_was_written(block, key):
    address = instance_address(block, key)
    assert parse(address) == (block, key, "")
    assert block_address(address) == block
    assert matches(address, block)
    assert matches(address, address)


@given(blocks, keys, st.text(min_size=1, max_size=12).filter(lambda text: text == text.strip()))
def test_what_a_composite_yields_is_read_as_it_was_written(block, key, child):
    address, parent = instance_address(block, key, child), instance_address(block, key)
    assert parse(address) == (block, key, child)
    assert (block_address(address), parent_address(address)) == (block, parent)
    assert (is_child(address), is_child(parent)) == (True, False)
    assert all(matches(address, wanted) for wanted in (block, parent, address))


@given(st.text(max_size=30) | st.from_regex(r"[a-z]\.[a-z]\[.{0,9}\]", fullmatch=True))
def test_whatever_is_typed_is_an_address_or_none(text):
    parsed = parse(text)
    if parsed is not None:
        assert parse(instance_address(*parsed)) == parsed


def reaches(edges, start, end):
    return end in closure(edges, [one for one in edges.get(start, ()) if one in edges])


@given(graphs)
def test_an_order_has_every_name_once_and_what_it_needs_before_it(edges):
    found, cycles = order(edges)
    assert sorted(found) == sorted(edges)
    place = {name: at for at, name in enumerate(found)}
    circles = any(reaches(edges, name, name) for name in edges)
    assert bool(cycles) is circles
    for name, needed in edges.items():
        for one in needed:
            if one in place and not reaches(edges, one, name) and one != name:
                assert place[one] < place[name]


@given(graphs)
def test_every_cycle_that_is_told_is_one(edges):
    for path in order(edges)[1]:
        assert path[0] == path[-1]
        assert len(set(path)) == len(path) - 1
        assert all(needed in edges[name] for name, needed in pairwise(path))


@given(graphs, st.randoms())
def test_an_order_does_not_hang_on_how_the_graph_is_written(edges, random):
    shuffled = list(edges.items())
    random.shuffle(shuffled)
    turned = {name: tuple(random.sample(needed, len(needed))) for name, needed in shuffled}
    assert order(turned) == order(edges)


@given(graphs)
def test_turning_round_twice_is_turning_nothing(edges):
    twice = reverse(reverse(edges))
    assert {name: sorted(twice.get(name, ())) for name in edges} == {
        name: sorted(needed) for name, needed in edges.items()
    }


@given(graphs, st.lists(names, max_size=3))
def test_a_closure_is_closed_and_holds_no_more_than_is_reached(edges, start):
    reached = set(start)
    for _ in edges:
        reached |= {needed for name in reached for needed in edges.get(name, ())}
    assert closure(edges, start) == reached
