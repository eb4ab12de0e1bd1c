"""Laws of saved plans: what is written comes back as it was shown, no damage passes, and a saved plan does what a direct one does."""

import json
import tempfile
from pathlib import Path

import pytest
from engine_worlds import CLUSTERS, declared, engine, evolved, objects
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_state_laws import addresses, keys, leaves, names, object_keys, values
from test_state_laws import objects as plain_objects

from kplan.apply.lanes import InlineLanes
from kplan.config.extract import Piece
from kplan.config.files import Seen
from kplan.lang.parser import parse
from kplan.lang.source import Source
from kplan.operations.apply_saved import apply_saved
from kplan.operations.options import Options, Run
from kplan.operations.plan import plan
from kplan.operations.saving import load
from kplan.plan.model import Action, Change, Consents, OutputChange, Plan
from kplan.plan.saved import Again, NotAPlanError, SavedPlan, fingerprint, read, write
from kplan.plan.saved_values import decode, encode
from kplan.registry.types import Types
from kplan.sdk.session import Danger, Found, Loss, Step
from kplan.sdk.values import Endpoint, Secret, SetValue, Unknown, make_list, make_map, marks
from kplan.state.local import LocalStore
from kplan.state.model import OutputRecord
from kplan_memory.world import forget, world

NO_TYPES = Types({}, {}, {}, {}, {}, ())
RUN = Run(lambda _: None, lambda: False)
own_keys = keys | st.sampled_from(["\x00secret", "\x00unknown", "\x00endpoint", "\x00"])
marked = (
    st.builds(Unknown, names, st.lists(names, max_size=2).map(tuple))
    | st.builds(Secret, st.none() | st.text(min_size=1))
    | st.builds(Endpoint, names, names)
)
any_values = st.recursive(
    values | marked,
    lambda inner: (
        st.lists(inner, max_size=3).map(make_list)
        | st.dictionaries(own_keys, inner, max_size=3).map(make_map)
    ),
    max_leaves=8,
)
any_objects = st.dictionaries(own_keys, any_values, max_size=4).map(make_map)
steps = st.lists(st.builds(Step, names, any_objects), max_size=2).map(tuple)
losses = st.lists(st.builds(Loss, st.sampled_from(Danger), names, names), max_size=2).map(tuple)
texts = st.lists(names, max_size=2).map(tuple)


@st.composite
def changes(draw):
    before = draw(st.none() | any_objects)
    return Change(
        draw(addresses),
        draw(st.sampled_from(Action)),
        draw(object_keys),
        draw(names),
        before,
        draw(st.none() | any_objects),
        None,
        draw(steps),
        draw(steps),
        None if before is None else Found(before),
        draw(names),
        draw(st.booleans()),
        draw(losses),
        draw(texts),
        draw(names),
        unresolved=draw(st.booleans()),
        consented=draw(st.booleans()),
        remember=draw(st.booleans()),
        claimed=draw(st.booleans()),
        owners=draw(texts),
    )


def shape(value):
    """Write a value with its types, secrets as what is known of them."""
    if isinstance(value, Secret):
        return "Secret", value.reveal() is not None
    if isinstance(value, Unknown):
        return "Unknown", value.type, value.by
    if isinstance(value, Endpoint):
        return "Endpoint", value.address, value.kind
    if isinstance(value, dict):
        return "map", marks(value), [(key, shape(item)) for key, item in value.items()]
    if isinstance(value, tuple):
        return "set" if isinstance(value, SetValue) else "list", marks(value), [shape(item) for item in value]
    return type(value).__name__, value


@given(any_values)
def test_values_come_back_as_what_they_were(value):
    plain = encode(value)
    assert shape(decode(json.loads(json.dumps(plain)))) == shape(value)
    assert encode(decode(plain)) == plain


@given(st.text(min_size=5), any_values)
def test_a_secret_is_in_no_value_that_is_written(text, value):
    assume(json.dumps(text) not in json.dumps(encode(value)))
    held = make_map({"a": make_list([value, Secret(text)]), "b": Secret(make_map({text: text}))})
    assert json.dumps(text) not in json.dumps(encode(held))


BLOCKS = (
    'memory_topic "a" {\n  note = "${upper(var.x)} ${[for k, v in { a = 1.5 } : v if k != null][0]}"\n}\n'
)


