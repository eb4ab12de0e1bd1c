from decimal import Decimal

import pytest
from reading import node

from kplan.lang.constraints import friendly, required
from kplan.lang.types import (
    ANY,
    BOOL,
    NUMBER,
    STRING,
    ConversionError,
    TypeProblem,
    convert,
    parse_type,
    type_of,
    type_text,
    unify,
)
from kplan.sdk.values import (
    SECRET,
    UNKNOWN,
    Endpoint,
    Secret,
    SetValue,
    Unknown,
    make_list,
    make_map,
    make_set,
    marks,
)

KINDS = ("cluster",)
HANDLE = Endpoint("cluster.a", "cluster")


def to(text, value, path=""):
    return convert(value, parse_type(text, KINDS), path)


def reason(text, value):
    with pytest.raises(ConversionError) as raised:
        to(text, value)
    return raised.value.reason


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("string", STRING),
        (" any ", ANY),
        ("list(number)", ("list", NUMBER)),
        ("set(bool)", ("set", BOOL)),
        ("map(list(any))", ("map", ("list", ANY))),
        ("cluster", ("handle", "cluster")),
        ("map(cluster)", ("map", ("handle", "cluster"))),
        ("tuple([string, number,])", ("tuple", (STRING, NUMBER))),
        ("tuple([])", ("tuple", ())),
        ("object({})", ("object", ())),
        (
            'object({a = string, "b-c": optional(number), d = optional(list(string), ["x"]), e = optional(number, 1.5)})',
            (
                "object",
                (
                    ("a", STRING, False, None),
                    ("b-c", NUMBER, True, None),
                    ("d", ("list", STRING), True, ("x",)),
                    ("e", NUMBER, True, Decimal("1.5")),
                ),
            ),
        ),
        ('object({a = optional(object({b = number}), {b = "2"})})', None),
        ("object({a = optional(bool, true), b = optional(string, null)})", None),
    ],
)
def test_constraints_read_the_same_from_text_and_from_trees(text, made):
    assert parse_type(text, KINDS) == parse_type(node(text), KINDS)
    if made is not None:
        assert parse_type(text, KINDS) == made


def test_reading_a_text_again_gives_the_same_object():
    assert parse_type("map(string)", KINDS) is parse_type("map(string)", frozenset(KINDS))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("strng", 'The keyword "strng" is not a valid type specification. Did you mean "string"?'),
        ("clustr", 'The keyword "clustr" is not a valid type specification. Did you mean "cluster"?'),
        ("lst(string)", 'The keyword "lst" is not a valid type specification. Did you mean "list"?'),
        ("list", "The list type constructor requires one argument specifying the element type."),
        ("map()", "The map type constructor requires one argument specifying the element type."),
        ("object", "requires one argument specifying the attribute types and values as a map."),
        ("object([string])", "requires one argument specifying the attribute types and values as a map."),
        ("tuple", "requires one argument specifying the element types as a list."),
        ("tuple(string)", "requires one argument specifying the element types as a list."),
        ("string(number)", 'The type "string" takes no arguments.'),
        ("cluster(number)", 'The type "cluster" takes no arguments.'),
        ("optional(string)", "valid only as a modifier for object type attributes"),
        ("object({a = optional()})", "The optional modifier takes the attribute's type"),
        (
            'object({a = optional(number, "x")})',
            "not compatible with the attribute's type constraint: a number",
        ),
        ("object({a = string, a = number})", 'The attribute "a" is given twice.'),
        ("object({1 = string})", "attribute names"),
        ('"string"', "A type specification is either a primitive type keyword"),
        ("", "is not a type"),
        ("list(string", 'Expected ","'),
        ("list(string))", "goes on after the type"),
        ("list(string number)", 'Expected ","'),
        ("a.b", "is not a type"),
        ("object({a string})", 'Expected ":"'),
    ],
)
def test_a_constraint_that_makes_no_sense_is_refused(text, words):
    with pytest.raises(TypeProblem) as raised:
        parse_type(text, KINDS)
    assert words in raised.value.detail
    assert raised.value.summary == "Invalid type specification"


def test_a_constraint_in_a_tree_is_refused_where_it_is_wrong():
    text = "list(strng)"
    with pytest.raises(TypeProblem) as raised:
        parse_type(node(text))
    assert text[raised.value.start : raised.value.end] == "strng"
    with pytest.raises(TypeProblem, match="can't be used here"):
        parse_type(node("object({a = optional(string, var.x)})"))


