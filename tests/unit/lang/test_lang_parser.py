"""Files cut into blocks, blocks from the cache: nothing lost, nothing different, nothing quadratic."""

import subprocess
import sys
from pathlib import Path

import pytest

from kplan.lang import ast, parser
from kplan.lang.cache import BlockCache
from kplan.lang.parser import parse
from kplan.lang.source import Source

WIDE = (Path(__file__).parent / "data" / "wide.hcl").read_text()


def spans(text):
    """Give the text of each block that was read, and the mistakes' summaries."""
    parsed, found = parse(Source("f", text), None)
    return [text[base + one[2] : base + one[7]] for base, one in parsed.blocks], [
        one.summary for one in found
    ]


def test_a_block_says_where_everything_is():
    text = '# first\n\ntopic "orders" here {\n  name = "x"\n  config {\n    a = b.c\n  }\n}\n'
    parsed, _ = parse(Source("f", text), None)
    ((base, block),) = parsed.blocks
    at = {
        name: text.index(name) - base
        for name in ("topic", '"orders"', "here", "name", "b.c", "config", "a =")
    }
    assert base == text.index("topic")
    assert block[ast.TYPE] == "topic"
    assert block[ast.LABELS] == ("orders", "here")
    assert (block[ast.HEADER_START], block[ast.HEADER_END]) == (at["topic"], at["here"] + 4)
    assert block[ast.LABEL_SPANS] == ((at['"orders"'], at['"orders"'] + 8), (at["here"], at["here"] + 4))
    assert base + block[ast.END] == len(text) - 1
    name = ast.attribute_of(block, "name")
    assert name[ast.NAME_START] == at["name"]
    assert ast.attribute_of(block, "nothing") is None
    (config,) = ast.blocks_of(block, "config")
    assert config[ast.HEADER_START] == at["config"]
    inner = ast.attribute_of(config, "a")
    assert inner[ast.REFERENCES] == ((("b", "c"), at["b.c"], at["b.c"] + 3),)
    assert inner[ast.EXPRESSION] == (ast.REF, at["b.c"], at["b.c"] + 3, ("b", "c"))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a.b", ["a.b"]),
        ("a.b[c.d].e", ["a.b", "c.d"]),
        ('"x${a.b}y${"z${c}"}"', ["a.b", "c"]),
        ("[for x in a.b : x.y + c]", ["a.b", "c"]),
        ("[for x in x : x]", ["x"]),
        ("{for k, v in a : k => v... if k != b}", ["a", "b"]),
        ('{for k, v in a : "${k}" => [for k2 in v : [k, k2, d]]}', ["a", "d"]),
        ("a.*.b[c]", ["a", "c"]),
        ("a[*].b[c].d", ["a", "c"]),
        ("max(a, b...)", ["a", "b"]),
        ("a ? b : -c + !d", ["a", "b", "c", "d"]),
        ('{a = b, (c) = d, "${e}" = 1}', ["b", "c", "d", "e"]),
        ('{"%{ for x in a }${x}${b}%{ endfor }" = 1}', ["a", "b"]),
        ("1 + 2", []),
    ],
)
def test_every_reference_is_found_without_a_loop_s_variables(text, names):
    parsed, _ = parse(Source("f", f"a {{\n  x = {text}\n}}\n"), None)
    found = parsed.blocks[0][1][ast.ATTRIBUTES][0][ast.REFERENCES]
    assert [".".join(one) for one, _, _ in found] == names


@pytest.mark.parametrize(
    "text",
    [
        "a {\n  x = <<EOT\n}\nEOT\n}\nb {\n}\n",
        "a {\n  /*\n}\n*/\n}\nb {\n}\n",
        "a {\n  x = {\n}\n}\nb {\n}\n",
        "a {\n  x = [{\n}, {\n}\n]\n}\nb {\n}\n",
        "a {\n  x = <<EOT\n${ {\n}}\n}\nEOT\n}\nb {\n}\n",
        "a {\n  c {\n}\n}\nb {\n}\n",
        "a {\n  c {\n}\n} # end\nb {\n}\n",
        "a {} \nb {\n}",
        "/* c */ a {\n  x = 1\n}\n/* d */\nb {\n}\n",
        "/* c */ /* d */ a {\n}\n/* e */\nb {\n}\n",
        "# c\n/* c */ a {\n} /* d */\n/* e */\nb {\n}\n",
        "a {\n}\n/* c */ b {\n} /* d */\n/* e */\n",
        "a {\n  x = {\n}\n} /* more\nlines */ // end\nb {\n}\n",
        "a { x = 1 } // one\nb {\n}",
        "a {\n}\n\n\n# c\n// c\n/* c\n */\nb {\n}\n# end",
        "a {\r\n}\r\nb {\r\n}\r\n",
    ],
)
def test_a_wrong_cut_is_found_out(text):
    read, found = spans(text)
    assert found == []
    assert [(one[0], one[-1]) for one in read] == [("a", "}"), ("b", "}")]


