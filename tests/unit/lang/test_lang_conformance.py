"""What python-hcl2 rejects though valid, accepts though invalid, and misparses in silence: each right, or refused."""

import pytest
from reading import attributes, blocks, refusals, value
from reading import node as value_node

from kplan.lang import ast
from kplan.lang.parser import parse, parse_variables
from kplan.lang.source import Source

A, B, AB, N = (ast.REF, ("a",)), (ast.REF, ("b",)), (ast.REF, ("a", "b")), ast.LITERAL


def bare(found):
    """Take the offsets off a node."""
    if not isinstance(found, tuple):
        return found
    if found and isinstance(found[0], int) and len(found) >= 3 and isinstance(found[1], int):
        return (found[0], *(bare(part) for part in found[3:]))
    return tuple(bare(part) for part in found)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("x = !!a", (ast.UNARY, "!", (ast.UNARY, "!", A))),
        ("x = (1\n - 2)", (ast.BINARY, "-", (N, 1), (N, 2))),
        ('x = "${\n  a\n}"', A),
        ('x = "p ${~ a ~} q"', (ast.TEMPLATE, ((N, "p"), A, (N, "q")))),
        ("größe = a", A),
        ("x = größe", (ast.REF, ("größe",))),
        ("x = <<_EOT\nt\n_EOT", (N, "t\n")),
        ("x = /* c */ 1", (N, 1)),
        ("x = a./* c */b + 1 /* d */ * 2", (ast.BINARY, "+", AB, (ast.BINARY, "*", (N, 1), (N, 2)))),
        ("x = [/* c */ a /* d */ * 2]", (ast.LIST, ((ast.BINARY, "*", A, (N, 2)),))),
        ("x = a[/* c */ 1 + b /* d */ * 2]", None),
        ("x = (a\n.b)", (ast.REF, ("a", "b"))),
        ("x = - -a", (ast.UNARY, "-", (ast.UNARY, "-", A))),
        ("x = a[\n*\n].b", (ast.SPLAT, A, (ast.ATTR, (ast.ITEM,), "b"), "[*]")),
        ("x = max(\n  a, # first\n  b,\n)", (ast.CALL, "max", (A, B), False)),
        ("x = { if = 1, in = 2 }", (ast.OBJECT, (((N, "if"), (N, 1)), ((N, "in"), (N, 2))))),
        ("x = {\n in = 1\n for : 2\n}", (ast.OBJECT, (((N, "in"), (N, 1)), ((N, "for"), (N, 2))))),
        ("x = {\nfor a in b\n : a\n => a\n}", (ast.FOR_MAP, None, "a", B, A, A, None, False)),
    ],
)
def test_valid_text_that_python_hcl2_rejects_is_read_right(text, tree):
    made = bare(next(iter(attributes(text).values())))
    assert made == tree if tree else made[0] == ast.INDEX


def test_a_function_of_a_namespace_is_a_call_of_one_there_is_not():
    assert refusals("a {\n  x = ns::deep::f(b)\n}\n") == [("Call to unknown function", 2, 7, "ns::deep::f")]


