"""Laws of access: bindings and their names."""

from hypothesis import given
from hypothesis import strategies as st

from kplan.graph.address import instance_address, parse
from kplan_kafka.access_expand import key_of
from kplan_kafka.access_rights import OPERATIONS
from kplan_kafka.access_types import IDENTITY
from kplan_kafka.binding_calls import PATTERNS, PERMISSIONS

names = st.text(st.sampled_from('ab:%/=3A[]"\\ .*'), min_size=1, max_size=6) | st.sampled_from(
    ["prefixed", "deny", "host=*", "a:prefixed", "a%3Aprefixed", "orders", "*"]
)


@st.composite
def bindings(draw):
    resource_type = draw(st.sampled_from(sorted(OPERATIONS)))
    values = (
        draw(st.sampled_from(["User", "Group"])) + ":" + draw(names),
        draw(st.sampled_from(OPERATIONS[resource_type])),
        resource_type,
        draw(names),
        draw(st.sampled_from(sorted(PATTERNS))),
        draw(st.sampled_from(sorted(PERMISSIONS))),
        draw(st.sampled_from(["*", "10.0.0.7", "0:0:0:0:0:0:0:1"])),
    )
    return dict(zip(IDENTITY, values, strict=True))


@given(bindings(), bindings())
def test_no_two_bindings_have_one_name(one, other):
    assert (key_of(one) == key_of(other)) is (one == other)


@given(bindings(), st.sampled_from(IDENTITY), bindings())
def test_a_name_tells_every_field(one, field, other):
    changed = {**one, field: other[field]}
    assert (key_of(one) == key_of(changed)) is (one == changed)


@given(bindings())
def test_a_name_stands_in_an_address(one):
    child = f"primary/{key_of(one)}"
    assert parse(instance_address("grant.a", "k", child)) == ("grant.a", "k", child.rstrip())
