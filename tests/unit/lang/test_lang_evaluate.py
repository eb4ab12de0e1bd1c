"""What evaluation makes of unknowns, secrets, handles and references, and what its errors say."""

import pytest
from reading import Given, node, value

from kplan.lang.evaluate import EvaluationError, evaluate, evaluate_constant
from kplan.lang.problems import ReferenceProblem
from kplan.sdk.values import (
    SECRET,
    UNKNOWN,
    Endpoint,
    Secret,
    Unknown,
    make_list,
    make_map,
    make_set,
    marks,
)

LATER = Unknown("string", ("topic.a",))
HIDDEN = Secret("hunter2")


def problem(text, **values):
    with pytest.raises(EvaluationError) as raised:
        value(text, **values)
    found = raised.value
    assert "hunter2" not in repr((found.summary, found.detail, found.values))
    return found


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a", LATER),
        ('"x${a}"', LATER),
        ("[a, 1][1]", 1),
        ("[a, 1][0]", LATER),
        ("{k = a, l = 2}.l", 2),
        ("a.b.c", Unknown("any", ("topic.a",))),
        ("a[0]", Unknown("any", ("topic.a",))),
        ("[1, 2][a]", Unknown("any", ("topic.a",))),
        ("a + 1", Unknown("number", ("topic.a",))),
        ("-a", Unknown("number", ("topic.a",))),
        ("a == 1", Unknown("bool", ("topic.a",))),
        ("[a] == [1]", Unknown("bool", ("topic.a",))),
        ("a < 1", Unknown("bool", ("topic.a",))),
        ("!b", Unknown("bool", ("b",))),
        ("b && false", False),
        ("false && b", False),
        ("b || true", True),
        ("b && true", Unknown("bool", ("b",))),
        ("b ? 1 : 2", Unknown("number", ("b",))),
        ('b ? 1 : "x"', Unknown("string", ("b",))),
        ("b ? [1] : {}", Unknown("any", ("b",))),
        ("true ? 1 : a", "1"),
        ("[for x in a : x]", Unknown("any", ("topic.a",))),
        ("[for x in [1, 2] : x if b]", Unknown("any", ("b",))),
        ("{for x in [1] : a => x}", Unknown("any", ("topic.a",))),
        ("{(a) = 1}", Unknown("any", ("topic.a",))),
        ("a[*].x", Unknown("any", ("topic.a",))),
        ("upper(a)", LATER),
        ("length(a)", Unknown("number", ("topic.a",))),
        ("length([a])", 1),
        ("length(l...)", Unknown("number", ("l",))),
        ("keys({x = a})", ("x",)),
        ("merge({x = a}, {y = 1}).y", 1),
        ("try(a, 1)", Unknown("any", ("topic.a",))),
        ("can(a)", Unknown("bool", ("topic.a",))),
        ("coalesce(a, 1)", LATER),
        ("zipmap([a], [1])", Unknown("map(any)", ("topic.a",))),
        ("toset([a, 1])", Unknown("set(any)", ("topic.a",))),
        ('"%{ for x in a }${x}%{ endfor }"', LATER),
        ('"%{ if b }x%{ endif }"', Unknown("string", ("b",))),
        ("jsonencode([a])", LATER),
    ],
)
def test_what_depends_on_an_unknown_is_unknown_and_says_by_what(text, made):
    assert value(text, a=LATER, b=Unknown("bool", ("b",)), l=Unknown("list(any)", ("l",))) == made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a", HIDDEN),
        ('"x${a}"', Secret("xhunter2")),
        ("[a, 1][1]", 1),
        ("{k = a, l = 2}.l", 2),
        ("{k = a, l = 2}.k", HIDDEN),
        ("m.k", Secret("v")),
        ('m["k"]', Secret("v")),
        ("[1, 2][n]", Secret(2)),
        ("n + 1", Secret(2)),
        ("-n", Secret(-1)),
        ('a == "hunter2"', Secret(True)),
        ("[a] == [a]", Secret(True)),
        ("n > 0 && true", Secret(True)),
        ("n == 1 ? 1 : 2", Secret(1)),
        ("true ? 1 : a", "1"),
        ("{(a) = 1}", Secret({"hunter2": 1})),
        ("[for x in s : x]", Secret((1, 2))),
        ("[for x in s : 5]", Secret((5, 5))),
        ("[for x in [a] : 5]", (5,)),
        ("[for x in [1, 2] : x if n == x]", Secret((1,))),
        ("{for x in [a] : x => 1}", Secret({"hunter2": 1})),
        ("{for k, v in m : k => v}", Secret({"k": "v"})),
        ("{for x in s : x => x...}", Secret({"1": (1,), "2": (2,)})),
        ("s[*]", Secret((1, 2))),
        ("[m][*].k", make_list([Secret("v")])),
        ("a[*]", Secret(("hunter2",))),
        ('"%{ if n == 1 }x%{ endif }"', Secret("x")),
        ('"%{ for x in s }${x}%{ endfor }"', Secret("12")),
        ('"%{ for x in [a] }${x}%{ endfor }"', HIDDEN),
        ("upper(a)", Secret("HUNTER2")),
        ("length(s)", Secret(2)),
        ("length([a])", 1),
        ("keys({x = a})", ("x",)),
        ('join("", [a])', HIDDEN),
        ("merge({x = a}, {y = 1}).y", 1),
        ("merge(m, {y = 1})", Secret({"k": "v", "y": 1})),
        ('lookup({x = a}, "y", 3)', 3),
        ("concat([a], [1])[1]", 1),
        ("flatten([sensitive([a]), [1]])", Secret(("hunter2", 1))),
        ("zipmap([a], [1])", Secret({"hunter2": 1})),
        ("toset([a])", Secret(make_set(["hunter2"]))),
        ("tolist([a, 1])[1]", "1"),
        ("max(s...)", Secret(2)),
        ("try(m.nothing, a)", HIDDEN),
        ("can(a)", True),
        ("nonsensitive(a)", "hunter2"),
        ("sensitive(1)", Secret(1)),
        ("sensitive([a])", Secret(("hunter2",))),
        ("coalesce(null, a)", HIDDEN),
        ("[for x in [a] : nonsensitive(x)]", ("hunter2",)),
    ],
)
def test_what_is_made_of_a_secret_is_secret_and_the_rest_is_not(text, made):
    given = value(text, a=HIDDEN, m=Secret({"k": "v"}), n=Secret(1), s=Secret((1, 2)))
    assert given == made
    assert type(given) is type(made)


