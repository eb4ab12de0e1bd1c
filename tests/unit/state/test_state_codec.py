"""State as text: what it looks like, that it comes back, and that nothing damaged is ever taken for a state."""

import hashlib
import json
from decimal import Decimal
from uuid import uuid4

import pytest
from state_samples import KEY, OTHER, leaf, pending, state

from kplan.sdk.values import Secret, SetValue, Unknown, make_list, make_map, make_set
from kplan.state.codec import FORMAT_VERSION, DamagedError, TooNewError, decode_state, encode_state
from kplan.state.model import Key, OutputRecord, empty

BINDING = leaf(
    Key("uid-1", "binding", ("User:a", "READ")),
    attributes={"who": "User:a", "what": "READ"},
    owners=("grant.a/p/x",),
    computed={},
)


def text_of(made) -> bytes:
    return encode_state(made, "0.1.0")


def resealed(plain: dict[str, object]) -> bytes:
    """Write a state by hand, its checksum right."""
    plain.pop("checksum", None)
    body = json.dumps(plain, indent=0).encode().removesuffix(b"\n}") + b",\n"
    return body + b'"checksum": "' + hashlib.sha256(body).hexdigest().encode() + b'"\n}\n'


@pytest.mark.parametrize(
    "made",
    [
        empty("fresh"),
        state(),
        state(leaf(owners=("topic.b", "topic.a"), dependencies=(), name_defaulted=True)),
        state(pending={KEY: pending(), OTHER: pending(OTHER, before=None, leaf=None)}),
        state(pending={KEY: pending(resume={"at": [1, 2]}, parked=True)}),
        state(outputs={"secret": OutputRecord(None, True), "deep": OutputRecord({"a": ({"b": ()},)}, False)}),
        state(leaf(prevent_destroy=True, attributes={}, computed={})),
        state(BINDING),
        state(BINDING._replace(owners=("grant.a/p/x", "grant.b/p/x"))),
        state(BINDING._replace(attributes={"who": "User:a", "what": "WRITE"})),
        state(BINDING._replace(attributes={"what": "READ", "who": "User:a"})),
        state(BINDING._replace(attributes={"who": "User:a"})),
    ],
    ids=[
        "empty",
        "plain",
        "two owners",
        "claims",
        "parked",
        "outputs",
        "protected",
        "nothing but which it is",
        "shared",
        "another value than its identity's",
        "in another order",
        "less than its identity",
    ],
)
def test_a_state_comes_back_as_it_was(made):
    assert decode_state(text_of(made)) == made


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -(10**30),
        Decimal("-1.5"),
        Decimal("1E-7"),
        "",
        'quotes " and \\ and \n and \u2028 and ü and 🦆',
        (),
        ((), ("a",)),
        {},
        {"": {"x": None}},
        make_set([]),
        make_set(["b", "a", 2, Decimal("0.5")]),
        make_set([("a", "b"), ()]),
        ({"deep": (make_set(["x"]), Decimal("0.1"))},),
        {"\x00number": "no number"},
        {"\x00set": ("no", "set")},
        {"\x00map": {"\x00set": 1}, "b": Decimal("2.5")},
    ],
    ids=lambda one: type(one).__name__,
)
def test_every_value_comes_back_with_its_type(value):
    back = decode_state(text_of(state(leaf(attributes={"value": value})))).leaves[KEY].attributes["value"]
    assert back == value
    assert type(back) is type(value)
    assert repr(back) == repr(value)


def test_sets_keep_their_kind_inside_lists():
    value = (make_set(["b", "a"]),)
    back = decode_state(text_of(state(leaf(attributes={"value": value})))).leaves[KEY].attributes["value"]
    assert type(back[0]) is SetValue


def test_numbers_are_not_booleans_after_the_round_trip():
    back = decode_state(text_of(state(leaf(attributes={"one": 1, "yes": True})))).leaves[KEY].attributes
    assert type(back["one"]) is int
    assert type(back["yes"]) is bool


