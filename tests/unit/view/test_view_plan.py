import re

import pytest
from view_plans import change, create, delete, plan, records_lost, update

from kplan.lang.diagnostics import error, warning
from kplan.plan.model import Action, OutputChange
from kplan.sdk.session import Danger, Loss
from kplan.sdk.values import Secret, Unknown
from kplan.state.model import Key, OutputRecord, Pending, StateLeaf
from kplan.state.records import Declined, Dropped, Succeeded
from kplan.view.change_text import change_lines, inks, named_block
from kplan.view.diagnostics import diagnostics_text
from kplan.view.look import PLAIN, Look
from kplan.view.plan_text import plan_text

COLOR = Look(color=True, width=80)


def lines(one):
    return change_lines(one, inks(PLAIN))


# What tools made for Terraform look for, byte for byte.
HEADERS = [
    (create(), "  # topic.orders will be created", '  + topic "orders" {'),
    (update(), "  # topic.orders will be updated in-place", '  ~ topic "orders" {'),
    (delete(), "  # topic.orders will be destroyed", '  - topic "orders" {'),
    (
        change("topic.orders", Action.REPLACE, {"name": "orders"}, {"name": "orders"}),
        "  # topic.orders must be replaced",
        '-/+ topic "orders" {',
    ),
    (
        change("topic.orders", Action.FORGET, {"name": "orders"}),
        "  # topic.orders will no longer be managed by kplan, but will not be destroyed",
        '  . topic "orders" {',
    ),
    (
        change("topic.b", Action.NO_OP, {"name": "b"}, {"name": "b"}, previous_address="topic.a"),
        "  # topic.a has moved to topic.b",
        '    topic "b" {',
    ),
    (
        change("topic.b", Action.NO_OP, {"name": "b"}, {"name": "b"}, adopting=True),
        "  # topic.b will be imported",
        '    topic "b" {',
    ),
]


@pytest.mark.parametrize(("one", "header", "opening"), HEADERS)
def test_every_action_has_terraforms_header_and_marker(one, header, opening):
    text = lines(one)
    assert text[0] == header
    assert text[1] == "  # on cluster.primary"
    assert opening in text
    assert text[-1] == "    }"


def test_an_update_tells_where_it_came_from():
    text = lines(update(previous_address="topic.old", adopting=True, identity=("a", "b")))
    assert "  # (moved from topic.old)" in text
    assert '  # (imported from "a:b")' in text


def test_losses_notes_and_reason_stand_under_the_header():
    one = delete(losses=(records_lost("12 records"),), notes=("first\nsecond",), reason="its block is gone")
    assert lines(one)[1:6] == [
        "  # on cluster.primary",
        "  # ! data loss: all records are deleted (12 records)",
        "  # first",
        "  # second",
        "  # (its block is gone)",
    ]


def test_a_loss_agreed_to_in_the_configuration_says_so():
    one = delete(losses=(records_lost(),), consented=True)
    assert "  # ! data loss: all records are deleted (agreed to in the configuration)" in lines(one)


def test_a_moved_object_shows_who_it_is_and_how_much_stays():
    one = change(
        "topic.b", Action.NO_OP, {"name": "x", "p": 1}, {"name": "x", "p": 1}, previous_address="topic.a"
    )
    assert lines(one)[3:] == ['        name = "x"', "        # (1 unchanged attribute hidden)", "    }"]


@pytest.mark.parametrize(
    ("address", "leaf", "label"),
    [
        ("topic.orders", "topic", "orders"),
        ('topic.orders["a.b[c"]', "topic", "orders"),
        ("module.m.topic.x[0]", "topic", "x"),
        ('module.m["topic.y"].module.n[1].topic.x["k"]', "topic", "x"),
        ("grant.billing/primary/User:a:READ:topic:orders", "acl", "primary/User:a:READ:topic:orders"),
        ('module.m["x/y"].grant.b["k/l"]/p/User:a:READ:group:q["z"]', "acl", 'p/User:a:READ:group:q["z"]'),
    ],
)
def test_a_block_is_named_by_its_own_label(address, leaf, label):
    assert named_block(address, leaf) == (leaf, label)


