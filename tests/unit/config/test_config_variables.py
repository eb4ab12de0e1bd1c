"""Values of variables: which one counts, what is said of those that don't fit, and that secrets stay hidden."""

import pytest
from config_bench import CLUSTER, Told, told

from kplan.config.variables import Flag
from kplan.lang.diagnostics import Severity
from kplan.sdk.values import Secret

X = 'variable "x" {\n  default = "default"\n}\n'
ENVIRONMENT = {"KPLAN_VAR_x": "environment"}
FILES = {
    "kplan_kplanvars_hcl": 'x = "file"\n',
    "a_auto_kplanvars_hcl": 'x = "auto a"\n',
    "b_auto_kplanvars_hcl": 'x = "auto b"\n',
}


def flag(text: str) -> Flag:
    return Flag("x", text)


def file_flag(bench, name: str, text: str) -> Flag:
    (bench.folder / name).write_text(text)
    return Flag("", "", name)


@pytest.mark.parametrize(
    ("environment", "files", "expected"),
    [
        (False, (), "default"),
        (True, (), "environment"),
        (False, ("kplan_kplanvars_hcl",), "file"),
        (True, ("kplan_kplanvars_hcl",), "file"),
        (True, ("a_auto_kplanvars_hcl",), "auto a"),
        (True, ("kplan_kplanvars_hcl", "a_auto_kplanvars_hcl"), "auto a"),
        (True, tuple(FILES), "auto b"),
    ],
)
def test_a_file_goes_before_the_environment_and_a_later_file_before_an_earlier(
    bench, environment, files, expected
):
    given = {name: FILES[name] for name in files}
    assert bench.load(X, (), ENVIRONMENT if environment else {}, **given).variables == {"x": expected}


def test_flags_go_before_all_and_the_last_one_counts(bench):
    low, high = file_flag(bench, "low.hcl", 'x = "low"\n'), file_flag(bench, "high.hcl", 'x = "high"\n')
    for flags, expected in (
        ([flag("typed")], "typed"),
        ([low], "low"),
        ([low, flag("typed")], "typed"),
        ([flag("typed"), low], "low"),
        ([low, high], "high"),
        ([flag("one"), flag("two")], "two"),
    ):
        assert bench.load(X, flags, ENVIRONMENT, **FILES).variables == {"x": expected}


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("string", "7", "7"),
        ("string", '"quoted"', '"quoted"'),
        ("string", "", ""),
        ("any", "[1]", "[1]"),
        ("number", "7", 7),
        ("bool", "true", True),
        ("list(number)", "[1, 2]", (1, 2)),
        ("map(string)", "{a = 1}", {"a": "1"}),
        ('object({a = number, b = optional(string, "d")})', "{a = 1}", {"a": 1, "b": "d"}),
        ("list(string)", 'split(",", "a,b")', ("a", "b")),
    ],
)
def test_text_from_flags_and_the_environment_is_read_as_the_type_has_it(bench, type_, text, value):
    declared = f'variable "x" {{\n  type = {type_}\n}}\n'
    by_flag = bench.load(declared, [flag(text)]).variables["x"]
    by_environment = bench.load(declared, (), {"KPLAN_VAR_x": text}).variables["x"]
    assert (by_flag, by_environment) == (value, value)
    assert type(by_flag) is type(value)


def test_an_undeclared_name_is_an_error_a_warning_or_nothing(bench):
    unknown = [Flag("y", "1")]
    assert bench.refused(X, unknown) == [
        Told("Value for undeclared variable", '-var y=…: No variable is called "y".', "")
    ]
    assert bench.refused(X.replace('"x"', '"size"'), [Flag("sise", "1")])[0].detail.endswith(
        'Did you mean "size"?'
    )
    used = X + 'output "x" {\n  value = var.x\n}\n'
    loaded = bench.load(used, (), {"KPLAN_VAR_y": "1"}, kplan_kplanvars_hcl="sise = 1\n")
    assert [(one.severity, one.detail) for one in loaded.warnings] == [
        (Severity.WARNING, 'No variable is called "sise", so its value is not used.')
    ]
    assert told(loaded.warnings)[0].at == "sise"
    (bench.folder / "kplan.kplanvars.hcl").unlink()
    assert bench.load(used, (), {"KPLAN_VAR_y": "1"}).warnings == ()


def test_a_value_is_required_without_a_default(bench):
    detail = (
        "Variable \"x\" has no default and no value was given. Give one with -var 'x=…', in a *.auto.kplanvars.hcl "
        "file, or as KPLAN_VAR_x."
    )
    assert bench.refused('variable "x" {\n}\n') == [
        Told("No value for required variable", detail, 'variable "x"')
    ]


NULLS = [
    ("default = 1", "null", None),
    ("default = 1\n  nullable = true", "null", None),
    ("default = 1\n  nullable = false", "null", 1),
    ("default = null", "null", None),
    ("default = 1\n  nullable = false", "2", 2),
]


@pytest.mark.parametrize(("lines", "given", "value"), NULLS)
def test_null_is_a_value_unless_it_is_not_allowed(bench, lines, given, value):
    text = f'variable "x" {{\n  type = number\n  {lines}\n}}\n'
    assert bench.load(text, kplan_kplanvars_hcl=f"x = {given}\n").variables == {"x": value}


