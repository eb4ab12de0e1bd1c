"""Where an instance is after a move, and moves that are not true."""

import pytest
from plan_subjects import held, instance, key

from kplan.config.model import Moved, Place
from kplan.lang.source import Source
from kplan.plan.moves import check_moves, moved_to

PLACE = Place(Source("main.kplan.hcl", "x" * 100), 0, "moved")


def move(source, to):
    return Moved(source, to, PLACE, (1, 2), (3, 4))


@pytest.mark.parametrize(
    ("address", "source", "to", "result"),
    [
        ("topic.a", "topic.a", "topic.b", "topic.b"),
        ('topic.a["k"]', "topic.a", "topic.b", 'topic.b["k"]'),
        ("topic.a[3]", "topic.a", "topic.b", "topic.b[3]"),
        ("topic.a", "topic.a", 'topic.a["k"]', 'topic.a["k"]'),
        ('topic.a["k"]', "topic.a", 'topic.b["x"]', None),
        ("topic.a[0]", "topic.a[0]", 'topic.a["x"]', 'topic.a["x"]'),
        ("topic.a[1]", "topic.a[0]", 'topic.a["x"]', None),
        ("topic.a[0]", "topic.a[0]", "topic.a", "topic.a"),
        ("topic.ab", "topic.a", "topic.b", None),
        ("topic.a", "module.m.topic.a", "topic.b", None),
        ("topic.a", "topic.a", "module.m.topic.a", "module.m.topic.a"),
        ('topic.a["k"]', "topic.a", 'module.m["x"].topic.a', 'module.m["x"].topic.a["k"]'),
        ("module.m.topic.a", "module.m.topic.a", "topic.b", "topic.b"),
        ("module.m.topic.a", "module.m", "module.n", "module.n.topic.a"),
        ('module.m["k"].topic.a["x"]', "module.m", "module.n", 'module.n["k"].topic.a["x"]'),
        ("module.m.topic.a", "module.m", 'module.m["k"]', 'module.m["k"].topic.a'),
        ('module.m["k"].topic.a', 'module.m["k"]', "module.m", "module.m.topic.a"),
        ('module.m["j"].topic.a', 'module.m["k"]', "module.m", None),
        ('module.m["k"].topic.a[2]', "module.m.topic.a", "module.m.topic.b", 'module.m["k"].topic.b[2]'),
        (
            'module.m["k"].module.i.topic.a',
            "module.m.module.i",
            "module.m.module.j",
            'module.m["k"].module.j.topic.a',
        ),
        ("grant.a/p/x", "grant.a", "grant.b", "grant.b/p/x"),
        ('grant.a["k"]/p/x', "grant.a", "grant.b", 'grant.b["k"]/p/x'),
        ('grant.a["k"]/p/x', 'grant.a["k"]', "grant.b", "grant.b/p/x"),
        ("grant.a/p/x", "grant.a", 'module.m["k"].grant.b', 'module.m["k"].grant.b/p/x'),
        ("module.m.grant.a/p/x", "module.m", "module.n", "module.n.grant.a/p/x"),
    ],
)
def test_where_an_instance_goes(address, source, to, result):
    assert moved_to(address, source, to) == result


def problems(moved, leaves, *instances):
    declared = {key(one.identity): one for one in instances}
    held_ = {one.key: one for one in leaves}
    return [(one.summary, one.start) for one in check_moves(moved, held_, declared)]


def test_a_move_that_is_true_or_has_done_its_work_says_nothing():
    moved = [move("topic.a", "topic.b"), move("topic.b", "topic.c"), move("topic.never", "topic.x")]
    assert problems(moved, [held("topic.a", "n")], instance("topic.c", identity=("n",))) == []
    assert problems(moved, [held("topic.c", "n")], instance("topic.c", identity=("n",))) == []
    assert problems(moved, [held("topic.a", "n")]) == []  # it moved and then went
    assert problems([], [held("topic.a", "n")], instance("topic.a", identity=("other",))) == []


def test_what_is_still_there_has_not_moved():
    found = problems(
        [move("topic.a", "topic.b")], [held("topic.a", "n")], instance("topic.a", identity=("n",))
    )
    assert found == [("Moved object still exists", 1)]


def test_a_move_onto_another_object_or_to_another_name_is_refused():
    moved = [move("topic.a", "topic.b")]
    other = instance("topic.b", identity=("other",))
    taken = [held("topic.a", "n"), held("topic.b", "other")]
    assert problems(moved, taken, other) == [("Moved onto another object", 3)]
    (found,) = check_moves(moved, {one.key: one for one in taken[:1]}, {key("other"): other})
    assert found.summary == "Moved to another object"
    assert 'its block says that it is "other"' in found.detail
    named = held("topic.a", "n", name_defaulted=True)
    (found,) = check_moves(moved, {named.key: named}, {key("other"): other})
    assert 'Add to its block: name = "n"' in found.detail
    (found,) = check_moves(moved, {named.key: named}, {key("n", uid="uid-2"): other})
    assert "another cluster" in found.detail


def test_what_is_wrong_is_worded_and_what_follows_is_looked_at_too():
    moved = [move("topic.a", "topic.b"), move("topic.c", "topic.d"), move("topic.e", "topic.f")]
    leaves = [held("topic.x", "x"), held("topic.a", "a"), held("topic.c", "c"), held("topic.d", "d")]
    declared = {
        key("a"): instance("topic.a", identity=("a",)),
        key("d"): instance("topic.d", identity=("d",)),
    }
    found = list(check_moves(moved, {one.key: one for one in leaves}, declared))
    assert [one.detail for one in found] == [
        "topic.a is still declared, so it can't have become topic.b. Take this block away, or that one.",
        'topic.c (topic "c") can\'t become topic.d: that is topic "d", which state holds as an object of its own.',
    ]
    (away,) = check_moves(
        [move("topic.a", "topic.b")],
        {one.key: one for one in [held("topic.a", "a:b")]},
        {key("a:b", uid="elsewhere"): instance("topic.b")},
    )
    assert away.detail == 'topic.a is topic "a:b" and can\'t become topic.b: it would be on another cluster.'


def test_every_owner_of_a_shared_object_may_move():
    owners = ("grant.a/p/n", "grant.b/p/n")
    both = held("grant.a/p/n", "n", owners=owners)
    now = instance("grant.a/p/n", identity=("n",), owners=("grant.c/p/n",))
    assert problems([move("grant.b", "grant.c")], [both], now) == []
    assert problems([move("grant.a", "grant.c")], [both], now) == [("Moved object still exists", 1)]


def test_a_module_that_only_shares_a_place_keeps_its_own_key():
    assert (
        moved_to('module.m["k"].module.i.topic.a', "module.m.module.i.topic.a", "module.n.topic.a")
        == "module.n.topic.a"
    )
    assert (
        moved_to('module.m["k"].topic.a', "module.m.topic.a", 'module.m["z"].topic.a')
        == 'module.m["z"].topic.a'
    )
    assert moved_to("nothing", "topic.a", "topic.b") is None
    assert moved_to("topic.a", "topic.a", "nothing") is None


def test_moves_that_go_in_a_circle_end():
    moved = [move("topic.a", "topic.b"), move("topic.b", "topic.a")]
    assert problems(moved, [held("topic.a", "n")], instance("topic.b", identity=("n",))) == []