@st.composite
def saved_plans(draw):
    made = draw(st.lists(changes(), max_size=3, unique_by=lambda one: one.key))
    record = st.none() | st.builds(OutputRecord, any_values, st.booleans())
    outputs = draw(
        st.lists(st.builds(OutputChange, names, record, record), max_size=2, unique_by=lambda one: one.name)
    )
    file, _ = parse(Source("main.kplan.hcl", BLOCKS), None)
    piece = Piece("main.kplan.hcl", draw(st.lists(st.integers(0, 200), max_size=3).map(tuple)), file.blocks)
    seen = Seen(
        draw(st.dictionaries(names, st.binary(max_size=9), max_size=2)),
        draw(
            st.dictionaries(
                names, st.lists(st.tuples(names, st.booleans()), max_size=2).map(tuple), max_size=2
            )
        ),
        draw(st.dictionaries(names, st.booleans(), max_size=2)),
    )
    shown = Plan(tuple(made), tuple(outputs), {}, (), {}, excluded=draw(texts), destroy=draw(st.booleans()))
    return SavedPlan(
        draw(st.floats(0, 1e10)),
        draw(names),
        draw(st.integers(0)),
        draw(names),
        draw(names),
        shown,
        {one.key: draw(st.none() | leaves) for one in made},
        draw(texts),
        Consents(draw(st.integers(0, 9)), draw(st.integers(0, 9))),
        Again({".": (piece,), "m": ()}, draw(plain_objects), draw(texts), draw(texts), seen, draw(names)),
        {},
    )


@given(saved_plans())
def test_a_plan_comes_back_as_it_was_shown(saved):
    again = read(write(saved))
    assert write(again) == write(saved)
    assert again._replace(plan=saved.plan) == saved
    for mine, theirs in zip(again.plan.changes, saved.plan.changes, strict=True):
        assert fingerprint(mine, NO_TYPES) == fingerprint(theirs, NO_TYPES)
        assert (mine.notes, mine.reason, mine.losses, mine.seen is None) == (
            theirs.notes,
            theirs.reason,
            theirs.losses,
            theirs.seen is None,
        )


@settings(max_examples=8)
@given(saved_plans())
def test_no_plan_that_was_cut_off_is_read(saved):
    data = write(saved)
    for end in range(len(data)):
        with pytest.raises(NotAPlanError):
            read(data[:end])


@given(saved_plans(), st.data())
def test_no_plan_with_another_byte_is_read(saved, data):
    whole = write(saved)
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda one: one != whole[at]))
    with pytest.raises(NotAPlanError):
        read(whole[:at] + bytes([byte]) + whole[at + 1 :])


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.just("what") | st.text(), inner),
        max_leaves=4,
    ).map(lambda one: json.dumps(one).encode())
)
def test_whatever_else_is_no_plan(data):
    with pytest.raises(NotAPlanError):
        read(data)


# a saved plan does what a direct one does


def came_to(kplan):
    state = kplan.state()
    return objects(), state.leaves, state.outputs, state.pending


def start_over(kplan, before):
    for name in CLUSTERS:
        forget(name)
    for path in (kplan.folder / "state").glob("*"):
        path.unlink()
    kplan.write(before.blocks())
    kplan.apply()


@settings(max_examples=40)
@given(declared(), st.data())
def test_saved_and_carried_elsewhere_a_plan_does_what_it_does_here(before, data):
    with engine() as kplan, tempfile.TemporaryDirectory() as empty:
        start_over(kplan, before)
        after = data.draw(evolved(before)).grown()
        kplan.write(after.blocks())
        kplan.apply()
        expected = came_to(kplan)

        start_over(kplan, before)
        kplan.write(after.blocks())
        path = Path(empty) / "the.plan"
        shown = plan(kplan._options(), RUN, path).plan
        store = LocalStore(kplan.folder / "state", "default")
        outcome = apply_saved(load(path), Options(Path(empty)), RUN, lambda _: True, InlineLanes(), store)
        assert outcome.diagnostics == ()
        assert [one for one in outcome.plan.changes if one.steps] == [
            one for one in shown.changes if one.steps
        ]
        assert came_to(kplan) == expected


@settings(max_examples=40)
@given(declared(least=2), st.data())
def test_whoever_meddles_a_saved_plan_does_what_was_shown_or_nothing(before, data):
    with engine() as kplan:
        start_over(kplan, before)
        after = data.draw(evolved(before)).grown()
        kplan.write(after.blocks())
        path = kplan.folder / "the.plan"
        shown = plan(kplan._options(), RUN, path).plan
        for _ in range(data.draw(st.integers(1, 3))):
            cluster, leaf, name = data.draw(
                st.sampled_from([("c", "memory_topic", "n1"), *sorted(objects())])
            )
            if (cluster, leaf, name) not in objects():
                continue
            if data.draw(st.booleans()):
                world(cluster).delete(leaf, name)
            elif leaf == "memory_topic":
                world(cluster).edit(leaf, name, note=data.draw(st.sampled_from(["x", "y", "theirs"])))
        live, state = objects(), kplan.files()
        store = LocalStore(kplan.folder / "state", "default")
        outcome = apply_saved(load(path), kplan._options(), RUN, lambda _: True, InlineLanes(), store)
        steps_shown = {one.key: one.steps for one in shown.changes if one.steps}
        if outcome.tally is None:
            assert (objects(), kplan.files()) == (live, state)
            return
        assert {one.key: one.steps for one in outcome.plan.changes if one.steps} == steps_shown
        about = {(key.uid.removeprefix("memory-"), key.type, key.identity[0]) for key in steps_shown}
        beside = {where: one for where, one in objects().items() if where not in about}
        assert beside == {where: one for where, one in live.items() if where not in about}