def test_files_without_blocks_have_none():
    for text in ("", "\n", "# only\n", "/* only */", "  \t\r\n  # end"):
        assert spans(text) == ([], [])


def test_blocks_after_one_that_never_ends_are_still_read():
    read, found = spans("a {\n  x = [\n}\nb {\n}\nc {\n")
    assert (read, found) == (["b {\n}"], ['Unclosed "["', "Unclosed configuration block"])


def test_a_block_on_the_line_where_another_ends_is_told_once():
    assert spans('a {} "b\nc {\n}\nd {\n}\n') == (["c {\n}", "d {\n}"], ["Invalid multi-line string"])
    both = ["Missing newline after block definition", 'Unexpected "}"']
    assert spans("a {} b {\n}}\nc {\n}\n") == (["c {\n}"], both)
    assert spans("a {} b {\nc {\n}\n")[1] == ["Unclosed configuration block"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a {\n  c {\n}\n", 2000),
        ("a {\n", 1),
        ("a {\n  x = <<E\n}\n", 2000),
        ("a { x = 1 2 }\n", 2000),
        ("a {}\na { x = 1 2 }\n", 2000),
        ('a { x = "b }\n', 2000),
        ('a {}\na { x = "b }\n', 2000),
        ("}\n", 1),
        ("x = 1 2\n", 1),
    ],
)
def test_thousands_of_mistakes_are_told_in_linear_time(monkeypatch, text, count):
    from kplan.lang import lexer

    read = [0]
    original = lexer.code

    def counted(text, *given, **more):
        tokens = given[1]
        before = len(tokens.terminals)
        try:
            return original(text, *given, **more)
        finally:
            read[0] += len(tokens.terminals) - before

    monkeypatch.setattr(lexer, "code", counted)
    assert len(spans(text * 2000)[1]) == count
    assert read[0] < 2000 * 10 * len(text)


@pytest.fixture
def cache(tmp_path):
    return BlockCache(tmp_path / "blocks", "module")


def parsed_with(cache, text, path="f"):
    return parse(Source(path, text), cache)


def refuse_to_parse(monkeypatch):
    monkeypatch.setattr(parser, "_read", lambda *_, **__: pytest.fail("something was parsed"))


def test_a_hit_equals_a_miss_and_parses_nothing(cache, monkeypatch):
    plain = parse(Source("f", WIDE), None)
    assert parsed_with(cache, WIDE) == plain
    refuse_to_parse(monkeypatch)
    assert parsed_with(cache, WIDE) == plain


def test_comments_and_blank_lines_between_blocks_break_no_hit(cache, monkeypatch):
    text = "a {\n  x = 1\n}\nb {\n}\n"
    parsed_with(cache, text)
    refuse_to_parse(monkeypatch)
    moved = "# new\n\n\na {\n  x = 1\n}\n\n/* more\n*/\n// c\nb {\n}\n\n# end\n"
    found, _ = parsed_with(cache, moved)
    assert [(moved[base : base + 1], block[0]) for base, block in found.blocks] == [("a", "a"), ("b", "b")]


def test_an_unchanged_file_is_not_even_cut(cache, monkeypatch):
    plain = parsed_with(cache, WIDE)
    monkeypatch.setattr(parser, "_Reader", lambda *_: pytest.fail("the file was cut"))
    assert parsed_with(cache, WIDE) == plain


def test_a_file_of_one_piece_is_no_piece(cache):
    plain = parse(Source("f", "a {\n}"), None)
    for text in ("a {\n}", "a {\n}\n", "a {\n}", "# c\na {\n}"):
        found, _ = parsed_with(cache, text)
        assert [block for _, block in found.blocks] == [block for _, block in plain[0].blocks]
        assert found == parse(Source("f", text), None)[0]


def test_one_edited_block_is_the_only_one_parsed(cache, monkeypatch):
    blocks = [f'topic "t{at}" {{\n  name = "n{at}"\n}}\n' for at in range(20)]
    parsed_with(cache, "".join(blocks))
    seen = []
    original = parser._read
    monkeypatch.setattr(parser, "_read", lambda text, **more: seen.append(text) or original(text, **more))
    blocks[7] = blocks[7].replace("n7", "changed")
    found, _ = parsed_with(cache, "".join(blocks))
    assert seen == [blocks[7].rstrip("\n")]
    assert found == parse(Source("f", "".join(blocks)), None)[0]
    seen.clear()
    parsed_with(cache, "".join(blocks))
    assert seen == []


def test_a_wrongly_cut_block_hits_too_and_not_when_its_end_changed(cache, monkeypatch):
    text = "a {\n  x = <<EOT\n}\nEOT\n  y = 1\n}\nb {\n}\n"
    changed = text.replace("y = 1", "y = 2")
    plain = parse(Source("f", changed), None)
    first = parsed_with(cache, text)
    assert parsed_with(cache, changed) == plain
    refuse_to_parse(monkeypatch)
    assert parsed_with(cache, changed) == plain
    assert first != plain


