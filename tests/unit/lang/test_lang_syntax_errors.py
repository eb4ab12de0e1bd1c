"""The words for syntax errors, and where they point."""

import pytest
from reading import refusals

from kplan.lang.parser import parse, parse_expression, parse_variables
from kplan.lang.source import Source

MISTAKES = [
    ("x 1", ("Argument or block definition required", 2, 1, "x")),
    ("x", ("Argument or block definition required", 2, 1, "x")),
    ("5 = 1", ("Argument or block definition required", 2, 1, "5")),
    ("x: 1", ("Invalid argument definition", 2, 2, ":")),
    ("x.y = 1", ("Invalid argument name", 2, 1, "x")),
    ('"x" = 1', ("Invalid argument name", 2, 1, '"x"')),
    ('x "b"', ("Invalid block definition", 2, 1, 'x "b"')),
    ('x "b" = {\n}', ("Invalid block definition", 2, 7, "=")),
    ('x "b" 5 {\n}', ("Invalid block definition", 2, 7, "5")),
    ("x =", ("Invalid expression", 2, 3, "=")),
    ("x = 1 +", ("Invalid expression", 2, 7, "+")),
    ("x = * 1", ("Invalid expression", 2, 5, "*")),
    ("x = 1 2", ("Missing newline after argument", 2, 7, "2")),
    ("x = hello world", ("Missing newline after argument", 2, 11, "world")),
    ("x = 5 topics", ("Missing newline after argument", 2, 7, "topics")),
    ('x = "a" "b"', ("Missing newline after argument", 2, 9, '"b"')),
    ("x = 1, y = 2", ("Unexpected comma after argument", 2, 6, ",")),
    ("x = [1 2]", ("Missing item separator", 2, 8, "2")),
    ("x = [1,,2]", ("Invalid expression", 2, 8, ",")),
    ("x = {a 1}", ("Missing key/value separator", 2, 8, "1")),
    ("x = {a}", ("Missing attribute value", 2, 6, "a")),
    ("x = {a = 1, , b = 2}", ("Invalid expression", 2, 13, ",")),
    ("x = f(1 2)", ("Missing argument separator", 2, 9, "2")),
    ("x = f(a...b)", ("Missing closing parenthesis", 2, 11, "b")),
    ("x = (1 2)", ("Unbalanced parentheses", 2, 8, "2")),
    ("x = a[1 2]", ("Missing close bracket on index", 2, 9, "2")),
    ("x = a.1b", ("Missing newline after argument", 2, 8, "b")),
    ("x = a.[0]", ("Invalid attribute name", 2, 7, "[")),
    ("x = a ? b", ("Missing false expression in conditional", 2, 9, "b")),
    ("x = (a ? b)", ("Missing false expression in conditional", 2, 11, ")")),
    ("x = [a ? b]", ("Missing false expression in conditional", 2, 11, "]")),
    ("x = {k = a ? b}", ("Missing false expression in conditional", 2, 15, "}")),
    ('x = "${a ? b}"', ("Missing false expression in conditional", 2, 13, "}")),
    ("x = [for y in z]", ("Invalid 'for' expression", 2, 16, "]")),
    ("x = [for in z : z]", ("Invalid 'for' expression", 2, 13, "z")),
    ("x = [for y z : y]", ("Invalid 'for' expression", 2, 12, "z")),
    ("x = [for y in z : y w]", ("Invalid 'for' expression", 2, 21, "w")),
    ("x = [for y in : y]", ("Invalid expression", 2, 15, ":")),
    ("x = {for k, v in z : k}", ("Invalid 'for' expression", 2, 23, "}")),
    ("x = 'a'", ("Invalid character", 2, 5, "'")),
    ("x = `a`", ("Invalid character", 2, 5, "`")),
    ("x = 1;", ("Invalid character", 2, 6, ";")),
    ("x = “a”", ("Invalid character", 2, 5, "“")),
    ("x = \x01", ("Invalid character", 2, 5, "\x01")),
    ("x = ${a}", ("Invalid character", 2, 5, "$")),
    ("x = a & b", ("Unsupported operator", 2, 7, "&")),
    ("x = a | b", ("Unsupported operator", 2, 7, "|")),
    ("x = a ^ b", ("Unsupported operator", 2, 7, "^")),
    ("x == 5", ("Argument or block definition required", 2, 1, "x")),
    ("x = y = z", ("Missing newline after argument", 2, 7, "=")),
    ("x = 5 = z", ("Invalid expression", 2, 7, "=")),
    ('x = "a\\', ("Invalid multi-line string", 2, 5, '"a\\')),
    ('x = "b"c"', ("Invalid multi-line string", 2, 9, '"')),
    ("x = [1, 2", ('Unclosed "["', 2, 5, "[")),
    ("x = f(1, 2", ('Unclosed "("', 2, 6, "(")),
    ("x = 1)", ('Unexpected ")"', 2, 6, ")")),
    ("x = [1)", ('Unclosed "["', 2, 5, "[")),
    ("}", ('Unexpected "}"', 3, 1, "}")),
]


