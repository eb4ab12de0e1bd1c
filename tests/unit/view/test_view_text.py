import pytest

from kplan.view.text import counted, key_text, listed, quoted, visible, wrapped


def test_a_terminal_is_never_driven_by_a_name():
    hostile = "a\x1b[31mb\x9bc\x07d\u202ee\x7f"
    shown = visible(hostile)
    assert shown == "a\\u001b[31mb\\u009bc\\u0007d\\u202ee\\u007f"
    assert shown.isprintable()
    assert quoted(hostile) == f'"{shown}"'


def test_line_ends_and_tabs_stay_in_text_and_are_escaped_in_strings():
    assert visible("a\n\tb") == "a\n\tb"
    assert quoted("a\n\tb\r") == '"a\\n\\tb\\r"'


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('say "hi"', '"say \\"hi\\""'),
        ("back\\slash", '"back\\\\slash"'),
        ("${var.x}", '"$${var.x}"'),
        ("%{if}", '"%%{if}"'),
        ("{plain}", '"{plain}"'),
        ("größe", '"größe"'),
        ("", '""'),
    ],
)
def test_strings_are_written_as_the_language_reads_them(text, written):
    assert quoted(text) == written


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("name", "name"),
        ("with-dash", "with-dash"),
        ("retention.ms", '"retention.ms"'),
        ("1st", '"1st"'),
        ("", '""'),
    ],
)
def test_keys_are_bare_where_the_language_reads_them_so(key, written):
    assert key_text(key) == written


def test_words_wrap_at_the_width_and_shaped_lines_stay():
    text = "one two three four\n  shaped line that is too long\n\nfive"
    assert wrapped(text, 9) == ["one two", "three", "four", "  shaped line that is too long", "", "five"]


def test_a_word_longer_than_the_width_is_kept_whole():
    assert wrapped("a verylongword b", 5) == ["a", "verylongword", "b"]


def test_no_line_ends_in_a_space():
    assert wrapped("one two ", 6) == ["one", "two"]


def test_counts_have_separators_and_the_right_number():
    assert counted(1, "topic") == "1 topic"
    assert counted(12345, "topic") == "12,345 topics"
    assert counted(2, "entry", "entries") == "2 entries"


def test_long_lists_are_cut():
    assert listed(["a", "b"]) == "a, b"
    assert listed([str(n) for n in range(1200)], 2) == "0, 1 and 1,198 more"
