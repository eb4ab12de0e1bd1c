"""The fast machine over python-hcl2's tables, held against python-hcl2's own."""

import marshal
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kplan.lang import files, grammar, parser, syntax, versions
from kplan.lang.lexer import lex
from kplan.lang.parser import parse
from kplan.lang.source import Source
from kplan.lang.syntax import Machine, SlowMachine
from kplan.lang.tokens import STRING

DATA = Path(__file__).parent / "data"
FILES = sorted(DATA.glob("*.hcl"))
PUNCTUATION_ONLY = {"NL_OR_COMMENT", "DBLQUOTE", "STRING_CHARS", "INTERP_START", "DIRECTIVE_START"}


@pytest.fixture(scope="module")
def machine():
    return Machine()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_both_machines_make_the_same_trees(machine, path):
    text = path.read_text()
    tokens, again = lex(text), lex(text)
    made = machine.read(tokens, text)
    assert made == SlowMachine().read(again, text)
    assert tokens.problems == again.problems == []
    assert len(made[4]) > 0


def test_our_tokens_are_where_python_hcl2_finds_them():
    import hcl2
    from lark import Token

    grammar.lark()
    text = (DATA / "wide.hcl").read_text()
    tree = hcl2.parses_to_tree(text)
    theirs = {
        (one.end_pos - len(one.strip()), one.end_pos)
        for one in tree.scan_values(lambda part: isinstance(part, Token))
        if one.type not in PUNCTUATION_ONLY and one.strip() not in {"[*]", ".*"}
    }
    tokens = lex(text)
    ours = {
        (node[1], node[2])
        for terminal, node in zip(tokens.terminals, tokens.nodes, strict=True)
        if terminal not in PUNCTUATION_ONLY | {STRING, "ATTR_SPLAT", "FULL_SPLAT_START"}
    }
    assert len(ours) > 450
    assert ours == theirs


def test_the_tables_come_from_the_cache_folder_the_second_time(tmp_path, monkeypatch):
    monkeypatch.setenv("KPLAN_CACHE_DIR", str(tmp_path))
    made = grammar.tables.__wrapped__()
    stored = tmp_path / "grammar.bin"
    assert stored.exists()
    monkeypatch.setattr(grammar, "lark", lambda: pytest.fail("the grammar was built again"))
    assert grammar.tables.__wrapped__() == made
    body = files.load(stored, b"tables 1\n" + versions.grammar_key())
    assert marshal.loads(body)[0] == made.rows  # noqa: S302 - made here


def test_damaged_tables_are_made_again(tmp_path, monkeypatch):
    monkeypatch.setenv("KPLAN_CACHE_DIR", str(tmp_path))
    (tmp_path / "grammar.bin").write_bytes(b"\0" * 1000)
    assert len(grammar.tables.__wrapped__().rows) == len(grammar.tables().rows)
    assert files.load(tmp_path / "grammar.bin", b"tables 1\n" + versions.grammar_key()) is not None


def test_python_hcl2_is_left_alone_where_the_tables_are_known(tmp_path):
    parse = (
        "import sys; from kplan.lang.parser import parse; from kplan.lang.source import Source;"
        "parsed, found = parse(Source('f', 'a {\\n}\\n'), None); assert parsed.blocks and not found;"
    )
    environment = {**os.environ, "KPLAN_CACHE_DIR": str(tmp_path)}
    for code in (parse, parse + "assert not {'hcl2', 'lark'} & sys.modules.keys()"):
        subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env=environment)


def test_python_hcl2_writes_nothing_beside_its_own_files(tmp_path):
    import hcl2

    folder = Path(hcl2.__file__).parent

    def stamps():
        return {one.name: one.stat().st_mtime_ns for one in folder.iterdir() if one.name != "__pycache__"}

    before = stamps()
    code = "from kplan.lang import grammar; grammar.tables()"
    environment = {**os.environ, "KPLAN_CACHE_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env=environment)
    assert stamps() == before
    assert [one.name for one in tmp_path.iterdir()] == ["grammar.bin"]


def test_the_slow_machine_stands_in_for_tables_that_changed(tmp_path, monkeypatch):
    monkeypatch.setenv("KPLAN_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(grammar, "tables", grammar.tables.__wrapped__)
    monkeypatch.setattr(grammar, "_from_lark", lambda parser: parser.no_such_thing)
    made = syntax.machine()
    assert isinstance(made, SlowMachine)
    monkeypatch.setattr(parser, "_machine", lambda: made)
    text = (DATA / "wide.hcl").read_text()
    parsed, found = parse(Source("wide.hcl", text), None)
    monkeypatch.undo()
    assert (parsed, found) == parse(Source("wide.hcl", text), None)
    assert found == ()


def test_a_quoted_string_is_one_token_where_it_holds_no_sequence():
    assert lex('"a" "b\\n" "$${c}" "${d}"').terminals[:4] == [STRING, STRING, STRING, "DBLQUOTE"]


def test_a_file_parses_the_same_whole_and_block_by_block(machine):
    text = (DATA / "wide.hcl").read_text()
    parsed, _ = parse(Source("wide.hcl", text), None)
    whole = machine.read(lex(text), text)[4]
    assert [block[:2] for _, block in parsed.blocks] == [block[:2] for block in whole]
    for (base, block), other in zip(parsed.blocks, whole, strict=True):
        assert text[base + block[2] : base + block[7]] == text[other[2] : other[7]]