@pytest.mark.parametrize(("text", "refusal"), MISTAKES)
def test_a_mistake_in_a_block_is_worded_and_located(text, refusal):
    found = refusals(f"b {{\n{text}\n}}\n")
    assert found[0] == refusal


def test_a_hint_shows_how_the_argument_is_written():
    _, found = parse(Source("f", 'b {\n  name "orders"\n}\n'), None)
    assert found[0].detail.endswith("To set an argument, write: name = …")
    _, found = parse(Source("f", "b {\n  partitions 12\n}\n"), None)
    assert found[0].detail.endswith("For example: partitions = …")
    _, found = parse(Source("f", "b {\n  x = hello world\n}\n"), None)
    assert "put it in quotes" in found[0].detail


def test_an_unclosed_block_is_told_at_its_header_with_what_it_swallowed():
    text = 'topic "a" {\n  x = 1\n\ntopic "b" {\n  x = 2\n}\n'
    _, found = parse(Source("f", text), None)
    assert [(one.summary, text[one.start : one.end]) for one in found] == [
        ("Unclosed configuration block", 'topic "a" {')
    ]
    assert found[0].detail.endswith("As it is written, what begins on line 4 is inside it.")


def details(text):
    return [one.detail for one in parse(Source("f", text), None)[1]]


def test_a_missing_brace_is_told_by_the_brace_that_is_indented_otherwise():
    inner = 'topic "a" {\n  lifecycle {\n    prevent_destroy = true\n}\n'
    text = f'topic "z" {{\n}}\n\n{inner}'
    parsed, found = parse(Source("f", text), None)
    assert [(one.summary, text[one.start : one.end]) for one in found] == [
        ("Unclosed configuration block", 'topic "a" {')
    ]
    assert found[0].detail.endswith(
        'The "}" on line 7 closes the "{" of line 5, but is indented differently: perhaps one before it is missing.'
    )
    assert [block[1] for _, block in parsed.blocks] == [("z",)]
    assert "indented" not in details("a {\n  x = {\n    y = 1 }\n")[0]
    assert "indented" not in details("a {\n  x = {\n  }\n  y = [{\n  }, {\n  }]\n")[0]


def test_a_quote_too_few_or_too_many_is_told_as_such():
    assert "Perhaps one before it is missing" in details('a {\n  x = b"\n}\n')[0]
    assert "Perhaps one before it is missing" in details('a {\n  x = "b"c"\n}\n')[0]
    assert "Perhaps one before it is missing" in details('topic "a {\n}\n'.replace('"a', 'a"'))[0]
    assert "Close it with a quote" in details('a {\n  x = "b\n}\n')[0]
    assert "Close it with a quote" in details('a {\n  x = ["b", "c]\n}\n')[0]
    assert refusals('a {\n  x = "${b.c"\n}\n') == [
        ("Unclosed template interpolation sequence", 2, 8, "${b.c")
    ]
    assert refusals('a {\n  x = "${\n  b"\n}"\n}\n')[0] == ("Invalid multi-line string", 3, 4, '"')
    assert refusals('a {\n  x = "${"b\n"}"\n}\n')[0] == ("Invalid multi-line string", 2, 10, '"b')


def test_an_equals_sign_before_a_block_is_told_as_such():
    (detail,) = details("locals = {\n  x = 1\n}\n")
    assert detail.endswith('To define a block of type "locals", leave out the "=".')
    assert details("x = 1\n")[0].endswith("there are only blocks.")


def test_what_follows_a_mistake_within_its_block_is_not_told_as_another():
    text = 'a {\n  x = "b\n  y = <<EOT\n}\nEOT\n}\nb {\n}\n'
    parsed, found = parse(Source("f", text), None)
    assert [one.summary for one in found] == ["Invalid multi-line string"]
    assert [block[0] for _, block in parsed.blocks] == ["b"]
    assert [one[0] for one in refusals('a {\n  x = "b\n}\nc = {\n}\n')] == [
        "Invalid multi-line string",
        "Unsupported argument",
    ]
    text = "a {\n  x = 1 2\n}\n}\n"
    assert [one[0] for one in refusals(text)] == ["Missing newline after argument", 'Unexpected "}"']


def test_carriage_returns_stand_before_newlines_only():
    assert refusals("a {\r\n  x = [\r\n 1\r\n]\r\n}\r\n") == []
    assert refusals("a {\n  x =\r 1\n}\n") == [("Invalid character", 2, 6, "\r")]
    assert refusals("a {\n}\n\rb {\n}\n") == [("Invalid character", 3, 1, "\r")]
    assert refusals("a {\n  x = <<E\nb\rc\r\n${d}\re\nE\n}\n") == [
        ("Invalid character", 3, 2, "\r"),
        ("Invalid character", 4, 5, "\r"),
    ]