def test_what_is_both_unknown_and_secret_is_both():
    for text in ('"${a}${b}"', "a == b", "[for x in [1] : x if b == a]", "jsonencode([a, b])", "b ? a : 1"):
        assert marks(value(text, a=HIDDEN, b=Unknown("bool", ("b",)))) == SECRET | UNKNOWN, text
    assert value("upper(a)", a=Secret(LATER)).reveal() == LATER


@pytest.mark.parametrize(
    "text",
    [
        "a + 1",
        "a.b",
        "m.nothing",
        'm["nothing"]',
        "[1][a]",
        "{k = 1}[a]",
        "tonumber(a)",
        "tobool(a)",
        "duration(a)",
        "jsondecode(a)",
        "lookup({}, a)",
        "parseint(a, 10)",
        'regex(a, "x")',
        "format(a, 1)",
        "slice([a], 0, 5)",
        "[for x in s : x + 1]",
        "[for x in s : {k = 1}[x]]",
        "{for x in t : x => 1}",
        "[for x in s : {for y in [x, x] : y => 1}]",
        "s[*].b",
        "try(a + 1)",
        "try(tonumber(a), {k = 1}[a])",
        "a ? 1 : 2",
        "a && true",
        "-a",
        "one([a, a])",
        "toset(a)",
        "zipmap([a], [])",
        "index([a], 1)",
        "file(a)",
        "env(a)",
    ],
)
def test_no_error_tells_a_secret(text):
    problem(
        text,
        a=HIDDEN,
        m=Secret({"hunter2": "v"}),
        s=Secret(("hunter2",)),
        t=Secret(("hunter2", "hunter2")),
    )