def test_types_are_written_and_named():
    text = "object({a = string, b = optional(map(list(number))), c = tuple([set(bool), cluster, any])})"
    assert type_text(parse_type(text, KINDS)) == text
    assert friendly(parse_type("list(map(string))")) == "list of map of string"
    assert required(parse_type("object({})")) == "an object is required"
    assert required(parse_type("list(any)")) == "a list is required"


UNCHANGED = [
    ("string", "a"),
    ("number", 1),
    ("number", Decimal("1.5")),
    ("bool", False),
    ("any", ("a", 1)),
    ("cluster", HANDLE),
    ("string", None),
    ("string", Unknown("string")),
    ("list(string)", ("a", "b")),
    ("list(string)", ()),
    ("list(string)", ("a", None)),
    ("list(any)", (1, 2)),
    ("map(string)", {"a": "b"}),
    ("map(number)", {"a": 1, "b": None}),
    ("map(any)", {}),
    ("set(string)", make_set(["b", "a"])),
    ("object({a = string})", {"a": "x"}),
    ("tuple([string, number])", ("a", 1)),
    ("map(cluster)", {"a": HANDLE}),
    ("string", Secret("a")),
    ("map(string)", make_map({"a": Secret("x"), "b": "y"})),
    ("list(string)", make_list([Unknown("string")])),
    ("map(list(number))", {"a": (1,), "b": ()}),
]


@pytest.mark.parametrize(("text", "value"), UNCHANGED)
def test_what_is_of_the_type_already_is_given_back_itself(text, value):
    assert to(text, value) is value


@pytest.mark.parametrize(
    ("text", "value", "made"),
    [
        ("string", 1, "1"),
        ("string", Decimal("0.50"), "0.50"),
        ("string", True, "true"),
        ("number", "12", 12),
        ("number", "1.50", Decimal("1.5")),
        ("number", "1e3", 1000),
        ("bool", "true", True),
        ("bool", "0", False),
        ("list(string)", (1, "a", None), ("1", "a", None)),
        ("list(any)", (1, "a", True), ("1", "a", "true")),
        ("list(string)", make_set(["b", "a"]), ("a", "b")),
        ("set(string)", ("b", "a", "b", 1), make_set(["1", "a", "b"])),
        ("set(any)", ("b", 1), make_set(["1", "b"])),
        ("map(string)", {"a": 1}, {"a": "1"}),
        ("map(any)", {"a": 1, "b": "x"}, {"a": "1", "b": "x"}),
        ("map(any)", {"a": (1,), "b": ("x", "y")}, {"a": ("1",), "b": ("x", "y")}),
        ("map(list(number))", {"a": ("1",)}, {"a": (1,)}),
        ("tuple([string, number])", (1, "2"), ("1", 2)),
        ("object({a = string})", {"a": 1, "extra": 2}, {"a": "1"}),
        ("object({a = optional(string)})", {}, {"a": None}),
        ('object({a = optional(string, "d")})', {}, {"a": "d"}),
        ('object({a = optional(string, "d")})', {"a": None}, {"a": "d"}),
        ("object({a = string})", {"a": None}, {"a": None}),
        ("list(object({a = number}))", ({"a": "1"}, {"a": 2, "b": 3}), ({"a": 1}, {"a": 2})),
        ("string", Secret(1), Secret("1")),
        ("map(string)", Secret({"a": 1}), Secret({"a": "1"})),
        ("string", Unknown("number", ("topic.a",)), Unknown("string", ("topic.a",))),
        ("number", Unknown(), Unknown("number")),
        ("list(string)", Unknown("set(any)"), Unknown("list(string)")),
        ("cluster", Unknown("any"), Unknown("cluster")),
    ],
)
def test_what_can_be_converted_is(text, value, made):
    result = to(text, value)
    assert result == made
    assert type(result) is type(made)


def test_marks_stay_on_the_elements_that_have_them():
    made = to("map(string)", make_map({"a": Secret(1), "b": 2, "c": Unknown("number")}))
    assert made == {"a": Secret("1"), "b": "2", "c": Unknown("string")}
    assert marks(made) == SECRET | UNKNOWN
    assert marks(to("list(number)", make_list(["1", Secret("2")]))) == SECRET
    assert isinstance(to("set(string)", make_list(["1", Secret("2")])), Secret)
    assert isinstance(to("set(string)", ("b", "a")), SetValue)