WHOLE = {"who": "a", "what": "READ"}


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (change("grant.b/p/x", Action.CREATE, None, WHOLE, identity=("a", "READ")), '  + topic "p/x" {}'),
        (change("grant.b/p/x", Action.DELETE, WHOLE, None, identity=("a", "READ")), '  - topic "p/x" {}'),
        (
            change("grant.b/p/x", Action.NO_OP, WHOLE, WHOLE, identity=("a", "READ"), adopting=True),
            '    topic "p/x" {}',
        ),
    ],
)
def test_of_what_is_nothing_but_its_address_one_line_is_shown(one, text):
    assert lines(one)[1:] == [text]


def test_what_has_more_than_its_address_is_shown_whole():
    more = change("grant.b/p/x", Action.CREATE, None, {**WHOLE, "since": 1}, identity=("a", "READ"))
    keyed = change('topic.b["p/x"]', Action.CREATE, None, WHOLE, identity=("a", "READ"))
    for one in (more, keyed):
        assert "  # on cluster.primary" in lines(one)
        assert '      + who   = "a"' in lines(one) or '      + who  = "a"' in lines(one)


def test_names_from_elsewhere_cant_drive_the_terminal():
    one = create('topic.x["\x1b[2J"]', notes=("\x1b]0;title\x07",), endpoint="cluster.\x1b")
    assert "\x1b" not in "\n".join(lines(one))


def test_the_summary_is_terraforms_and_the_last_line():
    moved = change("topic.m", Action.NO_OP, {"name": "m"}, {"name": "m"}, previous_address="topic.l")
    adopted = change("topic.a", Action.NO_OP, {"name": "a"}, {"name": "a"}, adopting=True)
    replaced = change("topic.r", Action.REPLACE, {"name": "r"}, {"name": "r"})
    made = plan(adopted, create(), delete(), moved, replaced, update(), update("topic.u"))
    last = plan_text(made, PLAIN).splitlines()[-1]
    assert last == "Plan: 1 to import, 2 to add, 2 to change, 2 to destroy."
    assert plan_text(plan(create()), PLAIN).endswith("\nPlan: 1 to add, 0 to change, 0 to destroy.\n")


def test_nothing_to_do_is_said_in_terraforms_words():
    kept = change("topic.a", Action.NO_OP, {"name": "a"}, {"name": "a"})
    text = plan_text(plan(kept), PLAIN)
    assert text.startswith("\nNo changes. Your infrastructure matches the configuration.\n\n")
    assert "topic.a" not in text
    assert plan_text(plan(destroy=True), PLAIN).startswith("\nNo changes. No objects need to be destroyed.\n")


def test_only_symbols_that_are_used_are_explained():
    text = plan_text(plan(create()), PLAIN)
    legend = text[: text.index("kplan will perform")]
    assert "  + create" in legend
    assert "destroy" not in legend
    replaced = plan_text(plan(change("topic.r", Action.REPLACE, {"name": "r"}, {"name": "r"})), PLAIN)
    assert "\n-/+ destroy and then create replacement\n" in replaced


def test_outputs_are_shown_above_the_summary():
    made = plan(create(), outputs={"ids": ("a", Unknown())})
    text = plan_text(made, PLAIN)
    assert (
        'Changes to Outputs:\n  + ids = [\n      + "a",\n      + (known after apply),\n    ]\n\nPlan: '
        in text
    )


def test_outputs_alone_are_a_plan_that_changes_nothing_real():
    text = plan_text(plan(outputs={"x": 1}), PLAIN)
    assert "without changing any real infrastructure." in text
    assert text.endswith("Plan: 0 to add, 0 to change, 0 to destroy.\n")


def test_output_changes_show_both_sides_and_hide_the_sensitive():
    def record(value, *, sensitive=False):
        return OutputRecord(value, sensitive)

    outputs = (
        OutputChange("a", record(1), record(2)),
        OutputChange("gone", record((1,)), None),
        OutputChange("pw", record(None, sensitive=True), record(Secret("x"), sensitive=True)),
        OutputChange("same", record(1), record(1)),
    )
    text = plan_text(plan()._replace(outputs=outputs), PLAIN)
    section = text[text.index("Changes to Outputs:") :].split("\n\n")[0]
    assert section == (
        "Changes to Outputs:\n"
        "  ~ a    = 1 -> 2\n"
        "  - gone = [\n      - 1,\n    ] -> null\n"
        "  ~ pw   = (sensitive value)"
    )