def test_a_byte_order_mark_is_stepped_over():
    parsed, diagnostics = parse(Source("f", "\ufeffa {\n  x = 1\n}\n"), None)
    assert (diagnostics, parsed.blocks[0][0]) == ((), 1)
    values, diagnostics = parse_variables(Source("f", "\ufeffx = 1\n"))
    assert ([name for name, _, _ in values], diagnostics) == (["x"], ())


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("a {\n  x = 1\n  x = 2\n}", ("Attribute redefined", 3, 3, "x")),
        ('a {\n  x = "one\n  two"\n}', ("Invalid multi-line string", 2, 7, '"one')),
        ("a {\n  x = 1 y = 2\n}", ("Missing newline after argument", 2, 9, "y = 2")),
        ('a {\n  x = "\\q"\n}', ("Invalid escape sequence", 2, 8, "\\q")),
        ('a {\n  x = "\\u12"\n}', ("Invalid escape sequence", 2, 8, "\\u")),
        ('a {\n  x = "\\ud800"\n}', ("Invalid escape sequence", 2, 8, "\\ud800")),
        ("a {\n  x = b &&\n c\n}", ("Invalid expression", 2, 9, "&&")),
        ("a {\n  x = b\n && c\n}", ("Invalid expression", 3, 2, "&&")),
        ("a {\n  x = b ?\n c : d\n}", ("Invalid expression", 2, 9, "?")),
        ("a {\n  x = 1 + 2\n + 3\n}", ("Invalid expression", 3, 2, "+")),
        ('a "x${b}" {\n}', ("Invalid string literal", 1, 3, '"x${b}"')),
        ('a "${"b"}" {\n}', ("Invalid string literal", 1, 3, '"${"b"}"')),
        ("a {\n  x = b.0.1\n}", ("Invalid legacy index syntax", 2, 8, ".0.1")),
        ("a {\n  x = b.*.c.*.d\n}", ("Nested splat expression not allowed", 2, 12, ".*")),
        ("a {\n  x = { b = 1 c = 2 }\n}", ("Missing attribute separator", 2, 15, "c")),
        ("a {\n  x = { b = 1\n, c = 2 }\n}", ("Invalid expression", 3, 1, ",")),
        ("a {\n  x = { b.c = 1 }\n}", ("Ambiguous attribute key", 2, 9, "b.c")),
        ("a {\n  x = { b = 1, b = 2 }\n}", ("Duplicate object key", 2, 16, "b")),
        ("a\n{\n}", ("Invalid block definition", 1, 1, "a")),
        ("a { x = 1\n}", ("Invalid single-argument block definition", 1, 3, "{")),
        ("a {\n  x = 1 }", ("Missing newline after argument", 2, 9, "}")),
        ("a { b {} }", ("Invalid single-argument block definition", 1, 3, "{")),
        ("a {\n} b {\n}", ("Missing newline after block definition", 2, 3, "b {")),
        ("a {}\nx = 1", ("Unsupported argument", 2, 1, "x")),
    ],
)
def test_invalid_text_that_python_hcl2_accepts_is_refused_where_it_is_wrong(text, refusal):
    assert refusals(text) == [refusal]


def test_an_escaped_sequence_ends_where_its_string_does():
    assert {name: one[3] for name, one in attributes('x = "$${a"\ny = "}"').items()} == {"x": "${a", "y": "}"}


def test_an_escaped_sequence_leaves_a_real_one_after_it_alone():
    assert value('"$${foo ${bar}"', bar="B") == "${foo B"
    assert value('"%%{foo ${bar}"', bar="B") == "%{foo B"
    assert value('"$$${bar}"', bar="B") == "$${bar}"


def test_an_index_after_a_dotted_splat_is_one_into_its_result():
    rows = ({"b": (1, 2)}, {"b": (3, 4)})
    assert value("a.*.b[0]", a=rows) == (1, 2)
    assert value("a[*].b[0]", a=rows) == (1, 3)
    assert value("a.*.b.0", a=rows) == (1, 3)
    assert value("(a[*].b)[0]", a=rows) == (1, 2)
    assert value("a.*.b[0].c", a=({"b": {"c": 9}},)) == 9


def test_a_splat_after_a_full_splat_is_one_of_each_item():
    rows = ({"b": ({"c": 1}, {"c": 2})}, {"b": ({"c": 3},)})
    assert value("a[*].b[*].c", a=rows) == ((1, 2), (3,))


def test_newlines_end_lines_only_where_nothing_is_open():
    read = blocks("a {\n  x = [1,\n 2\n]\n  y = {\n    k = 1\n\n    l = 2 # c\n  }\n  z = max(\n1\n)\n}\n")
    assert [one[0] for one in read[0][4]] == ["x", "y", "z"]


@pytest.mark.parametrize(
    "text",
    [
        "a.b.c",
        "-a",
        "!a.b",
        "- -a",
        "(a)",
        "( a + b )",
        '"x"',
        '"x${a}y"',
        '"${a}"',
        "[1, 2]",
        "{ a = 1 }",
        "f.g[0].h",
        "a[*].b[0]",
        "a.*.b[0].c",
        "a.*",
        "max(1, b...)",
        "a ? b : c",
        "a + b * c",
        "[for x in a : x if x]",
        "{ for k, v in a : k => v... }",
        "1.5",
        "<<EOT\nx\nEOT",
        '"%{ if a }b%{ endif }"',
    ],
)
def test_a_node_spans_its_text(text):
    (found,) = attributes(f"x = {text}").values()
    start = len("b {\nx = ")
    assert (found[1], found[2]) == (start, start + len(text))


def test_directives_span_their_sequences():
    text = '"a%{ if b }c%{ else }d%{ endif }e%{ for f in g }h%{ endfor }"'
    parts = value_node(text)[3]
    assert [text[part[1] : part[2]] for part in parts] == [
        "a",
        "%{ if b }c%{ else }d%{ endif }",
        "e",
        "%{ for f in g }h%{ endfor }",
    ]
    condition, yes, no = parts[1][3:]
    assert [text[part[1] : part[2]] for part in (condition, yes, no)] == ["b", "c", "d"]
