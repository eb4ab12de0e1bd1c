"""Laws of the language: nothing lost, nothing raised, the cache and both machines agree."""

import json
import re
import tempfile
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kplan.lang import files, grammar
from kplan.lang.cache import BlockCache
from kplan.lang.constraints import STRING
from kplan.lang.evaluate import EvaluationError, evaluate_constant
from kplan.lang.format import formatted
from kplan.lang.lexer import lex
from kplan.lang.parser import parse, parse_expression
from kplan.lang.source import Source
from kplan.lang.syntax import Machine, SlowMachine
from kplan.lang.tokens import SyntaxProblem
from kplan.lang.types import ConversionError, convert, parse_type, type_of
from kplan.sdk.values import equal, number_text

LAWS = settings(max_examples=60, deadline=None)
MACHINE, SLOW = Machine(), SlowMachine()

names = st.sampled_from(["a", "b", "name", "config", "for", "in", "if", "x_1", "é", "topic", "t-1"])
texts = st.text(alphabet='ab "\\$%{}\n\té😀#/*<>=', max_size=8)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.decimals(-1000, 1000, allow_nan=False, places=3)
    .map(lambda one: one.normalize())
    .filter(lambda one: one % 1),
    texts,
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(tuple), st.dictionaries(st.text("abc", min_size=1), inner, max_size=4)
    ),
    max_leaves=12,
)


