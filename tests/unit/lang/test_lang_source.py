from kplan.lang.source import Source


def test_positions_count_lines_and_characters_from_one():
    source = Source("a", "é=1\n\nlast")
    assert [source.position(at) for at in (0, 2, 3, 4, 5, 8)] == [
        (1, 1),
        (1, 3),
        (1, 4),
        (2, 1),
        (3, 1),
        (3, 4),
    ]


def test_a_line_is_given_without_its_end():
    source = Source("a", "one\r\ntwo\n")
    assert [source.line(number) for number in range(5)] == ["", "one", "two", "", ""]


def test_an_empty_text_has_one_position():
    assert Source("a", "").position(0) == (1, 1)