def test_risks_are_recapped_right_above_the_summary_gravest_first():
    made = plan(
        update("topic.a", losses=(Loss(Danger.INTERRUPTS, "keys move"),)),
        delete("topic.b", losses=(records_lost("7 records"),), endpoint="cluster.dr"),
    )
    text = plan_text(made, PLAIN)
    recap = text[text.index("Risks:") :]
    assert recap == (
        "Risks:\n"
        "  ! data loss: topic.b on cluster.dr: all records are deleted (7 records)\n"
        "  ! interrupts: topic.a on cluster.primary: keys move\n\n"
        "Plan: 0 to add, 1 to change, 1 to destroy.\n"
    )


def test_many_risks_are_cut_and_counted():
    made = plan(*(delete(f"topic.t{n}", losses=(records_lost(),)) for n in range(50)))
    recap = plan_text(made, PLAIN).split("Risks:")[1]
    assert recap.count("data loss") == 20
    assert "… and 30 more risks" in recap


def test_a_warning_that_lists_the_losses_spares_the_recap():
    refusal = error("Data loss needs consent", "topic.b: …")
    made = plan(
        delete("topic.b", losses=(records_lost(),)),
        delete("topic.c", losses=(records_lost(),), consented=True),
        refusals=(refusal,),
    )
    warned = plan_text(made, PLAIN, diagnostics_text([warning("W", "d")], PLAIN), recap_consents=False)
    recap = warned.split("Risks:")[1]
    assert "topic.c" in recap
    assert "topic.b" not in recap
    assert "\nWarning: W\n\nd\n\nRisks:" in warned
    assert "topic.b" in plan_text(made, PLAIN).split("Risks:")[1]


def test_forgotten_objects_are_named_once_more():
    text = plan_text(plan(change("topic.g", Action.FORGET, {"name": "g"})), PLAIN)
    assert "will not delete them" in text
    assert "\n - topic.g\n" in text


def test_what_was_left_out_is_said():
    text = plan_text(plan(excluded=("cluster.dr", "cluster.eu")), PLAIN)
    assert "Left out on request, with all that depends on it: cluster.dr, cluster.eu." in text


def test_an_incomplete_plan_never_reads_as_a_plan_or_as_no_changes():
    for made in (plan(complete=False), plan(create(), complete=False)):
        text = plan_text(made, PLAIN)
        assert "Planning failed." in text
        assert not re.search(r"(?m)^(Plan: \d|No changes)", text)
    assert plan_text(plan(create(), complete=False), PLAIN).splitlines()[-1] == (
        "Plan (incomplete): 1 to add, 0 to change, 0 to destroy."
    )
    assert plan_text(plan(complete=False), PLAIN) == "\nPlanning failed. The errors say why.\n"


def test_color_changes_nothing_but_color():
    made = plan(
        create(), delete(losses=(records_lost(),)), update(), outputs={"x": 1}, excluded=("cluster.dr",)
    )
    colored = plan_text(made, COLOR)
    assert "\x1b[32m+\x1b[0m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plan_text(made, PLAIN._replace(width=80))


def test_what_was_found_out_about_earlier_runs_is_said():
    key = Key("uid", "topic", ("orders",))
    leaf = StateLeaf(key, ("topic.orders",), "cluster.primary", {}, {})
    settled = (
        Succeeded(key, leaf),
        Succeeded(key._replace(identity=("a",)), None),
        Declined(key),
        Dropped(key),
    )
    text = plan_text(plan(settled=settled), PLAIN)
    assert text.startswith(
        "\nAn earlier run never learned what came of these changes; now it is known:\n"
        " - topic.orders: it was carried out\n"
        ' - topic "a": it was deleted\n'
        ' - topic "orders": it was not carried out\n'
        "\n"
        "These objects are no longer there as kplan knew them, so it stops managing\nthem:\n"
        ' - topic "orders"\n'
        "\n"
        "No changes."
    )
    sent = Pending(key, "topic.orders", "cluster.primary", "delete", (), {}, {}, None, 0.0)
    assert plan_text(plan(unsettled=(sent,)), PLAIN).startswith(
        "\nAn earlier run got no answer to these changes. They have not taken effect and\n"
        "still may; a plan in a minute will know:\n"
        " - topic.orders: delete\n"
    )
    many = tuple(Dropped(key._replace(identity=(str(n),))) for n in range(60))
    assert " - … and 10 more\n" in plan_text(plan(settled=many), PLAIN)


def test_a_confined_plan_says_so():
    text = plan_text(plan(), PLAIN, targets=("topic.a", "topic.b"))
    assert text.startswith("\nLooked only at topic.a, topic.b and what that needs, as -target asks. ")
