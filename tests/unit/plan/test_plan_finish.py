"""Outputs evaluated and compared, and hints beside what is probably a renamed label."""

from types import SimpleNamespace

import pytest
from plan_subjects import SOURCE, change, evaluation, held, key

from kplan.config.model import Output, Place
from kplan.lang.ast import references
from kplan.lang.diagnostics import Diagnostic, Severity
from kplan.lang.parser import parse_expression
from kplan.plan.finish import (
    changed_outputs,
    evaluate_outputs,
    known_outputs,
    output_changes,
    with_hints,
)
from kplan.plan.model import Action, OutputChange
from kplan.sdk.values import (
    UNKNOWN,
    Endpoint,
    Secret,
    SetValue,
    Unknown,
    make_list,
    make_map,
    make_set,
    marks,
)
from kplan.state.model import OutputRecord

HANDLE = Endpoint("cluster.c", "cluster")
AFTER = Unknown("string", ("topic.a",))


def output(name, text, *, sensitive=False):
    node, mistakes = parse_expression(text, "<test>")
    assert mistakes == ()
    place = Place(SOURCE, 1000, f"output {name}")
    return Output(name, place, ("value", 0, 5, node, references(node)), sensitive, ())


def evaluated(*outputs, **values):
    return evaluation({one.name: one for one in outputs}, values)


# hints


def created(address, **more):
    return change(address, leaf=held(address, name_defaulted=True), **more)


def test_a_renamed_label_is_hinted_at():
    gone, other = change("topic.old", Action.DELETE, "old-name"), change("topic.z", Action.UPDATE)
    new = created("topic.new", notes=("first",))
    leaves = {key("old-name"): held("topic.old", "old-name", name_defaulted=True)}
    hint = 'if this is "old-name" under a new label, keep it: name = "old-name"'
    assert with_hints((new, gone, other), leaves) == (new._replace(notes=("first", hint)), gone, other)


@pytest.mark.parametrize(
    "leaves",
    [{}, {key("old"): held("topic.old", "old")}, {key("x"): held("topic.x", "x", name_defaulted=True)}],
)
def test_what_was_not_renamed_is_as_it_was(leaves):
    changes = (created("topic.new"), change("topic.old", Action.DELETE))
    assert with_hints(changes, leaves) is changes


# outputs


@pytest.mark.parametrize(
    ("value", "sensitive", "kept"),
    [
        (5, False, 5),
        (None, False, None),
        (5, True, None),
        (Secret("s"), True, None),
        (AFTER, False, AFTER),
        (AFTER, True, Unknown()),
        (Secret(AFTER), True, Unknown()),
        (make_list([1, Secret("s")]), True, None),
        (make_map({"a": AFTER}), True, Unknown()),
        (HANDLE, False, "cluster.c"),
        ({"a": HANDLE, "b": 1}, False, {"a": "cluster.c", "b": 1}),
        ((HANDLE, (1, HANDLE)), False, ("cluster.c", (1, "cluster.c"))),
        (make_set([HANDLE]), False, make_set(["cluster.c"])),
        (make_map({"a": (HANDLE,), "u": AFTER}), False, {"a": ("cluster.c",), "u": AFTER}),
    ],
)
def test_an_output_is_kept_as_data_without_secrets(value, sensitive, kept):
    given = evaluated(output("o", "var.x", sensitive=sensitive), x=value)
    made = evaluate_outputs(given)
    assert made == {"o": OutputRecord(kept, sensitive)}
    assert type(made["o"].value) is type(kept) or marks(made["o"].value)
    assert marks(made["o"].value) == marks(kept) or marks(made["o"].value) == UNKNOWN
    assert given.diagnostics == []


def test_containers_of_outputs_stay_what_they_are():
    made = evaluate_outputs(
        evaluated(
            output("set", "var.a"),
            output("list", "var.b"),
            output("map", "var.c"),
            a=make_set([HANDLE]),
            b=make_list([HANDLE, AFTER]),
            c=make_map({"k": HANDLE, "u": AFTER}),
        )
    )
    assert type(made["set"].value) is SetValue
    assert type(made["list"].value) is not SetValue
    assert [marks(one.value) for one in made.values()] == [0, UNKNOWN, UNKNOWN]


@pytest.mark.parametrize("value", [Secret("s"), make_list([Secret("s")]), Secret(AFTER)])
def test_a_secret_must_be_declared_so(value):
    given = evaluated(output("o", "  var.x"), output("p", "var.y"), x=value, y=1)
    assert evaluate_outputs(given) == {"p": OutputRecord(1, sensitive=False)}
    detail = "The value holds something sensitive. Say that the output is, with `sensitive = true`."
    assert given.diagnostics == [
        Diagnostic(
            Severity.ERROR,
            "Output refers to sensitive values",
            detail,
            SOURCE,
            1002,
            1007,
            "output o",
        )
    ]


def test_an_output_that_cannot_be_evaluated_is_told_and_left_out():
    given = evaluated(
        output("bad", "[{}.x]"), output("worse", "1 + var.x"), output("good", "var.x"), x="text"
    )
    assert evaluate_outputs(given) == {"good": OutputRecord("text", sensitive=False)}
    missing, misused = given.diagnostics
    assert missing == Diagnostic(
        Severity.ERROR,
        "Unsupported attribute",
        'This object does not have an attribute named "x". It has none.',
        SOURCE,
        1001,
        1005,
        "output bad",
    )
    assert misused.context == "output worse"
    assert misused.values == (("var.x", '"text"'),)
    assert (misused.start, misused.end) == (1004, 1009)


def test_outputs_are_evaluated_outside_of_any_for_each():
    given = evaluated(output("o", "each.key"))
    given.root.each = ("left", 1)
    evaluate_outputs(given)
    assert marks(given.root.output("o")) == UNKNOWN


BEFORE = {"o": OutputRecord(1, sensitive=False), "gone": OutputRecord(2, sensitive=False)}


@pytest.mark.parametrize(
    ("destroy", "partial", "changes"),
    [
        (
            False,
            False,
            (
                OutputChange("gone", BEFORE["gone"], None),
                OutputChange("new", None, OutputRecord(7, sensitive=False)),
                OutputChange("o", BEFORE["o"], OutputRecord(7, sensitive=False)),
            ),
        ),
        (
            True,
            False,
            (OutputChange("gone", BEFORE["gone"], None), OutputChange("o", BEFORE["o"], None)),
        ),
        (False, True, ()),
        (True, True, ()),
    ],
)
def test_outputs_are_compared_by_name(destroy, partial, changes):
    given = evaluated(output("o", "var.x"), output("new", "var.x"), x=7)
    assert output_changes(given, BEFORE, destroy=destroy, partial=partial) == changes


def test_only_what_is_known_can_be_stored():
    known = {"a": OutputRecord(1, sensitive=False), "s": OutputRecord(None, sensitive=True)}
    unknown = {
        "u": OutputRecord(AFTER, sensitive=False),
        "l": OutputRecord(make_list([AFTER]), sensitive=False),
    }
    assert known_outputs({**unknown, **known}) == known


def test_only_what_differs_has_changed():
    one, two = SimpleNamespace(changed=True), SimpleNamespace(changed=False)
    assert changed_outputs([two, one, two, one]) == [one, one]
