"""The fast machine over python-hcl2's tables, held against python-hcl2's own; and where the tables come from."""

import json
import marshal
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from syntax_golden import texts

from kplan.lang import files, grammar, parser, syntax, versions
from kplan.lang.lexer import lex
from kplan.lang.parser import parse
from kplan.lang.source import Source
from kplan.lang.syntax import Machine, SlowMachine
from kplan.lang.tokens import STRING, SyntaxProblem

ROOT = Path(__file__).parents[3]
DATA = Path(__file__).parent / "data"
_FENCED = re.compile(r"^```hcl\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_WRITTEN = re.compile(r"^\$ write \S+hcl <<END\n(.*?)^END$", re.MULTILINE | re.DOTALL)
PUNCTUATION_ONLY = {"NL_OR_COMMENT", "DBLQUOTE", "STRING_CHARS", "INTERP_START", "DIRECTIVE_START"}


def corpus():
    """Gather every text of ours in the language: files, what documents show, and what golden sessions write."""
    found = {}
    for folder in ("tests", "examples", "docs", "providers"):
        found |= {str(path.relative_to(ROOT)): path.read_text() for path in (ROOT / folder).rglob("*.hcl")}
    for pattern, paths in {
        _FENCED: [ROOT / "README.md", *(ROOT / "docs").glob("*.md")],
        _WRITTEN: [*(ROOT / "tests" / "cases").glob("*/session.txt")],
    }.items():
        for path in paths:
            for at, text in enumerate(pattern.findall(path.read_text())):
                found[f"{path.relative_to(ROOT)}-{at}"] = text
    return found


def lexable(text):
    try:
        lex(text)
    except SyntaxProblem:
        return False
    return True


CORPUS = {name: text for name, text in corpus().items() if lexable(text)}


@pytest.fixture(scope="module")
def machine():
    return Machine()


@pytest.fixture(scope="module")
def plain():
    """The fast machine over the tables as lark has them, detours and all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grammar, "tables", lambda: grammar._from_lark(grammar.lark()))
        return Machine()


def outcome(machine, text):
    """Give the tree or the refusal, and the mistakes noted on the way."""
    tokens = lex(text)
    try:
        return machine.read(tokens, text), tokens.problems
    except SyntaxProblem as refused:
        return type(refused), refused.problem, tokens.problems


def test_there_is_a_corpus():
    folders = {name.split("/")[0] for name in CORPUS}
    assert len(CORPUS) > 30
    assert folders == {"README.md-0", "docs", "examples", "tests"}


@pytest.mark.parametrize("name", CORPUS)
def test_the_machines_make_the_same_trees_of_every_file(machine, plain, name):
    text = CORPUS[name]
    made = outcome(SlowMachine(), text)
    assert outcome(machine, text) == made
    assert outcome(plain, text) == made
    assert outcome(machine, text) == made  # the second time by the shape that was remembered


# Heredocs and strings that are keys come as strings.
UNUSED = {"heredoc_template", "heredoc_template_trim", "template_string"}
TEXTS = {title: text for title, text in texts().items() if lexable(text)}


@pytest.mark.parametrize("title", TEXTS)
def test_the_machines_read_and_refuse_alike(machine, plain, title):
    made = outcome(SlowMachine(), TEXTS[title])
    assert outcome(machine, TEXTS[title]) == made
    assert outcome(plain, TEXTS[title]) == made


def test_the_corpus_takes_every_rule_that_our_tokens_can(plain, monkeypatch):
    used = set()
    rules = grammar._from_lark(grammar.lark()).rules

    class Noted(list):
        def __getitem__(self, at):
            used.add(rules[at].name)
            return super().__getitem__(at)

    monkeypatch.setattr(plain, "rules", Noted(plain.rules))
    monkeypatch.setattr(plain, "climbs", {})
    for text in [*CORPUS.values(), *TEXTS.values()]:
        plain.steps(tuple(lex(text).terminals))
    assert {rule.name for rule in rules} - used == UNUSED


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


def test_the_tables_that_come_with_kplan_are_python_hcl2_s():
    assert grammar.encoded(grammar.build()) == grammar.SHIPPED.read_text(), "make tables writes them anew"
    assert grammar._shipped() == grammar.build()
    locked = (ROOT / "requirements.lock").read_text()
    for name in json.loads(grammar.SHIPPED.read_text())["made_of"]:
        package, _, version = name.partition("-")
        assert f"{package.replace('_', '-')}=={version}" in locked


@pytest.fixture
def other_versions(tmp_path, monkeypatch):
    """Another python-hcl2 than that of the tables that come with kplan."""
    monkeypatch.setenv("KPLAN_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(versions, "packages", lambda: ["python_hcl2-8.1.99", "lark-1.3.1"])
    versions.grammar_key.cache_clear()
    yield tmp_path
    versions.grammar_key.cache_clear()


def test_tables_of_other_versions_come_from_the_cache_folder_the_second_time(other_versions, monkeypatch):
    assert grammar._shipped() is None
    made = grammar.tables.__wrapped__()
    stored = other_versions / "grammar.bin"
    assert stored.exists()
    monkeypatch.setattr(grammar, "lark", lambda: pytest.fail("the grammar was built again"))
    assert grammar.tables.__wrapped__() == made == grammar.tables()
    body = files.load(stored, grammar._FORMAT + versions.grammar_key())
    assert marshal.loads(body)[0] == made.rows  # noqa: S302 - made here


@pytest.mark.parametrize("damage", [b"", b"\0" * 1000, None], ids=["empty", "foreign", "folder"])
def test_damaged_tables_in_the_cache_folder_are_made_again(other_versions, damage):
    stored = other_versions / "grammar.bin"
    if damage is None:
        stored.mkdir()
    else:
        stored.write_bytes(damage)
    assert grammar.tables.__wrapped__() == grammar.tables()
    if damage is not None:
        assert files.load(stored, grammar._FORMAT + versions.grammar_key()) is not None


@pytest.mark.parametrize("damage", ["", "{}", "[1]", '{"made_of": 1}', None])
def test_damaged_tables_of_our_own_are_made_again(tmp_path, monkeypatch, damage):
    monkeypatch.setenv("KPLAN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(grammar, "SHIPPED", tmp_path / "tables.json")
    if damage is not None:
        whole = grammar.encoded(grammar.tables())
        (tmp_path / "tables.json").write_text(damage or whole[: len(whole) // 2])
    assert grammar._shipped() is None
    assert grammar.tables.__wrapped__() == grammar.tables()


def test_python_hcl2_is_left_alone_where_the_tables_are_known(tmp_path):
    (tmp_path / "file").write_text("")
    code = (
        "import sys; from pathlib import Path; from kplan.lang.parser import parse;"
        "from kplan.lang.cache import BlockCache; from kplan.lang.source import Source;"
        "parsed, found = parse(Source('f', 'a {\\n}\\n'), BlockCache(Path(sys.argv[1])));"
        "assert parsed.blocks and not found; assert not {'hcl2', 'lark'} & sys.modules.keys()"
    )
    for folder in (tmp_path / "empty", tmp_path / "file", Path("/proc/nowhere")):
        environment = {**os.environ, "KPLAN_CACHE_DIR": str(folder)}
        subprocess.run([sys.executable, "-c", code, str(folder)], check=True, timeout=60, env=environment)
    assert not (tmp_path / "empty" / "grammar.bin").exists()


def test_python_hcl2_writes_nothing_beside_its_own_files(tmp_path):
    import hcl2

    folder = Path(hcl2.__file__).parent

    def stamps():
        return {one.name: one.stat().st_mtime_ns for one in folder.iterdir() if one.name != "__pycache__"}

    before = stamps()
    code = "from kplan.lang import grammar; grammar._kept()"
    environment = {**os.environ, "KPLAN_CACHE_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env=environment)
    assert stamps() == before
    assert [one.name for one in tmp_path.iterdir()] == ["grammar.bin"]


def test_the_slow_machine_stands_in_for_tables_that_changed(other_versions, monkeypatch):
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


def test_a_rule_that_nothing_is_known_of_is_never_guessed_at(monkeypatch):
    from kplan.lang import build

    monkeypatch.delitem(build.MAKERS, "conditional")
    with pytest.raises(KeyError):
        Machine()
    text = "a {\n  x = b ? c : d\n}\n"
    with pytest.raises(ValueError, match="too many values"):
        SlowMachine().read(lex(text), text)


def test_shapes_are_remembered_up_to_a_bound(monkeypatch):
    machine = Machine()
    for text in ("a {\n  x = 1\n}\n", "b {\n  y = 2\n}\n", "c {\n  z = 1 2\n}\n"):
        outcome(machine, text)
    assert len(machine.shapes) == 1
    monkeypatch.setattr(machine, "room", 12)
    for count in range(4):
        text = "a {\n" + "  b {\n  }\n" * count + "}\n"
        assert outcome(machine, text) == outcome(SlowMachine(), text)
    assert len(machine.shapes) == 2
    monkeypatch.setattr(machine, "room", 10_000)
    outcome(machine, (DATA / "wide.hcl").read_text())
    assert len(machine.shapes) == 2
    monkeypatch.setattr(syntax, "_LONGEST_REMEMBERED", 10_000)
    outcome(machine, (DATA / "wide.hcl").read_text())
    assert len(machine.shapes) == 3


def test_a_quoted_string_is_one_token_where_it_holds_no_sequence():
    assert lex('"a" "b\\n" "$${c}" "${d}"').terminals[:4] == [STRING, STRING, STRING, "DBLQUOTE"]


def test_a_file_parses_the_same_whole_and_block_by_block(machine):
    text = (DATA / "wide.hcl").read_text()
    parsed, _ = parse(Source("wide.hcl", text), None)
    whole = machine.read(lex(text), text)[4]
    assert [block[:2] for _, block in parsed.blocks] == [block[:2] for block in whole]
    for (base, block), other in zip(parsed.blocks, whole, strict=True):
        assert text[base + block[2] : base + block[7]] == text[other[2] : other[7]]