def test_an_error_names_what_took_part():
    found = problem("a.b + c", a={"b": "x"}, c=1)
    assert (found.summary, found.start, found.end) == ("Invalid operand", 0, 3)
    assert found.values == (("a.b", '"x"'), ("c", "1"))
    found = problem("[for x in l : x + a]", l=("y",), a=HIDDEN)
    assert found.values == (("x", '"y"'), ("a", "(sensitive value)"))
    assert problem("upper(l)", l=("x",) * 9).values == (("l", '["x", "x", "x", "x", "x", "x", … 3 more]'),)


@pytest.mark.parametrize(
    ("text", "summary", "words", "at"),
    [
        ("missing.x", "Reference to undeclared name", "No missing.x is declared.", "missing.x"),
        ("[1, missing]", "Reference to undeclared name", "No missing is declared.", "missing"),
        ("o.nam", "Unsupported attribute", 'named "nam". Did you mean "name"?', "o.nam"),
        ("o.zzzzz", "Unsupported attribute", 'It has "name", "size".', "o.zzzzz"),
        ('o["zzzzz"]', "Invalid index", 'there is no "zzzzz". It has "name", "size".', '"zzzzz"'),
        ("{}.a", "Unsupported attribute", "It has none.", "{}.a"),
        ("l.name", "Unsupported attribute", "Can't access attributes on a list", "l.name"),
        ("t.x", "Unsupported attribute", "Can't access attributes on a set", "t.x"),
        ("l[7]", "Invalid index", "(it has 2)", "7"),
        ("[][0]", "Invalid index", "(it has none)", "0"),
        ("l[0.5]", "Invalid index", "whole number", "0.5"),
        ("t[0]", "Invalid index", "Elements of a set", "0"),
        ("c.name", "Unsupported attribute", '"name" can\'t be read of cluster.a here.', "c.name"),
        ("l + 1", "Invalid operand", "Unsuitable value for left operand: a number is required.", "l"),
        ("1 + l", "Invalid operand", "Unsuitable value for right operand: a number is required.", "l"),
        ("!l", "Invalid operand", "Unsuitable value for unary operand: a bool is required.", "l"),
        ("-null", "Operation failed", "argument must not be null", "null"),
        ("null && true", "Operation failed", "argument must not be null (left operand)", "null"),
        ("1 / 0", "Division by zero", "can't be divided by zero", "0"),
        ("1 % 0", "Division by zero", "can't be divided by zero", "0"),
        ("1e400 * 1e400", "Operation failed", "too large a number", "1e400 * 1e400"),
        ("9e400 * 2", "Operation failed", "too large a number", "9e400 * 2"),
        ("1e999", "Invalid number literal", "too large", "1e999"),
        ("1e-999", "Invalid number literal", "too small", "1e-999"),
        ("sum([9e400, 9e400])", "Error in function call", "too large a number", "sum([9e400, 9e400])"),
        ("null ? 1 : 2", "Null condition", "must be either true or false", "null"),
        ("5 ? 1 : 2", "Incorrect condition type", "a bool is required", "5"),
        ("true ? 1 : l", "Inconsistent conditional result types", "'true' value is a number", "true ? 1 : l"),
        (
            "false ? 1 : l",
            "Inconsistent conditional result types",
            "'true' value is a number",
            "false ? 1 : l",
        ),
        ('"x${null}"', "Invalid template interpolation value", "expression result is null", "null"),
        ('"x${l}"', "Invalid template interpolation value", "and this is a list", "l"),
        ("{(null) = 1}", "Null value as key", "Can't use a null value as a key.", "(null)"),
        ("{(l) = 1}", "Incorrect key type", "a string is required", "(l)"),
        ("[for x in null : x]", "Iteration over null value", "A null value", "null"),
        ('[for x in "s" : x]', "Iteration over non-iterable value", "type string", '"s"'),
        ("[for x in [1] : x if null]", "Null condition", "condition value is null", "null"),
        ("[for x in [1] : x if []]", "Incorrect condition type", "must be of type bool", "[]"),
        ("{for x in l : 1 => x}", "Duplicate object key", "produced the key 1", "1"),
        ("{for x in l : [] => x}", "Incorrect key type", "a string is required", "[]"),
        ("upper(1, 2)", "Too many function arguments", "expects only 1 argument.", "2"),
        ("upper(l)", "Invalid function argument", "a string is required, and this is a list.", "l"),
        (
            'join(",", [1], [l])',
            "Invalid function argument",
            'Invalid value for "lists" parameter: element 0',
            "[l]",
        ),
        ("try()", "Not enough function arguments", "at least 1", "try()"),
        ("can()", "Not enough function arguments", "1 argument", "can()"),
        ("try(l.a, o.b)", "Error in function call", "No expression succeeded", "try(l.a, o.b)"),
        ("upper(null...)", "Invalid expanding argument value", "a null", "null"),
        (
            "lookup(o)",
            "Not enough function arguments",
            'at least 2 arguments. Missing value for "key".',
            "lookup(o)",
        ),
    ],
)
def test_an_error_says_what_and_where(text, summary, words, at):
    found = problem(
        text, o={"size": 1, "name": "x"}, l=(1, 2), t=make_set(["a"]), c=Endpoint("cluster.a", "cluster")
    )
    assert found.summary == summary
    assert words in found.detail
    assert text[found.start : found.end] == at


