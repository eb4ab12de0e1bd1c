"""Laws of state: whatever is written down comes back, and whatever is torn off was never acknowledged."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kplan.sdk.values import Secret, Unknown, make_list, make_map, make_set
from kplan.state import records as kinds
from kplan.state.codec import DamagedError, decode_records, decode_state, encode_records, encode_state
from kplan.state.model import EndpointRecord, Key, OutputRecord, Pending, State, StateLeaf
from kplan.state.records import fold

names = st.text(min_size=1, max_size=8)
fractions = st.decimals(-(10**9), 10**9, places=3).filter(lambda one: one != one.to_integral_value())
numbers = st.integers() | fractions.map(Decimal.normalize)
scalars = st.none() | st.booleans() | numbers | st.text(max_size=12)
keys = st.text(max_size=6) | st.sampled_from(["\x00number", "\x00set", "\x00map"])
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4).map(make_list)
        | st.dictionaries(keys, inner, max_size=4).map(make_map)
        | st.lists(inner, max_size=4).map(make_set)
    ),
    max_leaves=10,
)
objects = st.dictionaries(keys, values, max_size=4)
addresses = st.builds("{}.{}".format, st.sampled_from(["topic", "acl"]), names)
object_keys = st.builds(
    Key, names, st.sampled_from(["topic", "acl"]), st.lists(names, min_size=1, max_size=3).map(tuple)
)
tokens = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
times = st.floats(0, 1e11)
leaves = st.builds(
    StateLeaf,
    object_keys,
    st.lists(addresses, min_size=1, max_size=3).map(tuple),
    addresses,
    objects,
    objects,
    st.lists(addresses, max_size=3).map(tuple),
    st.booleans(),
    st.booleans(),
)
pendings = st.builds(
    Pending,
    object_keys,
    addresses,
    addresses,
    names,
    st.lists(st.tuples(names, objects), max_size=3).map(tuple),
    st.none() | objects,
    objects,
    st.none() | leaves,
    times,
    tokens,
    st.booleans(),
)
outputs = st.dictionaries(
    names,
    st.builds(OutputRecord, values, st.just(False)) | st.just(OutputRecord(None, True)),
    max_size=3,
)
endpoints = st.builds(EndpointRecord, addresses, names, names)
states = st.builds(
    State,
    names,
    st.integers(0, 10**9),
    st.lists(endpoints, max_size=3).map(lambda found: {one.address: one for one in found}),
    st.lists(leaves, max_size=4).map(lambda found: {one.key: one for one in found}),
    st.lists(pendings, max_size=2).map(lambda found: {one.key: one for one in found}),
    outputs,
    st.dictionaries(names, tokens, max_size=2),
    st.dictionaries(names, tokens, max_size=2),
)
records = (
    st.builds(kinds.Began, names, st.integers(0, 10**9), names, times)
    | st.builds(kinds.Met, endpoints)
    | st.builds(kinds.Left, addresses)
    | st.builds(kinds.Put, leaves)
    | st.builds(kinds.Dropped, object_keys)
    | st.builds(kinds.Intended, st.lists(pendings, max_size=2).map(tuple))
    | st.builds(kinds.Progressed, object_keys, tokens)
    | st.builds(kinds.Succeeded, object_keys, st.none() | leaves)
    | st.builds(kinds.Declined, object_keys)
    | st.builds(kinds.LostTrack, object_keys)
    | st.builds(kinds.Paused, object_keys)
    | st.builds(kinds.Outputs, outputs)
)
lines = st.lists(st.lists(records, min_size=1, max_size=2), min_size=1, max_size=2)


def exactly(one: object, other: object) -> bool:
    """Compare types too: repr tells 1 from True, a set from a list, and 0.5 from "0.5"."""
    return one == other and repr(_sorted(one)) == repr(_sorted(other))


def _sorted(value: object) -> object:
    """Order the keys of maps, which text does not keep."""
    if isinstance(value, dict):
        return [(key, _sorted(value[key])) for key in sorted(value, key=repr)]
    if isinstance(value, tuple):
        return type(value).__name__, [_sorted(item) for item in value]
    return [_sorted(item) for item in value] if isinstance(value, list) else value


@given(states)
def test_any_state_comes_back_exactly(state):
    assert exactly(decode_state(encode_state(state, "0.1.0")), state)


@given(states)
def test_a_state_that_came_back_is_the_same_text(state):
    text = encode_state(state, "0.1.0")
    assert encode_state(decode_state(text), "0.1.0") == text


@given(lines)
def test_any_records_come_back_exactly(written):
    text = b"".join(map(encode_records, written))
    found, whole = decode_records(text)
    assert exactly(tuple(found), tuple(record for line in written for record in line))
    assert whole == len(text)


@given(states, st.data())
def test_no_part_of_a_state_is_a_state(state, data):
    text = encode_state(state, "0.1.0")
    end = data.draw(st.integers(0, len(text) - 1))
    with pytest.raises(DamagedError):
        decode_state(text[:end])


@given(lines, st.data())
def test_a_journal_cut_anywhere_holds_its_whole_lines(written, data):
    texts = [encode_records(line) for line in written]
    end = data.draw(st.integers(0, sum(map(len, texts))))
    kept, whole = [], 0
    for line, text in zip(written, texts, strict=True):
        if whole + len(text) > end:
            break
        kept.extend(line)
        whole += len(text)
    assert decode_records(b"".join(texts)[:end]) == (kept, whole)


@given(
    states, objects, st.sampled_from([Secret("s"), Unknown()]), st.sampled_from(["attributes", "computed"])
)
def test_no_marked_value_is_ever_written(state, held, mark, where):
    key = Key("u", "topic", ("x",))
    leaf = StateLeaf(key, ("topic.x",), "cluster.c", {}, {})._replace(
        **{where: {**held, "mark": make_list([mark])}}
    )
    for deeper in (leaf, leaf._replace(**{where: make_map({**held, "mark": mark})})):
        with pytest.raises(TypeError, match="never written down"):
            encode_state(state._replace(leaves={key: deeper}), "0.1.0")


foldable = records.filter(lambda one: not isinstance(one, (kinds.Progressed, kinds.Paused)))


@given(states, st.lists(foldable, max_size=4), st.integers(0, 4))
def test_folding_in_two_goes_is_folding_in_one(state, found, at):
    assert fold(fold(state, found[:at]), found[at:]) == fold(state, found)
