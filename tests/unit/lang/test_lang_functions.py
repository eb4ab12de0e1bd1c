"""What Terraform has not, or where its console is no help: files, environment, durations, sizes."""

import pytest
from reading import value

from kplan.lang.evaluate import EvaluationError
from kplan.lang.functions import Surroundings, known
from kplan.sdk.values import Endpoint, Secret


class Files:
    def __init__(self):
        self.contents = {"a.txt": b"text\n", "binary": b"\xff", "t.tpl": b"Hello ${name}!"}
        self.asked = []

    def read(self, path):
        return self.read_bytes(path).decode()

    def read_bytes(self, path):
        self.asked.append(path)
        if path == "closed":
            raise PermissionError(13, "Permission denied")
        if path not in self.contents:
            raise FileNotFoundError(2, "No such file or directory")
        return self.contents[path]

    def exists(self, path):
        if path == "closed":
            raise PermissionError(13, "Permission denied")
        return path in self.contents

    def entries(self, folder):
        if folder == "closed":
            raise PermissionError(13, "Permission denied")
        return tuple((name, False) for name in sorted(self.contents)) if folder in {"", "."} else ()

    def absolute(self, path):
        return f"/module/{path}"


@pytest.fixture
def around():
    return Surroundings(
        Files(), {"TOKEN": "hunter2", "EMPTY": "", "HOME": "/home/user"}, "2024-01-02T03:04:05Z"
    )


def refusal(text, around=None):
    with pytest.raises(EvaluationError) as raised:
        value(text, around)
    return raised.value.detail


def test_files_are_read_through_the_reader(around):
    assert value('file("a.txt")', around) == "text\n"
    assert value('file(sensitive("a.txt"))', around) == Secret("text\n")
    assert around.files.asked == ["a.txt", "a.txt"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('file("b.txt")', 'no file exists at "b.txt"'),
        ('file("binary")', 'contents of "binary" are not valid UTF-8'),
        ('file("closed")', 'failed to read "closed": Permission denied'),
        ('fileexists("closed")', '"closed" is no file: Permission denied'),
        ('fileset("closed", "*")', 'failed to look for files in "closed": Permission denied'),
        ('filesha256("b.txt")', 'no file exists at "b.txt"'),
        ('templatefile("b.txt", {})', 'no file exists at "b.txt"'),
        ('templatestring("$${env(\\"TOKEN\\")}", {})', "can't be read in a template of templatestring"),
        ('templatestring("$${templatefile(\\"t.tpl\\", {})}", {})', "can't be called inside a template"),
        ('env("NOTHING")', "the environment variable NOTHING is not set"),
    ],
)
def test_what_can_not_be_read_is_told(around, text, words):
    assert words in refusal(text, around)


def test_the_environment_is_secret(around):
    assert value('env("TOKEN")', around) == Secret("hunter2")
    assert value('env("EMPTY")', around) == Secret("")
    assert value('"x${env("TOKEN")}"', around) == Secret("xhunter2")