def test_references_take_what_the_scope_gives_and_read_on():
    assert value("a.b.c", a__b={"c": 3}) == 3
    assert value("a.b.c", a__b__c=4) == 4
    assert value("[for a in [5] : a]", a=1) == (5,)
    assert value("[for a in a : a]", a=(1, 2)) == (1, 2)
    assert value("[for x in [1] : [for x in [2] : x]]") == ((2,),)
    assert value("[for x in [1] : x + [for x in [2] : x][0] + x]") == (4,)


def test_handles_are_read_through_the_scope():
    class Handles(Given):
        def endpoint_attribute(self, endpoint, name):
            if name == "security":
                raise ReferenceProblem("Unsupported attribute", "never its security")
            return f"{endpoint.address}/{name}"

    scope = Handles({"e": {"a": Endpoint("cluster.a", "cluster"), "b": Endpoint("cluster.b", "cluster")}})
    assert evaluate(node("[for c in e : c.name]"), scope) == ("cluster.a/name", "cluster.b/name")
    assert evaluate(node('e["a"].region'), scope) == "cluster.a/region"
    assert evaluate(node("e.a"), scope) == Endpoint("cluster.a", "cluster")
    with pytest.raises(EvaluationError, match="never its security"):
        evaluate(node("e.a.security"), scope)


def test_a_branch_not_taken_may_fail():
    assert value("true ? 1 : missing.x") == 1
    assert value("o.a == null ? 0 : o.a.b", o={"a": None}) == 0


def test_short_circuits_spare_the_right_operand():
    assert value("o == null || o.a", o=None) is True
    assert value("o != null && o.a", o=None) is False


def test_a_constant_refers_to_nothing():
    assert evaluate_constant(node('[1, upper("a")]')) == (1, "A")
    with pytest.raises(EvaluationError, match="only plain values"):
        evaluate_constant(node("var.x"))


def test_an_expression_too_deep_to_evaluate_is_an_error():
    tree = node("1")
    for _ in range(5000):
        tree = (12, 0, 1, "!", tree)
    with pytest.raises(EvaluationError, match="nested too deeply"):
        evaluate_constant(tree)
    while len(tree) > 4 and isinstance(tree[4], tuple):
        tree = tree[4]


def test_containers_are_marked_only_where_something_in_them_is():
    assert type(value("[1, {a = 2}]")) is tuple
    assert type(value("{a = [1]}")) is dict
    made = value("{a = [b], c = 1}", b=HIDDEN)
    assert marks(made) == SECRET
    assert made == make_map({"a": make_list([HIDDEN]), "c": 1})


def test_arguments_are_evaluated_once_in_order():
    seen = []

    class Counting:
        def resolve(self, names):
            seen.append(names[0])
            return 1, 1

    evaluate(node("max(a, b + c, [d][0])"), Counting())
    assert seen == ["a", "b", "c", "d"]


def test_a_function_there_is_not_is_told_by_evaluation_too():
    tree = (11, 0, 4, "uppr", (node("1"),), False)  # from a tree that an older version kept
    with pytest.raises(EvaluationError, match='Did you mean "upper"'):
        evaluate_constant(tree)
