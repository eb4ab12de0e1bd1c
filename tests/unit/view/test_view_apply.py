from kplan.apply.events import Tally
from kplan.state.model import Key, OutputRecord, StateLeaf
from kplan.view.apply_text import apply_text
from kplan.view.look import PLAIN
from kplan.view.state_text import leaf_text


def test_a_complete_apply_ends_as_terraforms_does():
    assert apply_text(Tally(added=1, changed=2), {}, PLAIN, destroy=False) == (
        "\nApply complete! Resources: 1 added, 2 changed, 0 destroyed.\n"
    )
    text = apply_text(
        Tally(adopted=3, added=1), {"x": OutputRecord(1, sensitive=False)}, PLAIN, destroy=False
    )
    assert (
        text
        == "\nApply complete! Resources: 3 imported, 1 added, 0 changed, 0 destroyed.\n\nOutputs:\n\nx = 1\n"
    )


def test_a_complete_destroy():
    assert (
        apply_text(Tally(destroyed=7), {}, PLAIN, destroy=True)
        == "\nDestroy complete! Resources: 7 destroyed.\n"
    )


def test_what_was_left_undone_is_counted_and_never_called_complete():
    tally = Tally(added=1, failed=2, skipped=3, parked=1)
    text = apply_text(tally, {"x": OutputRecord(1, sensitive=False)}, PLAIN, destroy=False)
    assert text.startswith(
        "\nApply incomplete! Resources: 1 added, 0 changed, 0 destroyed; 2 failed, 3 skipped, 1 parked.\n"
    )
    assert "last checkpoint" in text
    assert "complete!" not in text.replace("incomplete!", "")
    assert "Outputs" not in text
    assert "parked" not in apply_text(Tally(failed=1), {}, PLAIN, destroy=True)


def test_an_object_of_state_is_a_block():
    leaf = StateLeaf(
        Key("uid-1", "topic", ("orders",)),
        ('topic.orders["a"]', "grant.x"),
        "cluster.primary",
        {"name": "orders", "config": {"retention.ms": "1"}, "note": None},
        {"id": "xyz"},
        prevent_destroy=True,
    )
    assert leaf_text(leaf) == (
        '# topic.orders["a"]:\n'
        "# on cluster.primary (uid-1)\n"
        "# also of grant.x\n"
        "# protected by prevent_destroy\n"
        'topic "orders" {\n'
        "    config = {\n"
        '        "retention.ms" = "1"\n'
        "    }\n"
        '    id     = "xyz"\n'
        '    name   = "orders"\n'
        "}\n"
    )


def test_each_kind_of_undone_alone_makes_it_incomplete():
    for tally in (Tally(failed=1), Tally(skipped=1), Tally(parked=1)):
        assert "Apply incomplete!" in apply_text(tally, {}, PLAIN, destroy=False)


def test_an_apply_with_errors_is_not_complete_though_nothing_was_left_undone():
    text = apply_text(
        Tally(added=1), {"x": OutputRecord(1, sensitive=False)}, PLAIN, destroy=False, wrong=True
    )
    assert text == (
        "\nApply incomplete! Resources: 1 added, 0 changed, 0 destroyed.\n\n"
        "What was done is recorded. The errors above are left.\n"
    )