def test_the_text_is_json_with_a_line_for_each_object_in_order_of_address():
    lines = text_of(state(leaf(OTHER), leaf(KEY))).decode().splitlines()
    assert json.loads("\n".join(lines))["lineage"] == "lineage-1"
    addresses = [
        json.loads(line.rstrip(","))["address"] for line in lines if line.startswith('{"address":"topic')
    ]
    assert addresses == ["topic.orders", "topic.zahlungen-ü"]
    assert lines[-2].startswith('"checksum": "')


def test_an_empty_state_is_written_just_so():
    text = text_of(empty("lineage-1")).decode()
    checksum = hashlib.sha256(text.partition('"checksum"')[0].encode()).hexdigest()
    assert text == (
        '{\n"format_version": 1,\n"kplan_version": "0.1.0",\n"lineage": "lineage-1",\n"serial": 0,\n'
        '"endpoints": [\n],\n"leaves": [\n],\n"claims": [\n],\n"outputs": {},\n"secret_digests": {},\n'
        f'"topology": {{}},\n"checksum": "{checksum}"\n}}\n'
    )


def test_an_object_is_written_just_so():
    one = leaf(
        computed={}, attributes={"n": Decimal("0.5"), "m": {"b": ("x", True)}, "e": {}, "s": make_set(["y"])}
    )
    line = next(
        one for one in text_of(state(one)).decode().splitlines() if one.startswith('{"address":"topic')
    )
    assert line == (
        '{"address":"topic.orders","attributes":{"e":{},"m":{"b":["x",true]},"n":{"\\u0000number":"0.5"},'
        '"s":{"\\u0000set":["y"]}},"computed":{},"dependencies":["cluster.primary"],"endpoint":"cluster.primary",'
        '"identity":["orders"],"type":"topic","uid":"uid-1"}'
    )


def test_of_what_is_nothing_but_which_it_is_the_values_are_written_once():
    text = text_of(state(BINDING))
    assert json.loads(text)["leaves"][0]["attributes"] == ["who", "what"]
    assert text.count(b"User:a") == 1


def test_objects_are_in_order_of_address_and_then_of_what_they_are():
    first, second = leaf(KEY, owners=("topic.z",)), leaf(OTHER, owners=("topic.a",))
    third = leaf(KEY._replace(uid="uid-0"), owners=("topic.z",))
    plain = json.loads(text_of(state(first, second, third)))["leaves"]
    assert [(one["address"], one["uid"]) for one in plain] == [
        ("topic.a", "uid-1"),
        ("topic.z", "uid-0"),
        ("topic.z", "uid-1"),
    ]


def test_dependencies_never_met_before_come_back():
    one = leaf(dependencies=(f"cluster.{uuid4()}",))
    assert decode_state(text_of(state(one))).leaves[KEY] == one


def test_what_is_usual_is_left_out_and_what_is_not_is_written():
    plain = json.loads(text_of(state(leaf(dependencies=()))))["leaves"][0]
    assert not {"owners", "dependencies", "prevent_destroy", "name_defaulted"} & set(plain)
    full = leaf(owners=("topic.a", "topic.b"), prevent_destroy=True, name_defaulted=True)
    plain = json.loads(text_of(state(full)))["leaves"][0]
    assert plain["address"] == "topic.a"
    assert plain["owners"] == ["topic.a", "topic.b"]
    assert plain["dependencies"] == ["cluster.primary"]
    assert (plain["prevent_destroy"], plain["name_defaulted"]) == (True, True)


def test_the_same_state_in_another_order_is_the_same_text():
    one, two = leaf(KEY, attributes={"a": "1", "b": "2"}), leaf(OTHER)
    turned = leaf(KEY, attributes={"b": "2", "a": "1"})
    assert text_of(state(one, two)) == text_of(state(two, turned))


def test_the_writer_and_the_serial_are_written():
    plain = json.loads(encode_state(state(serial=17), "9.8.7"))
    assert (plain["format_version"], plain["kplan_version"], plain["serial"]) == (FORMAT_VERSION, "9.8.7", 17)


SECRET = Secret("hunter2")