def written(value):
    """Write a value as HCL."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, (int, Decimal)):
        return number_text(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {written(item)}" for key, item in value.items()) + "}"
    return "[" + ", ".join(map(written, value)) + "]"


def quoted(text):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return '"' + escaped.replace("${", "$${").replace("%{", "%%{") + '"'


references = st.sampled_from(["var.a", "each.key", "topic.orders.name", "a[0].b", "a.*.b", "a[*].b[0]"])
expressions = st.recursive(
    st.one_of(scalars.map(written), references),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "%", "==", "<", "&&", "||"]), inner).map(
            " ".join
        ),
        st.tuples(inner, inner, inner).map(lambda parts: "({} ? {} : {})".format(*parts)),
        inner.map(lambda one: f"({one})"),
        inner.map(lambda one: f"-{one}"),
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
        st.lists(inner, max_size=3).map(lambda parts: "merge(" + ",\n ".join(parts) + ")"),
        st.lists(inner, max_size=2).map(
            lambda parts: "{" + "\n".join(f"k{at} = {one}" for at, one in enumerate(parts)) + "}"
        ),
        inner.map(lambda one: f'"x${{{one}}}y"'),
        st.tuples(inner, inner).map(lambda parts: "[for k, v in {} : {}]".format(*parts)),
        st.tuples(inner, inner).map(lambda parts: "{{for v in {} : v => {}...}}".format(*parts)),
        st.tuples(inner, inner).map(
            lambda parts: '"%{{ if {} }}a%{{ else }}${{{}}}%{{ endif }}"'.format(*parts)
        ),
    ),
    max_leaves=6,
)
arguments = st.dictionaries(names, expressions, max_size=4).map(
    lambda found: "".join(f"  {name} = {one}\n" for name, one in found.items())
)
blocks = st.tuples(
    st.sampled_from(["topic", "cluster", "locals"]),
    st.lists(st.sampled_from(['"a"', '"b c"', "d"]), max_size=2),
    arguments,
    st.one_of(st.just(""), arguments.map(lambda inner: f"  nested {{\n{inner}  }}\n")),
).map(lambda parts: f"{' '.join([parts[0], *parts[1]])} {{\n{parts[2]}{parts[3]}}}\n")
between = st.sampled_from(["", "\n", "# c\n", "\n\n// }\n", "/* c\n} */\n", "/* d */ ", "/* e */ /* f */\n"])


pieces_of_files = st.lists(st.tuples(blocks, between), min_size=1, max_size=3)


def joined(pieces):
    return "".join(text + after for text, after in pieces)


def shape(text, cache=None):
    parsed, found = parse(Source("f", text), cache)
    read = parsed.blocks if parsed else ()
    return [(text[base + one[2] : base + one[7]], one) for base, one in read], found


@LAWS
@given(st.lists(st.tuples(blocks, between), max_size=5))
def test_every_block_is_read_where_it_is(pieces):
    text = joined(pieces)
    read, found = shape(text)
    assert found == ()
    assert [one for one, _ in read] == [block.rstrip("\n") for block, _ in pieces]


def outcome(machine, text):
    """Give the tree or the refusal, and the mistakes noted on the way; None where there are no tokens to read."""
    try:
        tokens = lex(text)
    except SyntaxProblem:
        return None
    try:
        return machine.read(tokens, text), tokens.problems
    except SyntaxProblem as refused:
        return type(refused), refused.problem, tokens.problems


@LAWS
@given(st.lists(blocks, min_size=1, max_size=3).map("".join), st.data())
def test_both_machines_read_and_refuse_the_same(text, data):
    for one in (text, damaged(text, data.draw)):
        made = outcome(MACHINE, one)
        assert made is None or made == outcome(SLOW, one)


@LAWS
@given(st.lists(st.lists(st.tuples(blocks, between), max_size=4), min_size=1, max_size=3), st.data())
def test_a_hit_equals_a_miss_after_any_edits(versions, data):
    with tempfile.TemporaryDirectory() as folder:
        cache = BlockCache(Path(folder), "m")
        for text in map(joined, versions):
            for one in (text, damaged(text, data.draw) if text else text, text):
                plain = parse(Source("f", one), None)
                assert parse(Source("f", one), cache) == plain
                assert parse(Source("f", one), cache) == plain


@LAWS
@given(pieces_of_files, pieces_of_files, st.data())
def test_a_hit_equals_a_miss_whatever_became_of_the_cache(pieces, others, data):
    text = joined(pieces)
    with tempfile.TemporaryDirectory() as folder:
        cache = BlockCache(Path(folder), "m")
        plain = shape(text, cache)
        (stored,) = Path(folder).iterdir()
        became_of(data.draw, stored, joined(others))
        assert shape(text, cache) == plain
        assert shape(text, cache) == plain


def became_of(draw, stored, other):
    """Damage, cut off, empty or replace the file of a cache, or make it one of another text or version."""
    body = bytearray(stored.read_bytes())
    match draw(
        st.sampled_from(["damaged", "cut", "empty", "foreign", "another text's", "another version's"])
    ):
        case "damaged":
            for _ in range(draw(st.integers(1, 3))):
                body[draw(st.integers(0, len(body) - 1))] ^= draw(st.integers(1, 255))
        case "cut":
            at = draw(st.integers(0, len(body) - 1))
            del body[at : at + draw(st.integers(1, len(body)))]
        case "empty":
            body.clear()
        case "foreign":
            body = bytearray(draw(st.binary(max_size=64)))
        case "another text's":
            with tempfile.TemporaryDirectory() as folder:
                shape(other, BlockCache(Path(folder), "m"))
                for path in Path(folder).iterdir():
                    body = bytearray(path.read_bytes())
        case _:
            files.store(stored, b"another version", bytes(body[16:]))
            return
    stored.write_bytes(body)


SCRAPS = [
    '"',
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "=",
    "\n",
    "${",
    "%{",
    "$${",
    "<<E\n",
    "E\n",
    "/*",
    "*/",
    "#",
    "\\",
    "for",
]
scraps = st.one_of(
    st.sampled_from(SCRAPS), st.text(alphabet='ab"{}[]()=\n$%<>-#/*\\.,:?! \0\r\ufeff', max_size=4)
)
lines_of_others = st.sampled_from(
    [
        "",
        "# }",
        "// {",
        "/* } */",
        "/*",
        "*/",
        "x = 1",
        "x {}",
        "}",
        "{",
        "x",
        '"',
        "EOT",
        "x = <<EOT",
        "x = [",
    ]
)


def damaged(text, draw):
    """Delete, insert, swap, double or cut characters or lines."""
    pieces = list(text) if draw(st.booleans()) else text.splitlines(keepends=True)
    new = draw(scraps) if len(pieces) == len(text) else draw(lines_of_others) + "\n"
    at = draw(st.integers(0, len(pieces) - 1))
    to = draw(st.integers(0, len(pieces) - 1))
    match draw(st.sampled_from(["delete", "insert", "replace", "swap", "double", "cut"])):
        case "delete":
            del pieces[at : at + draw(st.integers(1, 6))]
        case "insert":
            pieces.insert(at, new)
        case "replace":
            pieces[at] = new
        case "swap":
            pieces[at], pieces[to] = pieces[to], pieces[at]
        case "double":
            pieces[at:at] = pieces[min(at, to) : min(at, to) + 6]
        case _:
            del pieces[at:]
    return "".join(pieces)


def moved(node, by):
    """Give a node, or whatever is in one, with all its offsets less."""
    if not isinstance(node, tuple):
        return node
    if node and type(node[0]) is int:
        return (node[0], node[1] - by, node[2] - by, *(moved(part, by) for part in node[3:]))
    return tuple(moved(part, by) for part in node)


def moved_block(block, by):
    kind, labels, start, end, arguments, inner, spans, last = block
    return (
        kind,
        labels,
        start - by,
        end - by,
        tuple(
            (
                name,
                first - by,
                after - by,
                moved(node, by),
                tuple((one, f - by, t - by) for one, f, t in found),
            )
            for name, first, after, node, found in arguments
        ),
        tuple(moved_block(one, by) for one in inner),
        tuple((first - by, after - by) for first, after in spans),
        last - by,
    )


def placed(text, cache=None):
    """Give each block that was read with offsets from the start of the text, and the mistakes."""
    parsed, found = parse(Source("f", text), cache)
    return tuple(moved_block(block, -base) for base, block in parsed.blocks) if parsed else (), found


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(blocks, between), min_size=2, max_size=4), st.data())
def test_damage_is_told_or_every_block_is_read_as_an_independent_reading_has_it(pieces, data):
    """Cut into pieces and read by the fast machine, against the whole text read by python-hcl2's own."""
    text = damaged(joined(pieces), data.draw)
    read, found = placed(text)
    if found:
        assert all(0 <= one.start <= one.end <= len(text) + 1 and one.summary and one.detail for one in found)
        return
    begins = text.startswith("\ufeff")
    tokens = lex(text[begins:])
    whole = SLOW.read(tokens, text[begins:])
    assert tokens.problems == []
    assert whole[3] == ()
    assert read == tuple(moved_block(one, -begins) for one in whole[4])