def test_null_where_it_is_not_allowed_needs_a_default(bench):
    text = 'variable "x" {\n  nullable = false\n}\n'
    assert (
        bench.refused(text, kplan_kplanvars_hcl="x = null\n")[0].summary == "No value for required variable"
    )
    detail = 'Variable "x" has nullable = false, so its default must not be null.'
    wrong = 'variable "x" {\n  nullable = false\n  default = null\n}\n'
    (bench.folder / "kplan.kplanvars.hcl").unlink()
    assert bench.refused(wrong) == [Told("Invalid default value for variable", detail, "null")]


N = 'variable "x" {\n  type = number\n}\n'
L = 'variable "x" {\n  type = list(number)\n}\n'


def test_a_value_that_does_not_fit_is_told_where_it_was_given(bench):
    wrong = Told("Invalid value for variable", 'Variable "x": a number is required.', "")
    assert bench.refused(N, [flag("many")]) == [wrong._replace(at="many")]
    assert bench.refused(N, (), {"KPLAN_VAR_x": "many"}) == [wrong._replace(at="many")]
    assert bench.refused(N, kplan_kplanvars_hcl='x = "many"\n') == [wrong._replace(at='"many"')]
    (bench.folder / "kplan.kplanvars.hcl").unlink()
    assert bench.refused(N.replace("number\n", 'number\n  default = "many"\n')) == [
        wrong._replace(at='"many"')
    ]
    inside = 'Variable "x": element 1: a number is required.'
    assert bench.refused(L, [flag('[1, "b"]')]) == [Told("Invalid value for variable", inside, '[1, "b"]')]


def test_a_value_that_is_no_value_is_told(bench):
    found = bench.refused(L, [flag("[1, y.z]")])
    assert found == [Told("Variables not allowed", '"y.z" can\'t be used here: only plain values.', "y.z")]
    (unclosed,) = bench.refused(L, [flag("[1")])
    assert (unclosed.summary.startswith("Unclosed"), unclosed.at) == (True, "[")
    assert [one.summary for one in bench.refused(L, kplan_kplanvars_hcl="x = [1 / 0]\n")] == [
        "Division by zero"
    ]


def test_a_file_that_is_not_there_is_told(bench):
    found = bench.refused(X, [Flag("", "", "missing.hcl")])
    assert found == [Told("File can't be read", "missing.hcl: No such file or directory.", "")]


def test_a_file_of_values_holds_only_values(bench):
    found = bench.refused(X, kplan_kplanvars_hcl='topic "x" {\n}\n')
    assert [(one.summary, one.at) for one in found] == [("Unexpected block", 'topic "x"')]


HIDDEN = 'variable "pw" {\n  type      = list(string)\n  sensitive = true\n}\n'
HUNTER = "hunter2"


def is_hidden(bench, text: str, *rest, **more) -> list[str]:
    """Refuse a configuration; nothing of what is told, nor the lines that would be shown, may hold the secret."""
    from kplan.lang.diagnostics import DiagnosticsError

    with pytest.raises(DiagnosticsError) as caught:
        bench.load(text, *rest, **more)
    for one in caught.value.diagnostics:
        shown = "" if one.source is None else one.source.text
        assert HUNTER not in f"{one.summary} {one.detail} {one.remedy} {one.values} {shown}"
    return [one.summary for one in caught.value.diagnostics]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (f'["{HUNTER}"', "can't be read"),
        (f'["{HUNTER}", a.b]', "can't be evaluated"),
        (f'["{HUNTER}" / 2]', "can't be evaluated"),
        (f'{{"{HUNTER}" = 1}}', "is not of its type"),
        (f'"{HUNTER}"', "is not of its type"),
    ],
)
def test_a_sensitive_value_is_never_shown(bench, value, why):
    flags, environment = [Flag("pw", value)], {"KPLAN_VAR_pw": value}
    assert is_hidden(bench, HIDDEN, flags) == ["Invalid value for variable"]
    assert is_hidden(bench, HIDDEN, (), environment) == ["Invalid value for variable"]
    detail = f'The value given for variable "pw" {why}; the variable is sensitive, so it is not shown.'
    assert bench.refused(HIDDEN, flags) == [Told("Invalid value for variable", detail, 'variable "pw"')]
    assert len(is_hidden(bench, HIDDEN, kplan_kplanvars_hcl=f"pw = {value}\n")) >= 1


def test_a_line_that_may_hold_a_sensitive_value_is_named_not_shown(bench):
    found = bench.refused(HIDDEN, kplan_kplanvars_hcl=f'a = 1\npw = ["{HUNTER}\n')
    detail = "kplan.kplanvars.hcl line 2 can't be read. The file gives sensitive values, so it is not shown."
    assert [(one.detail, one.at) for one in found if one.summary != "No value for required variable"] == [
        (detail, "")
    ]
    open_ = 'variable "x" {\n  default = 1\n}\n' + HIDDEN
    shown = bench.refused(open_, [Flag("pw", "[]")], kplan_kplanvars_hcl="x = [1 +\n")
    assert [one.at for one in shown] == ["["]


def test_a_sensitive_value_is_a_secret(bench):
    variables = bench.load(HIDDEN, [Flag("pw", f'["{HUNTER}"]')]).variables
    assert variables["pw"] == Secret((HUNTER,))
    text = 'variable "x" {\n  sensitive = true\n  default = "d"\n}\n'
    assert bench.load(text).variables["x"] == Secret("d")


def test_what_was_refused_is_unknown_to_others(bench):
    text = N + CLUSTER + 'memory_topic "a" {\n  cluster = memory_cluster.c\n  partitions = var.x\n}\n'
    assert [one.summary for one in bench.refused(text, [flag("many")])] == ["Invalid value for variable"]