def test_without_surroundings_nothing_is_read():
    assert "can't be read here" in refusal('file("a.txt")')
    assert "can't be read here" in refusal('env("TOKEN")')


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ('duration("7d")', 604_800_000),
        ('duration("1ms")', 1),
        ('duration("90s")', 90_000),
        ('duration("15m")', 900_000),
        ('duration("2h")', 7_200_000),
        ('duration("2w")', 1_209_600_000),
        ('duration("1h30m")', 5_400_000),
        ('duration("1.5h")', 5_400_000),
        ('duration(" 1 d ")', 86_400_000),
        ('duration("0s")', 0),
        ('size("1GiB")', 1_073_741_824),
        ('size("1GB")', 1_000_000_000),
        ('size("512B")', 512),
        ('size("10KB")', 10_000),
        ('size("10kB")', 10_000),
        ('size("10KiB")', 10_240),
        ('size("1.5MiB")', 1_572_864),
        ('size("2TB")', 2 * 10**12),
        ('size("3PiB")', 3 * 1024**5),
        ('duration(sensitive("1s"))', Secret(1000)),
    ],
)
def test_durations_are_milliseconds_and_sizes_are_bytes(text, made):
    assert value(text) == made


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('duration("7")', '"7" has no unit; a duration\'s unit is one of ms, s, m, h, d, w'),
        ('duration("7x")', '"x" is no unit of a duration; use one of ms, s, m, h, d, w'),
        ('duration("7D")', '"D" is no unit of a duration; did you mean "d"?'),
        ('duration("d7")', '"d7" is no duration; write a number with a unit, such as "7d"'),
        ('duration("")', '"" is no duration'),
        ('duration("-1d")', '"-1d" is no duration'),
        ('duration("0.5ms")', '"0.5ms" is no whole number of milliseconds'),
        ("duration(7)", 'a duration is a quoted number with a unit, such as "7d"'),
        ('duration("1d ?")', "is no duration"),
        ('size("1gib")', '"gib" is no unit of a size; did you mean "GiB"?'),
        ('size("1Gi")', '"Gi" is no unit of a size; use one of B, KB'),
        ('size("1024")', '"1024" has no unit'),
        ('size("0.3B")', "no whole number of bytes"),
        ("size([])", "a size is a quoted number"),
    ],
)
def test_what_is_no_duration_or_size_is_told(text, words):
    assert words in refusal(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('regex("(?=a)", "a")', "there is no look-around"),
        ('regex("(a)\\\\1", "aa")', "refers back to a group"),
        ('regex("(", "a")', "invalid regexp pattern"),
        ('regex("(a)(?P<n>b)", "ab")', "cannot mix both named and unnamed"),
        ('replace("a", "/(/", "b")', "invalid regexp pattern"),
        ("jsonencode(c)", "a cluster can't be written as JSON"),
        ('jsondecode("[1,]")', "this is not JSON"),
        ('jsondecode("NaN")', "this is not JSON: NaN is no JSON value"),
        ('indent(-1, "a")', "between 0 and 1000"),
        ('substr("a", 0.5, 1)', "whole number"),
        ('format("%99999s", "a")', "too large"),
        ('format("%")', "unexpected end"),
        ('format("%[0]s", "a")', "need index 0"),
        ("zipmap([null], [1])", "a key can't be null"),
        ("chunklist([1], -1)", "must be positive"),
        ('parseint("1", 99)', "between 2 and 62"),
        ("sum([null])", "number values"),
        ("range(0, 10, 0)", "step must not be zero"),
        ("setintersection()", "at least 1 argument"),
        ("setunion([1], [[1]])", "all sets must have elements of the same type"),
    ],
)
def test_other_refusals_are_worded(text, words):
    with pytest.raises(EvaluationError) as raised:
        value(text, c=Endpoint("cluster.a", "cluster"))
    assert words in raised.value.detail


def test_escaped_look_alikes_are_no_look_around():
    assert value('regex("\\\\(\\\\?=", "(?=")') == "(?="


def test_every_function_that_is_promised_is_there():
    promised = (
        "format formatlist join split replace lower upper trimspace trimprefix trimsuffix startswith endswith length "
        "merge lookup keys values concat flatten distinct contains compact coalesce element slice sort reverse range "
        "zipmap setproduct toset tolist tomap tostring tonumber tobool min max floor ceil abs jsonencode jsondecode "
        "file sensitive nonsensitive env duration size"
    )
    assert set(promised.split()) <= known().keys()


def test_every_function_is_declared_under_its_own_name():
    for name, found in known().items():
        assert found.name == name
        assert found.optional <= len(found.parameters)
        assert found.run.__name__ == f"_{name}"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("false || true", True),
        ("false || false", False),
        ("true && false", False),
        ("true && true", True),
        ('format("%.1f|%5.1f|%+d|%06.1f", -2.5, -2.5, -3, -2.5)', "-2.5| -2.5|-3|-002.5"),
        ('format("%v", -1.5)', "-1.5"),
        ('format("%-6d|", -5)', "-5    |"),
        ('"\\U0001f600\\u00e9"', "😀é"),
        ('replace("a/b", "/", "-")', "a-b"),
        ('replace("aXb", "/X/", "$$")', "a$b"),
        ('replace("aXb", "/(X)(y)?/", "[$1$2$9]")', "a[X]b"),
        ("distinct([[1], [1], [2]])", ((1,), (2,))),
        ("range(3, 0)", (3, 2, 1)),
        ('split("", "")', ()),
        ('title("it is")', "It Is"),
    ],
)
def test_corners_that_the_console_table_leaves_out(text, made):
    assert value(text) == made