def test_a_block_with_a_mistake_is_never_taken_from_the_cache(cache):
    text = "a {\n  x = 1\n  x = 2\n}\nb {\n}\n"
    first = parsed_with(cache, text)
    assert [one.summary for one in first[1]] == ["Attribute redefined"]
    assert parsed_with(cache, text) == first


def test_what_is_told_after_a_mistake_is_told_too_when_the_rest_comes_from_the_cache(cache):
    text = 'a {\n  x = "b\n}\nb {\n}\n}\n'
    first = parsed_with(cache, text)
    assert [one.summary for one in first[1]] == ["Invalid multi-line string", 'Unexpected "}"']
    assert parsed_with(cache, text) == first


def test_blocks_between_mistakes_on_their_lines_are_read():
    text = 'a {}\nb { x = "1 }\nc {}\nd { x = "2 }\ne {}\nf { x = 3 4 }\ng {}\n'
    assert spans(text) == (
        ["a {}", "c {}", "e {}", "g {}"],
        ["Invalid multi-line string", "Invalid multi-line string", "Missing newline after argument"],
    )


def test_what_is_gone_from_a_file_leaves_the_cache(cache):
    parsed_with(cache, WIDE)
    (stored,) = cache.folder.iterdir()
    large = stored.stat().st_size
    parsed_with(cache, "a {\n}\n")
    assert stored.stat().st_size < large / 10


def test_files_are_kept_apart_by_path_and_module(cache, tmp_path):
    parsed_with(cache, "a {\n}\n", "one")
    parsed_with(cache, "b {\n}\n", "two")
    parsed_with(BlockCache(tmp_path / "blocks", "another"), "c {\n}\n", "one")
    assert len(list(cache.folder.iterdir())) == 3
    assert BlockCache(tmp_path).module == str(Path.cwd())


@pytest.mark.parametrize(
    "damage",
    [
        lambda body: b"",
        lambda body: body[:-1],
        lambda body: body[:8],
        lambda body: body + b"x",
        lambda body: bytes([body[0] ^ 1]) + body[1:],
        lambda body: body[:40] + bytes([body[40] ^ 255]) + body[41:],
    ],
)
def test_a_damaged_cache_is_a_miss(cache, damage):
    plain = parse(Source("f", WIDE), None)
    parsed_with(cache, WIDE)
    (stored,) = cache.folder.iterdir()
    stored.write_bytes(damage(stored.read_bytes()))
    assert parsed_with(cache, WIDE) == plain
    assert parsed_with(cache, WIDE) == plain


def test_a_cache_of_other_versions_is_a_miss(cache, monkeypatch):
    from kplan.lang import versions

    parsed_with(cache, "a {\n}\n")
    assert cache.load("f")
    monkeypatch.setattr(versions, "parser_key", lambda: b"other")
    assert cache.load("f") == {}


def test_a_cache_that_can_not_be_written_or_read_is_none(tmp_path):
    (tmp_path / "file").write_text("")
    plain = parse(Source("f", WIDE), None)
    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nowhere")):
        assert parsed_with(BlockCache(folder, "m"), WIDE) == plain
    folder = tmp_path / "blocks"
    parsed_with(BlockCache(folder, "m"), WIDE)
    (stored,) = folder.iterdir()
    stored.unlink()
    stored.mkdir()
    assert parsed_with(BlockCache(folder, "m"), WIDE) == plain
    assert [one.name for one in folder.iterdir()] == [stored.name]


def test_many_processes_may_fill_one_cache(tmp_path):
    code = (
        "import sys; from pathlib import Path; from kplan.lang.cache import BlockCache;"
        "from kplan.lang.parser import parse; from kplan.lang.source import Source;"
        "cache = BlockCache(Path(sys.argv[1]), 'm'); text = Path(sys.argv[2]).read_text();"
        "[parse(Source('f', text + f'z{at} {{\\n}}\\n'), cache) for at in range(5)];"
        "found = parse(Source('f', text), cache); assert found == parse(Source('f', text), None) and not found[1]"
    )
    path = Path(__file__).parent / "data" / "wide.hcl"
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(path)]) for _ in range(3)]
    assert [one.wait(timeout=120) for one in running] == [0, 0, 0]
    assert [one.suffix for one in tmp_path.iterdir()] == [".bin"]


def test_a_tree_too_deep_for_the_cache_is_not_kept(cache):
    tree = ()
    for _ in range(5000):
        tree = (tree,)
    cache.store("f", {b"name": tree})
    assert cache.load("f") == {}
    while tree:  # taken apart by hand: Python would do it by recursion
        (tree,) = tree


def test_the_collector_is_left_as_it_was():
    import gc

    assert gc.isenabled()
    parse(Source("f", "a {\n"), None)
    assert gc.isenabled()
    gc.disable()
    try:
        parse(Source("f", WIDE), None)
        assert not gc.isenabled()
    finally:
        gc.enable()
