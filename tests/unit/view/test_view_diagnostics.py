import re

from kplan.lang.diagnostics import error, warning
from kplan.lang.source import Source
from kplan.view.diagnostics import compact_warnings, diagnostics_text
from kplan.view.look import PLAIN, Look

TEXT = 'topic "orders" {\n  partitons = var.x\n  config = {\n    a = 1\n    b = 2\n    c = 3\n  }\n}\n'
SOURCE = Source("main.kplan.hcl", TEXT)


def located(part, text=TEXT, **rest):
    start = text.index(part)
    return error("Wrong", "", Source("main.kplan.hcl", text), start, start + len(part), **rest)


def shown(one, look=PLAIN):
    return diagnostics_text([one], look)


def test_an_error_has_place_source_underline_values_detail_and_remedy():
    one = located("partitons", context='topic "orders"', values=(("var.x", "3"),), remedy="Write partitions.")
    one = one._replace(summary="Unsupported argument", detail="There is no such argument.")
    assert shown(one) == (
        "\n"
        "Error: Unsupported argument\n"
        "\n"
        '  on main.kplan.hcl line 2, in topic "orders":\n'
        "   2:   partitons = var.x\n"
        "        ^^^^^^^^^\n"
        "    ├────────────────\n"
        "    │ var.x is 3\n"
        "\n"
        "There is no such argument.\n"
        "\n"
        "Write partitions.\n"
    )


def test_a_warning_without_place_is_short():
    assert shown(warning("Careful", "Look out.")) == "\nWarning: Careful\n\nLook out.\n"


def test_what_tools_grep_for_begins_its_line():
    assert re.search(r"(?m)^Error: Wrong$", shown(error("Wrong")))


def test_an_expression_over_many_lines_shows_the_first_ones():
    part = TEXT[TEXT.index("{", 20) : TEXT.index("  }") + 3]
    text = shown(located(part))
    assert (
        "   3:   config = {\n                 ^\n   4:     a = 1\n   5:     b = 2\n      … 2 more lines\n"
        in text
    )


def test_an_expression_that_ends_with_its_line_shows_one_line():
    one = error("Wrong", "", SOURCE, TEXT.index("var.x"), TEXT.index("var.x") + 6)
    assert "   2:   partitons = var.x\n                    ^^^^^\n" in shown(one)
    assert "   3:" not in shown(one)


def test_an_empty_place_has_one_caret_even_at_the_end_of_the_file():
    one = error("Wrong", "", SOURCE, len(TEXT), len(TEXT))
    assert "  on main.kplan.hcl line 9:\n   9:\n      ^\n" in shown(one)


def test_tabs_and_wide_characters_keep_the_underline_in_place():
    assert '   1: \tname = "漢字" + x\n      \t                ^\n' in shown(
        located("x", '\tname = "漢字" + x')
    )


def test_a_long_line_is_cut_around_what_matters():
    text = "a = [" + "1, " * 400 + "wrong, " + "2, " * 400 + "]"
    line, underline = shown(located("wrong", text)).split("\n")[4:6]
    assert len(line) <= 78
    assert line.startswith("   1: …")
    assert line.endswith("…")
    at = underline.index("^")
    assert line[at : at + 5] == "wrong"
    assert underline.strip() == "^^^^^"


def test_a_file_that_could_not_be_read_has_no_snippet():
    assert shown(error("Not UTF-8", "x", Source("a.kplan.hcl", ""), 0, 0)).startswith(
        "\nError: Not UTF-8\n\n  on a.kplan.hcl line 1:\n\nx"
    )


def test_text_wraps_at_the_width_and_shapes_stay():
    one = error(
        "Wrong",
        "word " * 30 + "\n  - a list entry that must stay on one line, however long it may be, really",
    )
    lines = shown(one, Look(color=False, width=40)).splitlines()
    assert max(len(line) for line in lines if line.startswith("word")) <= 40
    assert "  - a list entry that must stay on one line, however long it may be, really" in lines


def test_color_draws_a_rule_on_the_left_and_changes_no_word():
    one = located("partitons", values=(("var.x", "3"),))
    colored = diagnostics_text([one], Look(color=True, width=80))
    plain = re.sub(r"\x1b\[[0-9;]*m", "", colored)
    assert plain.startswith("╷\n│ Error: Wrong\n│\n│   on main.kplan.hcl line 2:\n")
    assert plain.endswith("╵\n")
    assert "\x1b[31m^^^^^^^^^\x1b[0m" in colored


def test_nothing_in_a_diagnostic_can_drive_the_terminal():
    text = 'a = "\x1b[2J"'
    one = error(
        "S\x1b",
        "D\x1b",
        Source("p\x1b", text),
        4,
        10,
        context="c\x1b",
        values=(("v\x1b", "\x1b"),),
        remedy="\x1b",
    )
    assert "\x1b" not in shown(one)


def test_compact_warnings_say_where_first_and_how_many_more():
    text = compact_warnings(
        [warning("Old", source=SOURCE, start=20), warning("Old"), warning("Other")], PLAIN
    )
    assert text.startswith("\nWarnings:\n\n- Old\n  on main.kplan.hcl line 2 (and 1 more)\n- Other\n")
    assert compact_warnings([], PLAIN) == ""


def test_of_many_with_one_summary_the_first_are_shown_and_the_rest_counted():
    text = diagnostics_text([error("Other"), *(error("Same", str(n)) for n in range(1234))], PLAIN)
    assert text.count("Error: Same\n") == 30
    assert text.count("Error: Other") == 1
    assert text.endswith("\nError: Same (1,204 more like this)\n")


def test_a_long_line_is_used_to_its_end_where_the_end_matters():
    line, underline = shown(located("wrong", "a = [" + "1, " * 400 + "wrong")).split("\n")[4:6]
    assert len(line) == 78
    assert line.endswith("1, wrong")
    assert underline.endswith(" ^^^^^")
    assert len(underline) == 78


def test_errors_come_before_warnings():
    text = diagnostics_text([warning("Idle"), error("Wrong"), warning("Also idle")], PLAIN)
    assert re.findall(r"(?m)^(?:Error|Warning): (.*)", text) == ["Wrong", "Idle", "Also idle"]


def test_each_value_is_told_once():
    text = shown(located("var.x", values=(("each.key", '"k"'), ("var.x", "3"), ("each.key", '"k"'))))
    assert text.count('│ each.key is "k"') == 1
    assert "│ var.x is 3" in text


def test_what_takes_no_room_moves_no_underline():
    text = 'a = "e\u030b❤\ufe0f" + x'
    line, underline = shown(located("x", text)).split("\n")[4:6]
    assert underline == " " * (len(line) - 2 - 1) + "^"