@pytest.mark.parametrize(
    ("text", "value", "words"),
    [
        ("string", (), "a string is required"),
        ("string", {}, "a string is required"),
        ("string", HANDLE, "a string is required"),
        ("number", "x", "a number is required"),
        ("number", "", "a number is required"),
        ("number", " 1", "a number is required"),
        ("number", "1_000", "a number is required"),
        ("number", "0x1", "a number is required"),
        ("number", "inf", "a number is required"),
        ("number", "9" * 500, "a number is required"),
        ("number", True, "a number is required"),
        ("bool", 1, "a bool is required"),
        ("bool", "yes", "a bool is required"),
        ("bool", "TRUE", 'a bool is required; to convert from string, use lowercase "true"'),
        ("cluster", "a", "a cluster is required"),
        ("cluster", Endpoint("x", "schema_registry"), "a cluster is required"),
        ("list(string)", "a", "a list of string is required"),
        ("list(string)", {"a": 1}, "a list of string is required"),
        ("set(any)", 1, "a set is required"),
        ("list(number)", (1, "x"), "element 1: a number is required"),
        ("list(any)", (1, (2,)), "all list elements must have the same type"),
        ("map(any)", {"a": 1, "b": {}}, "all map elements must have the same type"),
        ("map(number)", {"x": "y"}, 'element "x": a number is required'),
        ("map(list(number))", {"x": (1, "y")}, 'element "x": element 1: a number is required'),
        ("map(string)", (1,), "a map of string is required"),
        ("object({a = number})", {}, 'attribute "a" is required'),
        (
            "object({retention = number})",
            {"retentoin": 1},
            'attribute "retention" is required; there is "retentoin"',
        ),
        ("object({a = number})", {"a": "x"}, 'attribute "a": a number is required'),
        ("object({a = number})", 1, "an object is required"),
        ("tuple([string])", (), "a tuple of 1 elements is required, and this has 0"),
        ("tuple([number])", ("x",), "element 0: a number is required"),
        ("tuple([number])", make_set([1]), "a tuple is required"),
        ("number", Unknown("bool"), "a number is required"),
        ("string", Unknown("list(string)"), "a string is required"),
        ("map(string)", Unknown("cluster"), "a map of string is required"),
        ("map(number)", Secret({"hidden": "x"}), "a map of number is required"),
    ],
)
def test_what_can_not_be_converted_is_refused_in_words(text, value, words):
    assert reason(text, value) == words


def test_a_refusal_says_of_what_and_where_inside():
    with pytest.raises(ConversionError) as raised:
        to("map(list(number))", {"x": ("y",)}, 'attribute "config"')
    found = raised.value
    assert (
        found.detail
        == 'Inappropriate value for attribute "config": element "x": element 0: a number is required.'
    )
    assert (found.path, found.summary) == ('["x"][0]', "Incorrect value type")
    with pytest.raises(ConversionError) as raised:
        to("object({a = object({b = number})})", {"a": {"b": "x"}})
    assert (raised.value.path, raised.value.detail) == (
        ".a.b",
        'attribute "a": attribute "b": a number is required.',
    )


@pytest.mark.parametrize(
    ("types", "common"),
    [
        ((), "any"),
        (("any", "any"), "any"),
        (("string", "any"), "string"),
        (("string", "number", "bool"), "string"),
        (("number", "bool"), None),
        (("string", "list(string)"), None),
        (("list(number)", "list(string)"), "list(string)"),
        (("tuple([number])", "tuple([string])"), "tuple([string])"),
        (("tuple([number])", "tuple([number, string])"), "list(string)"),
        (("tuple([number])", "set(string)"), "set(string)"),
        (("object({a = number})", "object({a = string})"), "object({a = string})"),
        (("object({a = number})", "object({b = string})"), "map(string)"),
        (("object({a = number})", "map(string)"), "map(string)"),
        (("object({a = number})", "object({a = list(string)})"), None),
        (("tuple([bool])", "tuple([number])"), None),
        (("cluster", "cluster"), "cluster"),
        (("cluster", "string"), None),
    ],
)
def test_types_meet_in_the_one_that_all_convert_to(types, common):
    found = unify(tuple(parse_type(one, KINDS) for one in types))
    assert found == (None if common is None else parse_type(common, KINDS))


def test_a_value_has_a_type():
    value = make_map({"a": (1, "x"), "b": None, "c": Secret(True), "d": Unknown("map(string)"), "e": HANDLE})
    assert type_text(type_of(value)) == (
        "object({a = tuple([number, string]), b = any, c = bool, d = map(string), e = cluster})"
    )
    assert type_of(make_set(["a"])) == ("set", STRING)
