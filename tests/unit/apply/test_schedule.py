"""What may start when: small graphs by hand; the laws are in tests/laws."""

import pytest
from apply_bench import change

from kplan.apply.schedule import Schedule
from kplan.plan.model import Action

DELETE = Action.DELETE


def rounds(schedule, failing=()):
    """Carry everything out a round at a time; give the rounds."""
    found = []
    while ready := schedule.take_ready():
        found.append(sorted(ready))
        for number in ready:
            schedule.settle(number, succeeded=number not in failing)
    return found


def gone(name, *refers_to):
    return change(name, DELETE, prior_depends=refers_to)


@pytest.mark.parametrize(
    ("changes", "edges", "expected"),
    [
        ([], {}, []),
        ([change("a"), change("b")], {}, [[0, 1]]),
        ([change("a"), change("b")], {"topic.a": ("topic.b",), "topic.b": ()}, [[1], [0]]),
        (
            [change("a"), change("c")],
            {"topic.a": ("topic.b",), "topic.b": ("topic.c",), "topic.c": ()},
            [[1], [0]],
        ),
        ([change("a")], {"topic.a": ("topic.b", "cluster.a"), "topic.b": (), "cluster.a": ()}, [[0]]),
        ([change("a"), change("b")], {"topic.a": ("topic.never",)}, [[0, 1]]),
        ([gone("a"), gone("b", "topic.a")], {}, [[1], [0]]),
        ([gone("a"), change("b", prior_depends=("topic.a",))], {}, [[1], [0]]),
        ([gone("a"), gone("b", "topic.x"), gone("c", "topic.b", "topic.a")], {}, [[2], [0, 1]]),
        ([gone("a", "topic.a")], {}, [[0]]),
        ([gone("a", "topic.b"), gone("b", "topic.a")], {}, [[0], [1]]),
        ([gone("a"), change("a")], {"topic.a": ()}, [[0, 1]]),
    ],
)
def test_dependencies_first_and_deletes_the_other_way(changes, edges, expected):
    assert rounds(Schedule(changes, edges)) == expected


def test_instances_of_a_block_wait_together():
    first = [change("a")._replace(address=f'topic.a["{key}"]') for key in "xy"]
    schedule = Schedule([*first, change("b")], {"topic.a": (), "topic.b": ("topic.a",)})
    assert schedule.take_ready() == [0, 1]
    assert schedule.settle(0, succeeded=True) == []
    assert schedule.take_ready() == []
    schedule.settle(1, succeeded=True)
    assert schedule.take_ready() == [2]


def test_all_that_waited_for_one_begin_together():
    edges = {
        "topic.a": (),
        "topic.b": ("topic.a",),
        "topic.c": ("topic.a",),
        "topic.d": ("topic.x",),
        "topic.x": ("topic.a",),
    }
    assert rounds(Schedule([change(name) for name in "abcd"], edges)) == [[0], [1, 2, 3]]


def test_instances_are_deleted_after_what_referred_to_their_block():
    changes = [
        gone("a")._replace(address='topic.a["x"]'),
        gone("b", "topic.a")._replace(address='topic.b["y"]'),
    ]
    assert rounds(Schedule(changes, {})) == [[1], [0]]
    turned = [
        gone("a", "topic.b")._replace(address='topic.a["x"]'),
        gone("b")._replace(address='topic.b["y"]'),
    ]
    assert rounds(Schedule(turned, {})) == [[0], [1]]


def test_a_failure_is_named_by_all_that_is_skipped_for_it():
    changes = [change(name) for name in "abcd"]
    schedule = Schedule(
        changes, {"topic.b": ("topic.a",), "topic.c": ("topic.b",), "topic.d": (), "topic.a": ()}
    )
    assert schedule.take_ready() == [0, 3]
    assert schedule.settle(0, succeeded=False) == [1, 2]
    assert schedule.skipped == {1: 0, 2: 0}
    assert schedule.take_ready() == []


def test_a_failure_reaches_through_blocks_without_changes():
    edges = {"topic.a": (), "topic.x": ("topic.a",), "topic.y": ("topic.x",), "topic.b": ("topic.y",)}
    schedule = Schedule([change("a"), change("b")], edges)
    schedule.take_ready()
    assert schedule.settle(0, succeeded=False) == [1]


def test_what_waits_for_two_is_skipped_once_both_have_ended():
    edges = {"topic.a": (), "topic.b": (), "topic.c": ("topic.a", "topic.b")}
    schedule = Schedule([change("a"), change("b"), change("c")], edges)
    schedule.take_ready()
    assert schedule.settle(0, succeeded=False) == []
    assert schedule.settle(1, succeeded=False) == [2]
    assert schedule.skipped == {2: 0}


def test_a_delete_is_skipped_when_what_referred_to_it_could_not_be_changed():
    schedule = Schedule([gone("a"), change("b", Action.UPDATE, prior_depends=("topic.a",))], {"topic.b": ()})
    assert schedule.take_ready() == [1]
    assert schedule.settle(1, succeeded=False) == [0]