@settings(max_examples=150, deadline=None)
@given(st.lists(blocks, min_size=2, max_size=4), st.data())
def test_damage_to_one_block_never_silently_changes_or_drops_another(pieces, data):
    hurt = data.draw(st.integers(0, len(pieces) - 1))
    trees = [shape(piece)[0][0][1] for piece in pieces]
    whole = [piece.rstrip("\n") for piece in pieces]
    pieces[hurt] = damaged(pieces[hurt], data.draw).removesuffix("\n") + "\n"
    text = "".join(pieces)
    read, found = placed(text)
    if found:
        return
    by_text = {text[one[2] : one[7]]: moved_block(one, one[2]) for one in read}
    for at, (block, tree) in enumerate(zip(whole, trees, strict=True)):
        if at != hurt:
            assert by_text[block] == tree


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.lists(blocks, min_size=1, max_size=3).map("".join), st.data())
def test_where_python_hcl2_reads_a_damaged_file_too_it_finds_the_same_blocks(text, data):
    import hcl2

    assume(not re.search(r"\$\$|%%|\.\*|\[\*", text))  # its known misreadings
    text = damaged(text, data.draw)
    read, found = shape(text)
    assume(not found)
    grammar.lark()
    try:
        tree = hcl2.parses_to_tree(text + "\n")
    except Exception:
        assume(False)
    theirs = [child for child in tree.children[0].children if child.data == "block"]
    assert len(read) == len(theirs)
    for (_, block), other in zip(read, theirs, strict=True):
        body = next(child for child in other.children if getattr(child, "data", "") == "body")
        inner = [child.data for child in body.children if child.data in {"attribute", "block"}]
        assert (len(block[4]), len(block[5])) == (inner.count("attribute"), inner.count("block"))


@LAWS
@given(st.text(alphabet='ab1.,:?!=<>+-*/%&|()[]{}"$~\\\n #\0é', max_size=30))
def test_any_text_is_read_or_refused(text):
    parse(Source("f", text), None)
    node, found = parse_expression(text, "<x>")
    assert (node is None) == bool(found)
    if node is not None:
        with suppress(EvaluationError):
            evaluate_constant(node)


@LAWS
@given(values)
def test_a_written_value_evaluates_to_itself(value):
    node, found = parse_expression(written(value), "<x>")
    assert found == ()
    assert equal(evaluate_constant(node), value)


@LAWS
@given(values)
def test_json_comes_back_as_it_went(value):
    node, _ = parse_expression(f"jsondecode(jsonencode({written(value)}))", "<x>")
    assert equal(evaluate_constant(node), value)


CONSTRAINTS = [
    "any",
    "string",
    "number",
    "bool",
    "list(any)",
    "list(string)",
    "set(any)",
    "map(any)",
    "map(string)",
    "map(list(any))",
    'object({a = any, b = optional(string, "d")})',
    "tuple([any, string])",
]


@LAWS
@given(values, st.sampled_from(CONSTRAINTS))
def test_conversion_is_idempotent_and_keeps_what_fits(value, text):
    wanted = parse_type(text)
    with suppress(ConversionError):
        made = convert(value, wanted)
        assert convert(made, wanted) is made


@LAWS
@given(values)
def test_a_value_converts_to_its_own_type_unchanged(value):
    assert convert(value, type_of(value)) is value


@LAWS
@given(scalars.filter(lambda one: one is not None))
def test_scalars_survive_being_texts(value):
    text = convert(value, STRING)
    assert equal(convert(text, type_of(value)), value)


def words(text):
    """Give what a layout may not change; a label may get quotes."""
    return re.sub(r'[\s"]', "", text)


@LAWS
@given(pieces_of_files)
def test_a_layout_is_final_and_keeps_every_word(pieces):
    text = joined(pieces)
    made = formatted(text)
    assert formatted(made) == made
    assert words(made) == words(text)
    assert len(shape(made)[0]) == len(shape(text)[0])
    assert shape(made)[1] == ()