@pytest.mark.parametrize(
    "made",
    [
        lambda mark: state(leaf(attributes={"password": mark})),
        lambda mark: state(leaf(attributes={"deep": make_map({"password": mark})})),
        lambda mark: state(leaf(computed={"list": make_list([mark])})),
        lambda mark: state(pending={KEY: pending(before={"p": mark})}),
        lambda mark: state(pending={KEY: pending(planned={"p": mark})}),
        lambda mark: state(pending={KEY: pending(steps=(("alter", {"p": mark}),))}),
        lambda mark: state(pending={KEY: pending(leaf=leaf(attributes={"p": mark}))}),
        lambda mark: state(pending={KEY: pending(resume={"token": mark})}),
        lambda mark: state(outputs={"o": OutputRecord(mark, False)}),
        lambda mark: state(secret_digests={"a": mark}),
        lambda mark: state(topology={"a": mark}),
    ],
    ids=range(11),
)
@pytest.mark.parametrize("mark", [SECRET, Unknown("string")], ids=["secret", "unknown"])
def test_no_secret_and_nothing_unknown_is_ever_written(made, mark):
    with pytest.raises(
        TypeError, match=r"^(an unknown or secret value|Secret|Unknown) is never written down$"
    ):
        text_of(made(mark))


def test_a_sensitive_output_is_known_by_name_only():
    text = text_of(state(outputs={"o": OutputRecord("hunter2", True)}))
    assert b"hunter2" not in text
    assert decode_state(text).outputs == {"o": OutputRecord(None, True)}


def test_no_text_is_no_state():
    with pytest.raises(DamagedError, match=r"^it is empty$"):
        decode_state(b"")


def test_a_state_cut_off_at_any_byte_is_damaged():
    text = text_of(state(leaf(computed={})))
    for end in range(1, len(text)):
        with pytest.raises(DamagedError):
            decode_state(text[:end])


def test_a_state_with_any_one_byte_changed_is_refused():
    text = text_of(state(leaf(computed={})))
    for at in range(len(text)):
        for put in (b" ", b"0", b"\x00", b"\xff"):
            if text[at : at + 1] != put:
                with pytest.raises((DamagedError, TooNewError)):
                    decode_state(text[:at] + put + text[at + 1 :])


@pytest.mark.parametrize(
    ("foreign", "why"),
    [
        (b"null", "^it is not a kplan state$"),
        (b"[]", "not a kplan state"),
        (b"{}", "not a kplan state"),
        (b'{"version": 4, "serial": 1, "lineage": "x", "resources": []}', "not a kplan state"),
        (b'{"leaves": [], "serial": 1}', "not a kplan state"),
        (b"hello", "not whole JSON"),
        (b"[" * 200_000, "not whole JSON"),
        (b"\xff\xfe\x00", "not whole JSON"),
        (b'{"lineage": "x", "leaves": []}', "format_version is None"),
        (b'{"lineage": "x", "leaves": [], "format_version": 0}', "format_version is 0"),
        (b'{"lineage": "x", "leaves": [], "format_version": "2"}', "format_version is 2"),
        (b'{"lineage": "x", "leaves": [], "format_version": 1}', "checksum"),
        (b'{"lineage": "x", "leaves": [], "format_version": true}', "checksum"),
    ],
)
def test_foreign_json_is_damaged(foreign, why):
    with pytest.raises(DamagedError, match=why):
        decode_state(foreign)


def test_a_newer_format_is_named_as_such_and_not_as_damage():
    plain = json.loads(text_of(state()))
    with pytest.raises(TooNewError, match="format_version is 2, this kplan reads 1"):
        decode_state(resealed({**plain, "format_version": 2}))


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace(b'"orders"', b'"others"'),
        lambda text: text.replace(b'"serial": 4', b'"serial": 5'),
        lambda text: text + b"\n",
        lambda text: text.rstrip(b"\n"),
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: json.dumps(json.loads(text)).encode(),
    ],
    ids=["name", "serial", "line added", "line end gone", "line ends", "formatted"],
)
def test_an_edit_by_hand_is_noticed(edit):
    text = text_of(state())
    with pytest.raises(
        DamagedError, match=r"^its checksum does not fit its content: it was edited by hand or damaged$"
    ):
        decode_state(edit(text))


def test_a_sealed_text_without_what_a_state_needs_is_an_error_all_the_same():
    plain = json.loads(text_of(state()))
    del plain["claims"]
    with pytest.raises(KeyError):
        decode_state(resealed(plain))