def shared(name, *blocks, action=Action.CREATE, **more):
    """Make a change of an object that several composites yield."""
    first, *others = sorted(f"grant.{block}/p/{name}" for block in blocks)
    return change(name, action, **more)._replace(address=first, owners=tuple(others))


ROUND = {"grant.a": ("grant.b",), "grant.b": ("topic.t",), "topic.t": ()}


@pytest.mark.parametrize("blocks", ["ab", "ba"])
def test_what_two_blocks_yield_does_not_wait_for_itself_where_one_needs_the_other(blocks):
    changes = [shared("x", *blocks), shared("y", "b"), shared("z", "a"), change("t")]
    assert rounds(Schedule(changes, ROUND)) == [[3], [0, 1], [2]]


def test_what_is_between_two_owners_of_one_object_waits_for_it():
    edges = {"grant.a": ("grant.m",), "grant.m": ("grant.b",), "grant.b": ()}
    assert rounds(Schedule([shared("x", "a", "b"), shared("y", "m")], edges)) == [[0], [1]]


def test_what_two_blocks_yield_waits_for_what_both_need():
    edges = {
        "grant.a": ("topic.s",),
        "grant.b": ("topic.t",),
        "topic.s": (),
        "topic.t": (),
        "topic.u": ("grant.b",),
    }
    changes = [shared("x", "a", "b"), change("s"), change("t"), change("u")]
    schedule = Schedule(changes, edges)
    assert schedule.take_ready() == [1, 2]
    schedule.settle(1, succeeded=True)
    assert schedule.take_ready() == []
    schedule.settle(2, succeeded=True)
    assert schedule.take_ready() == [0]
    assert schedule.settle(0, succeeded=False) == [3]


def test_an_owner_that_only_state_knows_takes_no_order_away():
    edges = {"grant.a": ("topic.t",), "topic.t": ()}
    assert rounds(Schedule([shared("x", "a", "gone"), change("t")], edges)) == [[1], [0]]


def test_deletes_of_what_two_blocks_yielded_end_where_one_needed_the_other():
    def going(name, *blocks, needs=()):
        return shared(name, *blocks, action=DELETE, prior_depends=needs)

    all_of_a, all_of_b = ("grant.b", "topic.t"), ("topic.t",)
    changes = [
        going("x", "a", "b", needs=all_of_a),
        going("y", "b", needs=all_of_b),
        going("z", "a", needs=all_of_a),
        gone("t"),
    ]
    assert rounds(Schedule(changes, {})) == [[2], [0, 1], [3]]
    turned = [going("x", "a", "b", needs=("grant.a", "grant.b")), gone("t")]
    assert rounds(Schedule(turned, {})) == [[0, 1]]


def test_what_a_composite_no_longer_yields_stays_until_all_is_there_that_it_yields_now():
    changes = [
        shared("old", "a", action=DELETE),
        shared("new", "a"),
        shared("newer", "a"),
        shared("other", "b", action=DELETE),
    ]
    schedule = Schedule(changes, {"grant.a": (), "grant.b": ()})
    assert schedule.take_ready() == [1, 2, 3]
    schedule.settle(1, succeeded=True)
    assert schedule.take_ready() == []
    schedule.settle(2, succeeded=True)
    assert schedule.take_ready() == [0]


def test_what_a_composite_no_longer_yields_stays_if_what_it_yields_now_could_not_be_made():
    changes = [
        shared("both", "a", "b", action=DELETE),
        shared("a", "a", action=DELETE),
        shared("new", "b"),
        shared("more", "b"),
    ]
    schedule = Schedule(changes, {"grant.a": (), "grant.b": ()})
    assert schedule.take_ready() == [1, 2, 3]
    assert schedule.settle(2, succeeded=False) == []
    assert schedule.settle(3, succeeded=True) == [0]
    assert schedule.skipped == {0: 2}


def test_an_instance_whose_key_has_a_slash_is_no_part_of_a_composite():
    going = change("a", DELETE)._replace(address='topic.a["x/y"]')
    coming = change("b")._replace(address='topic.a["z"]')
    assert rounds(Schedule([going, coming], {"topic.a": ()})) == [[0, 1]]


class Counted(Schedule):
    """Counts its edges."""

    edges = 0

    def _edge(self, first, then):
        self.edges += 1
        super()._edge(first, then)


def test_edges_are_linear_where_every_instance_refers_to_a_whole_block():
    many = 2000
    changes = [change("a")._replace(address=f'topic.{block}["{n}"]') for block in "ab" for n in range(many)]
    schedule = Counted(changes, {"topic.a": (), "topic.b": ("topic.a",)})
    assert schedule.edges <= 4 * many
    deletes = [
        change("a", DELETE, prior_depends=("topic.a",))._replace(address=one.address) for one in changes
    ]
    assert Counted(deletes, {}).edges <= 4 * many