def test_hints_say_what_to_write():
    assert 'There is no "else if"' in details('a {\n  x = "%{ if b }c%{ else if d }e%{ endif }"\n}\n')[0]
    assert "put it in quotes" in details("a {\n  x = 1.2.3\n}\n")[0]
    assert "put it in quotes" in details("a {\n  x = { for = 1 }\n}\n")[0]
    assert details('"a" {\n}\n') == ["Argument names must not be quoted, and block types neither."]


def test_mistakes_of_all_blocks_are_told_at_once_and_the_others_are_read():
    text = 'a {\n  x = \n}\nb {\n  y = 1\n}\nc {\n  z = 1 2\n}\n}\nd {\n  "q" = 1\n}\ne {}\n'
    parsed, found = parse(Source("f", text), None)
    assert [(one.summary, one.source.position(one.start)[0]) for one in found] == [
        ("Invalid expression", 2),
        ("Missing newline after argument", 8),
        ('Unexpected "}"', 10),
        ("Invalid argument name", 12),
    ]
    assert [block[0] for _, block in parsed.blocks] == ["b", "e"]


def test_several_mistakes_of_one_block_that_reading_goes_on_after_are_all_told():
    assert refusals('a {\n  x = "\\q"\n  x = "\\w"\n  y = 1 z = 2\n}\n') == [
        ("Invalid escape sequence", 2, 8, "\\q"),
        ("Invalid escape sequence", 3, 8, "\\w"),
        ("Attribute redefined", 3, 3, "x"),
        ("Missing newline after argument", 4, 9, "z = 2"),
    ]


def test_a_nul_byte_refuses_the_whole_text():
    source = Source("f", "a {\n}\n\0")
    parsed, found = parse(source, None)
    assert parsed is None
    assert [(one.summary, source.position(one.start)) for one in found] == [("Invalid character", (3, 1))]
    assert parse_variables(source)[0] == ()
    assert parse_expression("\0", "<x>")[0] is None


def test_text_nested_too_deeply_is_refused():
    text = "a {\n  x = " + '"${' * 2000 + "1" + '}"' * 2000 + "\n}\n"
    assert [one[0] for one in refusals(text)] == ["Too deeply nested"]
    text = "a {\n  x = " + "(" * 50_000 + "1" + ")" * 50_000 + "\n}\n"
    assert refusals(text) == []
    text = "a {\n  x = " + "[" * 50_000 + "y" + "]" * 50_000 + "\n}\n"
    assert [one[0] for one in refusals(text)] == ["Too deeply nested"]


def test_files_of_values_have_arguments_only():
    values, found = parse_variables(Source("f", 'a = 1\nb = ["x"]\nc {\n}\na = 2\n'))
    assert [(name, attribute[0], base) for name, attribute, base in values] == [("a", "a", 0), ("b", "b", 0)]
    assert [(one.summary, one.start, one.end) for one in found] == [
        ("Attribute redefined", 22, 23),
        ("Unexpected block", 16, 17),
    ]
    assert parse_variables(Source("f", "a = ["))[1][0].summary == "Unclosed list"


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("", "Invalid expression"),
        ("a b", "Missing newline after argument"),
        ("x = 1", "Missing newline after argument"),
        ("[1", "Unclosed list"),
        ('"a', "Unterminated template string"),
        ("'a'", "Invalid character"),
    ],
)
def test_an_expression_that_is_none_is_refused(text, summary):
    node, found = parse_expression(text, "<-var x>")
    assert node is None
    assert found[0].summary == summary
    assert found[0].source == Source("<-var x>", text)


def test_an_expression_may_have_lines():
    assert parse_expression('[\n  "a",\n  "b"\n]', "<x>")[1] == ()


def test_functions_that_there_are_not_are_told_when_read_with_the_other_mistakes():
    assert refusals('a {\n  x = formt("%s", uper(1))\n  y = 1\n  y = 2\n}\nb {\n  z = lst(string)\n}\n') == [
        ("Call to unknown function", 2, 19, "uper"),
        ("Call to unknown function", 2, 7, "formt"),
        ("Attribute redefined", 4, 3, "y"),
        ("Call to unknown function", 7, 7, "lst"),
    ]
    assert refusals("a {\n  type = map(object({a = optional(list(string))}))\n}\n") == []
    assert refusals("a {\n  x = uper(1)\n  y = 1 2\n}\n") == [
        ("Call to unknown function", 2, 7, "uper"),
        ("Missing newline after argument", 3, 9, "2"),
    ]


def test_the_innermost_unclosed_block_is_told_at_its_header():
    assert refusals('a "l" {\n  x = 1\n  b "m" {\n    y = 2\n') == [
        ("Unclosed configuration block", 3, 3, 'b "m" {')
    ]
    assert refusals("a {}\nb {\n") == [("Unclosed configuration block", 2, 1, "b {")]
